/* Quoting and templates of exported files. */
#include "domain/export_parts.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

void quote_json(struct buf *out, struct str text)
{
    buf_byte(out, '"');
    json_escape(out, text);
    buf_byte(out, '"');
}

/* The code point at text, and its length in bytes; text is UTF-8. */
static uint32_t next_point(struct str text, size_t *n)
{
    const unsigned char *p = (const unsigned char *)text.p;
    *n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (*n > text.n)
        *n = 1;
    uint32_t point = *n == 1 ? p[0] : p[0] & (0x7fu >> *n);
    for (size_t i = 1; i < *n; i++)
        point = point << 6 | (p[i] & 0x3f);
    return point;
}

/* YAML 1.2 5.1 and 5.4: not printable, or taken for a line break by older readers. */
static bool yaml_must_escape(uint32_t point)
{
    return (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 ||
           point == 0xfeff || point == 0xfffe || point == 0xffff;
}

void quote_yaml(struct buf *out, struct str text)
{
    size_t n;
    buf_byte(out, '"');
    for (size_t at = 0; at < text.n; at += n) {
        uint32_t point = next_point(str_from(text, at), &n);
        if (yaml_must_escape(point))
            buf_printf(out, "\\u%04x", (unsigned)point);
        else
            json_escape(out, (struct str){text.p + at, n});
    }
    buf_byte(out, '"');
}

void quote_shell(struct buf *out, struct str text)
{
    buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            BUF_LIT(out, "'\\'");
        buf_byte(out, text.p[i]);
    }
    buf_byte(out, '\'');
}

void quote_php(struct buf *out, struct str text)
{
    buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'' || text.p[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, text.p[i]);
    }
    buf_byte(out, '\'');
}

/* What would end a line in some reader, or turn the order of what is shown around. */
static bool breaks_line(uint32_t point)
{
    return point < 0x20 || yaml_must_escape(point) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* Comments end with "*" "/", "?" ">" leaves PHP even inside a line comment, and a backslash may
 * start a Java escape of a line break. */
static bool ends_comment(char before, char c)
{
    return (c == '/' && before == '*') || (c == '>' && before == '?') || c == '\\';
}

void quote_line(struct buf *out, struct str text)
{
    size_t n;
    char before = 0;
    for (size_t at = 0; at < text.n; at += n) {
        uint32_t point = next_point(str_from(text, at), &n);
        char c = text.p[at];
        if (breaks_line(point) || ends_comment(before, c))
            buf_byte(out, ' ');
        else
            buf_put(out, text.p + at, n);
        before = c;
    }
}

struct str export_line(struct arena *arena, struct str text)
{
    struct buf out = buf_new(arena, LINE_MAX_BYTES);
    quote_line(&out, text);
    return buf_view(&out);
}

static void new_line(struct buf *out, size_t depth)
{
    buf_byte(out, '\n');
    for (size_t i = 0; i < depth; i++)
        BUF_LIT(out, "  ");
}

/* The length of the string that starts at text, quotes included. */
static size_t string_length(struct str text)
{
    size_t i = 1;
    while (i < text.n && text.p[i] != '"')
        i += text.p[i] == '\\' ? 2 : 1;
    return i < text.n ? i + 1 : text.n;
}

void export_indent(struct buf *out, struct str compact)
{
    size_t depth = 0;
    for (size_t i = 0; i < compact.n; i++) {
        char c = compact.p[i];
        char next = i + 1 < compact.n ? compact.p[i + 1] : 0;
        if (c == '"') {
            size_t n = string_length(str_from(compact, i));
            buf_put(out, compact.p + i, n);
            i += n - 1;
            continue;
        }
        bool opens = c == '{' || c == '[';
        bool empty = (c == '{' && next == '}') || (c == '[' && next == ']');
        if ((c == '}' || c == ']') && depth)
            new_line(out, --depth);
        buf_byte(out, c);
        if (empty)
            buf_byte(out, compact.p[++i]);
        else if (opens)
            new_line(out, ++depth);
        else if (c == ',')
            new_line(out, depth);
        else if (c == ':')
            buf_byte(out, ' ');
    }
    buf_byte(out, '\n');
}

/* ---- Templates ---- */

/* Rows as [pattern, variable, member]. */
static void put_lists(struct export *export, struct buf *out)
{
    struct json_out rows = json_out(out);
    json_open_array(&rows);
    for (size_t i = 0; i < export->list_count; i++) {
        json_open_array(&rows);
        json_put_str(&rows, export->lists[i].pattern);
        json_put_str(&rows, export->lists[i].variable);
        json_put_str(&rows, export->lists[i].member);
        json_close_array(&rows);
    }
    json_close_array(&rows);
}

static bool find_value(const struct export *export, struct str mark, struct str *value)
{
    const struct {
        struct str mark, value;
    } values[] = {
        {STR("ENDPOINT"), export->endpoint},
        {STR("ISSUER"), export->issuer},
        {STR("TOKEN_URL"), export->token_url},
        {STR("RESOURCE"), export->resource},
        {STR("SCOPE"), export->application.scope},
        {STR("CLIENT_ID"), export->application.id},
        {STR("CLIENT_SECRET"), export->application.secret},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        if (str_eq(values[i].mark, mark)) {
            *value = values[i].value;
            return true;
        }
    }
    return false;
}

/* Writes what the mark stands for; false: it is no mark. */
static bool put_mark(struct export *export, struct buf *out, struct str mark,
                     void (*quote)(struct buf *, struct str))
{
    struct str value;
    if (str_eq(mark, STR("NAME")))
        quote_line(out, export->application.name);
    else if (str_eq(mark, STR("LISTS")))
        put_lists(export, out);
    else if (find_value(export, mark, &value))
        quote(out, value);
    else
        return false;
    return true;
}

static struct str find_text(const char *file)
{
    for (const struct export_text *text = export_texts; text->file; text++) {
        if (strcmp(text->file, file) == 0)
            return str_of(text->text);
    }
    return STR_NONE;
}

void export_fill(struct export *export, struct buf *out, const char *file,
                 void (*quote)(struct buf *, struct str))
{
    struct str text = find_text(file);
    while (text.n) {
        size_t at = str_find(text, '@');
        buf_put(out, text.p, at);
        text = str_from(text, at);
        if (!text.n)
            return;
        size_t end = str_find(str_from(text, 1), '@');
        if (put_mark(export, out, (struct str){text.p + 1, end}, quote)) {
            text = str_from(text, end + 2);
        } else {
            buf_byte(out, '@');
            text = str_from(text, 1);
        }
    }
}
