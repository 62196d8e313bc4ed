/* Hosted pages. */
#include "domain/page.h"

#include "base/encoding.h"
#include "domain/interactions.h"

bool page_is_wanted(const struct ctx *ctx)
{
    struct str rest = http_header_get(ctx->request, STR("accept"), NULL), each;
    while ((each = str_split(&rest, ',')).p)
        if (str_eq_nocase(str_trim((struct str){each.p, str_find(each, ';')}), STR("text/html")))
            return true;
    return false;
}

void page_text(struct ctx *ctx, struct str text)
{
    struct buf *out = &ctx->answer.body;
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '<':
            BUF_LIT(out, "&lt;");
            break;
        case '>':
            BUF_LIT(out, "&gt;");
            break;
        case '&':
            BUF_LIT(out, "&amp;");
            break;
        case '"':
            BUF_LIT(out, "&quot;");
            break;
        case '\'':
            BUF_LIT(out, "&#39;");
            break;
        default:
            buf_byte(out, text.p[i]);
        }
    }
}

void page_phrase(struct ctx *ctx, enum phrase which)
{
    page_text(ctx, phrase(ctx, which));
}

void page_phrase_number(struct ctx *ctx, enum phrase which, struct str place, int64_t number)
{
    struct str text = phrase(ctx, which);
    const char *at = memmem(text.p, text.n, place.p, place.n);
    size_t before = at ? (size_t)(at - text.p) : text.n;
    page_text(ctx, (struct str){text.p, before});
    if (!at)
        return;
    buf_printf(&ctx->answer.body, "%lld", (long long)number);
    page_text(ctx, str_from(text, before + place.n));
}

void page_paragraph(struct ctx *ctx, enum phrase which)
{
    PAGE_LIT(ctx, "<p>");
    page_phrase(ctx, which);
    PAGE_LIT(ctx, "</p>\n");
}

void page_notice(struct ctx *ctx, enum phrase which)
{
    PAGE_LIT(ctx, "<p role=\"status\">");
    page_phrase(ctx, which);
    PAGE_LIT(ctx, "</p>\n");
}

void page_hidden(struct ctx *ctx, struct str name, struct str value)
{
    PAGE_LIT(ctx, "<input type=\"hidden\" name=\"");
    page_text(ctx, name);
    PAGE_LIT(ctx, "\" value=\"");
    page_text(ctx, value);
    PAGE_LIT(ctx, "\">\n");
}

struct str page_wish(struct ctx *ctx, struct str name)
{
    struct interaction interaction;
    struct str value = ctx_query(ctx, name), app = ctx_query(ctx, STR("app_id"));
    if (value.n || !app.n || !ctx->db || interaction_find(ctx, STR_NONE, app, &interaction))
        return value;
    return json_str(json_get(interaction.params, name));
}

/* As the application and the organization that the sign-in is for have it. */
static void put_theme(struct ctx *ctx)
{
    const struct str names[] = {STR_INIT("app_id"), STR_INIT("organization_id")};
    const struct str values[] = {ctx_query(ctx, names[0]), page_wish(ctx, names[1])};
    bool more = false;
    PAGE_LIT(ctx, "<link rel=\"stylesheet\" href=\"/assets/theme.css");
    for (size_t i = 0; i < 2; i++) {
        if (!values[i].n)
            continue;
        page_text(ctx, more ? STR("&") : STR("?"));
        page_text(ctx, names[i]);
        PAGE_LIT(ctx, "=");
        percent_encode(&ctx->answer.body, values[i]);
        more = true;
    }
    PAGE_LIT(ctx, "\">\n");
}

void page_head(struct ctx *ctx, enum phrase title)
{
    buf_reserve(&ctx->answer.body, 4096);
    PAGE_LIT(ctx, "<!DOCTYPE html>\n<html lang=\"");
    page_text(ctx, str_of(page_language(ctx)));
    PAGE_LIT(ctx, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"robots\" content=\"noindex,nofollow\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page_phrase(ctx, title);
    PAGE_LIT(ctx, "</title>\n<link rel=\"stylesheet\" href=\"/assets/experience.css\">\n");
    put_theme(ctx);
}

void page_begin(struct ctx *ctx, enum phrase title)
{
    page_head(ctx, title);
    PAGE_LIT(ctx, "</head>\n<body>\n<main>\n<h1>");
    page_phrase(ctx, title);
    PAGE_LIT(ctx, "</h1>\n");
}

enum err page_end(struct ctx *ctx, int status)
{
    PAGE_LIT(ctx, "</main>\n</body>\n</html>\n");
    ctx->answer.page = true;
    ctx->answer.no_store = true;
    ctx->answer.status = status;
    ctx->answer.content_type = STR("text/html; charset=utf-8");
    return ctx->answer.body.failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}

enum err page_error(struct ctx *ctx, int status, struct str code, struct str description)
{
    page_begin(ctx, PHRASE_ERROR);
    PAGE_LIT(ctx, "<p role=\"alert\">");
    page_text(ctx, description);
    PAGE_LIT(ctx, "</p>\n");
    page_paragraph(ctx, PHRASE_ERROR_HELP);
    PAGE_LIT(ctx, "<p class=\"quiet\"><code>");
    page_text(ctx, code);
    PAGE_LIT(ctx, "</code></p>\n");
    return page_end(ctx, status);
}

enum err answer_redirect(struct ctx *ctx, int status, struct str location)
{
    if (!location.p)
        return fail(ctx, ERR_NO_MEMORY);
    ctx_header(ctx, STR("Location"), location);
    ctx->answer.status = status;
    ctx->answer.no_store = true;
    ctx->answer.content_type = STR("text/plain; charset=utf-8");
    BUF_LIT(&ctx->answer.body, "Redirecting to ");
    buf_str(&ctx->answer.body, location);
    buf_byte(&ctx->answer.body, '.');
    return ctx->answer.body.failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}

struct str page_origin(struct arena *arena, struct str uri)
{
    size_t colon = str_find(uri, ':'), end = colon + 1;
    if (!uri.p || colon == uri.n)
        return STR_NONE;
    bool web = str_starts(uri, STR("http://")) || str_starts(uri, STR("https://"));
    if (web)
        for (end = colon + 3; end < uri.n && !strchr("/?#", uri.p[end]);)
            end++;
    for (size_t i = 0; i < end; i++) /* nothing that would end the directive */
        if (strchr("; ,'\"", uri.p[i]))
            return STR_NONE;
    return arena_str(arena, (struct str){uri.p, end});
}
