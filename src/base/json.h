/* JSON: yyjson reads, a streaming writer makes answers. */
#ifndef SIGNET_BASE_JSON_H
#define SIGNET_BASE_JSON_H

#include <yyjson.h>

#include "base/buf.h"

/* A value read from a document; the document lives in the arena it was parsed into. */
typedef yyjson_val json;

enum json_error {
    JSON_OK,
    JSON_SYNTAX,    /* not JSON (RFC 8259), or not UTF-8 */
    JSON_TOO_DEEP,  /* more than JSON_MAX_DEPTH levels */
    JSON_DUPLICATE, /* an object names a key twice (RFC 8725 2.4) */
    JSON_NO_MEMORY,
};
#define JSON_MAX_DEPTH 32

/* Parses all of text. On success *out is the root. A JSON_SYNTAX error at the very end of text sets
 * *at_end (may be NULL): the text was cut short. */
enum json_error json_parse(struct arena *arena, struct str text, json **out, bool *at_end);

/* Member of an object by name; NULL when value is no object or has no such member. */
json *json_get(json *value, struct str name);
/* The text of a string value; {NULL,0} for any other. */
struct str json_str(json *value);
/* value written compactly, keys in their order. */
struct str json_text(struct arena *arena, json *value);

/* The writer. Commas are its business; nesting is the caller's. */
struct json_out {
    struct buf *buf;
    bool comma; /* a value was written at this level: the next one needs a comma before it */
};

static inline struct json_out json_out(struct buf *buf)
{
    return (struct json_out){buf, false};
}

void json_open_object(struct json_out *out);
void json_close_object(struct json_out *out);
void json_open_array(struct json_out *out);
void json_close_array(struct json_out *out);
/* "name": with name already safe (a literal of ours). */
void json_key(struct json_out *out, struct str name);
/* "name": with name from outside: escaped. */
void json_key_escaped(struct json_out *out, struct str name);
/* Escaped string; an absent one is null. */
void json_put_str(struct json_out *out, struct str s);
void json_put_int(struct json_out *out, int64_t value);
void json_put_bool(struct json_out *out, bool value);
void json_put_null(struct json_out *out);
/* Text that is JSON already. */
void json_put_raw(struct json_out *out, struct str text);
void json_put_value(struct json_out *out, json *value);
/* An object; the named member, where it has that, has the JSON text instead. */
void json_put_with(struct json_out *out, json *object, struct str name, struct str text);
/* Just the escaped bytes between quotes' insides, no quotes, no comma. */
void json_escape(struct buf *buf, struct str s);

#define JSON_STR(out, name, s)  (json_key((out), STR(name)), json_put_str((out), (s)))
#define JSON_INT(out, name, v)  (json_key((out), STR(name)), json_put_int((out), (v)))
#define JSON_BOOL(out, name, v) (json_key((out), STR(name)), json_put_bool((out), (v)))
#define JSON_RAW(out, name, s)  (json_key((out), STR(name)), json_put_raw((out), (s)))

#endif
