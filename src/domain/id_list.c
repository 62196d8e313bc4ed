/* Lists of ids out of requests and answers, and asking the database about all of them at once. */
#include "domain/id_list.h"

#define CHUNK_SMALL 8
#define CHUNK_LARGE 128
#define SQL_MAX     4096

/* One row a string, so that the row index can tell the repeated ones. */
static enum err rows_of_strings(json *array, struct arena *arena, struct db_rows *out)
{
    size_t count = 0, index, max;
    yyjson_val *item;
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, yyjson_arr_size(array) + 1);
    if (!values)
        return ERR_NO_MEMORY;
    yyjson_arr_foreach(array, index, max, item)
    {
        values[count++] = db_text_value(json_str(item));
    }
    *out = (struct db_rows){arena, count, 1, values};
    return OK;
}

enum err id_list_of_rows(const struct db_rows *rows, size_t column, struct arena *arena,
                         struct id_list *out)
{
    struct row_index index;
    enum err err = row_index_make(rows, column, arena, &index);
    struct str *ids = err ? NULL : ARENA_ARRAY(arena, struct str, rows->count + 1);
    if (!ids)
        return err ? err : ERR_NO_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        size_t first;
        if (row_index_get(&index, db_text(rows, i, column), &first) && first == i)
            ids[count++] = db_text(rows, i, column);
    }
    *out = (struct id_list){ids, count};
    return OK;
}

enum err id_list_parse(json *array, struct arena *arena, struct id_list *out)
{
    struct db_rows rows;
    enum err err = rows_of_strings(array, arena, &rows);
    return err ? err : id_list_of_rows(&rows, 0, arena, out);
}

enum err id_list_without(const struct id_list *list, const struct row_index *index,
                         struct arena *arena, struct id_list *out)
{
    struct str *ids = ARENA_ARRAY(arena, struct str, list->count + 1);
    if (!ids)
        return ERR_NO_MEMORY;
    size_t count = 0, row;
    for (size_t i = 0; i < list->count; i++)
        if (!row_index_get(index, list->ids[i], &row))
            ids[count++] = list->ids[i];
    *out = (struct id_list){ids, count};
    return OK;
}

static const char *chunk_sql(const char *head, const char *tail, size_t size, struct arena *arena)
{
    struct buf sql = buf_new(arena, SQL_MAX);
    buf_printf(&sql, "%s IN (", head);
    for (size_t i = 1; i <= size; i++)
        buf_printf(&sql, i == 1 ? "$%zu" : ", $%zu", i);
    buf_printf(&sql, ") %s", tail);
    buf_byte(&sql, '\0');
    return sql.failed ? NULL : sql.p;
}

/* Asks about count ids with a statement for size; the last id fills the places that are left. */
static enum err select_chunk(struct db_conn *conn, const char *sql, const struct str *ids,
                             size_t count, size_t size, struct arena *arena, struct db_rows *rows)
{
    struct db_value params[CHUNK_LARGE];
    for (size_t i = 0; i < size; i++)
        params[i] = db_text_value(ids[i < count ? i : count - 1]);
    return db_query(conn, sql, params, size, arena, rows);
}

static enum err join_chunks(const struct db_rows *chunks, size_t count, struct arena *arena,
                            struct db_rows *out)
{
    struct db_rows all = {.arena = arena, .columns = chunks[0].columns};
    for (size_t i = 0; i < count; i++)
        all.count += chunks[i].count;
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, all.count * all.columns + 1);
    if (!values)
        return ERR_NO_MEMORY;
    all.values = values;
    for (size_t i = 0; i < count; i++) {
        size_t n = chunks[i].count * all.columns;
        if (n)
            memcpy(values, chunks[i].values, n * sizeof(*values));
        values += n;
    }
    *out = all;
    return OK;
}

enum err id_list_select(struct db_conn *conn, const char *head, const struct id_list *list,
                        const char *tail, struct arena *arena, struct db_rows *rows)
{
    size_t done = 0;
    struct db_rows *chunks = ARENA_ARRAY(arena, struct db_rows, list->count / CHUNK_LARGE + 1);
    if (!chunks)
        return ERR_NO_MEMORY;
    for (size_t at = 0; at < list->count; done++) {
        size_t left = list->count - at;
        size_t size = left == 1 ? 1 : left <= CHUNK_SMALL ? CHUNK_SMALL : CHUNK_LARGE;
        size_t count = left < size ? left : size;
        const char *sql = chunk_sql(head, tail, size, arena);
        if (!sql)
            return ERR_NO_MEMORY;
        enum err err = select_chunk(conn, sql, list->ids + at, count, size, arena, &chunks[done]);
        if (err)
            return err;
        at += count;
    }
    if (done == 1)
        *rows = chunks[0];
    else
        return join_chunks(chunks, done, arena, rows);
    return OK;
}

enum err id_list_insert(struct db_conn *conn, const struct id_list_target *target,
                        const struct id_list *list, struct arena *arena)
{
    if (list->count == 0)
        return OK;
    size_t columns = target->now ? 3 : 2;
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, list->count * columns);
    if (!values)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        struct db_value *row = values + i * columns;
        row[target->owner_last] = db_text_value(target->owner);
        row[!target->owner_last] = db_text_value(list->ids[i]);
        if (target->now)
            row[2] = db_int_value(target->now);
    }
    return db_insert_rows(conn, target->columns, columns, values, list->count);
}
