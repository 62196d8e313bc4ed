/* Parts of forms on the hosted pages. */
#include "experience/forms.h"

#include "domain/captcha.h"
#include "domain/sso.h"
#include "experience/policy.h"

#include "base/encoding.h"

/* What the script shows for an answer's code; the last one for all others. */
static const struct {
    const char *code;
    enum phrase text;
} errors[] = {
    {"session.invalid_credentials", PHRASE_BAD_CREDENTIALS},
    {"session.verification_blocked_too_many_attempts", PHRASE_TOO_MANY_ATTEMPTS},
    {"user.suspended", PHRASE_SUSPENDED},
    {"session.captcha_required", PHRASE_CAPTCHA_FAILED},
    {"session.captcha_failed", PHRASE_CAPTCHA_FAILED},
    {"session.mfa.invalid_totp_code", PHRASE_BAD_FACTOR_CODE},
    {"session.mfa.invalid_backup_code", PHRASE_BAD_FACTOR_CODE},
    {"session.mfa.webauthn_verification_failed", PHRASE_PASSKEY_FAILED},
    {"user.username_already_in_use", PHRASE_USERNAME_TAKEN},
    {"user.email_already_in_use", PHRASE_EMAIL_TAKEN},
    {"user.phone_already_in_use", PHRASE_PHONE_TAKEN},
    {"user.user_not_exist", PHRASE_NO_SUCH_ACCOUNT},
    {"verification_code.code_mismatch", PHRASE_BAD_CODE},
    {"verification_code.not_found", PHRASE_CODE_SPENT},
    {"verification_code.expired", PHRASE_CODE_SPENT},
    {"verification_code.exceed_max_try", PHRASE_CODE_SPENT},
    {"session.verification_session_not_found", PHRASE_CODE_SPENT},
    {"one_time_token.token_not_found", PHRASE_LINK_SPENT},
    {"one_time_token.email_mismatch", PHRASE_LINK_SPENT},
    {"one_time_token.token_consumed", PHRASE_LINK_SPENT},
    {"one_time_token.token_revoked", PHRASE_LINK_SPENT},
    {"one_time_token.token_expired", PHRASE_LINK_SPENT},
    {"session.email_blocklist.email_not_allowed", PHRASE_EMAIL_REFUSED},
    {"session.email_blocklist.email_subaddressing_not_allowed", PHRASE_EMAIL_REFUSED},
    {"session.sso_enabled", PHRASE_SSO_NEEDED},
    {"user.username_too_short", PHRASE_BAD_INPUT},
    {"user.username_too_long", PHRASE_BAD_INPUT},
    {"user.username_uppercase_not_allowed", PHRASE_BAD_INPUT},
    {"user.username_lowercase_not_allowed", PHRASE_BAD_INPUT},
    {"user.username_numbers_not_allowed", PHRASE_BAD_INPUT},
    {"user.username_underscore_not_allowed", PHRASE_BAD_INPUT},
    {"guard.invalid_input", PHRASE_BAD_INPUT},
    {"session.not_found", PHRASE_SESSION_ENDED},
    {"invitation.not_found", PHRASE_INVITATION_BAD},
    {"user.identity_already_in_use", PHRASE_LINKED_ELSEWHERE},
    {"user.last_sign_in_method_required", PHRASE_LAST_WAY},
    {"session.mfa.backup_code_can_not_be_alone", PHRASE_FACTOR_FIRST},
    {"password.expired", PHRASE_PASSWORD_EXPIRED},
    {"password_rejected.too_short", PHRASE_TOO_SHORT},
    {"password_rejected.too_long", PHRASE_TOO_LONG},
    {"password_rejected.character_types", PHRASE_FEW_TYPES},
    {"password_rejected.pwned", PHRASE_COMMON},
    {"password_rejected.restricted.repetition", PHRASE_REPETITION},
    {"password_rejected.restricted.sequence", PHRASE_SEQUENCE},
    {"password_rejected.restricted.user_info", PHRASE_USER_INFO},
    {"", PHRASE_OTHER_ERROR},
};

void form_script(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<script src=\"/assets/experience.js\"></script>\n");
}

void form_begin(struct ctx *ctx, const char *flow, struct str interaction)
{
    PAGE_LIT(ctx, "<noscript><p role=\"alert\">");
    page_phrase(ctx, PHRASE_SCRIPT_NEEDED);
    PAGE_LIT(ctx, "</p></noscript>\n<form method=\"post\" data-flow=\"");
    page_text(ctx, str_of(flow));
    if (interaction.p) {
        PAGE_LIT(ctx, "\" data-interaction=\"");
        page_text(ctx, interaction);
    }
    PAGE_LIT(ctx, "\">\n<p role=\"alert\" id=\"error\"></p>\n");
    form_script(ctx);
}

void form_data(struct ctx *ctx, const char *name, struct str value)
{
    PAGE_LIT(ctx, " data-");
    page_text(ctx, str_of(name));
    PAGE_LIT(ctx, "=\"");
    page_text(ctx, value);
    PAGE_LIT(ctx, "\"");
}

static void help(struct ctx *ctx, const char *id, enum phrase text)
{
    PAGE_LIT(ctx, "<p class=\"quiet\" id=\"");
    page_text(ctx, str_of(id));
    PAGE_LIT(ctx, "\">");
    page_phrase(ctx, text);
    PAGE_LIT(ctx, "</p>\n");
}

void form_username(struct ctx *ctx, struct str value, bool new)
{
    PAGE_LIT(ctx, "<label for=\"username\">");
    page_phrase(ctx, PHRASE_USERNAME);
    PAGE_LIT(ctx, "</label>\n<input id=\"username\" name=\"username\" type=\"text\" required "
                  "maxlength=\"128\" autocomplete=\"username\" autocapitalize=\"none\" "
                  "spellcheck=\"false\" autofocus");
    if (new)
        PAGE_LIT(ctx, " aria-describedby=\"username-help error\"");
    else
        PAGE_LIT(ctx, " aria-describedby=\"error\"");
    if (value.p) {
        PAGE_LIT(ctx, " value=\"");
        page_text(ctx, value);
        PAGE_LIT(ctx, "\"");
    }
    PAGE_LIT(ctx, ">\n");
    if (new)
        help(ctx, "username-help", PHRASE_USERNAME_HELP);
}

/* How long it has to be; nothing when the settings cannot be read. */
static void password_help(struct ctx *ctx)
{
    struct policy policy;
    PAGE_LIT(ctx, "<p class=\"quiet\" id=\"password-help\">");
    if (ctx->db && !policy_load(ctx, &policy))
        page_phrase_number(ctx, PHRASE_PASSWORD_HELP, STR("{{min}}"),
                           (int64_t)policy.password.min_length);
    PAGE_LIT(ctx, "</p>\n");
}

void form_password(struct ctx *ctx, bool new)
{
    PAGE_LIT(ctx, "<label for=\"password\">");
    page_phrase(ctx, new ? PHRASE_NEW_PASSWORD : PHRASE_PASSWORD);
    PAGE_LIT(ctx, "</label>\n<input id=\"password\" name=\"password\" type=\"password\" required "
                  "maxlength=\"256\" autocomplete=\"");
    if (new)
        PAGE_LIT(ctx, "new-password\" aria-describedby=\"password-help error\">\n");
    else
        PAGE_LIT(ctx, "current-password\" aria-describedby=\"error\">\n");
    if (new)
        password_help(ctx);
}

static enum phrase label_of(bool username, bool email, bool phone)
{
    static const enum phrase labels[8] = {
        PHRASE_USERNAME, PHRASE_USERNAME,          PHRASE_EMAIL,          PHRASE_USERNAME_OR_EMAIL,
        PHRASE_PHONE,    PHRASE_USERNAME_OR_PHONE, PHRASE_EMAIL_OR_PHONE, PHRASE_ANY_IDENTIFIER,
    };
    return labels[(size_t)username + 2 * (size_t)email + 4 * (size_t)phone];
}

/* Then addresses may be an enterprise's, whose people sign in elsewhere. No when it cannot be read.
 */
static bool has_enterprises(struct ctx *ctx)
{
    struct sso_list list;
    return ctx->db && !sso_list(ctx, STR_NONE, &list) && list.count > 0;
}

void form_identifier(struct ctx *ctx, struct str kinds, struct str value)
{
    bool username = str_has_word(kinds, STR("username"));
    bool email = str_has_word(kinds, STR("email")), phone = str_has_word(kinds, STR("phone"));
    page_hidden(ctx, STR("kinds"), kinds);
    if (email && has_enterprises(ctx))
        page_hidden(ctx, STR("sso"), STR("yes"));
    PAGE_LIT(ctx, "<label for=\"identifier\">");
    page_phrase(ctx, label_of(username, email, phone));
    PAGE_LIT(ctx, "</label>\n<input id=\"identifier\" name=\"identifier\" ");
    if (email && !username && !phone)
        PAGE_LIT(ctx, "type=\"email\" autocomplete=\"email\"");
    else if (phone && !username && !email)
        PAGE_LIT(ctx, "type=\"tel\" autocomplete=\"tel\"");
    else
        PAGE_LIT(ctx, "type=\"text\" autocomplete=\"username\"");
    PAGE_LIT(ctx, " required maxlength=\"128\" autocapitalize=\"none\" spellcheck=\"false\" "
                  "autofocus");
    if (phone)
        PAGE_LIT(ctx, " aria-describedby=\"phone-help error\"");
    else
        PAGE_LIT(ctx, " aria-describedby=\"error\"");
    if (value.p) {
        PAGE_LIT(ctx, " value=\"");
        page_text(ctx, value);
        PAGE_LIT(ctx, "\"");
    }
    PAGE_LIT(ctx, ">\n");
    if (phone)
        help(ctx, "phone-help", PHRASE_PHONE_HELP);
}

void form_code(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<label for=\"code\">");
    page_phrase(ctx, PHRASE_CODE);
    PAGE_LIT(ctx, "</label>\n<input id=\"code\" name=\"code\" type=\"text\" required "
                  "maxlength=\"32\" autocomplete=\"one-time-code\" autocapitalize=\"none\" "
                  "spellcheck=\"false\" autofocus aria-describedby=\"error\">\n");
}

void form_captcha(struct ctx *ctx)
{
    struct policy policy;
    struct captcha captcha;
    struct captcha_widget widget;
    bool found;
    if (!ctx->db || policy_load(ctx, &policy) || !policy.captcha ||
        captcha_find(ctx, &captcha, &found) || !found || captcha_widget(ctx, &captcha, &widget))
        return;
    ctx->answer.widget = widget.sources;
    PAGE_LIT(ctx, "<script src=\"/assets/captcha.js\" defer></script>\n<div id=\"captcha\"");
    form_data(ctx, "type", json_str(json_get(captcha.config, STR("type"))));
    form_data(ctx, "mode", json_str(json_get(captcha.config, STR("mode"))));
    form_data(ctx, "site-key", json_str(json_get(captcha.config, STR("siteKey"))));
    form_data(ctx, "script", widget.script);
    PAGE_LIT(ctx, "></div>\n");
}

void form_button(struct ctx *ctx, const char *decision, enum phrase text, bool second)
{
    PAGE_LIT(ctx, "<button type=\"submit\" name=\"decision\" value=\"");
    page_text(ctx, str_of(decision));
    if (second)
        PAGE_LIT(ctx, "\" class=\"second\" formnovalidate>");
    else
        PAGE_LIT(ctx, "\">");
    page_phrase(ctx, text);
    PAGE_LIT(ctx, "</button>\n");
}

void form_resent(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<p role=\"status\" id=\"resent\" data-text=\"");
    page_phrase(ctx, PHRASE_CODE_RESENT);
    PAGE_LIT(ctx, "\"></p>\n");
}

void form_link(struct ctx *ctx, const char *path, enum phrase text)
{
    struct buf url = buf_new(ctx->arena, 4096);
    buf_str(&url, str_of(path));
    BUF_LIT(&url, "?app_id=");
    form_encode(&url, ctx_query(ctx, STR("app_id")));
    PAGE_LIT(ctx, "<p class=\"quiet\"><a href=\"");
    page_text(ctx, buf_view(&url));
    PAGE_LIT(ctx, "\">");
    page_phrase(ctx, text);
    PAGE_LIT(ctx, "</a></p>\n");
}

static void terms_link(struct ctx *ctx, struct str url, enum phrase text)
{
    if (!url.n)
        return;
    PAGE_LIT(ctx, " <a target=\"_blank\" rel=\"noopener\" href=\"");
    page_text(ctx, url);
    PAGE_LIT(ctx, "\">");
    page_phrase(ctx, text);
    PAGE_LIT(ctx, "</a>");
}

void form_terms_links(struct ctx *ctx, struct str terms_url, struct str privacy_url)
{
    terms_link(ctx, terms_url, PHRASE_TERMS_OF_USE);
    if (terms_url.n && privacy_url.n)
        PAGE_LIT(ctx, ",");
    terms_link(ctx, privacy_url, PHRASE_PRIVACY_POLICY);
}

void form_terms(struct ctx *ctx, bool registers)
{
    struct policy policy;
    if (!ctx->db || policy_load(ctx, &policy) || (!policy.terms_url.n && !policy.privacy_url.n))
        return;
    bool asks = registers ? policy.agrees_to_register : policy.agrees_to_sign_in;
    if (asks)
        PAGE_LIT(ctx, "<label class=\"box\"><input type=\"checkbox\" name=\"terms\" required> ");
    else
        PAGE_LIT(ctx, "<p class=\"quiet\">");
    if (asks)
        page_phrase(ctx, PHRASE_TERMS_AGREE);
    else if (!policy.agrees_to_register)
        page_phrase(ctx, PHRASE_TERMS_GOING_ON);
    form_terms_links(ctx, policy.terms_url, policy.privacy_url);
    if (asks)
        PAGE_LIT(ctx, "</label>\n");
    else
        PAGE_LIT(ctx, "</p>\n");
}

void form_put_errors(struct ctx *ctx)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        PAGE_LIT(ctx, "<li data-code=\"");
        page_text(ctx, str_of(errors[i].code));
        PAGE_LIT(ctx, "\">");
        page_phrase(ctx, errors[i].text);
        PAGE_LIT(ctx, "</li>\n");
    }
}

void form_close(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<ul hidden>\n");
    form_put_errors(ctx);
    PAGE_LIT(ctx, "</ul>\n</form>\n");
}

void form_end(struct ctx *ctx, enum phrase button)
{
    PAGE_LIT(ctx, "<button type=\"submit\">");
    page_phrase(ctx, button);
    PAGE_LIT(ctx, "</button>\n");
    form_close(ctx);
}
