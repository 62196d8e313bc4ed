/* Loading libpq. */
#define PQ_OWN_NAMES
#include "store/postgres_library.h"

#include <pthread.h>
#include <string.h>

#include "base/library.h"

struct pq_library pq_library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *missing;

static void load(void)
{
#define PQ_ENTRY(name) {#name, &pq_library.name},
    static const struct library_function functions[] = {PQ_FUNCTIONS(PQ_ENTRY){NULL, NULL}};
    const char *why = library_load("libpq.so.5", functions);
    if (why)
        missing = strdup(why);
}

const char *pq_load(void)
{
    pthread_once(&once, load);
    return missing;
}
