/* Entities: crud with Logto's errors, and lists with its paging headers. */
#include "domain/ctx.h"

#define LINK_MAX ((size_t)16 * 1024)

enum err entity_get(struct ctx *ctx, const struct entity *entity, struct str id,
                    struct db_rows *rows)
{
    struct db_rows found;
    enum err err = crud_find(ctx->db, entity, id, ctx->arena, &found);
    if (err)
        return err;
    if (!found.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, arena_cstr(ctx->arena, entity->name),
                    arena_cstr(ctx->arena, id));
    *rows = found;
    return OK;
}

void entity_answer(struct ctx *ctx, const struct entity *entity, const struct db_rows *rows,
                   size_t row)
{
    crud_put_object(&ctx->answer.json, entity, rows, row, ctx->tenant->id);
}

static int64_t offset_of(const struct ctx *ctx)
{
    int64_t offset;
    return __builtin_mul_overflow(ctx->page - 1, ctx->page_size, &offset) ? INT64_MAX : offset;
}

enum err entity_list(struct ctx *ctx, const struct entity *entity,
                     const struct crud_filter *filters, size_t filter_count, struct db_rows *rows)
{
    if (!ctx->paged) {
        const struct crud_page all = {0};
        return crud_list(ctx->db, entity, filters, filter_count, &all, ctx->arena, rows, NULL);
    }
    const struct crud_page page = {ctx->page_size, offset_of(ctx)};
    int64_t total;
    enum err err =
        crud_list(ctx->db, entity, filters, filter_count, &page, ctx->arena, rows, &total);
    if (!err)
        ctx_page_headers(ctx, total);
    return err;
}

enum err entity_answer_list(struct ctx *ctx, const struct entity *entity,
                            const struct crud_filter *filters, size_t filter_count)
{
    struct db_rows rows;
    enum err err = entity_list(ctx, entity, filters, filter_count, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        entity_answer(ctx, entity, &rows, i);
    json_close_array(&ctx->answer.json);
    return OK;
}

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

/* The request's query with `page` replaced, or added at the end. */
static void put_query(struct buf *buf, const struct form *form, int64_t page)
{
    bool placed = false;
    for (size_t i = 0; i < form->count; i++) {
        if (is_repeat(form, i))
            continue;
        if (i)
            buf_byte(buf, '&');
        put_encoded(buf, form->pairs[i].name);
        buf_byte(buf, '=');
        bool is_page = str_eq(form->pairs[i].name, STR("page"));
        placed |= is_page;
        if (is_page)
            buf_int(buf, page);
        else
            put_values(buf, form, i);
    }
    if (!placed)
        buf_printf(buf, "%spage=%lld", form->count ? "&" : "", (long long)page);
}

/* RFC 8288 3 */
static void add_link(struct ctx *ctx, const struct form *form, int64_t page, const char *relation)
{
    struct str path = ctx->request->path;
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
    put_query(&buf, form, page);
    buf_printf(&buf, ">; rel=\"%s\"", relation);
    if (!buf.failed)
        ctx_header(ctx, STR("Link"), buf_view(&buf));
}

void ctx_page_headers(struct ctx *ctx, int64_t total)
{
    struct form form;
    if (!ctx->paged)
        return;
    ctx_header(ctx, STR("Total-Number"), arena_printf(ctx->arena, "%lld", (long long)total));
    if (!form_parse(ctx->request->query, ctx->arena, &form))
        return;
    int64_t last = total > 0 ? (total - 1) / ctx->page_size + 1 : 1;
    add_link(ctx, &form, 1, "first");
    if (ctx->page > 1)
        add_link(ctx, &form, ctx->page - 1, "prev");
    add_link(ctx, &form, last, "last");
    if (ctx->page < last)
        add_link(ctx, &form, ctx->page + 1, "next");
}
