/* The hosted pages of codes and of what an account lacks: /sign-in/code and /forgot-password ask
 * where to send a code, /verification-code asks for it, /reset-password for a new password,
 * /continue for what the tenant wants accounts to have. Each looks at what the sign-in has come to,
 * not at where the browser says it is. */
#include "domain/sealed.h"
#include "experience/assets.h"
#include "experience/code_verification.h"
#include "experience/experience.h"
#include "experience/extra_profile.h"
#include "experience/forms.h"
#include "experience/policy.h"

/* ---- Parts ---- */

static enum err go(struct ctx *ctx, const char *path)
{
    return answer_redirect(ctx, 302,
                           arena_printf(ctx->arena, "%.*s%s?app_id=%.*s", STR_ARG(ctx->origin),
                                        path, STR_ARG(ctx_query(ctx, STR("app_id")))));
}

void form_ask_code(struct ctx *ctx, struct str interaction, struct str event, struct str kinds,
                   struct str value)
{
    PAGE_LIT(ctx, "<script src=\"/assets/codes.js\" defer></script>\n");
    form_begin(ctx, "ask-code", interaction);
    page_hidden(ctx, STR("event"), event);
    form_identifier(ctx, kinds, value);
    form_terms(ctx, str_eq(event, event_name(EVENT_REGISTER)));
    form_captcha(ctx);
    form_end(ctx, PHRASE_SEND_CODE);
}

static void begin(struct ctx *ctx, const struct experience *experience, enum phrase title,
                  const char *flow)
{
    page_begin(ctx, title);
    PAGE_LIT(ctx, "<script src=\"/assets/codes.js\" defer></script>\n");
    form_begin(ctx, flow, experience->interaction.uid);
}

/* Whether what the page asks for goes into an account that is not there yet. */
static bool makes(const struct experience *experience)
{
    return experience->event == EVENT_REGISTER && !experience->user_id.p;
}

static void put_makes(struct ctx *ctx, const struct experience *experience)
{
    if (makes(experience))
        page_hidden(ctx, STR("makes"), STR("yes"));
}

/* The page's sign-in, when it has begun; *answered: it has not, and that was said. */
static enum err open_page(struct ctx *ctx, struct experience *out, bool *answered)
{
    enum err err = experience_load_page(ctx, out);
    *answered = err == ERR_SESSION_NOT_FOUND || err == ERR_INTERACTION_NOT_FOUND;
    return *answered ? go(ctx, "/unknown-session") : err;
}

/* ---- Where to send a code ---- */

/* A page that begins anew: the sign-in need not have begun. */
static enum err ask_page(struct ctx *ctx, bool forgot)
{
    struct interaction interaction;
    struct policy policy;
    struct str app = ctx_query(ctx, STR("app_id"));
    enum err err = interaction_find(ctx, STR_NONE, app.n ? app : STR_NONE, &interaction);
    if (err == ERR_NOT_FOUND)
        return go(ctx, "/unknown-session");
    if (err || (err = policy_load(ctx, &policy)))
        return err;
    struct str kinds = forgot ? policy.reset_for : policy.code_for;
    struct str hint = json_str(json_get(interaction.params, STR("login_hint")));
    if (!kinds.n)
        return go(ctx, "/sign-in");
    page_begin(ctx, forgot ? PHRASE_FORGOT_PASSWORD : PHRASE_CODE_SIGN_IN);
    if (forgot && str_eq(ctx_query(ctx, STR("expired")), STR("yes")))
        page_notice(ctx, PHRASE_PASSWORD_EXPIRED);
    page_paragraph(ctx, forgot ? PHRASE_FORGOT_PASSWORD_HELP : PHRASE_CODE_SIGN_IN_HELP);
    form_ask_code(ctx, interaction.uid, event_name(forgot ? EVENT_FORGOT_PASSWORD : EVENT_SIGN_IN),
                  kinds, hint);
    form_link(ctx, "/sign-in", PHRASE_BACK_TO_SIGN_IN);
    return page_end(ctx, 0);
}

static enum err sign_in_code_handle(struct ctx *ctx)
{
    return ask_page(ctx, false);
}

static enum err forgot_handle(struct ctx *ctx)
{
    return ask_page(ctx, true);
}

/* ---- Magic links ---- */

/* Whose link it is. */
static void put_address(struct ctx *ctx, struct str email, bool resets)
{
    PAGE_LIT(ctx, "<p>");
    if (!resets)
        page_phrase(ctx, PHRASE_SIGN_IN_AS);
    PAGE_LIT(ctx, " <strong>");
    page_text(ctx, email);
    PAGE_LIT(ctx, "</strong></p>\n");
}

/* A click, as programs that look at links make none. */
static enum err link_handle(struct ctx *ctx)
{
    struct interaction interaction;
    struct str app = ctx_query(ctx, STR("app_id"));
    enum err err = interaction_find(ctx, STR_NONE, app.n ? app : STR_NONE, &interaction);
    if (err == ERR_NOT_FOUND)
        return go(ctx, "/unknown-session");
    if (err)
        return err;
    struct str email = json_str(json_get(interaction.params, STR("login_hint")));
    struct str sealed = json_str(json_get(interaction.params, STR("one_time_token"))), token;
    bool resets =
        str_eq(json_str(json_get(interaction.params, STR("first_screen"))), STR("reset_password"));
    if ((!email.n && !resets) || !sealed.n)
        return go(ctx, "/sign-in");
    err = sealed_open(ctx, INTERACTION_LINK_TOKEN, interaction.application_id, sealed, &token);
    if (err)
        return err;
    page_begin(ctx, resets ? PHRASE_RESET_PASSWORD : PHRASE_SIGN_IN);
    PAGE_LIT(ctx, "<script src=\"/assets/codes.js\" defer></script>\n");
    if (email.n)
        put_address(ctx, email, resets);
    form_begin(ctx, "one-time-token", interaction.uid);
    if (resets)
        page_hidden(ctx, STR("event"), event_name(EVENT_FORGOT_PASSWORD));
    if (email.n)
        page_hidden(ctx, STR("identifier"), email);
    else
        form_identifier(ctx, STR("email"), STR_NONE);
    page_hidden(ctx, STR("token"), token);
    form_end(ctx, PHRASE_CONTINUE);
    form_link(ctx, "/sign-in", PHRASE_BACK_TO_SIGN_IN);
    return page_end(ctx, 0);
}

/* ---- The code ---- */

/* A box that is not to be seen yet must not be asked for either: so all of it is disabled. */
static void put_register(struct ctx *ctx, const struct policy *policy)
{
    PAGE_LIT(ctx, "<fieldset hidden disabled data-on=\"user.user_not_exist\">\n");
    if (policy->agrees_to_register && !policy->agrees_to_sign_in)
        form_terms(ctx, true);
    PAGE_LIT(ctx, "<button type=\"submit\" name=\"decision\" value=\"register\" class=\"second\">");
    page_phrase(ctx, PHRASE_REGISTER);
    PAGE_LIT(ctx, "</button>\n</fieldset>\n");
}

/* What to do instead when the account is there, or is not; the script shows it then. */
static void put_instead(struct ctx *ctx, const struct experience *experience,
                        const struct policy *policy, struct str type)
{
    bool signs_in = experience->event == EVENT_SIGN_IN && !experience->user_id.p;
    if (signs_in && policy->allows_register && str_has_word(policy->sign_up, type))
        return put_register(ctx, policy);
    if (makes(experience) && policy->allows_sign_in && str_has_word(policy->code_for, type))
        PAGE_LIT(ctx, "<button type=\"submit\" name=\"decision\" value=\"sign-in\" class=\"second\""
                      " formnovalidate hidden data-on=\"user.email_already_in_use"
                      " user.phone_already_in_use\">");
    else
        return;
    page_phrase(ctx, PHRASE_SIGN_IN);
    PAGE_LIT(ctx, "</button>\n");
}

/* Whether a code brings the account something, rather than tells whose it is. */
static bool brings(const struct experience *experience)
{
    return experience->event == EVENT_REGISTER ||
           (experience->event == EVENT_SIGN_IN && experience->user_id.p);
}

static void put_sent_to(struct ctx *ctx, const struct verification *what)
{
    PAGE_LIT(ctx, "<p>");
    page_phrase(ctx, PHRASE_CODE_SENT);
    PAGE_LIT(ctx, " <strong>");
    page_text(ctx, what->identifier);
    PAGE_LIT(ctx, "</strong></p>\n");
    form_resent(ctx);
}

static void code_page(struct ctx *ctx, const struct experience *experience,
                      const struct policy *policy, const struct verification *what)
{
    begin(ctx, experience, PHRASE_ENTER_CODE, "enter-code");
    put_sent_to(ctx, what);
    page_hidden(ctx, STR("event"), event_name(experience->event));
    page_hidden(ctx, STR("type"), what->identifier_type);
    page_hidden(ctx, STR("value"), what->identifier);
    page_hidden(ctx, STR("verificationId"), what->id);
    if (brings(experience))
        page_hidden(ctx, STR("brings"), STR("yes"));
    put_makes(ctx, experience);
    form_code(ctx);
    form_button(ctx, "go", PHRASE_CONTINUE, false);
    put_instead(ctx, experience, policy, what->identifier_type);
    form_button(ctx, "resend", PHRASE_RESEND_CODE, true);
    form_close(ctx);
    form_link(ctx, "/sign-in", PHRASE_BACK_TO_SIGN_IN);
}

static enum err code_handle(struct ctx *ctx)
{
    struct experience experience;
    struct policy policy;
    bool answered;
    enum err err = open_page(ctx, &experience, &answered);
    if (err || answered)
        return err;
    bool by_phone = str_eq(ctx_query(ctx, STR("way")), STR("phone"));
    const struct verification *what = experience_find_kind(
        &experience, by_phone ? &phone_code_verification : &email_code_verification);
    if (!what)
        return go(ctx, "/sign-in");
    if ((err = policy_load(ctx, &policy)))
        return err;
    code_page(ctx, &experience, &policy, what);
    return page_end(ctx, 0);
}

/* ---- A new password ---- */

static enum err reset_handle(struct ctx *ctx)
{
    struct experience experience;
    bool answered;
    enum err err = open_page(ctx, &experience, &answered);
    if (err || answered)
        return err;
    if (experience.event != EVENT_FORGOT_PASSWORD || !experience.user_id.p)
        return go(ctx, "/forgot-password");
    begin(ctx, &experience, PHRASE_RESET_PASSWORD, "reset-password");
    form_password(ctx, true);
    form_end(ctx, PHRASE_RESET_PASSWORD);
    return page_end(ctx, 0);
}

/* ---- What the account lacks ---- */

/* The first part that the rule has named, which is in the failure's data. */
static struct str first_missing(const struct ctx *ctx)
{
    json *data = NULL;
    if (!ctx->failure.data.p || json_parse(ctx->arena, ctx->failure.data, &data, NULL) != JSON_OK)
        return STR_NONE;
    return json_str(yyjson_arr_get_first(json_get(data, STR("missingProfile"))));
}

static void ask_recipient(struct ctx *ctx, const struct experience *experience, struct str part)
{
    begin(ctx, experience, PHRASE_COMPLETE, "ask-code");
    page_paragraph(ctx, PHRASE_COMPLETE_HELP);
    page_hidden(ctx, STR("event"), event_name(experience->event));
    page_hidden(ctx, STR("goesOn"), STR("yes"));
    form_identifier(ctx, str_eq(part, STR("emailOrPhone")) ? STR("email phone") : part, STR_NONE);
    form_end(ctx, PHRASE_SEND_CODE);
}

static void ask_own(struct ctx *ctx, const struct experience *experience, bool password)
{
    begin(ctx, experience, PHRASE_COMPLETE, password ? "add-password" : "add-username");
    page_paragraph(ctx, PHRASE_COMPLETE_HELP);
    put_makes(ctx, experience);
    if (password)
        form_password(ctx, true);
    else
        form_username(ctx, STR_NONE, true);
    form_end(ctx, PHRASE_CONTINUE);
}

static enum err ask_extra(struct ctx *ctx, const struct experience *experience)
{
    struct profile_field_list fields;
    enum err err = profile_fields_sign_up(ctx, &fields);
    if (err)
        return err;
    begin(ctx, experience, PHRASE_COMPLETE, "add-profile");
    page_paragraph(ctx, PHRASE_COMPLETE_HELP);
    put_makes(ctx, experience);
    extra_profile_form(ctx, &fields);
    form_end(ctx, PHRASE_CONTINUE);
    return OK;
}

static void nothing_lacks(struct ctx *ctx, const struct experience *experience)
{
    begin(ctx, experience, PHRASE_MFA_DONE, "go-on");
    put_makes(ctx, experience);
    form_end(ctx, PHRASE_CONTINUE);
}

static enum err continue_handle(struct ctx *ctx)
{
    struct experience experience;
    struct policy policy;
    bool answered;
    enum err err = open_page(ctx, &experience, &answered);
    if (err || answered)
        return err;
    if (!brings(&experience))
        return go(ctx, "/sign-in");
    if ((err = policy_load(ctx, &policy)))
        return err;
    err = profile_check_complete(ctx, &experience.profile, experience.user_id, policy.mandatory,
                                 experience.event == EVENT_REGISTER);
    if (err && err != ERR_USER_MISSING_PROFILE)
        return err;
    struct str part = err ? first_missing(ctx) : STR_NONE;
    bool password = str_eq(part, STR("password"));
    if (str_eq(part, STR("extraProfile")))
        return (err = ask_extra(ctx, &experience)) ? err : page_end(ctx, 0);
    if (!part.n)
        nothing_lacks(ctx, &experience);
    else if (password || str_eq(part, STR("username")))
        ask_own(ctx, &experience, password);
    else
        ask_recipient(ctx, &experience, part);
    return page_end(ctx, 0);
}

static enum err script_handle(struct ctx *ctx)
{
    return answer_asset(ctx, "codes.js", STR("text/javascript; charset=utf-8"));
}

#define PAGE(address, where, function, text)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .handle = function                    \
    }

ROUTES(code_pages) = {
    PAGE("/sign-in/code", RUN_READ, sign_in_code_handle, "Page to sign in with a code"),
    PAGE("/verification-code", RUN_READ, code_handle, "Page to enter a code that was sent"),
    PAGE("/one-time-token", RUN_READ, link_handle, "Page that a magic link leads to"),
    PAGE("/forgot-password", RUN_READ, forgot_handle, "Page to get over a forgotten password"),
    PAGE("/reset-password", RUN_READ, reset_handle, "Page to set a new password"),
    PAGE("/continue", RUN_READ, continue_handle, "Page to complete an account"),
    PAGE("/assets/codes.js", RUN_INLINE, script_handle, "Script of the pages of codes"),
    ROUTES_END,
};
