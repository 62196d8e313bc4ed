/* Writing JSON as JSON.stringify does: compact, escaping only what must be. */
#include "base/json.h"

#define UNSAFE(c) ((unsigned char)(c) < 0x20 || (c) == '"' || (c) == '\\')

/* A word with the high bit of each byte that equals zero; bytes behind the first one may be wrong,
 * so it only tells whether there is one. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

static inline bool word_is_safe(const char *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    uint64_t control = (word - 0x2020202020202020u) & ~word & 0x8080808080808080u;
    return !(control | zero_bytes(word ^ 0x2222222222222222u) |
             zero_bytes(word ^ 0x5c5c5c5c5c5c5c5cu));
}

/* Length of the run at the front that needs no escape. */
static inline size_t safe_run(const char *p, size_t n)
{
    size_t i = 0;
    while (i + 8 <= n && word_is_safe(p + i))
        i += 8;
    while (i < n && !UNSAFE(p[i]))
        i++;
    return i;
}

/* RFC 8259 7 */
static void put_escape(struct buf *buf, char c)
{
    static const char SHORT[] = "btn\0fr"; /* from \x08 on */
    unsigned char byte = (unsigned char)c;
    char escape[6] = {
        '\\', 'u', '0', '0', (char)('0' + (byte >> 4)), "0123456789abcdef"[byte & 15]};
    size_t n = 6;
    if (byte >= 0x20 || (byte >= 8 && byte <= 13 && byte != 11)) {
        escape[1] = byte >= 0x20 ? c : SHORT[byte - 8];
        n = 2;
    }
    buf_put(buf, escape, n);
}

void json_escape(struct buf *buf, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t run = safe_run(s.p + i, s.n - i);
        buf_put(buf, s.p + i, run);
        i += run;
        if (i < s.n)
            put_escape(buf, s.p[i++]);
    }
}

static inline void put_comma(struct json_out *out)
{
    if (out->comma)
        buf_byte(out->buf, ',');
    out->comma = true;
}

/* A literal, with its comma, in one piece. */
static inline void put_plain(struct json_out *out, const char *p, size_t n)
{
    struct buf *buf = out->buf;
    if (!buf_reserve(buf, n + 1))
        return;
    if (out->comma)
        buf->p[buf->n++] = ',';
    memcpy(buf->p + buf->n, p, n);
    buf->n += n;
    out->comma = true;
}

static void open_container(struct json_out *out, char c)
{
    put_comma(out);
    buf_byte(out->buf, c);
    out->comma = false;
}

static void close_container(struct json_out *out, char c)
{
    buf_byte(out->buf, c);
    out->comma = true;
}

void json_open_object(struct json_out *out)
{
    open_container(out, '{');
}

void json_close_object(struct json_out *out)
{
    close_container(out, '}');
}

void json_open_array(struct json_out *out)
{
    open_container(out, '[');
}

void json_close_array(struct json_out *out)
{
    close_container(out, ']');
}

void json_key(struct json_out *out, struct str name)
{
    struct buf *buf = out->buf;
    if (!buf_reserve(buf, name.n + 4))
        return;
    char *at = buf->p + buf->n;
    if (out->comma)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, name.p, name.n);
    at += name.n;
    *at++ = '"';
    *at++ = ':';
    buf->n = (size_t)(at - buf->p);
    out->comma = false;
}

static void put_string(struct json_out *out, struct str s)
{
    struct buf *buf = out->buf;
    put_comma(out);
    size_t run = safe_run(s.p, s.n);
    if (run < s.n || !buf_reserve(buf, s.n + 2)) {
        buf_byte(buf, '"');
        json_escape(buf, s);
        buf_byte(buf, '"');
        return;
    }
    char *at = buf->p + buf->n;
    at[0] = '"';
    memcpy(at + 1, s.p, s.n);
    at[s.n + 1] = '"';
    buf->n += s.n + 2;
}

void json_key_escaped(struct json_out *out, struct str name)
{
    put_string(out, name);
    buf_byte(out->buf, ':');
    out->comma = false;
}

void json_put_str(struct json_out *out, struct str s)
{
    if (s.p)
        put_string(out, s);
    else
        json_put_null(out);
}

void json_put_int(struct json_out *out, int64_t value)
{
    put_comma(out);
    buf_int(out->buf, value);
}

void json_put_bool(struct json_out *out, bool value)
{
    put_plain(out, value ? "true" : "false", value ? 4 : 5);
}

void json_put_null(struct json_out *out)
{
    put_plain(out, "null", 4);
}

void json_put_raw(struct json_out *out, struct str text)
{
    put_comma(out);
    buf_str(out->buf, text);
}

/* Numbers beyond int64 and fractions: the shortest digits that read back as the same number. */
static void put_other_number(struct json_out *out, json *value)
{
    double real = yyjson_get_num(value);
    /* 1.0 is 1 to JavaScript, which yyjson would not write. */
    if (yyjson_is_real(value) && real > -1e15 && real < 1e15 && (double)(int64_t)real == real) {
        json_put_int(out, (int64_t)real);
        return;
    }
    char space[1024];
    yyjson_alc alc;
    size_t n = 0;
    yyjson_alc_pool_init(&alc, space, sizeof space);
    char *text = yyjson_val_write_opts(value, YYJSON_WRITE_NOFLAG, &alc, &n, NULL);
    json_put_raw(out, text ? (struct str){text, n} : STR("null"));
}

static void put_number(struct json_out *out, json *value)
{
    if (yyjson_is_sint(value))
        json_put_int(out, yyjson_get_sint(value));
    else if (yyjson_is_uint(value) && yyjson_get_uint(value) <= INT64_MAX)
        json_put_int(out, (int64_t)yyjson_get_uint(value));
    else
        put_other_number(out, value);
}

/* Calls itself once a level, and a parsed document has JSON_MAX_DEPTH at most. */
static void put_members(struct json_out *out, json *value)
{
    bool object = yyjson_is_obj(value);
    size_t count = unsafe_yyjson_get_len(value);
    json *at = unsafe_yyjson_get_first(value);
    for (size_t i = 0; i < count; i++) {
        if (object)
            json_key_escaped(out, json_str(at++));
        json_put_value(out, at);
        at = unsafe_yyjson_get_next(at);
    }
}

void json_put_value(struct json_out *out, json *value)
{
    switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_OBJ:
        json_open_object(out);
        put_members(out, value);
        json_close_object(out);
        return;
    case YYJSON_TYPE_ARR:
        json_open_array(out);
        put_members(out, value);
        json_close_array(out);
        return;
    case YYJSON_TYPE_STR:
        put_string(out, json_str(value));
        return;
    case YYJSON_TYPE_NUM:
        put_number(out, value);
        return;
    case YYJSON_TYPE_BOOL:
        json_put_bool(out, yyjson_get_bool(value));
        return;
    default: /* null, or no value */
        json_put_null(out);
    }
}

void json_put_with(struct json_out *out, json *object, struct str name, struct str text)
{
    size_t i, max;
    json *key, *value;
    json_open_object(out);
    yyjson_obj_foreach(object, i, max, key, value)
    {
        json_key_escaped(out, json_str(key));
        if (str_eq(json_str(key), name))
            json_put_raw(out, text);
        else
            json_put_value(out, value);
    }
    json_close_object(out);
}
