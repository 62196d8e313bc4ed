/* Loading libcurl. */
#define CURL_OWN_NAMES
#include "http/curl.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/library.h"

struct curl_library curl_library;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded;
static char missing[256]; /* the first reason that there was, for good */

static const char *load(void)
{
#define CURL_ENTRY(name) {#name, &curl_library.name},
    static const struct library_function functions[] = {CURL_FUNCTIONS(CURL_ENTRY){NULL, NULL}};
    const char *why = library_load("libcurl.so.4", functions);
    if (!why && curl_library.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        why = "it cannot be initialised";
    loaded = !why;
    return why;
}

/* What failed for lack of memory is tried again the next time. */
const char *curl_load(void)
{
    pthread_mutex_lock(&lock);
    const char *why = loaded ? NULL : load();
    if (why && !missing[0])
        snprintf(missing, sizeof missing, "%s", why);
    pthread_mutex_unlock(&lock);
    return why ? missing : NULL;
}
