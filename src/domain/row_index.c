/* Finding rows of an answer by a text column: joins in memory instead of one query a row. */
#include "domain/row_index.h"

#include <stdlib.h>

/* By length first: cheap, and any total order will do. */
static int compare(struct str a, struct str b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct row_index *index = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    int order =
        compare(db_text(index->rows, i, index->column), db_text(index->rows, j, index->column));
    return order ? order : (i > j) - (i < j);
}

enum err row_index_make(const struct db_rows *rows, size_t column, struct arena *arena,
                        struct row_index *out)
{
    size_t *order = ARENA_ARRAY(arena, size_t, rows->count + 1);
    if (!order)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++)
        order[i] = i;
    struct row_index index = {rows, column, order};
    qsort_r(order, rows->count, sizeof(*order), compare_rows, &index);
    *out = index;
    return OK;
}

static struct str key_at(const struct row_index *index, size_t place)
{
    return db_text(index->rows, index->order[place], index->column);
}

/* The first place whose key is not below key. */
static size_t lower_bound(const struct row_index *index, struct str key)
{
    size_t low = 0, high = index->rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(key_at(index, middle), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct row_index *index, size_t place, struct str key)
{
    return place < index->rows->count && str_eq(key_at(index, place), key);
}

size_t row_index_find(const struct row_index *index, struct str key, size_t *first)
{
    size_t count = 0;
    *first = lower_bound(index, key);
    while (is_at(index, *first + count, key))
        count++;
    return count;
}

bool row_index_get(const struct row_index *index, struct str key, size_t *row)
{
    size_t place = lower_bound(index, key);
    if (!is_at(index, place, key))
        return false;
    *row = index->order[place];
    return true;
}
