/* Loading libpq. */
#define PQ_OWN_NAMES
#include "store/postgres_library.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/library.h"

struct pq_library pq_library;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded;
static char missing[256]; /* the first reason that there was, for good */

static const char *load(void)
{
#define PQ_ENTRY(name) {#name, &pq_library.name},
    static const struct library_function functions[] = {PQ_FUNCTIONS(PQ_ENTRY){NULL, NULL}};
    const char *why = library_load("libpq.so.5", functions);
    loaded = !why;
    return why;
}

/* What failed for lack of memory is tried again the next time. */
const char *pq_load(void)
{
    pthread_mutex_lock(&lock);
    const char *why = loaded ? NULL : load();
    if (why && !missing[0])
        snprintf(missing, sizeof missing, "%s", why);
    pthread_mutex_unlock(&lock);
    return why ? missing : NULL;
}
