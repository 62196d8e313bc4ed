/* The language of hosted pages: which there are, what the tenant says in it, and who gets which. */
#include "domain/page.h"

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

/* ---- The tenant's own phrases ---- */

enum { TAG, TRANSLATION };

static void load_custom(struct ctx *ctx, struct db_rows *rows)
{
    if (!ctx->db || db_query(ctx->db, "SELECT language_tag, translation FROM custom_phrases",
                             DB_NO_PARAMS, ctx->arena, rows))
        *rows = (struct db_rows){0};
}

/* Texts of the pages that custom phrases can name, by their paths (domain/phrases.h). */
static const struct {
    enum phrase which;
    struct str path;
} paths[] = {
    {PHRASE_SIGN_IN, STR_INIT("action sign_in")},
    {PHRASE_REGISTER, STR_INIT("action create_account")},
    {PHRASE_USERNAME, STR_INIT("input username")},
    {PHRASE_EMAIL, STR_INIT("input email")},
    {PHRASE_PHONE, STR_INIT("input phone_number")},
    {PHRASE_PASSWORD, STR_INIT("input password")},
    {PHRASE_NEW_PASSWORD, STR_INIT("description new_password")},
    {PHRASE_NO_ACCOUNT, STR_INIT("description no_account")},
    {PHRASE_HAVE_ACCOUNT, STR_INIT("description have_account")},
    {PHRASE_CODE_SIGN_IN, STR_INIT("action sign_in_via_passcode")},
    {PHRASE_SEND_CODE, STR_INIT("account_center code_verification send")},
    {PHRASE_ENTER_CODE, STR_INIT("action enter_passcode")},
    {PHRASE_RESEND_CODE, STR_INIT("description resend_passcode")},
    {PHRASE_FORGOT_PASSWORD, STR_INIT("action forgot_password")},
    {PHRASE_RESET_PASSWORD, STR_INIT("description reset_password")},
    {PHRASE_PASSWORD_EXPIRED, STR_INIT("description password_expired")},
    {PHRASE_PASSWORD_CHANGED, STR_INIT("description password_changed")},
    {PHRASE_BACK_TO_SIGN_IN, STR_INIT("description back_to_sign_in")},
    {PHRASE_COMPLETE, STR_INIT("description continue_with_more_information")},
    {PHRASE_ALLOW, STR_INIT("action authorize")},
    {PHRASE_DENY, STR_INIT("action cancel")},
    {PHRASE_TERMS_AGREE, STR_INIT("description agree_with_terms")},
    {PHRASE_TERMS_OF_USE, STR_INIT("description terms_of_use")},
    {PHRASE_PRIVACY_POLICY, STR_INIT("description privacy_policy")},
    {PHRASE_DEVICE, STR_INIT("description device_activation")},
    {PHRASE_DEVICE_HELP, STR_INIT("description device_activation_description")},
    {PHRASE_DEVICE_UNKNOWN, STR_INIT("error invalid_device_code")},
    {PHRASE_DEVICE_DONE, STR_INIT("description device_activation_success")},
    {PHRASE_DEVICE_DONE_HELP, STR_INIT("description device_activation_success_description")},
    {PHRASE_ERROR, STR_INIT("error something_went_wrong")},
    {PHRASE_SESSION_ENDED, STR_INIT("error invalid_session")},
    {PHRASE_SUSPENDED, STR_INIT("error account_suspended")},
    {PHRASE_USERNAME_TAKEN, STR_INIT("error username_exists")},
    {PHRASE_BAD_CODE, STR_INIT("error invalid_passcode")},
    {PHRASE_LINK_SPENT, STR_INIT("error invalid_link_description")},
    {PHRASE_COMMON, STR_INIT("error password_rejected pwned")},
    {PHRASE_REPETITION, STR_INIT("error password_rejected restricted repetition")},
    {PHRASE_SEQUENCE, STR_INIT("error password_rejected restricted sequence")},
    {PHRASE_USER_INFO, STR_INIT("error password_rejected restricted user_info")},
    {PHRASE_OTHER_ERROR, STR_INIT("error unknown")},
    {PHRASE_SCOPE_CUSTOM_DATA, STR_INIT("user_scopes descriptions custom_data")},
    {PHRASE_SCOPE_EMAIL, STR_INIT("user_scopes descriptions email")},
    {PHRASE_SCOPE_PHONE, STR_INIT("user_scopes descriptions phone")},
    {PHRASE_SCOPE_PROFILE, STR_INIT("user_scopes descriptions profile")},
    {PHRASE_SCOPE_ROLES, STR_INIT("user_scopes descriptions roles")},
    {PHRASE_SCOPE_IDENTITIES, STR_INIT("user_scopes descriptions identities")},
    {PHRASE_SCOPE_ADDRESS, STR_INIT("user_scopes descriptions address")},
    {PHRASE_SCOPE_ORGANIZATIONS,
     STR_INIT("user_scopes descriptions urn:logto:scope:organizations")},
    {PHRASE_SCOPE_ORGANIZATION_ROLES,
     STR_INIT("user_scopes descriptions urn:logto:scope:organization_roles")},
    {PHRASE_SCOPE_SESSIONS, STR_INIT("user_scopes descriptions urn:logto:scope:sessions")},
    {PHRASE_SCOPE_DEVICES, STR_INIT("user_scopes descriptions urn:logto:scope:trusted_devices")},
    {PHRASE_MFA_CHECK, STR_INIT("mfa verify_mfa_factors")},
    {PHRASE_MFA_SET_UP, STR_INIT("mfa add_mfa_factors")},
    {PHRASE_CONTINUE, STR_INIT("action continue")},
    {PHRASE_NOT_NOW, STR_INIT("action nav_skip")},
    {PHRASE_CODE, STR_INIT("input code")},
    {PHRASE_PASSKEY, STR_INIT("mfa webauthn")},
    {PHRASE_PASSKEY_HELP, STR_INIT("mfa verify_webauthn_description")},
    {PHRASE_PASSKEY_SIGN_IN, STR_INIT("action sign_in_via_passkey")},
    {PHRASE_TOTP, STR_INIT("mfa totp")},
    {PHRASE_TOTP_HELP, STR_INIT("mfa enter_one_time_code_description")},
    {PHRASE_TOTP_SCAN, STR_INIT("mfa scan_qr_code_description")},
    {PHRASE_PHONE_CODE, STR_INIT("mfa phone_verification_code")},
    {PHRASE_EMAIL_CODE, STR_INIT("mfa email_verification_code")},
    {PHRASE_BACKUP_CODE, STR_INIT("mfa backup_code")},
    {PHRASE_BACKUP_CODE_HELP, STR_INIT("mfa verify_backup_code_description")},
    {PHRASE_BACKUP_CODES, STR_INIT("mfa save_backup_code")},
    {PHRASE_BACKUP_CODES_HELP, STR_INIT("mfa save_backup_code_description")},
    {PHRASE_COPY, STR_INIT("action copy")},
    {PHRASE_NAME, STR_INIT("profile name")},
    {PHRASE_AVATAR, STR_INIT("profile avatar")},
    {PHRASE_GIVEN_NAME, STR_INIT("profile givenName")},
    {PHRASE_MIDDLE_NAME, STR_INIT("profile middleName")},
    {PHRASE_FAMILY_NAME, STR_INIT("profile familyName")},
    {PHRASE_NICKNAME, STR_INIT("profile nickname")},
    {PHRASE_WEBSITE, STR_INIT("profile website")},
    {PHRASE_GENDER, STR_INIT("profile gender")},
    {PHRASE_BIRTHDATE, STR_INIT("profile birthdate")},
    {PHRASE_ZONEINFO, STR_INIT("profile zoneinfo")},
    {PHRASE_LOCALE, STR_INIT("profile locale")},
    {PHRASE_ADDRESS, STR_INIT("profile address formatted")},
    {PHRASE_PROFILE_PAGE, STR_INIT("profile profile")},
    {PHRASE_STREET_ADDRESS, STR_INIT("profile address streetAddress")},
    {PHRASE_LOCALITY, STR_INIT("profile address locality")},
    {PHRASE_REGION, STR_INIT("profile address region")},
    {PHRASE_POSTAL_CODE, STR_INIT("profile address postalCode")},
    {PHRASE_COUNTRY, STR_INIT("profile address country")},
    {PHRASE_TRUST_DEVICE, STR_INIT("mfa trust_this_device_other")},
    {PHRASE_DEVICES, STR_INIT("account_center security trusted_devices title")},
    {PHRASE_CHANGE, STR_INIT("action edit")},
    {PHRASE_REMOVE, STR_INIT("action remove")},
    {PHRASE_SAVE, STR_INIT("action save")},
    {PHRASE_CANCEL, STR_INIT("action cancel")},
    {PHRASE_SESSIONS, STR_INIT("account_center sessions title")},
    {PHRASE_THIS_SESSION, STR_INIT("account_center sessions current_session")},
    {PHRASE_GRANTS, STR_INIT("account_center sessions third_party_apps_title")},
    {PHRASE_DELETE_ACCOUNT, STR_INIT("account_center security delete_your_account")},
};

static struct str text_at(json *changes, struct str path)
{
    struct str name;
    while ((name = str_split(&path, ' ')).p)
        changes = json_get(changes, name);
    return json_str(changes);
}

/* The language under the tag of the tenant's texts, with these over its own. */
static const struct page_language *with_changes(struct ctx *ctx, const struct page_language *base,
                                                const struct db_rows *custom, size_t row)
{
    json *changes = NULL;
    const char **texts = ARENA_ARRAY(ctx->arena, const char *, PHRASE_COUNT);
    struct page_language *out = ARENA_NEW(ctx->arena, struct page_language);
    if (!texts || !out || json_parse(ctx->arena, db_text(custom, row, TRANSLATION), &changes, NULL))
        return base;
    memcpy(texts, base->texts, sizeof english);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct str text = text_at(changes, paths[i].path);
        if (text.n)
            texts[paths[i].which] = arena_cstr(ctx->arena, text);
    }
    *out = (struct page_language){arena_cstr(ctx->arena, db_text(custom, row, TAG)), texts};
    return out->tag ? out : base;
}

/* ---- Choosing ---- */

struct choice {
    const struct page_language *base;
    size_t row; /* of the tenant's texts over it; their count: none */
};

static size_t find_row(const struct db_rows *custom, struct str tag)
{
    size_t row = 0;
    while (row < custom->count && !str_eq_nocase(db_text(custom, row, TAG), tag))
        row++;
    return row;
}

/* What there is of exactly this language, or of its relatives. */
static bool find_choice(const struct db_rows *custom, struct str tag, struct choice *out)
{
    *out = (struct choice){find_language(tag), find_row(custom, tag)};
    if (out->row < custom->count) {
        out->base = out->base ? out->base : &languages[0];
        return true;
    }
    if (out->base) {
        out->row = find_row(custom, str_of(out->base->tag));
        return true;
    }
    *out = (struct choice){&languages[0], find_row(custom, base_of(tag))};
    return out->row < custom->count;
}

/* Tags in order of preference; weights only ever say the same. RFC 9110 12.5.4 */
static bool choose(const struct db_rows *custom, struct str list, char separator,
                   struct choice *out)
{
    struct str each;
    while ((each = str_split(&list, separator)).p) {
        struct str tag = str_trim(each);
        if (find_choice(custom, (struct str){tag.p, str_find(tag, ';')}, out))
            return true;
    }
    return false;
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

/* Detected only when the settings let it be. */
static bool detect(struct ctx *ctx, const struct db_rows *custom, json *info, struct choice *out)
{
    struct str accepted = http_header_get(ctx->request, STR("accept-language"), NULL);
    return (!info || yyjson_is_true(json_get(info, STR("autoDetect")))) &&
           choose(custom, accepted, ',', out);
}

static const struct page_language *choose_language(struct ctx *ctx)
{
    struct db_rows custom;
    struct choice choice;
    load_custom(ctx, &custom);
    if (!choose(&custom, page_wish(ctx, STR("ui_locales")), ' ', &choice)) {
        json *info = language_settings(ctx);
        struct str usual = json_str(json_get(info, STR("fallbackLanguage")));
        if (!detect(ctx, &custom, info, &choice) && !choose(&custom, usual, ' ', &choice))
            find_choice(&custom, str_of(languages[0].tag), &choice);
    }
    return choice.row < custom.count ? with_changes(ctx, choice.base, &custom, choice.row)
                                     : choice.base;
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
