/* Loading libcurl. */
#define CURL_OWN_NAMES
#include "http/curl.h"

#include <pthread.h>
#include <string.h>

#include "base/library.h"

struct curl_library curl_library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *missing;

static void load(void)
{
#define CURL_ENTRY(name) {#name, &curl_library.name},
    static const struct library_function functions[] = {CURL_FUNCTIONS(CURL_ENTRY){NULL, NULL}};
    const char *why = library_load("libcurl.so.4", functions);
    if (why)
        missing = strdup(why);
    else
        curl_library.curl_global_init(CURL_GLOBAL_DEFAULT);
}

const char *curl_load(void)
{
    pthread_once(&once, load);
    return missing;
}
