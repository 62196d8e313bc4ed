/* The routes of the program: one list gathered from the tables that ROUTES leaves in a linker
 * section. */
#include <assert.h>
#include <stdlib.h>

#include "http/route.h"

/* Weak, because a program without a single ROUTES has no such section. */
extern const struct route *const __start_route_tables[] __attribute__((weak));
extern const struct route *const __stop_route_tables[] __attribute__((weak));

static size_t list_rows(const struct route **rows)
{
    size_t count = 0;
    for (const struct route *const *table = __start_route_tables; table < __stop_route_tables;
         table++)
        for (const struct route *row = *table; row->path.p; row++) {
            if (rows)
                rows[count] = row;
            count++;
        }
    return count;
}

static int compare_rows(const void *left, const void *right)
{
    const struct route *a = *(const struct route *const *)left;
    const struct route *b = *(const struct route *const *)right;
    size_t shorter = a->path.n < b->path.n ? a->path.n : b->path.n;
    int order = memcmp(a->path.p, b->path.p, shorter);
    if (order)
        return order;
    if (a->path.n != b->path.n)
        return a->path.n < b->path.n ? -1 : 1;
    if (a->method != b->method)
        return a->method < b->method ? -1 : 1;
    return (a->only_listener > b->only_listener) - (a->only_listener < b->only_listener);
}

void routes_each(void (*fn)(const struct route *route, void *arg), void *arg)
{
    size_t count = list_rows(NULL);
    if (!count)
        return;
    const struct route **rows = calloc(count, sizeof(*rows));
    assert(rows);
    list_rows(rows);
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < count; i++)
        fn(rows[i], arg);
    free(rows);
}
