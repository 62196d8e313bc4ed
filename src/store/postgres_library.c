/* Loading libpq. */
#define PQ_OWN_NAMES
#include "store/postgres_library.h"

#include "base/library.h"

struct pq_library pq_library;

static const char *load(void)
{
#define PQ_ENTRY(name) {#name, &pq_library.name},
    static const struct library_function functions[] = {PQ_FUNCTIONS(PQ_ENTRY){NULL, NULL}};
    return library_load("libpq.so.5", functions);
}

const char *pq_load(void)
{
    static struct library library = {.lock = PTHREAD_MUTEX_INITIALIZER};
    return library_need(&library, load);
}
