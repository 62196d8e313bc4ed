/* Finding rows of an answer by a text column: joins in memory instead of one query a row. */
#ifndef SIGNET_DOMAIN_ROW_INDEX_H
#define SIGNET_DOMAIN_ROW_INDEX_H

#include "store/db.h"

struct row_index {
    const struct db_rows *rows;
    size_t column;
    const size_t *order; /* row numbers, sorted by the column's bytes; equal ones as they came */
};

/* rows must outlive the index. ERR_NO_MEMORY. */
enum err row_index_make(const struct db_rows *rows, size_t column, struct arena *arena,
                        struct row_index *out);

/* How many rows have the key; *first is the place in order of the first of them. */
size_t row_index_find(const struct row_index *index, struct str key, size_t *first);
/* The number of the first row with the key, in *row. */
bool row_index_get(const struct row_index *index, struct str key, size_t *row);

#endif
