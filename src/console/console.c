/* The console: one page for all its addresses, and the files that make it. */
#include "console/assets.h"
#include "domain/cookies.h"
#include "domain/page.h"

/* RFC 9110 12.5.3; one that names gzip to refuse it gets the plain bytes. */
static bool takes_gzip(const struct ctx *ctx)
{
    struct str rest = http_header_get(ctx->request, STR("accept-encoding"), NULL), each;
    while ((each = str_split(&rest, ',')).p) {
        size_t end = str_find(each, ';');
        if (str_eq_nocase(str_trim((struct str){each.p, end}), STR("gzip")))
            return end == each.n || !str_starts(str_trim(str_from(each, end + 1)), STR("q=0"));
    }
    return false;
}

static enum err asset_handle(struct ctx *ctx)
{
    for (const struct console_asset *asset = console_assets; asset->file; asset++) {
        if (!str_eq(ctx->params[0], str_of(asset->file)))
            continue;
        bool gzip = takes_gzip(ctx);
        ctx_header(ctx, STR("Vary"), STR("Accept-Encoding"));
        if (gzip)
            ctx_header(ctx, STR("Content-Encoding"), STR("gzip"));
        ctx->answer.immutable = true;
        ctx->answer.etag = str_of(asset->etag);
        ctx->answer.content_type = str_of(asset->type);
        ctx->answer.document = gzip ? asset->gzip : asset->plain;
        return OK;
    }
    return fail(ctx, ERR_NOT_FOUND);
}

static const struct console_asset *texts_in(struct str language)
{
    for (const struct console_asset *asset = console_assets; asset->file; asset++)
        if (asset->language && str_eq_nocase(language, str_of(asset->language)))
            return asset;
    return NULL;
}

/* Texts in the language that was chosen in the console, else in the first of the browser's
 * languages that there is; NULL: English. Weights only ever say the same. RFC 9110 12.5.4 */
static const struct console_asset *texts_for(const struct ctx *ctx)
{
    struct str chosen = cookie_get(ctx, STR("ConsoleLanguage"));
    const struct console_asset *texts = texts_in(chosen);
    if (texts || str_eq(chosen, STR("en")))
        return texts;
    struct str rest = http_header_get(ctx->request, STR("accept-language"), NULL), each;
    while ((each = str_split(&rest, ',')).p) {
        struct str range = str_trim((struct str){each.p, str_find(each, ';')});
        struct str tag = {range.p, str_find(range, '-')};
        if (str_eq_nocase(tag, STR("en")))
            return NULL;
        if ((texts = texts_in(tag)))
            return texts;
    }
    return NULL;
}

static void put_script(struct ctx *ctx, const struct console_asset *asset)
{
    PAGE_LIT(ctx, "<script src=\"/console/assets/");
    page_text(ctx, str_of(asset->file));
    PAGE_LIT(ctx, "\" defer></script>\n");
}

static void put_languages(struct ctx *ctx)
{
    PAGE_LIT(ctx, "\">\n<meta name=\"signet-languages\" content=\"en");
    for (const struct console_asset *asset = console_assets; asset->file; asset++)
        if (asset->language) {
            PAGE_LIT(ctx, " ");
            page_text(ctx, str_of(asset->language));
        }
}

static enum err page_handle(struct ctx *ctx)
{
    const struct console_asset *texts = texts_for(ctx);
    PAGE_LIT(ctx, "<!DOCTYPE html>\n<html lang=\"");
    page_text(ctx, texts ? str_of(texts->language) : STR("en"));
    PAGE_LIT(ctx, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"robots\" content=\"noindex,nofollow\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"signet-endpoint\" content=\"");
    page_text(ctx, ctx->tenant->users_endpoint);
    PAGE_LIT(ctx, "\">\n<meta name=\"signet-console\" content=\"");
    page_text(ctx, ctx->tenant->endpoint);
    put_languages(ctx);
    PAGE_LIT(
        ctx,
        "\">\n<title>Console</title>\n"
        "<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/console/assets/");
    page_text(ctx, str_of(console_assets[1].file));
    PAGE_LIT(ctx, "\">\n<link rel=\"preconnect\" crossorigin href=\"");
    page_text(ctx, ctx->tenant->users_endpoint);
    PAGE_LIT(ctx, "\">\n");
    if (texts)
        put_script(ctx, texts);
    put_script(ctx, &console_assets[0]);
    PAGE_LIT(ctx, "</head>\n<body>\n<div id=\"app\"></div>\n"
                  "<noscript><p>The console needs JavaScript: allow it for this address.</p>"
                  "</noscript>\n</body>\n</html>\n");
    ctx->answer.page = true;
    ctx->answer.no_store = true;
    ctx->answer.connect_target = ctx->tenant->users_endpoint;
    ctx->answer.content_type = STR("text/html; charset=utf-8");
    return ctx->answer.body.failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}

/* The address as it is typed: operators mean the console, and there is no sign-in under way. */
static enum err root_handle(struct ctx *ctx)
{
    if (ctx->tenant == ctx->tenant->admin)
        return answer_redirect(ctx, 302, STR("/console"));
    struct str page =
        arena_printf(ctx->arena, "%.*s/unknown-session", STR_ARG(ctx->tenant->endpoint));
    return page.p ? answer_redirect(ctx, 302, page) : fail(ctx, ERR_NO_MEMORY);
}

#define ROUTE(address, text, function)                                                             \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER,                   \
        .run = RUN_INLINE, .status = 200, .reply = REPLY_TEXT, .summary = text,                    \
        .only_listener = TENANT_ADMIN, .handle = function                                          \
    }

ROUTES(console) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/"),
     .guard = GUARD_BROWSER,
     .run = RUN_INLINE,
     .status = 302,
     .reply = REPLY_FREE,
     .summary = "To the console, or to the page for those who come without a sign-in",
     .handle = root_handle},
    ROUTE("/console", "The console", page_handle),
    ROUTE("/console/:page", "A page of the console", page_handle),
    ROUTE("/console/:page/:id", "The console's page of one thing", page_handle),
    ROUTE("/console/:page/:id/:part", "A part of the console's page of one thing", page_handle),
    ROUTE("/console/assets/:file", "Script and style of the console", asset_handle),
    ROUTES_END,
};
