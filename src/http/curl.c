/* Loading libcurl. */
#define CURL_OWN_NAMES
#include "http/curl.h"

#include "base/library.h"

struct curl_library curl_library;

static const char *load(void)
{
#define CURL_ENTRY(name) {#name, &curl_library.name},
    static const struct library_function functions[] = {CURL_FUNCTIONS(CURL_ENTRY){NULL, NULL}};
    const char *why = library_load("libcurl.so.4", functions);
    if (!why && curl_library.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        why = "it cannot be initialised";
    return why;
}

const char *curl_load(void)
{
    static struct library library = {.lock = PTHREAD_MUTEX_INITIALIZER};
    return library_need(&library, load);
}
