/* Cursors. A cursor is base64url of ["LIST",key,…]: it names a place, not a row, so that the row
 * may be gone. */
#include "domain/cursor.h"

#include <assert.h>

#include "base/encoding.h"
#include "domain/link.h"

#define CURSOR_LONGEST 1024

/* The columns of an order. */
struct key {
    struct str column;
    bool descending;
};
struct keys {
    struct key list[CURSOR_KEYS_MAX];
    size_t count;
};

static struct keys keys_of(const char *order)
{
    struct str rest = str_of(order), each;
    struct keys keys = {.count = 0};
    while ((each = str_split(&rest, ',')).p) {
        struct str words = str_trim(each);
        assert(keys.count < CURSOR_KEYS_MAX);
        keys.list[keys.count++] = (struct key){str_split(&words, ' '), str_eq(words, STR("DESC"))};
    }
    return keys;
}

/* ---- Reading ---- */

static json *decode(struct ctx *ctx)
{
    char *bytes = arena_bytes(ctx->arena, CURSOR_LONGEST);
    size_t n;
    json *cursor = NULL;
    if (bytes && base64url_decode(ctx->after, bytes, CURSOR_LONGEST, &n))
        json_parse(ctx->arena, (struct str){bytes, n}, &cursor, NULL);
    return cursor;
}

static bool read_key(const struct key *key, json *value, struct db_value *out)
{
    int64_t number;
    struct str text = json_str(value);
    if (!str_ends(key->column, STR("_at")) && !str_ends(key->column, STR("_number"))) {
        *out = db_text_value(text);
        return text.p && str_is_utf8(text);
    }
    bool read = field_int(value, &number);
    *out = db_int_value(read ? number : 0);
    return read;
}

enum err cursor_read(struct ctx *ctx, struct str list, const char *order,
                     struct db_value values[CURSOR_KEYS_MAX], bool *given)
{
    struct keys keys = keys_of(order);
    *given = ctx->cursor && ctx->after.n;
    if (!*given)
        return OK;
    json *cursor = decode(ctx);
    bool good = yyjson_arr_size(cursor) == keys.count + 1 &&
                str_eq(json_str(yyjson_arr_get(cursor, 0)), list);
    for (size_t i = 0; good && i < keys.count; i++)
        good = read_key(&keys.list[i], yyjson_arr_get(cursor, i + 1), &values[i]);
    return good ? OK : fail(ctx, ERR_INVALID_CURSOR);
}

/* a <= $1 AND (a < $1 OR (b >= $2 AND (b > $2 OR c < $3))): the outermost comparison is what an
 * index is entered by. */
static void put_condition(struct buf *sql, const struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->list[i];
        const char *sign = key->descending ? "<" : ">";
        if (i + 1 == keys->count)
            buf_printf(sql, "%.*s %s $%zu", STR_ARG(key->column), sign, i + 1);
        else
            buf_printf(sql, "%.*s %s= $%zu AND (%.*s %s $%zu OR (", STR_ARG(key->column), sign,
                       i + 1, STR_ARG(key->column), sign, i + 1);
    }
    for (size_t i = 1; i < keys->count; i++)
        BUF_LIT(sql, "))");
    buf_byte(sql, '\0');
}

enum err cursor_filter(struct ctx *ctx, struct str list, const char *order,
                       struct crud_filter *filter, bool *given)
{
    struct keys keys = keys_of(order);
    struct db_value *values = ARENA_ARRAY(ctx->arena, struct db_value, CURSOR_KEYS_MAX);
    struct buf sql = buf_new(ctx->arena, CURSOR_LONGEST);
    if (!values)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = cursor_read(ctx, list, order, values, given);
    if (err || !*given)
        return err;
    put_condition(&sql, &keys);
    *filter = (struct crud_filter){buf_view(&sql).p, values, keys.count};
    return sql.failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}

/* ---- Writing ---- */

static struct str encode(struct ctx *ctx, struct str list, const struct db_rows *rows, size_t row,
                         size_t keys, size_t count)
{
    struct buf buf = buf_new(ctx->arena, CURSOR_LONGEST);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    json_put_str(&out, list);
    for (size_t i = 0; i < count; i++) {
        const struct db_value *value = db_at(rows, row, keys + i);
        if (value->kind == DB_INT)
            json_put_int(&out, value->i);
        else
            json_put_str(&out, value->s);
    }
    json_close_array(&out);
    struct str text = buf_view(&buf);
    char *encoded = text.p ? arena_bytes(ctx->arena, BASE64URL_LENGTH(text.n)) : NULL;
    return encoded ? (struct str){encoded, base64url_encode(text.p, text.n, encoded)} : STR_NONE;
}

void cursor_end(struct ctx *ctx, struct str list, const char *order, struct db_rows *rows,
                size_t keys)
{
    struct form form;
    if (!ctx->cursor || (int64_t)rows->count <= ctx->page_size)
        return;
    rows->count = (size_t)ctx->page_size;
    struct str after = encode(ctx, list, rows, rows->count - 1, keys, keys_of(order).count);
    if (after.p && form_parse(ctx->request->query, ctx->arena, &form))
        link_add(ctx, &form, STR("after"), after, "next");
}
