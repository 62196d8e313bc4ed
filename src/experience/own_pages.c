/* The pages that are applications themselves: /account, where users see and change their account,
 * and /demo-app, which shows what an application gets. Their scripts sign in as any application
 * does. */
#include "domain/account_center.h"
#include "domain/built_in_applications.h"
#include "experience/assets.h"
#include "experience/factor.h"
#include "experience/forms.h"
#include "experience/social.h"

/* ---- Texts that scripts show ---- */

struct text {
    const char *name;
    enum phrase phrase;
};
#define TEXT(name)                                                                                 \
    {                                                                                              \
#name, PHRASE_##name                                                                       \
    }

static const struct text account_texts[] = {
    TEXT(PROFILE),        TEXT(SIGNING_IN),   TEXT(FACTORS),       TEXT(SESSIONS),
    TEXT(GRANTS),         TEXT(LINKED),       TEXT(NAME),          TEXT(AVATAR),
    TEXT(GIVEN_NAME),     TEXT(MIDDLE_NAME),  TEXT(FAMILY_NAME),   TEXT(NICKNAME),
    TEXT(WEBSITE),        TEXT(GENDER),       TEXT(BIRTHDATE),     TEXT(ZONEINFO),
    TEXT(LOCALE),         TEXT(ADDRESS),      TEXT(NOT_SET),       TEXT(IS_SET),
    TEXT(CHANGE),         TEXT(ADD),          TEXT(REMOVE),        TEXT(SAVE),
    TEXT(CANCEL),         TEXT(SAVED),        TEXT(SHOW),          TEXT(PROVE_HELP),
    TEXT(PASSKEY_NAME),   TEXT(CODES_LEFT),   TEXT(THIS_SESSION),  TEXT(SINCE),
    TEXT(END_SESSION),    TEXT(NOTHING),      TEXT(WITHDRAW),      TEXT(UNLINK),
    TEXT(LINK),           TEXT(SIGN_OUT),     TEXT(USERNAME),      TEXT(EMAIL),
    TEXT(PHONE),          TEXT(PASSWORD),     TEXT(NEW_PASSWORD),  TEXT(USERNAME_HELP),
    TEXT(RESET_PASSWORD), TEXT(MFA_CHECK),    TEXT(CONTINUE),      TEXT(SEND_CODE),
    TEXT(ENTER_CODE),     TEXT(CODE_SENT),    TEXT(CODE),          TEXT(TOTP),
    TEXT(TOTP_SCAN),      TEXT(QR_CODE),      TEXT(PASSKEY),       TEXT(PASSKEY_NEW),
    TEXT(BACKUP_CODE),    TEXT(BACKUP_CODES), TEXT(CODES_KEPT),    TEXT(BACKUP_CODES_HELP),
    TEXT(DELETE_ACCOUNT), TEXT(DEVICES),      {NULL, PHRASE_COUNT}};

static const struct text demo_texts[] = {
    TEXT(DEMO_HELP), TEXT(ID_CLAIMS),     TEXT(ACCESS_TOKEN),        TEXT(USERINFO),
    TEXT(RENEW),     TEXT(SAVED),         TEXT(ORGANIZATION_TOKENS), TEXT(ORGANIZATION_TOKEN),
    TEXT(SIGN_OUT),  {NULL, PHRASE_COUNT}};

static void put_texts(struct ctx *ctx, const struct text *list)
{
    PAGE_LIT(ctx, "<ul hidden>\n");
    for (; list->name; list++) {
        PAGE_LIT(ctx, "<li data-text=\"");
        page_text(ctx, str_of(list->name));
        PAGE_LIT(ctx, "\">");
        page_phrase(ctx, list->phrase);
        PAGE_LIT(ctx, "</li>\n");
    }
    PAGE_LIT(ctx, "</ul>\n<ul hidden>\n");
    form_put_errors(ctx);
    PAGE_LIT(ctx, "</ul>\n");
}

/* ---- What both have ---- */

struct own_page {
    const struct built_in_application *app;
    enum phrase title;
    const char *const *scripts; /* ended by NULL */
    const char *style;          /* of the tenant; NULL: none */
    const char *scope;          /* what it asks for, blank-separated */
    const struct text *texts;
};

/* Up to the attributes of the main element, which are open for more. */
static void begin(struct ctx *ctx, const struct own_page *page)
{
    page_head(ctx, page->title);
    if (page->style) {
        PAGE_LIT(ctx, "<link rel=\"stylesheet\" href=\"/assets/");
        page_text(ctx, str_of(page->style));
        PAGE_LIT(ctx, "\">\n");
    }
    for (const char *const *file = page->scripts; *file; file++) {
        PAGE_LIT(ctx, "<script src=\"/assets/");
        page_text(ctx, str_of(*file));
        PAGE_LIT(ctx, "\" defer></script>\n");
    }
    PAGE_LIT(ctx, "</head>\n<body>\n<main class=\"wide\"");
    form_data(ctx, "client", page->app->id);
    form_data(ctx, "path", page->app->path);
    form_data(ctx, "endpoint", ctx->tenant->endpoint);
    form_data(ctx, "scope", str_of(page->scope));
}

static enum err end(struct ctx *ctx, const struct own_page *page)
{
    PAGE_LIT(ctx, ">\n<h1>");
    page_phrase(ctx, page->title);
    PAGE_LIT(ctx, "</h1>\n<noscript><p role=\"alert\">");
    page_phrase(ctx, PHRASE_SCRIPT_NEEDED);
    PAGE_LIT(ctx, "</p></noscript>\n<p role=\"alert\" id=\"error\"></p>\n"
                  "<p role=\"status\" id=\"done\"></p>\n<div id=\"content\"></div>\n");
    put_texts(ctx, page->texts);
    return page_end(ctx, 0);
}

/* ---- The account page ---- */

static const char *const account_scripts[] = {"signed-in.js", "passkeys.js", "account.js", NULL};
static const struct own_page account_page = {
    .app = &account_application,
    .title = PHRASE_ACCOUNT,
    .scripts = account_scripts,
    .style = "account-center.css",
    .scope = "openid offline_access profile email phone address custom_data identities "
             "urn:logto:scope:sessions urn:logto:scope:trusted_devices",
    .texts = account_texts,
};

/* The factors that users may set up, blank-separated. */
static enum err put_factors(struct ctx *ctx)
{
    struct factor_policy policy;
    struct buf buf = buf_new(ctx->arena, 256);
    enum err err = factor_policy_load(ctx, &policy);
    if (err)
        return err;
    if (policy.passkeys)
        policy.factors |= factor_in(FACTOR_WEBAUTHN);
    for (int each = 0; each < FACTORS; each++)
        if (policy.factors & factor_in((enum factor)each))
            buf_printf(&buf, "%s%s", buf.n ? " " : "", factor_names[each]);
    form_data(ctx, "factors", buf.n ? buf_view(&buf) : STR(""));
    return OK;
}

/* The providers that users may link an account of. */
static enum err put_providers(struct ctx *ctx)
{
    struct str offers;
    enum err err = social_offers(ctx, &offers);
    if (!err)
        form_data(ctx, "providers", offers);
    return err;
}

static enum err account_off(struct ctx *ctx)
{
    page_begin(ctx, PHRASE_ACCOUNT);
    page_paragraph(ctx, PHRASE_ACCOUNT_OFF);
    return page_end(ctx, 404);
}

static enum err account_handle(struct ctx *ctx)
{
    struct db_rows center;
    enum err err = account_center_get(ctx, &center);
    if (err)
        return err;
    if (!db_int(&center, 0, ACCOUNT_CENTER_ENABLED))
        return account_off(ctx);
    begin(ctx, &account_page);
    form_data(ctx, "controls", db_text(&center, 0, ACCOUNT_CENTER_FIELDS));
    form_data(ctx, "fields", db_text(&center, 0, ACCOUNT_CENTER_PROFILE_FIELDS));
    form_data(ctx, "delete-url", db_text(&center, 0, ACCOUNT_CENTER_DELETE_URL));
    err = put_factors(ctx);
    if (!err)
        err = put_providers(ctx);
    return err ? err : end(ctx, &account_page);
}

/* The tenant's own style of it. */
static enum err style_handle(struct ctx *ctx)
{
    struct db_rows center;
    enum err err = account_center_get(ctx, &center);
    if (err)
        return err;
    ctx->answer.content_type = STR("text/css; charset=utf-8");
    buf_str(&ctx->answer.body, db_text(&center, 0, ACCOUNT_CENTER_CSS));
    buf_byte(&ctx->answer.body, '\n');
    return OK;
}

/* ---- The demo application ---- */

static const char *const demo_scripts[] = {"signed-in.js", "demo.js", NULL};
static const struct own_page demo_page = {
    .app = &demo_application,
    .title = PHRASE_DEMO,
    .scripts = demo_scripts,
    .scope = "openid offline_access profile email phone address custom_data identities roles "
             "urn:logto:scope:organizations urn:logto:scope:organization_roles",
    .texts = demo_texts,
};

static enum err demo_handle(struct ctx *ctx)
{
    begin(ctx, &demo_page);
    form_data(ctx, "resource", STR("urn:logto:resource:organizations"));
    return end(ctx, &demo_page);
}

/* ---- Files ---- */

/* Their names are their paths below /assets. */
static enum err script_handle(struct ctx *ctx)
{
    struct str file = str_from(ctx->route->path, sizeof "/assets/" - 1);
    return answer_asset(ctx, arena_cstr(ctx->arena, file), STR("text/javascript; charset=utf-8"));
}

#define PAGE(address, where, function, text)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .handle = function                    \
    }
#define SCRIPT(file, text) PAGE("/assets/" file, RUN_INLINE, script_handle, text)

ROUTES(own_pages) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/account"),
     .guard = GUARD_BROWSER,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Page of one's own account",
     .only_listener = TENANT_DEFAULT,
     .handle = account_handle},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/demo-app"),
     .guard = GUARD_BROWSER,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Demo application: signs in and shows the tokens",
     .only_listener = TENANT_DEFAULT,
     .handle = demo_handle},
    PAGE("/assets/account-center.css", RUN_READ, style_handle,
         "The tenant's style of the account page"),
    SCRIPT("signed-in.js", "Script of pages that sign in themselves"),
    SCRIPT("passkeys.js", "Script of pages with passkeys"),
    SCRIPT("account.js", "Script of the account page"),
    SCRIPT("captcha.js", "Script of pages that ask for a captcha"),
    SCRIPT("demo.js", "Script of the demo application"),
    ROUTES_END,
};
