/* libcurl, loaded when the first request is made; included by what wraps it only. The functions
 * keep their names. */
#ifndef SIGNET_HTTP_CURL_H
#define SIGNET_HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK /* its macros would name the functions themselves */
#include <curl/curl.h>
#undef curl_easy_getinfo
#undef curl_easy_setopt

#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_perform)                                                                           \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_strerror)                                                                          \
    X(curl_global_init)                                                                            \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_init)                                                                             \
    X(curl_multi_perform)                                                                          \
    X(curl_multi_poll)                                                                             \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_wakeup)                                                                           \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)

#define CURL_MEMBER(name) __typeof__(name) *name;
struct curl_library {
    CURL_FUNCTIONS(CURL_MEMBER)
};
extern struct curl_library curl_library; /* filled by curl_load */

/* Loads and prepares it once; any thread. NULL, or what is missing. */
const char *curl_load(void);

#ifndef CURL_OWN_NAMES /* curl.c, which fills the table */
#define curl_easy_cleanup        curl_library.curl_easy_cleanup
#define curl_easy_getinfo        curl_library.curl_easy_getinfo
#define curl_easy_init           curl_library.curl_easy_init
#define curl_easy_perform        curl_library.curl_easy_perform
#define curl_easy_setopt         curl_library.curl_easy_setopt
#define curl_easy_strerror       curl_library.curl_easy_strerror
#define curl_global_init         curl_library.curl_global_init
#define curl_multi_add_handle    curl_library.curl_multi_add_handle
#define curl_multi_cleanup       curl_library.curl_multi_cleanup
#define curl_multi_info_read     curl_library.curl_multi_info_read
#define curl_multi_init          curl_library.curl_multi_init
#define curl_multi_perform       curl_library.curl_multi_perform
#define curl_multi_poll          curl_library.curl_multi_poll
#define curl_multi_remove_handle curl_library.curl_multi_remove_handle
#define curl_multi_wakeup        curl_library.curl_multi_wakeup
#define curl_slist_append        curl_library.curl_slist_append
#define curl_slist_free_all      curl_library.curl_slist_free_all

#endif
#endif
