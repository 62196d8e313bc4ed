/* The hosted pages of signing in: /sign-in, /register, /unknown-session, and their files. */
#include "experience/assets.h"

#include "domain/application_looks.h"
#include "domain/sign_in_experience.h"
#include "experience/factor.h"
#include "experience/forms.h"
#include "experience/policy.h"
#include "experience/sso.h"

/* ---- Files ---- */

enum err answer_asset(struct ctx *ctx, const char *file, struct str type)
{
    for (const struct asset *asset = assets; asset->file; asset++) {
        if (strcmp(asset->file, file) != 0)
            continue;
        ctx->answer.cacheable = true;
        ctx->answer.content_type = type;
        ctx->answer.document = str_of(asset->text);
        return OK;
    }
    return fail(ctx, ERR_INTERNAL);
}

static enum err style_handle(struct ctx *ctx)
{
    return answer_asset(ctx, "experience.css", STR("text/css; charset=utf-8"));
}

static enum err script_handle(struct ctx *ctx)
{
    return answer_asset(ctx, "experience.js", STR("text/javascript; charset=utf-8"));
}

static enum err post_script_handle(struct ctx *ctx)
{
    return answer_asset(ctx, "post.js", STR("text/javascript; charset=utf-8"));
}

/* ---- Pages ---- */

static enum err no_session(struct ctx *ctx)
{
    return answer_redirect(ctx, 302,
                           arena_printf(ctx->arena, "%.*s/unknown-session", STR_ARG(ctx->origin)));
}

/* To the address that the tenant has for it, or a page that says so. */
static enum err unknown_session_handle(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err)
        return err;
    struct str url = db_text(&rows, 0, sign_in_experience_column(STR("unknownSessionRedirectUrl")));
    if (url.n)
        return answer_redirect(ctx, 302, url);
    page_begin(ctx, PHRASE_UNKNOWN_SESSION);
    page_paragraph(ctx, PHRASE_UNKNOWN_SESSION_HELP);
    return page_end(ctx, 0);
}

static enum err put_application(struct ctx *ctx, const struct interaction *interaction,
                                enum phrase before)
{
    struct application_looks looks;
    enum err err = application_looks_get(
        ctx, snapshot_app(ctx->snapshot, interaction->application_id), &looks);
    if (err)
        return err;
    PAGE_LIT(ctx, "<p>");
    page_phrase(ctx, before);
    PAGE_LIT(ctx, " <strong>");
    page_text(ctx, looks.name);
    PAGE_LIT(ctx, "</strong></p>\n");
    return OK;
}

static void put_other(struct ctx *ctx, enum phrase question, const char *path, enum phrase text)
{
    PAGE_LIT(ctx, "<p class=\"quiet\">");
    page_phrase(ctx, question);
    PAGE_LIT(ctx, " <a href=\"");
    page_text(ctx, str_of(path));
    PAGE_LIT(ctx, "?");
    page_text(ctx, ctx->request->query.p ? ctx->request->query : STR(""));
    PAGE_LIT(ctx, "\">");
    page_phrase(ctx, text);
    PAGE_LIT(ctx, "</a></p>\n");
}

static enum err find(struct ctx *ctx, struct interaction *interaction)
{
    struct str app = ctx_query(ctx, STR("app_id"));
    return interaction_find(ctx, STR_NONE, app.n ? app : STR_NONE, interaction);
}

/* To the page of the other kind, where this one has nothing to offer. */
static enum err go_to(struct ctx *ctx, const char *path)
{
    struct str query = ctx->request->query;
    return answer_redirect(ctx, 302,
                           arena_printf(ctx->arena, "%.*s%s%s%.*s", STR_ARG(ctx->origin), path,
                                        query.n ? "?" : "", (int)query.n, query.n ? query.p : ""));
}

static bool can_register(const struct policy *policy)
{
    return policy->allows_register && policy->sign_up.n;
}

static void put_passkey_button(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<button type=\"button\" class=\"second\" data-flow=\"use-passkey\">");
    page_phrase(ctx, PHRASE_PASSKEY_SIGN_IN);
    PAGE_LIT(ctx, "</button>\n<script src=\"/assets/passkeys.js\" defer></script>\n"
                  "<script src=\"/assets/factors.js\" defer></script>\n");
}

/* Each way to sign in that the tenant has: its form, or a link to it. */
static void put_ways(struct ctx *ctx, const struct interaction *interaction,
                     const struct policy *policy, struct str hint)
{
    if (!policy->password_for.n && policy->code_for.n) {
        form_ask_code(ctx, interaction->uid, STR("SignIn"), policy->code_for, hint);
        return;
    }
    form_begin(ctx, "sign-in", interaction->uid);
    if (!policy->password_for.n)
        return form_close(ctx);
    form_identifier(ctx, policy->password_for, hint);
    form_password(ctx, false);
    form_terms(ctx, false);
    form_captcha(ctx);
    form_end(ctx, PHRASE_SIGN_IN);
    if (policy->code_for.n)
        form_link(ctx, "/sign-in/code", PHRASE_CODE_SIGN_IN);
    if (policy->reset_for.n)
        form_link(ctx, "/forgot-password", PHRASE_FORGOT_PASSWORD);
}

static void put_notice(struct ctx *ctx)
{
    if (str_eq(ctx_query(ctx, STR("done")), STR("password")))
        page_notice(ctx, PHRASE_PASSWORD_CHANGED);
}

static enum err sign_in_handle(struct ctx *ctx)
{
    struct factor_policy factors;
    struct interaction interaction;
    struct policy policy;
    enum err err = find(ctx, &interaction);
    if (err == ERR_NOT_FOUND)
        return no_session(ctx);
    if (err || (err = policy_load(ctx, &policy)) || (err = factor_policy_load(ctx, &factors)))
        return err;
    if (!policy.allows_sign_in && can_register(&policy))
        return go_to(ctx, "/register");
    struct str hint = json_str(json_get(interaction.params, STR("login_hint"))), direct;
    if ((err = social_direct(ctx, &interaction, &direct)))
        return err;
    if (direct.p)
        return answer_redirect(ctx, 303, direct);
    page_begin(ctx, PHRASE_SIGN_IN);
    if ((err = put_application(ctx, &interaction, PHRASE_SIGN_IN_TO)))
        return err;
    put_notice(ctx);
    put_ways(ctx, &interaction, &policy, hint);
    if (factors.passkey_button)
        put_passkey_button(ctx);
    if ((err = social_put_links(ctx)) || (err = sso_put_link(ctx)))
        return err;
    if (can_register(&policy))
        put_other(ctx, PHRASE_NO_ACCOUNT, "/register", PHRASE_REGISTER);
    return page_end(ctx, 0);
}

static enum err register_handle(struct ctx *ctx)
{
    struct interaction interaction;
    struct policy policy;
    enum err err = find(ctx, &interaction);
    if (err == ERR_NOT_FOUND)
        return no_session(ctx);
    if (err || (err = policy_load(ctx, &policy)))
        return err;
    if (!can_register(&policy))
        return go_to(ctx, "/sign-in");
    page_begin(ctx, PHRASE_REGISTER);
    if ((err = put_application(ctx, &interaction, PHRASE_REGISTER_FOR)))
        return err;
    if (str_has_word(policy.sign_up, STR("username"))) {
        form_begin(ctx, "register", interaction.uid);
        form_username(ctx, STR_NONE, true);
        form_password(ctx, true);
        form_terms(ctx, true);
        form_captcha(ctx);
        form_end(ctx, PHRASE_REGISTER);
    } else {
        form_ask_code(ctx, interaction.uid, STR("Register"), policy.sign_up,
                      json_str(json_get(interaction.params, STR("login_hint"))));
    }
    if (policy.allows_sign_in)
        put_other(ctx, PHRASE_HAVE_ACCOUNT, "/sign-in", PHRASE_SIGN_IN);
    return page_end(ctx, 0);
}

#define ASSET(file, function, text)                                                                \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT("/assets/" file), .guard = GUARD_BROWSER,           \
        .run = RUN_INLINE, .status = 200, .reply = REPLY_TEXT, .summary = text, .handle = function \
    }
#define PAGE(address, function, where, text)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .handle = function                    \
    }

ROUTES(pages) = {
    ASSET("experience.css", style_handle, "Style of the hosted pages"),
    ASSET("experience.js", script_handle, "Script of the hosted pages"),
    ASSET("post.js", post_script_handle, "Script of the page that answers by a form"),
    PAGE("/sign-in", sign_in_handle, RUN_READ, "Page to sign in"),
    PAGE("/register", register_handle, RUN_READ, "Page to create an account"),
    PAGE("/unknown-session", unknown_session_handle, RUN_READ, "Page for a sign-in that ended"),
    ROUTES_END,
};
