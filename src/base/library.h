/* Shared libraries that are loaded when they are first needed. Most servers never need libpq or
 * libcurl, which bring some thirty others and a third of the memory of an idle server with them. */
#ifndef SIGNET_BASE_LIBRARY_H
#define SIGNET_BASE_LIBRARY_H

struct library_function {
    const char *name; /* NULL ends a list */
    void *at;         /* the pointer to the function that is to be filled */
};

/* Loads the library for as long as the process lives and fills the pointers. NULL, or a text that
 * says what is missing, which stays until the thread's next call. */
const char *library_load(const char *file, const struct library_function *functions);

#endif
