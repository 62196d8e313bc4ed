/* Simple statements composed from field rows: what one table needs to be a REST resource. */
#ifndef SIGNET_STORE_CRUD_H
#define SIGNET_STORE_CRUD_H

#include "base/field.h"
#include "store/db.h"

/* A table. Its first column is its key, a text named "id" unless key says otherwise. */
struct entity {
    struct str name; /* Logto's name in errors: "applications" */
    const char *table;
    const char *key;            /* NULL: "id" */
    const struct field *fields; /* rows with a column are selected, in order */
    const char *order;          /* ORDER BY of lists, e.g. "created_at DESC, id" */
    const char *only;           /* SQL condition of the rows that are it; NULL: all */
};

/* SELECT all field columns FROM table WHERE key = id. rows->count is 0 or 1. */
enum err crud_find(struct db_conn *conn, const struct entity *entity, struct str id,
                   struct arena *arena, struct db_rows *rows);

/* A condition of a list: SQL text with $1… for its own parameters, numbered from 1 in each filter
 * ("type = $1", "lower(name) LIKE $1"); crud renumbers them. Texts are literals of ours. */
struct crud_filter {
    const char *sql;
    const struct db_value *params;
    size_t count;
};
struct crud_page {
    int64_t limit; /* 0: all */
    int64_t offset;
    bool keys; /* rows have the columns of the entity's order, too: from crud_key_column on */
};
/* The first column behind those of the fields. */
size_t crud_key_column(const struct entity *entity);

/* The page of rows that fulfil all filters. total (may be NULL) counts them without the page. */
enum err crud_list(struct db_conn *conn, const struct entity *entity,
                   const struct crud_filter *filters, size_t filter_count,
                   const struct crud_page *page, struct arena *arena, struct db_rows *rows,
                   int64_t *total);

/* A value for a column that the body does not set (id, created_at, or an override). */
struct crud_set {
    const char *column;
    struct db_value value;
};
/* INSERT of the body's FIELD_CREATE fields (fallback where missing) and the sets (which win);
 * rows (may be NULL) is the new row as crud_find gives it. body may be NULL. */
enum err crud_insert(struct db_conn *conn, const struct entity *entity, json *body,
                     const struct crud_set *sets, size_t set_count, struct arena *arena,
                     struct db_rows *rows);

/* UPDATE of the body's FIELD_UPDATE fields that are present, and the sets. rows->count is 0 when
 * there is no such row. *nothing is set (and no statement runs) when there is nothing to set. */
enum err crud_update(struct db_conn *conn, const struct entity *entity, struct str id, json *body,
                     const struct crud_set *sets, size_t set_count, struct arena *arena,
                     struct db_rows *rows, bool *nothing);

enum err crud_delete(struct db_conn *conn, const struct entity *entity, struct str id, bool *found);

/* Writes row as members of an already opened object: "name":value for each field with a column that
 * is not FIELD_HIDDEN; a NULL of a FIELD_MAYBE field is left out, any other NULL is null. */
void crud_put_members(struct json_out *out, const struct entity *entity, const struct db_rows *rows,
                      size_t row);
/* The same as a whole object. tenant, when present, is written first as "tenantId". */
void crud_put_object(struct json_out *out, const struct entity *entity, const struct db_rows *rows,
                     size_t row, struct str tenant);
/* One stored value of a field's type, as it stands in an answer. */
void crud_put_value(struct json_out *out, const struct field *field, const struct db_value *value);
/* A member with the column's whole number, or null. */
static inline void crud_put_int(struct json_out *out, struct str name, const struct db_rows *rows,
                                size_t row, size_t column)
{
    json_key(out, name);
    if (db_is_null(rows, row, column))
        json_put_null(out);
    else
        json_put_int(out, db_int(rows, row, column));
}

#endif
