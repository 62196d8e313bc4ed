/* Hosted pages. */
#include "domain/page.h"

#include "base/encoding.h"
#include "domain/sign_in_experience.h"

#define PHRASE(name, text) [PHRASE_##name] = text,
static const char *const english[PHRASE_COUNT] = {
#include "domain/phrases.def"
};
static const char *const german[PHRASE_COUNT] = {
#include "domain/phrases_de.def"
};
static const char *const french[PHRASE_COUNT] = {
#include "domain/phrases_fr.def"
};
static const char *const spanish[PHRASE_COUNT] = {
#include "domain/phrases_es.def"
};
static const char *const portuguese[PHRASE_COUNT] = {
#include "domain/phrases_pt_br.def"
};
static const char *const japanese[PHRASE_COUNT] = {
#include "domain/phrases_ja.def"
};
static const char *const korean[PHRASE_COUNT] = {
#include "domain/phrases_ko.def"
};
static const char *const simplified_chinese[PHRASE_COUNT] = {
#include "domain/phrases_zh_cn.def"
};
static const char *const traditional_chinese[PHRASE_COUNT] = {
#include "domain/phrases_zh_tw.def"
};
#undef PHRASE

/* Further languages are further rows; a text that is missing in one is shown in English. Of those
 * with the same beginning the first stands for all that are not named. */
struct page_language {
    const char *tag;
    const char *const *texts;
};
static const struct page_language languages[] = {
    {"en", english},
    {"de", german},
    {"fr", french},
    {"es", spanish},
    {"pt-BR", portuguese},
    {"ja", japanese},
    {"ko", korean},
    {"zh-CN", simplified_chinese},
    {"zh-TW", traditional_chinese},
};
#define LANGUAGE_COUNT (sizeof languages / sizeof *languages)

static struct str base_of(struct str tag)
{
    return (struct str){tag.p, str_find(tag, '-')};
}

/* Tags of Chinese that name the script, or a place where the traditional one is written. RFC 5646
 */
static bool is_traditional(struct str tag)
{
    static const struct str forms[] = {STR_INIT("zh-TW"), STR_INIT("zh-HK"), STR_INIT("zh-MO"),
                                       STR_INIT("zh-Hant")};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (tag.n >= forms[i].n && str_eq_nocase((struct str){tag.p, forms[i].n}, forms[i]))
            return true;
    return false;
}

static const struct page_language *find_language(struct str tag)
{
    if (is_traditional(tag))
        tag = STR("zh-TW");
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        if (str_eq_nocase(tag, str_of(languages[i].tag)))
            return &languages[i];
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        if (str_eq_nocase(base_of(tag), base_of(str_of(languages[i].tag))))
            return &languages[i];
    return NULL;
}

/* Tags in order of preference; weights only ever say the same. RFC 9110 12.5.4 */
static const struct page_language *choose(struct str list, char separator)
{
    struct str each;
    while ((each = str_split(&list, separator)).p) {
        struct str tag = str_trim(each);
        const struct page_language *found = find_language((struct str){tag.p, str_find(tag, ';')});
        if (found)
            return found;
    }
    return NULL;
}

/* What the settings say of languages; NULL where the page has no database. */
static json *language_settings(struct ctx *ctx)
{
    struct db_rows rows;
    json *info = NULL;
    if (!ctx->db || sign_in_experience_get(ctx, &rows) ||
        sign_in_experience_json(ctx, &rows, STR("languageInfo"), &info))
        return NULL;
    return info;
}

static const struct page_language *choose_language(struct ctx *ctx)
{
    const struct page_language *found = choose(ctx_query(ctx, STR("ui_locales")), ' ');
    if (found)
        return found;
    json *info = language_settings(ctx);
    if (!info || yyjson_is_true(json_get(info, STR("autoDetect"))))
        found = choose(http_header_get(ctx->request, STR("accept-language"), NULL), ',');
    if (!found)
        found = find_language(json_str(json_get(info, STR("fallbackLanguage"))));
    return found ? found : &languages[0];
}

static const struct page_language *language_of(struct ctx *ctx)
{
    if (!ctx->page_language)
        ctx->page_language = choose_language(ctx);
    return ctx->page_language;
}

const char *page_language(struct ctx *ctx)
{
    return language_of(ctx)->tag;
}

struct str phrase(struct ctx *ctx, enum phrase which)
{
    const char *text = language_of(ctx)->texts[which];
    return str_of(text ? text : english[which]);
}

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

void page_paragraph(struct ctx *ctx, enum phrase which)
{
    PAGE_LIT(ctx, "<p>");
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
    PAGE_LIT(ctx, "</title>\n<link rel=\"stylesheet\" href=\"/assets/experience.css\">\n"
                  "<link rel=\"stylesheet\" href=\"/assets/theme.css");
    struct str organization = ctx_query(ctx, STR("organization_id"));
    if (organization.n) {
        PAGE_LIT(ctx, "?organization_id=");
        percent_encode(&ctx->answer.body, organization);
    }
    PAGE_LIT(ctx, "\">\n");
}

void page_begin(struct ctx *ctx, enum phrase title, bool script)
{
    page_head(ctx, title);
    if (script)
        PAGE_LIT(ctx, "<script src=\"/assets/experience.js\" defer></script>\n");
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
    page_begin(ctx, PHRASE_ERROR, false);
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
