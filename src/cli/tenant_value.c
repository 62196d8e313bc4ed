/* Values of a tenant's file: secrets by reference, and what is alike. */
#include <stdlib.h>

#include "cli/tenant_file.h"

#define NAME_MAX_LENGTH 256

/* ---- References ---- */

static bool is_variable(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.n != 0;
}

struct str tenant_reference(struct str text)
{
    static const struct str start = STR_INIT("${env:"), end = STR_INIT("}");
    if (!str_starts(text, start) || !str_ends(text, end))
        return STR_NONE;
    struct str name = {text.p + start.n, text.n - start.n - end.n};
    return is_variable(name) ? name : STR_NONE;
}

/* The variable's value; STR_NONE when it is not set. */
static struct str fill(struct arena *arena, struct str name)
{
    const char *text = arena_cstr(arena, name);
    return text ? str_of(getenv(text)) : STR_NONE;
}

/* ---- Which members are secret ---- */

/* Whether a member of this name holds a secret, with all that is below it. Of a group of settings,
 * such as idTokenVerificationConfig, each has a name of its own to go by. */
static bool is_secret(struct str member)
{
    static const char *const parts[] = {"secret",     "pass",      "apikey",     "accesskey",
                                        "privatekey", "signature", "credential", "authorization",
                                        "cookie",     "headers",   "token"};
    static const char *const harmless[] = {"endpoint", "url",       "uri",   "method",
                                           "type",     "algorithm", "config"};
    char lower[64];
    size_t n = member.n < sizeof lower ? member.n : sizeof lower;
    for (size_t i = 0; i < n; i++)
        lower[i] =
            (char)(member.p[i] >= 'A' && member.p[i] <= 'Z' ? member.p[i] | 0x20 : member.p[i]);
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
        if (str_ends((struct str){lower, n}, str_of(harmless[i])))
            return false;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (memmem(lower, n, parts[i], strlen(parts[i])))
            return true;
    }
    return false;
}

/* ---- Writing ---- */

/* A variable's name: what can stand in one, in capitals. */
static struct str variable_for(struct arena *arena, struct str where)
{
    struct buf buf = buf_new(arena, NAME_MAX_LENGTH);
    bool apart = false;
    for (size_t i = 0; i < where.n; i++) {
        char c = where.p[i];
        bool low = c >= 'a' && c <= 'z';
        bool fits = low || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (fits && apart && buf.n)
            buf_byte(&buf, '_');
        if (fits)
            buf_byte(&buf, (char)(low ? c & ~0x20 : c));
        apart = !fits;
    }
    return arena_printf(arena, "${env:%.*s}", STR_ARG(buf_view(&buf)));
}

static void write_text(struct tenant_writer *writer, json *value, struct str where, bool secret)
{
    struct str text = json_str(value), name = tenant_reference(text);
    if (writer->writing == WRITE_FILLED && name.p) {
        text = fill(writer->arena, name);
        if (!text.p)
            writer->missing = name;
    } else if (writer->writing == WRITE_FILE && secret) {
        text = variable_for(writer->arena, where);
    } else if (writer->writing == WRITE_SHOWN && secret && !name.p) {
        text = STR("(hidden)");
    }
    json_put_str(&writer->out, text);
}

static void write_object(struct tenant_writer *writer, json *value, struct str where, bool secret)
{
    size_t i, n;
    json *key, *member;
    json_open_object(&writer->out);
    yyjson_obj_foreach(value, i, n, key, member)
    {
        struct str name = json_str(key);
        json_key_escaped(&writer->out, name);
        tenant_write(writer, member,
                     arena_printf(writer->arena, "%.*s %.*s", STR_ARG(where), STR_ARG(name)),
                     secret || (writer->searches && is_secret(name)));
    }
    json_close_object(&writer->out);
}

static void write_array(struct tenant_writer *writer, json *value, struct str where, bool secret)
{
    size_t i, n;
    json *item;
    json_open_array(&writer->out);
    yyjson_arr_foreach(value, i, n, item)
    {
        tenant_write(writer, item, arena_printf(writer->arena, "%.*s %zu", STR_ARG(where), i),
                     secret);
    }
    json_close_array(&writer->out);
}

void tenant_write(struct tenant_writer *writer, json *value, struct str where, bool secret)
{
    if (yyjson_is_obj(value))
        write_object(writer, value, where, secret);
    else if (yyjson_is_arr(value))
        write_array(writer, value, where, secret);
    else if (yyjson_is_str(value))
        write_text(writer, value, where, secret);
    else
        json_put_value(&writer->out, value);
}

/* ---- Comparing ---- */

static bool equal_objects(struct arena *arena, json *have, json *want)
{
    size_t i, n;
    json *key, *member;
    yyjson_obj_foreach(want, i, n, key, member)
    {
        json *other = json_get(have, json_str(key));
        if (!other || !tenant_equal(arena, other, member))
            return false;
    }
    return yyjson_obj_size(have) == yyjson_obj_size(want);
}

static bool equal_arrays(struct arena *arena, json *have, json *want)
{
    size_t i, n;
    json *item;
    if (yyjson_arr_size(have) != yyjson_arr_size(want))
        return false;
    yyjson_arr_foreach(want, i, n, item)
    {
        if (!tenant_equal(arena, yyjson_arr_get(have, i), item))
            return false;
    }
    return true;
}

bool tenant_equal(struct arena *arena, json *have, json *want)
{
    struct str name = tenant_reference(json_str(want));
    if (name.p && yyjson_is_str(have)) {
        struct str text = fill(arena, name);
        return !text.p || str_eq(text, json_str(have));
    }
    if (yyjson_is_num(have) && yyjson_is_num(want))
        return yyjson_get_num(have) == yyjson_get_num(want);
    if (yyjson_get_type(have) != yyjson_get_type(want))
        return false;
    if (yyjson_is_obj(want))
        return equal_objects(arena, have, want);
    if (yyjson_is_arr(want))
        return equal_arrays(arena, have, want);
    return yyjson_equals(have, want);
}

bool tenant_has_name(json *list, struct str name)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(list, i, n, item)
    {
        if (str_eq(json_str(item), name))
            return true;
    }
    return false;
}

bool tenant_equal_names(json *have, json *want)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(want, i, n, item)
    {
        if (!tenant_has_name(have, json_str(item)))
            return false;
    }
    return yyjson_arr_size(have) == yyjson_arr_size(want);
}
