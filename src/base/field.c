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

bool field_is_email_text(struct str text)
{
    size_t at = str_find(text, '@');
    if (!text.p || at == text.n || memchr(text.p, 0, text.n))
        return false;
    return is_local_part((struct str){text.p, at}) && is_mail_domain(str_from(text, at + 1));
}

bool field_is_email(json *value)
{
    return field_is_email_text(json_str(value));
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

/* A host whose last label is a number must be an IPv4 address (WHATWG URL 3.5). */
static bool is_name_or_ipv4(struct str host)
{
    struct str rest = host, label, last = STR_NONE;
    int64_t number;
    size_t count = 0, numbers = 0;
    while ((label = str_split(&rest, '.')).p && (label.n || rest.p)) {
        bool is_number = label.n && is_digit(label.p[0]) && str_to_int64(label, &number);
        numbers += is_number && number <= 255;
        count++;
        last = is_number ? label : STR_NONE;
    }
    return !last.p || (count <= 4 && numbers == count);
}

/* No forbidden host code points (WHATWG URL 3.1); between brackets those of an IPv6 address. */
static bool is_host(struct str host)
{
    bool address = host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    for (size_t i = address; i + address < host.n; i++) {
        char c = host.p[i];
        if ((unsigned char)c <= 0x20 || c == 0x7f || strchr("#/<>?@[]\\^|%", c))
            return false;
        if (address && !is_digit(c) && c != ':' && c != '.' && ((c | 32) < 'a' || (c | 32) > 'f'))
            return false;
    }
    return address || is_name_or_ipv4(host);
}

/* [user@]host[:port], as the text goes on behind "//" */
static bool is_authority(struct str text, bool may_be_empty)
{
    size_t end = 0, user = 0;
    while (end < text.n && !strchr("/\\?#", text.p[end]))
        end++;
    for (size_t i = 0; i < end; i++)
        if (text.p[i] == '@')
            user = i + 1;
    struct str host = {text.p + user, end - user};
    if (!host.n)
        return may_be_empty && !user;
    size_t port = host.p[0] == '[' ? str_find(host, ']') + 1 : str_find(host, ':');
    if (!port || port > host.n || !is_host((struct str){host.p, port}))
        return false;
    struct str rest = str_from(host, port);
    return !rest.n || (rest.p[0] == ':' && is_port(str_from(rest, 1)));
}

static bool is_scheme(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter(s.p[i]) && (!i || (!is_digit(s.p[i]) && !strchr("+-.", s.p[i]))))
            return false;
    return s.n != 0;
}

bool field_is_url(json *value)
{
    struct str text = json_str(value);
    size_t colon = str_find(text, ':');
    struct str scheme = {text.p, colon}, rest = str_from(text, colon + 1);
    if (!text.p || colon == text.n || !is_scheme(scheme))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20)
            return false;
    bool slashes = str_starts(rest, STR("//"));
    if (!has_host(scheme))
        return !slashes || is_authority(str_from(rest, 2), true);
    while (rest.n && (rest.p[0] == '/' || rest.p[0] == '\\'))
        rest = str_from(rest, 1);
    return is_authority(rest, false);
}

bool field_is_web_url(json *value)
{
    struct str text = json_str(value);
    struct str scheme = {text.p, str_find(text, ':')};
    return (str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("http"))) &&
           field_is_url(value);
}
