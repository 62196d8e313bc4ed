/* Parts of forms on the hosted pages. */
#include "experience/forms.h"

/* What the script shows for an answer's code; the last one for all others. */
static const struct {
    const char *code;
    enum phrase text;
} errors[] = {
    {"session.invalid_credentials", PHRASE_BAD_CREDENTIALS},
    {"session.verification_blocked_too_many_attempts", PHRASE_TOO_MANY_ATTEMPTS},
    {"user.suspended", PHRASE_SUSPENDED},
    {"session.mfa.invalid_totp_code", PHRASE_BAD_FACTOR_CODE},
    {"session.mfa.invalid_backup_code", PHRASE_BAD_FACTOR_CODE},
    {"session.mfa.webauthn_verification_failed", PHRASE_PASSKEY_FAILED},
    {"user.username_already_in_use", PHRASE_USERNAME_TAKEN},
    {"guard.invalid_input", PHRASE_BAD_INPUT},
    {"session.not_found", PHRASE_SESSION_ENDED},
    {"invitation.not_found", PHRASE_INVITATION_BAD},
    {"password_rejected.too_short", PHRASE_TOO_SHORT},
    {"password_rejected.too_long", PHRASE_TOO_LONG},
    {"password_rejected.character_types", PHRASE_FEW_TYPES},
    {"password_rejected.pwned", PHRASE_COMMON},
    {"password_rejected.restricted.repetition", PHRASE_REPETITION},
    {"password_rejected.restricted.sequence", PHRASE_SEQUENCE},
    {"password_rejected.restricted.user_info", PHRASE_USER_INFO},
    {"", PHRASE_OTHER_ERROR},
};

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
        help(ctx, "password-help", PHRASE_PASSWORD_HELP);
}

void form_close(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<ul hidden>\n");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        PAGE_LIT(ctx, "<li data-code=\"");
        page_text(ctx, str_of(errors[i].code));
        PAGE_LIT(ctx, "\">");
        page_phrase(ctx, errors[i].text);
        PAGE_LIT(ctx, "</li>\n");
    }
    PAGE_LIT(ctx, "</ul>\n</form>\n");
}

void form_end(struct ctx *ctx, enum phrase button)
{
    PAGE_LIT(ctx, "<button type=\"submit\">");
    page_phrase(ctx, button);
    PAGE_LIT(ctx, "</button>\n");
    form_close(ctx);
}
