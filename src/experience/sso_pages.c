/* /single-sign-on and /sso/{connectorId}: to an enterprise's identity provider, for browsers. */
#include "domain/page.h"
#include "experience/forms.h"
#include "experience/policy.h"
#include "experience/sso.h"

/* ---- Which provider ---- */

static enum err put_found(struct ctx *ctx, struct str email)
{
    struct sso_list list = {0};
    enum err err = email.n ? sso_list(ctx, email, &list) : OK;
    for (size_t i = 0; !err && i < list.count; i++)
        social_put_provider(ctx, "/sso/", list.items[i].id, list.items[i].name);
    if (!err && email.n && !list.count) {
        PAGE_LIT(ctx, "<p role=\"alert\">");
        page_phrase(ctx, PHRASE_SSO_NONE);
        PAGE_LIT(ctx, "</p>\n");
    }
    return err;
}

/* The form works without a script: the page comes back with links. */
static void put_form(struct ctx *ctx, const struct interaction *interaction, struct str email)
{
    PAGE_LIT(ctx, "<form method=\"get\" action=\"/single-sign-on\" data-flow=\"sso\" "
                  "data-interaction=\"");
    page_text(ctx, interaction->uid);
    PAGE_LIT(ctx, "\">\n<p role=\"alert\" id=\"error\"></p>\n");
    form_script(ctx);
    page_hidden(ctx, STR("app_id"), interaction->application_id);
    form_identifier(ctx, STR("email"), email);
    form_end(ctx, PHRASE_SIGN_IN);
}

static enum err choose_handle(struct ctx *ctx)
{
    struct interaction interaction;
    struct str app = ctx_query(ctx, STR("app_id")), email = ctx_query(ctx, STR("identifier"));
    enum err err = interaction_find(ctx, STR_NONE, app.n ? app : STR_NONE, &interaction);
    if (err)
        return err == ERR_NOT_FOUND ? fail(ctx, ERR_SESSION_NOT_FOUND) : err;
    if (!email.n)
        email = json_str(json_get(interaction.params, STR("login_hint")));
    page_begin(ctx, PHRASE_SINGLE_SIGN_ON);
    page_paragraph(ctx, PHRASE_SSO_HELP);
    err = put_found(ctx, ctx_query(ctx, STR("identifier")));
    if (err)
        return err;
    put_form(ctx, &interaction, email);
    form_link(ctx, "/sign-in", PHRASE_BACK_TO_SIGN_IN);
    return page_end(ctx, 0);
}

enum err sso_put_link(struct ctx *ctx)
{
    struct sso_list list;
    enum err err = sso_list(ctx, STR_NONE, &list);
    if (!err && list.count)
        form_link(ctx, "/single-sign-on", PHRASE_SINGLE_SIGN_ON);
    return err;
}

/* ---- There ---- */

static enum err check_on(struct ctx *ctx)
{
    struct policy policy;
    enum err err = policy_load(ctx, &policy);
    return err || policy.single_sign_on ? err : fail(ctx, ERR_USER_SIGN_IN_METHOD);
}

static enum err start_handle(struct ctx *ctx)
{
    enum err err = check_on(ctx);
    return err ? err : social_start_page(ctx, &sso_verification, sso_verification_begin);
}

ROUTES(sso_pages) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/single-sign-on"),
     .guard = GUARD_BROWSER,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Page to find an enterprise's provider",
     .handle = choose_handle},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/sso/:connectorId"),
     .guard = GUARD_BROWSER,
     .run = RUN_READ,
     .status = 303,
     .reply = REPLY_TEXT,
     .summary = "Go to an enterprise's provider to sign in",
     .handle = start_handle},
    ROUTES_END,
};
