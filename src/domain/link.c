/* Link headers of lists. */
#include "domain/link.h"

/* Clients and proxies read heads of 4 to 16 KiB, and a list has up to four links. */
#define LINK_MAX   ((size_t)8 * 1024)
#define LONG_QUERY 2000 /* bytes; with a longer one only the next page is linked */

/* As URLSearchParams writes it: a blank is '+', and so are other bytes escaped than in RFC 3986. */
static void put_encoded(struct buf *buf, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (letter || (c >= '0' && c <= '9') || (c && strchr("*-._", c))) {
            buf_byte(buf, (char)c);
        } else if (c == ' ') {
            buf_byte(buf, '+');
        } else {
            buf_byte(buf, '%');
            buf_byte(buf, hex[c >> 4]);
            buf_byte(buf, hex[c & 15]);
        }
    }
}

/* Whether an earlier pair has the same name. */
static bool is_repeat(const struct form *form, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(form->pairs[i].name, form->pairs[at].name))
            return true;
    }
    return false;
}

/* Repeated values are joined by commas. */
static void put_values(struct buf *buf, const struct form *form, size_t first)
{
    put_encoded(buf, form->pairs[first].value);
    for (size_t i = first + 1; i < form->count; i++) {
        if (!str_eq(form->pairs[i].name, form->pairs[first].name))
            continue;
        put_encoded(buf, STR(","));
        put_encoded(buf, form->pairs[i].value);
    }
}

/* The request's query with the parameter replaced, or added at the end. */
static void put_query(struct buf *buf, const struct form *form, struct str name, struct str value)
{
    bool placed = false;
    for (size_t i = 0; i < form->count; i++) {
        if (is_repeat(form, i))
            continue;
        if (i)
            buf_byte(buf, '&');
        put_encoded(buf, form->pairs[i].name);
        buf_byte(buf, '=');
        bool is_it = str_eq(form->pairs[i].name, name);
        placed |= is_it;
        if (is_it)
            buf_str(buf, value);
        else
            put_values(buf, form, i);
    }
    if (!placed)
        buf_printf(buf, "%s%.*s=%.*s", form->count ? "&" : "", STR_ARG(name), STR_ARG(value));
}

void link_add(struct ctx *ctx, const struct form *form, struct str name, struct str value,
              const char *relation)
{
    struct str path = ctx->request->path;
    if (ctx->request->query.n > LONG_QUERY && strcmp(relation, "next") != 0)
        return;
    if (str_starts(path, STR("/api/")))
        path = str_from(path, 4);
    struct buf buf = buf_new(ctx->arena, LINK_MAX);
    buf_byte(&buf, '<');
    buf_str(&buf, ctx->origin);
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '>')
            BUF_LIT(&buf, "%3E");
        else
            buf_byte(&buf, path.p[i]);
    }
    buf_byte(&buf, '?');
    put_query(&buf, form, name, value);
    buf_printf(&buf, ">; rel=\"%s\"", relation);
    if (!buf.failed)
        ctx_header(ctx, STR("Link"), buf_view(&buf));
}
