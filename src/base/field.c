/* What field rows say about values, for all who read rows: cleaning, and rules that rows share. */
#include "base/field.h"

static void clean_value(const struct field *field, json *value, struct json_out *out);

static void clean_object(const struct field *fields, json *value, struct json_out *out)
{
    json_open_object(out);
    for (const struct field *field = fields; field->name.p; field++) {
        json *member = json_get(value, field->name);
        if (!member)
            continue;
        json_key(out, field->name);
        clean_value(field, member, out);
    }
    json_close_object(out);
}

static void clean_array(const struct field *item, json *value, struct json_out *out)
{
    json_open_array(out);
    json *element;
    yyjson_arr_iter iter = yyjson_arr_iter_with(value);
    while ((element = yyjson_arr_iter_next(&iter)))
        clean_value(item, element, out);
    json_close_array(out);
}

static void clean_value(const struct field *field, json *value, struct json_out *out)
{
    if (field->type == FIELD_OBJECT && field->fields && yyjson_is_obj(value))
        clean_object(field->fields, value, out);
    else if (field->type == FIELD_ARRAY && field->item && yyjson_is_arr(value))
        clean_array(field->item, value, out);
    else
        json_put_value(out, value);
}

struct str field_clean(const struct field *field, json *value, struct arena *arena)
{
    if (!value)
        return STR_NONE;
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    clean_value(field, value, &out);
    return buf_view(&buf);
}

bool field_int(json *value, int64_t *out)
{
    double number = yyjson_get_num(value); /* exact up to the bound */
    if (!yyjson_is_num(value) || !(number >= -(double)FIELD_INT_MAX && number <= FIELD_INT_MAX) ||
        (double)(int64_t)number != number)
        return false;
    *out = (int64_t)number;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* [A-Z0-9_'+\-.]*[A-Z0-9_+-], not beginning with a dot, no two dots in a row. */
static bool is_local_part(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && !strchr("_'+-.", s.p[i]))
            return false;
        if (s.p[i] == '.' && (i == 0 || s.p[i - 1] == '.'))
            return false;
    }
    return s.n && s.p[s.n - 1] != '.' && s.p[s.n - 1] != '\'';
}

/* ([A-Z0-9][A-Z0-9\-]*\.)+[A-Z]{2,} */
static bool is_mail_domain(struct str s)
{
    struct str label = {NULL, 0}, next;
    for (size_t count = 0; (next = str_split(&s, '.')).p; count++) {
        if (!next.n || next.p[0] == '-')
            return false;
        for (size_t i = 0; i < next.n; i++)
            if (!is_letter(next.p[i]) && !is_digit(next.p[i]) && next.p[i] != '-')
                return false;
        if (!s.p && count == 0)
            return false;
        label = next;
    }
    for (size_t i = 0; i < label.n; i++)
        if (!is_letter(label.p[i]))
            return false;
    return label.n >= 2;
}

bool field_is_email(json *value)
{
    struct str text = json_str(value);
    size_t at = str_find(text, '@');
    if (!text.p || at == text.n || memchr(text.p, 0, text.n))
        return false;
    return is_local_part((struct str){text.p, at}) && is_mail_domain(str_from(text, at + 1));
}

/* Schemes whose URLs have a host, WHATWG URL 4.2. */
static bool has_host(struct str scheme)
{
    return str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https")) ||
           str_eq_nocase(scheme, STR("ws")) || str_eq_nocase(scheme, STR("wss")) ||
           str_eq_nocase(scheme, STR("ftp"));
}

static bool is_port(struct str s)
{
    int64_t port;
    return !s.n || (is_digit(s.p[0]) && str_to_int64(s, &port) && port <= 65535);
}

/* host[:port] without forbidden code points (WHATWG URL 3.2); an address in brackets is taken as
 * is. */
static bool is_host_and_port(struct str s)
{
    size_t end = s.n && s.p[0] == '[' ? str_find(s, ']') + 1 : str_find(s, ':');
    if (!end || end > s.n)
        return false;
    struct str host = {s.p, end}, rest = str_from(s, end);
    bool address = host.p[0] == '[';
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        if (c <= 0x20 || c == 0x7f || strchr("#/<>?@\\^|%", c))
            return false;
        if (address ? i && i + 1 < host.n && c != ':' && c != '.' && !is_digit((char)c) &&
                          !((c | 32) >= 'a' && (c | 32) <= 'f')
                    : c == '[' || c == ']')
            return false;
    }
    return !rest.n || (rest.p[0] == ':' && is_port(str_from(rest, 1)));
}

bool field_is_url(json *value)
{
    struct str text = json_str(value);
    size_t colon = str_find(text, ':');
    if (!text.p || colon == text.n || !colon || !is_letter(text.p[0]))
        return false;
    for (size_t i = 0; i < colon; i++)
        if (!is_letter(text.p[i]) && !is_digit(text.p[i]) && !strchr("+-.", text.p[i]))
            return false;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20)
            return false;
    if (!has_host((struct str){text.p, colon}))
        return true;
    struct str rest = str_from(text, colon + 1);
    while (rest.n && (rest.p[0] == '/' || rest.p[0] == '\\'))
        rest = str_from(rest, 1);
    size_t end = 0;
    while (end < rest.n && !strchr("/\\?#", rest.p[end]))
        end++;
    struct str authority = {rest.p, end};
    size_t user = authority.n;
    while (user && authority.p[user - 1] != '@')
        user--;
    return is_host_and_port(str_from(authority, user));
}
