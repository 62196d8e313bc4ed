/* Simple statements composed from field rows. A text is composed once a shape and kept: prepared
 * statements are found by their text. */
#include "store/crud.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum kind { FIND, LIST, COUNT, INSERT, UPDATE, DELETE };

/* All that decides the text of a statement. */
struct shape {
    enum kind kind;
    const struct entity *entity;
    uint64_t mask; /* UPDATE: bit i is set when field i is */
    const struct crud_set *sets;
    size_t set_count;
    const struct crud_filter *filters;
    size_t filter_count;
    bool paged;
    bool keys;
};
#define MAX_FIELDS 64

static struct str key_column(const struct entity *entity)
{
    return str_of(entity->key ? entity->key : "id");
}

static bool is_set(const struct shape *shape, const char *column)
{
    for (size_t i = 0; i < shape->set_count; i++)
        if (strcmp(shape->sets[i].column, column) == 0)
            return true;
    return false;
}

/* The fields whose values INSERT and UPDATE take from the body or the row, before the sets. */
static bool takes_field(const struct shape *shape, size_t i)
{
    const struct field *field = &shape->entity->fields[i];
    if (!field->column || is_set(shape, field->column))
        return false;
    if (shape->kind == INSERT)
        return field->flags & FIELD_CREATE || field->fallback;
    return shape->mask >> i & 1;
}

/* ---- Composing ---- */

static void put_columns(struct buf *sql, const struct entity *entity)
{
    const char *separator = "";
    for (const struct field *field = entity->fields; field->name.p; field++) {
        if (!field->column)
            continue;
        buf_printf(sql, "%s%s", separator, field->column);
        separator = ", ";
    }
}

/* A filter's text with its parameters renumbered to follow the first `before`. */
static void put_filter(struct buf *sql, const struct crud_filter *filter, size_t before)
{
    bool quoted = false;
    for (const char *c = filter->sql; *c; c++) {
        quoted ^= *c == '\'';
        buf_byte(sql, *c);
        if (*c != '$' || quoted)
            continue;
        char *end;
        unsigned long number = strtoul(c + 1, &end, 10);
        assert(number >= 1 && number <= filter->count);
        buf_int(sql, (int64_t)(before + number));
        c = end - 1;
    }
}

static void put_key(struct buf *sql, const struct entity *entity, size_t parameter)
{
    const char *only = entity->only;
    buf_printf(sql, " WHERE %s = $%zu%s%s", key_column(entity).p, parameter, only ? " AND " : "",
               only ? only : "");
}

/* Returns the number of parameters. */
static size_t put_where(struct buf *sql, const struct shape *shape)
{
    size_t params = 0;
    const char *only = shape->entity->only;
    if (only)
        buf_printf(sql, " WHERE %s", only);
    for (size_t i = 0; i < shape->filter_count; i++) {
        buf_printf(sql, "%s(", i || only ? " AND " : " WHERE ");
        put_filter(sql, &shape->filters[i], params);
        BUF_LIT(sql, ")");
        params += shape->filters[i].count;
    }
    return params;
}

size_t crud_key_column(const struct entity *entity)
{
    size_t count = 0;
    for (const struct field *field = entity->fields; field->name.p; field++)
        count += field->column != NULL;
    return count;
}

/* The columns of an order, without their directions. */
static void put_keys(struct buf *sql, const char *order)
{
    struct str rest = str_of(order), each;
    while ((each = str_split(&rest, ',')).p) {
        struct str words = str_trim(each);
        BUF_LIT(sql, ", ");
        buf_str(sql, str_split(&words, ' '));
    }
}

static void put_list(struct buf *sql, const struct shape *shape)
{
    BUF_LIT(sql, "SELECT ");
    put_columns(sql, shape->entity);
    if (shape->keys)
        put_keys(sql, shape->entity->order);
    buf_printf(sql, " FROM %s", shape->entity->table);
    size_t params = put_where(sql, shape);
    if (shape->entity->order)
        buf_printf(sql, " ORDER BY %s", shape->entity->order);
    if (shape->paged)
        buf_printf(sql, " LIMIT $%zu OFFSET $%zu", params + 1, params + 2);
}

static void put_insert(struct buf *sql, const struct shape *shape)
{
    const struct field *fields = shape->entity->fields;
    size_t count = 0;
    buf_printf(sql, "INSERT INTO %s (", shape->entity->table);
    for (size_t i = 0; fields[i].name.p; i++)
        if (takes_field(shape, i))
            buf_printf(sql, "%s%s", count++ ? ", " : "", fields[i].column);
    for (size_t i = 0; i < shape->set_count; i++)
        buf_printf(sql, "%s%s", count++ ? ", " : "", shape->sets[i].column);
    BUF_LIT(sql, ") VALUES (");
    for (size_t i = 1; i <= count; i++)
        buf_printf(sql, "%s$%zu", i > 1 ? ", " : "", i);
    BUF_LIT(sql, ") RETURNING ");
    put_columns(sql, shape->entity);
}

static void put_update(struct buf *sql, const struct shape *shape)
{
    const struct field *fields = shape->entity->fields;
    size_t count = 0;
    buf_printf(sql, "UPDATE %s SET ", shape->entity->table);
    for (size_t i = 0; fields[i].name.p; i++)
        if (takes_field(shape, i)) {
            buf_printf(sql, "%s%s = $%zu", count ? ", " : "", fields[i].column, count + 1);
            count++;
        }
    for (size_t i = 0; i < shape->set_count; i++) {
        buf_printf(sql, "%s%s = $%zu", count ? ", " : "", shape->sets[i].column, count + 1);
        count++;
    }
    put_key(sql, shape->entity, count + 1);
    BUF_LIT(sql, " RETURNING ");
    put_columns(sql, shape->entity);
}

static void compose(struct buf *sql, const struct shape *shape)
{
    const struct entity *entity = shape->entity;
    switch (shape->kind) {
    case FIND:
        BUF_LIT(sql, "SELECT ");
        put_columns(sql, entity);
        buf_printf(sql, " FROM %s", entity->table);
        put_key(sql, entity, 1);
        break;
    case LIST:
        put_list(sql, shape);
        break;
    case COUNT:
        buf_printf(sql, "SELECT count(*) FROM %s", entity->table);
        put_where(sql, shape);
        break;
    case INSERT:
        put_insert(sql, shape);
        break;
    case UPDATE:
        put_update(sql, shape);
        break;
    case DELETE:
        buf_printf(sql, "DELETE FROM %s", entity->table);
        put_key(sql, entity, 1);
        break;
    }
    buf_byte(sql, '\0');
}

/* ---- The texts composed so far: entries are only ever added, so readers take no lock ---- */

struct text {
    uint64_t hash;
    size_t key_length;
    const char *key; /* behind sql's NUL */
    char *sql;
};
#define SLOTS      1024
#define MAX_PROBES 16
static _Atomic(struct text *) slots[SLOTS];

/* What distinguishes shapes, as bytes. */
struct key {
    char bytes[1024];
    size_t n;
    bool overflow;
};

static void key_add(struct key *key, const void *bytes, size_t n)
{
    if (key->overflow || sizeof(key->bytes) - key->n < n) {
        key->overflow = true;
        return;
    }
    memcpy(key->bytes + key->n, bytes, n);
    key->n += n;
}

static void key_make(const struct shape *shape, struct key *key)
{
    char kind = (char)((unsigned)shape->kind << 2 | (unsigned)shape->paged << 1 | shape->keys);
    key->n = 0;
    key->overflow = false;
    key_add(key, &kind, 1);
    key_add(key, &shape->entity, sizeof(void *));
    key_add(key, &shape->mask, sizeof(shape->mask));
    for (size_t i = 0; i < shape->set_count; i++)
        key_add(key, shape->sets[i].column, strlen(shape->sets[i].column) + 1);
    for (size_t i = 0; i < shape->filter_count; i++)
        key_add(key, shape->filters[i].sql, strlen(shape->filters[i].sql) + 1);
}

/* FNV-1a */
static uint64_t key_hash(const struct key *key)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < key->n; i++)
        hash = (hash ^ (unsigned char)key->bytes[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

static bool is_text_of(const struct text *text, uint64_t hash, const struct key *key)
{
    return text->hash == hash && text->key_length == key->n &&
           memcmp(text->key, key->bytes, key->n) == 0;
}

/* A statement's text while it is used. */
struct statement {
    const char *sql; /* NULL: memory is out */
    struct buf own;  /* holds it when it is not kept */
};

static void statement_done(struct statement *statement)
{
    buf_free(&statement->own);
}

/* Keeps a copy of sql in the first free slot of its run; the text that another thread kept
 * meanwhile, or NULL when there is no room. */
static const struct text *keep(uint64_t hash, const struct key *key, struct str sql)
{
    struct text *text = malloc(sizeof(*text) + sql.n + key->n);
    if (!text)
        return NULL;
    text->sql = (char *)(text + 1);
    memcpy(text->sql, sql.p, sql.n);
    memcpy(text->sql + sql.n, key->bytes, key->n);
    text->hash = hash;
    text->key = text->sql + sql.n;
    text->key_length = key->n;
    for (size_t probe = 0; probe < MAX_PROBES; probe++) {
        struct text *other = NULL;
        if (atomic_compare_exchange_strong(&slots[(hash + probe) % SLOTS], &other, text))
            return text;
        if (is_text_of(other, hash, key)) {
            free(text);
            return other;
        }
    }
    free(text);
    return NULL;
}

static struct statement statement_get(const struct shape *shape)
{
    struct key key;
    key_make(shape, &key);
    uint64_t hash = key_hash(&key);
    for (size_t probe = 0; !key.overflow && probe < MAX_PROBES; probe++) {
        const struct text *text = atomic_load(&slots[(hash + probe) % SLOTS]);
        if (!text)
            break;
        if (is_text_of(text, hash, &key))
            return (struct statement){.sql = text->sql};
    }
    struct statement statement = {.own = buf_new(NULL, 64 << 10)};
    compose(&statement.own, shape);
    struct str sql = buf_view(&statement.own);
    const struct text *kept = sql.p && !key.overflow ? keep(hash, &key, sql) : NULL;
    statement.sql = kept ? kept->sql : sql.p;
    return statement;
}

static enum err run_query(struct db_conn *conn, const struct shape *shape,
                          const struct db_value *params, size_t count, struct arena *arena,
                          struct db_rows *rows)
{
    struct statement statement = statement_get(shape);
    enum err err =
        statement.sql ? db_query(conn, statement.sql, params, count, arena, rows) : ERR_NO_MEMORY;
    statement_done(&statement);
    return err;
}

static enum err run_exec(struct db_conn *conn, const struct shape *shape,
                         const struct db_value *params, size_t count, int64_t *affected)
{
    struct statement statement = statement_get(shape);
    enum err err =
        statement.sql ? db_exec(conn, statement.sql, params, count, affected) : ERR_NO_MEMORY;
    statement_done(&statement);
    return err;
}

/* ---- Reading ---- */

enum err crud_find(struct db_conn *conn, const struct entity *entity, struct str id,
                   struct arena *arena, struct db_rows *rows)
{
    struct shape shape = {.kind = FIND, .entity = entity};
    return run_query(conn, &shape, DB_PARAMS(db_text_value(id)), arena, rows);
}

/* The filters' parameters and room for the page's two. */
static struct db_value *filter_params(const struct shape *shape, struct arena *arena, size_t *count)
{
    size_t n = 0;
    for (size_t i = 0; i < shape->filter_count; i++)
        n += shape->filters[i].count;
    struct db_value *params = ARENA_ARRAY(arena, struct db_value, n + 2);
    if (!params)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < shape->filter_count; i++)
        for (size_t j = 0; j < shape->filters[i].count; j++)
            params[(*count)++] = shape->filters[i].params[j];
    return params;
}

/* True when the page itself tells the total. */
static bool total_is_known(const struct crud_page *page, const struct db_rows *rows, int64_t *total)
{
    int64_t count = (int64_t)rows->count;
    if (!page) {
        *total = count;
        return true;
    }
    if (count >= page->limit || (!count && page->offset))
        return false;
    *total = page->offset + count;
    return true;
}

enum err crud_list(struct db_conn *conn, const struct entity *entity,
                   const struct crud_filter *filters, size_t filter_count,
                   const struct crud_page *page, struct arena *arena, struct db_rows *rows,
                   int64_t *total)
{
    if (page && page->limit <= 0)
        page = NULL;
    struct shape shape = {.kind = LIST,
                          .entity = entity,
                          .filters = filters,
                          .filter_count = filter_count,
                          .paged = page != NULL,
                          .keys = page && page->keys};
    size_t count;
    struct db_value *params = filter_params(&shape, arena, &count);
    if (!params)
        return ERR_NO_MEMORY;
    if (page) {
        params[count] = db_int_value(page->limit);
        params[count + 1] = db_int_value(page->offset);
    }
    enum err err = run_query(conn, &shape, params, count + (page ? 2 : 0), arena, rows);
    if (err || !total || total_is_known(page, rows, total))
        return err;
    struct db_rows counted;
    shape.kind = COUNT;
    shape.paged = shape.keys = false;
    err = run_query(conn, &shape, params, count, arena, &counted);
    if (!err)
        *total = db_int(&counted, 0, 0);
    return err;
}

/* ---- Writing ---- */

/* False when memory is out. */
static bool column_value(const struct field *field, json *value, struct arena *arena,
                         struct db_value *out)
{
    int64_t number = 0;
    if (!value || yyjson_is_null(value)) {
        *out = db_text_value(STR_NONE);
        return true;
    }
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_ENUM:
        *out = db_text_value(json_str(value));
        return true;
    case FIELD_INT:
        field_int(value, &number);
        *out = db_int_value(number);
        return true;
    case FIELD_BOOL:
        *out = db_int_value(yyjson_get_bool(value));
        return true;
    case FIELD_OBJECT:
    case FIELD_MAP:
    case FIELD_ARRAY:
    case FIELD_ANY:
        *out = db_text_value(field_clean(field, value, arena));
        return out->kind == DB_TEXT;
    }
    return false;
}

/* The field's value for a new row: the body's, else the row's fallback. */
static bool create_value(const struct field *field, json *body, struct arena *arena,
                         struct db_value *out)
{
    json *value = field->flags & FIELD_CREATE ? json_get(body, field->name) : NULL;
    if (!value && field->fallback) {
        enum json_error error = json_parse(arena, str_of(field->fallback), &value, NULL);
        assert(error == JSON_OK || error == JSON_NO_MEMORY);
        if (error)
            return false;
    }
    return column_value(field, value, arena, out);
}

/* Fields, then sets, in the order of the statement; room for one more. NULL when memory is out. */
static struct db_value *write_params(const struct shape *shape, json *body, struct arena *arena,
                                     size_t *count)
{
    const struct field *fields = shape->entity->fields;
    struct db_value *params =
        ARENA_ARRAY(arena, struct db_value, MAX_FIELDS + shape->set_count + 1);
    size_t n = 0;
    if (!params)
        return NULL;
    for (size_t i = 0; fields[i].name.p; i++) {
        if (!takes_field(shape, i))
            continue;
        bool made = shape->kind == INSERT ? create_value(&fields[i], body, arena, &params[n])
                                          : column_value(&fields[i], json_get(body, fields[i].name),
                                                         arena, &params[n]);
        if (!made)
            return NULL;
        n++;
    }
    for (size_t i = 0; i < shape->set_count; i++)
        params[n++] = shape->sets[i].value;
    *count = n;
    return params;
}

static void check_size(const struct entity *entity)
{
    size_t count = 0;
    while (entity->fields[count].name.p)
        count++;
    assert(count <= MAX_FIELDS);
}

enum err crud_insert(struct db_conn *conn, const struct entity *entity, json *body,
                     const struct crud_set *sets, size_t set_count, struct arena *arena,
                     struct db_rows *rows)
{
    struct shape shape = {.kind = INSERT, .entity = entity, .sets = sets, .set_count = set_count};
    struct db_rows inserted;
    size_t count;
    check_size(entity);
    struct db_value *params = write_params(&shape, body, arena, &count);
    if (!params)
        return ERR_NO_MEMORY;
    return run_query(conn, &shape, params, count, arena, rows ? rows : &inserted);
}

static uint64_t update_mask(const struct shape *shape, json *body)
{
    const struct field *fields = shape->entity->fields;
    uint64_t mask = 0;
    for (size_t i = 0; fields[i].name.p; i++)
        if (fields[i].column && fields[i].flags & FIELD_UPDATE &&
            !is_set(shape, fields[i].column) && json_get(body, fields[i].name))
            mask |= (uint64_t)1 << i;
    return mask;
}

enum err crud_update(struct db_conn *conn, const struct entity *entity, struct str id, json *body,
                     const struct crud_set *sets, size_t set_count, struct arena *arena,
                     struct db_rows *rows, bool *nothing)
{
    struct shape shape = {.kind = UPDATE, .entity = entity, .sets = sets, .set_count = set_count};
    size_t count;
    check_size(entity);
    shape.mask = update_mask(&shape, body);
    *nothing = !shape.mask && !set_count;
    if (*nothing)
        return OK;
    struct db_value *params = write_params(&shape, body, arena, &count);
    if (!params)
        return ERR_NO_MEMORY;
    params[count++] = db_text_value(id);
    return run_query(conn, &shape, params, count, arena, rows);
}

enum err crud_delete(struct db_conn *conn, const struct entity *entity, struct str id, bool *found)
{
    struct shape shape = {.kind = DELETE, .entity = entity};
    int64_t affected = 0;
    enum err err = run_exec(conn, &shape, DB_PARAMS(db_text_value(id)), &affected);
    if (!err)
        *found = affected > 0;
    return err;
}

/* ---- Answering ---- */

void crud_put_value(struct json_out *out, const struct field *field, const struct db_value *value)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_ENUM:
        json_put_str(out, value->s);
        break;
    case FIELD_INT:
        json_put_int(out, value->i);
        break;
    case FIELD_BOOL:
        json_put_bool(out, value->i != 0);
        break;
    case FIELD_OBJECT:
    case FIELD_MAP:
    case FIELD_ARRAY:
    case FIELD_ANY:
        json_put_raw(out, value->s);
        break;
    }
}

void crud_put_members(struct json_out *out, const struct entity *entity, const struct db_rows *rows,
                      size_t row)
{
    const struct db_value *value = db_at(rows, row, 0);
    for (const struct field *field = entity->fields; field->name.p; field++) {
        if (!field->column)
            continue;
        const struct db_value *column = value++;
        if (field->flags & FIELD_HIDDEN)
            continue;
        if (column->kind != DB_NULL) {
            json_key(out, field->name);
            crud_put_value(out, field, column);
        } else if (!(field->flags & FIELD_MAYBE)) {
            json_key(out, field->name);
            json_put_null(out);
        }
    }
}

void crud_put_object(struct json_out *out, const struct entity *entity, const struct db_rows *rows,
                     size_t row, struct str tenant)
{
    json_open_object(out);
    if (tenant.p)
        JSON_STR(out, "tenantId", tenant);
    crud_put_members(out, entity, rows, row);
    json_close_object(out);
}
