/* Shared libraries that are loaded when they are first needed. Most servers never need libpq or
 * libcurl, which bring some thirty others and a third of the memory of an idle server with them. */
#ifndef SIGNET_BASE_LIBRARY_H
#define SIGNET_BASE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>

struct library_function {
    const char *name; /* NULL ends a list */
    void *at;         /* the pointer to the function that is to be filled */
};

/* Loads the library for as long as the process lives and fills the pointers. NULL, or a text that
 * says what is missing, which stays until the thread's next call. */
const char *library_load(const char *file, const struct library_function *functions);

/* One that several threads need: static, {.lock = PTHREAD_MUTEX_INITIALIZER}. */
struct library {
    pthread_mutex_t lock;
    bool loaded;
    char missing[256]; /* the first reason that there was, for good */
};

/* Calls load, which says why it fails, until it has succeeded once: what failed for lack of memory
 * is tried again. NULL, or the library's first reason. From any thread. */
const char *library_need(struct library *library, const char *(*load)(void));

#endif
