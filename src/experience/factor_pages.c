/* The hosted pages of second factors: /mfa-verification shows one that the user has, /mfa-binding
 * sets up what the sign-in lacks. Both look at what the sign-in has come to, not at where the
 * browser says it is. */
#include "domain/trusted_devices.h"
#include "experience/assets.h"
#include "experience/experience.h"
#include "experience/forms.h"

static const struct offer {
    enum phrase name, help;
    const char *check, *bind; /* flows of the script; NULL: not here */
    bool code;                /* has a field for one */
} offers[FACTORS] = {
    [FACTOR_WEBAUTHN] = {PHRASE_PASSKEY, PHRASE_PASSKEY_HELP, "check-passkey", "bind-passkey",
                         false},
    [FACTOR_TOTP] = {PHRASE_TOTP, PHRASE_TOTP_HELP, "check-totp", "bind-totp", true},
    [FACTOR_PHONE] = {PHRASE_PHONE_CODE, PHRASE_FACTOR_CODE_HELP, "check-phone-code",
                      "bind-address", true},
    [FACTOR_EMAIL] = {PHRASE_EMAIL_CODE, PHRASE_FACTOR_CODE_HELP, "check-email-code",
                      "bind-address", true},
    [FACTOR_BACKUP_CODE] = {PHRASE_BACKUP_CODE, PHRASE_BACKUP_CODE_HELP, "check-backup-code", NULL,
                            true},
};

static const char *flow_of(enum factor factor, bool binds)
{
    return binds ? offers[factor].bind : offers[factor].check;
}

/* ---- Parts ---- */

static void begin(struct ctx *ctx, const struct experience *experience, enum phrase title,
                  const char *flow)
{
    page_begin(ctx, title);
    PAGE_LIT(ctx, "<script src=\"/assets/passkeys.js\" defer></script>\n"
                  "<script src=\"/assets/factors.js\" defer></script>\n");
    form_begin(ctx, flow, experience->interaction.uid);
}

/* Links to the same page with another factor. */
static void put_others(struct ctx *ctx, const char *path, factor_set set, enum factor chosen,
                       bool binds)
{
    for (size_t i = 0; i < FACTORS; i++) {
        enum factor each = (enum factor)i;
        if (!(set & factor_in(each)) || each == chosen || !flow_of(each, binds))
            continue;
        PAGE_LIT(ctx, "<p class=\"quiet\"><a href=\"");
        page_text(ctx, str_of(path));
        PAGE_LIT(ctx, "?factor=");
        page_text(ctx, str_of(factor_names[each]));
        PAGE_LIT(ctx, "&amp;app_id=");
        page_text(ctx, ctx_query(ctx, STR("app_id")));
        PAGE_LIT(ctx, "\">");
        page_phrase(ctx, offers[each].name);
        PAGE_LIT(ctx, "</a></p>\n");
    }
}

/* The one that the query names, else the first; false: none that there is a page for. */
static bool choose(const struct ctx *ctx, factor_set set, bool binds, enum factor *out)
{
    enum factor named;
    if (factor_find(ctx_query(ctx, STR("factor")), &named) && set & factor_in(named) &&
        flow_of(named, binds)) {
        *out = named;
        return true;
    }
    for (size_t i = 0; i < FACTORS; i++) {
        if (!(set & factor_in((enum factor)i)) || !flow_of((enum factor)i, binds))
            continue;
        *out = (enum factor)i;
        return true;
    }
    return false;
}

/* What a rule has said: the factors in its data. */
static factor_set available(const struct ctx *ctx, bool *skippable)
{
    json *data = NULL, *each;
    factor_set set = 0;
    size_t index, max;
    enum factor factor;
    *skippable = false;
    if (!ctx->failure.data.p || json_parse(ctx->arena, ctx->failure.data, &data, NULL) != JSON_OK)
        return 0;
    *skippable = yyjson_is_true(json_get(data, STR("skippable")));
    yyjson_arr_foreach(json_get(data, STR("availableFactors")), index, max, each)
    {
        if (factor_find(json_str(each), &factor))
            set |= factor_in(factor);
    }
    return set;
}

static enum err go(struct ctx *ctx, const char *path)
{
    return answer_redirect(ctx, 302,
                           arena_printf(ctx->arena, "%.*s%s?app_id=%.*s", STR_ARG(ctx->origin),
                                        path, STR_ARG(ctx_query(ctx, STR("app_id")))));
}

/* The page's sign-in, once somebody is identified; *answered: there is none, and that was said. */
static enum err open_page(struct ctx *ctx, struct experience *out, bool *answered)
{
    enum err err = experience_load_page(ctx, out);
    *answered = err == ERR_SESSION_NOT_FOUND || err == ERR_INTERACTION_NOT_FOUND ||
                (!err && !out->user_id.p);
    return *answered ? go(ctx, "/unknown-session") : err;
}

/* A box to be asked for no factor here for a while, where the tenant lets people do that. */
static enum err put_trust(struct ctx *ctx, const struct experience *experience)
{
    struct trusted_device_policy policy;
    enum err err = trusted_device_policy(ctx, experience->user_id, &policy);
    if (err || !policy.enabled)
        return err;
    PAGE_LIT(ctx, "<label class=\"box\"><input type=\"checkbox\" name=\"trust\"> ");
    page_phrase_number(ctx, PHRASE_TRUST_DEVICE, STR("{{count}}"), policy.days);
    PAGE_LIT(ctx, "</label>\n");
    return OK;
}

/* ---- Showing a factor ---- */

static bool is_sent(enum factor factor)
{
    return factor == FACTOR_PHONE || factor == FACTOR_EMAIL;
}

/* Where the code goes, as the rule's data shows it; the script sends it. */
static void put_sent_to(struct ctx *ctx, enum factor factor)
{
    json *data = NULL;
    if (!ctx->failure.data.p || json_parse(ctx->arena, ctx->failure.data, &data, NULL) != JSON_OK)
        return;
    PAGE_LIT(ctx, "<p><strong>");
    page_text(ctx, json_str(json_get(json_get(data, STR("maskedIdentifiers")),
                                     str_of(factor_names[factor]))));
    PAGE_LIT(ctx, "</strong></p>\n");
    form_resent(ctx);
}

static enum err verification_handle(struct ctx *ctx)
{
    struct experience experience;
    enum factor factor;
    bool answered, skippable;
    enum err err = open_page(ctx, &experience, &answered);
    if (err || answered)
        return err;
    err = mfa_check_verified(ctx, &experience);
    if (err && err != ERR_MFA_REQUIRED)
        return err;
    if (!err)
        return go(ctx, "/mfa-binding");
    factor_set set = available(ctx, &skippable);
    if (!choose(ctx, set, false, &factor))
        return err;
    begin(ctx, &experience, PHRASE_MFA_CHECK, offers[factor].check);
    page_paragraph(ctx, offers[factor].help);
    if (is_sent(factor))
        put_sent_to(ctx, factor);
    if (offers[factor].code)
        form_code(ctx);
    if (factor != FACTOR_BACKUP_CODE && (err = put_trust(ctx, &experience)))
        return err;
    form_button(ctx, "go", PHRASE_CONTINUE, false);
    if (is_sent(factor))
        form_button(ctx, "resend", PHRASE_RESEND_CODE, true);
    form_close(ctx);
    put_others(ctx, "/mfa-verification", set, factor, false);
    return page_end(ctx, 0);
}

/* ---- Setting up ---- */

static enum err bind_page(struct ctx *ctx, const struct experience *experience, factor_set set,
                          enum factor factor, const char *skip)
{
    begin(ctx, experience, PHRASE_MFA_SET_UP, offers[factor].bind);
    if (is_sent(factor)) {
        PAGE_LIT(ctx, "<script src=\"/assets/codes.js\" defer></script>\n");
        page_paragraph(ctx, PHRASE_FACTOR_CODE_NEW);
        page_hidden(ctx, STR("event"), event_name(experience->event));
        page_hidden(ctx, STR("goesOn"), STR("yes"));
        form_identifier(ctx, factor == FACTOR_PHONE ? STR("phone") : STR("email"), STR_NONE);
    } else if (factor == FACTOR_TOTP) {
        page_paragraph(ctx, PHRASE_TOTP_SCAN);
        PAGE_LIT(ctx, "<p><img id=\"qr\" hidden width=\"228\" height=\"228\" alt=\"");
        page_phrase(ctx, PHRASE_QR_CODE);
        PAGE_LIT(ctx, "\"></p>\n<p><code id=\"secret\"></code></p>\n");
        form_code(ctx);
    } else {
        page_paragraph(ctx, PHRASE_PASSKEY_NEW);
    }
    enum err err = is_sent(factor) ? OK : put_trust(ctx, experience);
    if (err)
        return err;
    form_button(ctx, "go", is_sent(factor) ? PHRASE_SEND_CODE : PHRASE_CONTINUE, false);
    if (skip)
        form_button(ctx, skip, PHRASE_NOT_NOW, true);
    form_close(ctx);
    put_others(ctx, "/mfa-binding", set, factor, true);
    return page_end(ctx, 0);
}

static enum err codes_page(struct ctx *ctx, const struct experience *experience)
{
    begin(ctx, experience, PHRASE_BACKUP_CODES, "bind-backup-codes");
    page_paragraph(ctx, PHRASE_BACKUP_CODES_HELP);
    PAGE_LIT(ctx, "<ul id=\"codes\"></ul>\n<button type=\"button\" class=\"second\" id=\"copy\">");
    page_phrase(ctx, PHRASE_COPY);
    PAGE_LIT(ctx, "</button>\n<p role=\"status\" id=\"copied\" hidden>");
    page_phrase(ctx, PHRASE_COPIED);
    PAGE_LIT(ctx, "</p>\n");
    form_end(ctx, PHRASE_CODES_KEPT);
    return page_end(ctx, 0);
}

static enum err done_page(struct ctx *ctx, const struct experience *experience)
{
    begin(ctx, experience, PHRASE_MFA_DONE, "end");
    form_end(ctx, PHRASE_CONTINUE);
    return page_end(ctx, 0);
}

/* What the first rule that is not met asks for. */
static enum err lacking_page(struct ctx *ctx, const struct experience *experience, enum err lack)
{
    enum factor factor;
    struct factor_policy policy;
    bool skippable;
    const char *skip = lack == ERR_MFA_SUGGESTED ? "skip-suggestion" : "skip";
    if (lack == ERR_USER_PASSKEY_PREFERRED)
        return bind_page(ctx, experience, 0, FACTOR_WEBAUTHN, "skip-passkey");
    if (lack == ERR_MFA_BACKUP_CODE_REQUIRED)
        return codes_page(ctx, experience);
    factor_set set = available(ctx, &skippable);
    if (lack == ERR_USER_SUGGEST_MFA) {
        enum err err = factor_policy_load(ctx, &policy);
        if (err)
            return err;
        set = policy.factors & FACTOR_PRIMARY;
        skippable = true;
    }
    return choose(ctx, set, true, &factor)
               ? bind_page(ctx, experience, set, factor, skippable ? skip : NULL)
               : lack;
}

static enum err binding_handle(struct ctx *ctx)
{
    struct experience experience;
    bool answered;
    enum err err = open_page(ctx, &experience, &answered);
    if (err || answered)
        return err;
    err = mfa_check_verified(ctx, &experience);
    if (err == ERR_MFA_REQUIRED)
        return go(ctx, "/mfa-verification");
    if (!err)
        err = mfa_check_passkey(ctx, &experience);
    if (!err)
        err = mfa_check_fulfilled(ctx, &experience);
    if (!err)
        return done_page(ctx, &experience);
    bool lacks = err == ERR_USER_PASSKEY_PREFERRED || err == ERR_MFA_BACKUP_CODE_REQUIRED ||
                 err == ERR_MFA_SUGGESTED || err == ERR_USER_SUGGEST_MFA ||
                 err == ERR_USER_MISSING_MFA;
    return lacks ? lacking_page(ctx, &experience, err) : err;
}

static enum err script_handle(struct ctx *ctx)
{
    return answer_asset(ctx, "factors.js", STR("text/javascript; charset=utf-8"));
}

#define PAGE(address, where, function, text)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .handle = function                    \
    }

ROUTES(factor_pages) = {
    PAGE("/mfa-verification", RUN_READ, verification_handle, "Page to show a second factor"),
    PAGE("/mfa-binding", RUN_READ, binding_handle, "Page to set up second factors"),
    PAGE("/assets/factors.js", RUN_INLINE, script_handle, "Script of the pages of second factors"),
    ROUTES_END,
};
