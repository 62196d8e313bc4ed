/* What a sign-in experience may be. */
#include "domain/sign_in_rules.h"

static bool list_has(json *list, struct str text)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(list, i, n, item)
    {
        if (str_eq(json_str(item), text))
            return true;
    }
    return false;
}

static bool list_has_repeats(json *list)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(list, i, n, item)
    {
        for (size_t k = 0; k < i; k++) {
            if (str_eq(json_str(yyjson_arr_get(list, k)), json_str(item)))
                return true;
        }
    }
    return false;
}

static struct str identifier_of(json *item)
{
    return json_str(json_get(item, STR("identifier")));
}

static bool has_code(json *method)
{
    return yyjson_is_true(json_get(method, STR("verificationCode")));
}

/* Whether users of this identifier can sign in by a code sent to them. */
static bool signs_in_by_code(json *sign_in, struct str identifier)
{
    size_t i, n;
    json *method;
    yyjson_arr_foreach(json_get(sign_in, STR("methods")), i, n, method)
    {
        if (has_code(method) && str_eq(identifier_of(method), identifier))
            return true;
    }
    return false;
}

/* ---- Sign-up ---- */

static bool is_email(struct str identifier)
{
    return str_eq(identifier, STR("email")) || str_eq(identifier, STR("emailOrPhone"));
}

static bool is_phone(struct str identifier)
{
    return str_eq(identifier, STR("phone")) || str_eq(identifier, STR("emailOrPhone"));
}

/* The identifier is among the first ones already, or stands for one that is. */
static bool is_covered(json *primary, struct str identifier)
{
    if (str_eq(identifier, STR("emailOrPhone")))
        return list_has(primary, STR("email")) || list_has(primary, STR("phone"));
    return list_has(primary, identifier);
}

static enum err check_unique(struct ctx *ctx, json *primary, json *secondary)
{
    size_t i, n;
    json *item;
    bool repeated = list_has_repeats(primary);
    yyjson_arr_foreach(secondary, i, n, item)
    {
        repeated |= is_covered(primary, identifier_of(item));
        for (size_t k = 0; k < i; k++)
            repeated |= str_eq(identifier_of(yyjson_arr_get(secondary, k)), identifier_of(item));
    }
    return repeated ? fail(ctx, ERR_SIE_REPEATED_IDENTIFIER) : OK;
}

static enum err check_means(struct ctx *ctx, struct str identifier, struct sign_in_means means)
{
    if (is_email(identifier) && !means.email)
        return fail(ctx, ERR_SIE_NO_CONNECTOR, "Email");
    if (is_phone(identifier) && !means.sms)
        return fail(ctx, ERR_SIE_NO_CONNECTOR, "Sms");
    return OK;
}

enum err sign_in_check_sign_up(struct ctx *ctx, json *sign_up, struct sign_in_means means)
{
    json *primary = json_get(sign_up, STR("identifiers")), *item;
    json *secondary = json_get(sign_up, STR("secondaryIdentifiers"));
    bool verify = yyjson_is_true(json_get(sign_up, STR("verify")));
    size_t i, n;
    if (yyjson_arr_size(secondary) && !yyjson_arr_size(primary))
        return fail(ctx, ERR_SIE_NO_IDENTIFIER);
    enum err err = check_unique(ctx, primary, secondary);
    yyjson_arr_foreach(primary, i, n, item)
    {
        if (!err && !verify && !str_eq(json_str(item), STR("username")))
            err = fail(ctx, ERR_SIE_UNVERIFIED);
    }
    yyjson_arr_foreach(secondary, i, n, item)
    {
        bool verified = verify && yyjson_is_true(json_get(item, STR("verify")));
        if (!err && !verified && !str_eq(identifier_of(item), STR("username")))
            err = fail(ctx, ERR_SIE_UNVERIFIED);
    }
    yyjson_arr_foreach(primary, i, n, item)
    {
        if (!err)
            err = check_means(ctx, json_str(item), means);
    }
    yyjson_arr_foreach(secondary, i, n, item)
    {
        if (!err)
            err = check_means(ctx, identifier_of(item), means);
    }
    return err;
}

/* ---- Sign-in ---- */

static enum err check_methods(struct ctx *ctx, json *sign_in, json *sign_up)
{
    size_t i, n;
    json *method;
    bool only_code = yyjson_is_true(json_get(sign_up, STR("verify"))) &&
                     !yyjson_is_true(json_get(sign_up, STR("password")));
    yyjson_arr_foreach(json_get(sign_in, STR("methods")), i, n, method)
    {
        if (!has_code(method) && !yyjson_is_true(json_get(method, STR("password"))))
            return fail(ctx, ERR_SIE_NO_FACTOR);
    }
    yyjson_arr_foreach(json_get(sign_in, STR("methods")), i, n, method)
    {
        if (only_code && !has_code(method) && !str_eq(identifier_of(method), STR("username")))
            return fail(ctx, ERR_SIE_CODE_NEEDED);
    }
    return OK;
}

enum err sign_in_check_sign_in(struct ctx *ctx, json *sign_in, json *sign_up, json *mfa,
                               struct sign_in_means means)
{
    json *factors = json_get(mfa, STR("factors"));
    bool by_email = signs_in_by_code(sign_in, STR("email"));
    bool by_phone = signs_in_by_code(sign_in, STR("phone"));
    if (by_email && !means.email)
        return fail(ctx, ERR_SIE_NO_CONNECTOR, "Email");
    if (by_phone && !means.sms)
        return fail(ctx, ERR_SIE_NO_CONNECTOR, "Sms");
    enum err err = check_methods(ctx, sign_in, sign_up);
    if (err)
        return err;
    if (by_email && list_has(factors, STR("EmailVerificationCode")))
        return fail(ctx, ERR_SIE_EMAIL_FOR_SIGN_IN);
    if (by_phone && list_has(factors, STR("PhoneVerificationCode")))
        return fail(ctx, ERR_SIE_PHONE_FOR_SIGN_IN);
    return OK;
}

/* ---- Second factors ---- */

bool sign_in_mfa_is_on(json *mfa)
{
    return yyjson_arr_size(json_get(mfa, STR("factors"))) > 0;
}

enum err sign_in_check_mfa(struct ctx *ctx, json *mfa, json *sign_in)
{
    json *factors = json_get(mfa, STR("factors"));
    if (list_has_repeats(factors))
        return fail(ctx, ERR_SIE_REPEATED_FACTOR);
    if (list_has(factors, STR("BackupCode")) && yyjson_arr_size(factors) == 1)
        return fail(ctx, ERR_SIE_BACKUP_ALONE);
    if (list_has(factors, STR("EmailVerificationCode")) && signs_in_by_code(sign_in, STR("email")))
        return fail(ctx, ERR_SIE_EMAIL_FOR_MFA);
    if (list_has(factors, STR("PhoneVerificationCode")) && signs_in_by_code(sign_in, STR("phone")))
        return fail(ctx, ERR_SIE_PHONE_FOR_MFA);
    return OK;
}

enum err sign_in_check_adaptive(struct ctx *ctx, json *adaptive, json *mfa)
{
    struct str policy = json_str(json_get(mfa, STR("policy")));
    bool mandatory = str_eq(policy, STR("PromptAtSignInAndSignUpMandatory")) ||
                     str_eq(policy, STR("PromptOnlyAtSignInMandatory"));
    if (!yyjson_is_true(json_get(adaptive, STR("enabled"))))
        return mandatory ? fail(ctx, ERR_SIE_NOT_ADAPTIVE) : OK;
    if (!sign_in_mfa_is_on(mfa))
        return fail(ctx, ERR_SIE_ADAPTIVE_NO_MFA);
    return mandatory ? OK : fail(ctx, ERR_SIE_ADAPTIVE_POLICY);
}

/* ---- Forgotten passwords ---- */

enum err sign_in_check_forgotten(struct ctx *ctx, json *methods, struct sign_in_means means)
{
    if (list_has(methods, STR("EmailVerificationCode")) && !means.email)
        return fail(ctx, ERR_SIE_FORGOTTEN, "email");
    if (list_has(methods, STR("PhoneVerificationCode")) && !means.sms)
        return fail(ctx, ERR_SIE_FORGOTTEN, "sms");
    return OK;
}

bool sign_in_can_reset(json *methods, struct sign_in_means means)
{
    if (!yyjson_is_arr(methods))
        return means.email || means.sms;
    return (means.email && list_has(methods, STR("EmailVerificationCode"))) ||
           (means.sms && list_has(methods, STR("PhoneVerificationCode")));
}

/* ---- Addresses refused ---- */

static bool has_blank(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ')
            return true;
    }
    return false;
}

/* A domain with `*` in it that still says something. */
static bool is_domain_pattern(struct str s)
{
    bool telling = false, dotted = str_find(s, '.') < s.n;
    for (size_t i = 0; i < s.n; i++) {
        telling |= s.p[i] != '*' && s.p[i] != '.';
        if (s.p[i] == '@' || (s.p[i] == '.' && (!i || i + 1 == s.n || s.p[i + 1] == '.')))
            return false;
    }
    return telling && dotted;
}

/* name@domain or @domain; `*` stands for any text. */
static bool is_address_pattern(struct arena *arena, struct str s)
{
    size_t at = str_find(s, '@');
    if (at == s.n || has_blank(s))
        return false;
    struct str domain = str_from(s, at + 1);
    if (str_find(s, '*') < s.n)
        return is_domain_pattern(domain);
    struct str address = at ? s : arena_printf(arena, "a%.*s", STR_ARG(s));
    return field_is_email_text(address);
}

static enum err clean_list(struct ctx *ctx, json *list, struct json_out *out)
{
    size_t i, n;
    json *item;
    json_open_array(out);
    yyjson_arr_foreach(list, i, n, item)
    {
        struct str text = json_str(item);
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated |= str_eq(json_str(yyjson_arr_get(list, k)), text);
        if (!is_address_pattern(ctx->arena, text))
            return fail(ctx, ERR_SIE_BLOCKLIST);
        if (!repeated)
            json_put_str(out, text);
    }
    json_close_array(out);
    return OK;
}

enum err sign_in_clean_blocklist(struct ctx *ctx, json *policy, struct str *out)
{
    static const struct str lists[] = {STR_INIT("customAllowlist"), STR_INIT("customBlocklist")};
    enum err err = OK;
    json *flag = json_get(policy, STR("blockSubaddressing")), *list;
    if (yyjson_is_true(json_get(policy, STR("blockDisposableAddresses"))))
        return fail(ctx, ERR_INVALID_INPUT, "disposable addresses cannot be recognized here");
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    json_open_object(&text);
    if (json_get(policy, STR("blockDisposableAddresses")))
        JSON_BOOL(&text, "blockDisposableAddresses", false);
    if (flag)
        JSON_BOOL(&text, "blockSubaddressing", yyjson_get_bool(flag));
    for (size_t i = 0; !err && i < 2; i++) {
        list = json_get(policy, lists[i]);
        if (!list)
            continue;
        json_key(&text, lists[i]);
        err = clean_list(ctx, list, &text);
    }
    json_close_object(&text);
    *out = buf_view(&buf);
    return err || out->p ? err : fail(ctx, ERR_NO_MEMORY);
}
