/* What a tenant lets people do at sign-in. */
#include "experience/policy.h"

#include "base/unicode.h"
#include "domain/connectors.h"
#include "domain/sign_in_experience.h"
#include "domain/sso.h"

/* What counts where a setting says nothing: as in a new tenant of Logto's. */
static const struct policy usual = {
    .allows_sign_in = true,
    .allows_register = true,
    .password_for = STR_INIT("username"),
    .password = {.min_length = 8,
                 .max_length = 256,
                 .min_types = 1,
                 .reject_common = true,
                 .reject_repetition = true,
                 .reject_user_info = true},
    .lockout = {.max_failures = 100,
                .max_address_failures = 1000,
                .locked_ms = (int64_t)3600 * 1000},
};
#define MINUTE_MS ((int64_t)60 * 1000)

static void read_size(json *object, struct str name, size_t *out)
{
    json *value = json_get(object, name);
    if (yyjson_is_int(value) && yyjson_get_sint(value) >= 0)
        *out = (size_t)yyjson_get_sint(value);
}

static void read_bool(json *object, struct str name, bool *out)
{
    json *value = json_get(object, name);
    if (yyjson_is_bool(value))
        *out = yyjson_get_bool(value);
}

static void read_password(json *value, struct password_policy *out)
{
    json *length = json_get(value, STR("length")), *rejects = json_get(value, STR("rejects"));
    read_size(length, STR("min"), &out->min_length);
    read_size(length, STR("max"), &out->max_length);
    read_size(json_get(value, STR("characterTypes")), STR("min"), &out->min_types);
    read_bool(rejects, STR("pwned"), &out->reject_common);
    read_bool(rejects, STR("repetitionAndSequence"), &out->reject_repetition);
    read_bool(rejects, STR("userInfo"), &out->reject_user_info);
    out->words = json_get(rejects, STR("words"));
}

static void read_lockout(json *value, struct lockout_policy *out)
{
    size_t attempts = (size_t)out->max_failures, minutes = (size_t)(out->locked_ms / MINUTE_MS);
    read_size(value, STR("maxAttempts"), &attempts);
    read_size(value, STR("lockoutDuration"), &minutes);
    out->max_failures = (int64_t)attempts;
    out->locked_ms = (int64_t)minutes * MINUTE_MS;
}

/* A list of words that grows. */
static void add_word(struct buf *buf, struct str word)
{
    if (buf->n)
        buf_byte(buf, ' ');
    buf_str(buf, word);
}

static struct str words_of(struct buf *buf)
{
    return buf->n ? buf_view(buf) : STR("");
}

static struct str read_methods(struct ctx *ctx, json *sign_in, struct str by)
{
    struct buf buf = buf_new(ctx->arena, 256);
    yyjson_arr_iter items = yyjson_arr_iter_with(json_get(sign_in, STR("methods")));
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (yyjson_get_bool(json_get(item, by)))
            add_word(&buf, json_str(json_get(item, STR("identifier"))));
    return words_of(&buf);
}

static struct str read_list(struct ctx *ctx, json *list)
{
    struct buf buf = buf_new(ctx->arena, 256);
    yyjson_arr_iter items = yyjson_arr_iter_with(list);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        add_word(&buf, json_str(item));
    return words_of(&buf);
}

/* Of several first identifiers "email" and "phone" are a choice. */
static struct str read_mandatory(struct ctx *ctx, json *sign_up, struct str first)
{
    struct buf buf = buf_new(ctx->arena, 256);
    bool email = str_has_word(first, STR("email")), phone = str_has_word(first, STR("phone"));
    if (str_has_word(first, STR("username")))
        add_word(&buf, STR("username"));
    else if (email || phone)
        add_word(&buf, email && phone ? STR("emailOrPhone") : first);
    yyjson_arr_iter items = yyjson_arr_iter_with(json_get(sign_up, STR("secondaryIdentifiers")));
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        add_word(&buf, json_str(json_get(item, STR("identifier"))));
    if (yyjson_get_bool(json_get(sign_up, STR("password"))))
        add_word(&buf, STR("password"));
    return words_of(&buf);
}

/* Without a list all ways count that there is a connector for. */
static enum err read_reset(struct ctx *ctx, json *methods, struct str *out)
{
    struct buf buf = buf_new(ctx->arena, 256);
    struct sign_in_means means;
    enum err err = connectors_find_means(ctx, &means);
    if (err)
        return fail(ctx, err);
    struct str named = read_list(ctx, methods);
    bool any = !yyjson_is_arr(methods);
    if (means.email && (any || str_has_word(named, STR("EmailVerificationCode"))))
        add_word(&buf, STR("email"));
    if (means.sms && (any || str_has_word(named, STR("PhoneVerificationCode"))))
        add_word(&buf, STR("phone"));
    *out = words_of(&buf);
    return OK;
}

/* Operators come by invitation alone, and always can sign in with their username. */
static void keep_operators(struct policy *policy)
{
    policy->allows_sign_in = true;
    policy->allows_register = false;
    policy->single_sign_on = false;
    policy->password_for = usual.password_for;
    policy->code_for = policy->reset_for = policy->sign_up = policy->mandatory = STR("");
}

/* The parts of the row that count here. */
struct parts {
    json *sign_in, *sign_up, *password, *lockout, *reset, *blocklist, *username, *captcha;
};

static enum err read_parts(struct ctx *ctx, const struct db_rows *rows, struct parts *out)
{
    const struct {
        struct str name;
        json **value;
    } all[] = {
        {STR("signIn"), &out->sign_in},
        {STR("signUp"), &out->sign_up},
        {STR("passwordPolicy"), &out->password},
        {STR("sentinelPolicy"), &out->lockout},
        {STR("forgotPasswordMethods"), &out->reset},
        {STR("emailBlocklistPolicy"), &out->blocklist},
        {STR("usernamePolicy"), &out->username},
        {STR("captchaPolicy"), &out->captcha},
    };
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof all / sizeof *all; i++)
        err = sign_in_experience_json(ctx, rows, all[i].name, all[i].value);
    return err;
}

static void read_terms(const struct db_rows *rows, struct policy *out)
{
    struct str how = db_text(rows, 0, sign_in_experience_column(STR("agreeToTermsPolicy")));
    out->terms_url = db_text(rows, 0, sign_in_experience_column(STR("termsOfUseUrl")));
    out->privacy_url = db_text(rows, 0, sign_in_experience_column(STR("privacyPolicyUrl")));
    bool any = out->terms_url.n || out->privacy_url.n;
    out->agrees_to_sign_in = any && str_eq(how, STR("Manual"));
    out->agrees_to_register =
        out->agrees_to_sign_in || (any && str_eq(how, STR("ManualRegistrationOnly")));
}

enum err policy_load(struct ctx *ctx, struct policy *out)
{
    struct db_rows rows;
    struct parts parts;
    *out = usual;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err || (err = read_parts(ctx, &rows, &parts)) ||
        (err = read_reset(ctx, parts.reset, &out->reset_for)))
        return err;
    struct str mode = db_text(&rows, 0, sign_in_experience_column(STR("signInMode")));
    out->allows_sign_in = !str_eq(mode, STR("Register"));
    out->allows_register = !str_eq(mode, STR("SignIn"));
    out->single_sign_on =
        db_int(&rows, 0, sign_in_experience_column(STR("singleSignOnEnabled"))) != 0;
    out->password_for = read_methods(ctx, parts.sign_in, STR("password"));
    out->code_for = read_methods(ctx, parts.sign_in, STR("verificationCode"));
    out->sign_up = read_list(ctx, json_get(parts.sign_up, STR("identifiers")));
    out->mandatory = read_mandatory(ctx, parts.sign_up, out->sign_up);
    out->blocklist = parts.blocklist;
    out->username = parts.username;
    read_bool(parts.captcha, STR("enabled"), &out->captcha);
    read_terms(&rows, out);
    read_password(parts.password, &out->password);
    read_lockout(parts.lockout, &out->lockout);
    if (ctx->tenant->tag == TENANT_ADMIN)
        keep_operators(out);
    bool made = out->password_for.p && out->code_for.p && out->sign_up.p && out->mandatory.p;
    return made ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* ---- Addresses that are not wanted ---- */

/* Whether text is like pattern, in which '*' stands for any characters. */
static bool is_like(struct str text, struct str pattern)
{
    size_t at = 0, in = 0, star = SIZE_MAX, back = 0;
    while (at < text.n) {
        if (in < pattern.n && pattern.p[in] == '*') {
            star = in++;
            back = at;
        } else if (in < pattern.n && pattern.p[in] == text.p[at]) {
            in++;
            at++;
        } else if (star != SIZE_MAX) {
            in = star + 1;
            at = ++back;
        } else {
            return false;
        }
    }
    while (in < pattern.n && pattern.p[in] == '*')
        in++;
    return in == pattern.n;
}

/* An item is an address, or a domain behind '@'. */
static bool is_listed(struct ctx *ctx, json *list, struct str email)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(list);
    struct str domain = str_from(email, str_find(email, '@'));
    for (json *item; (item = yyjson_arr_iter_next(&items));) {
        struct str pattern = unicode_fold(ctx->arena, json_str(item));
        if (pattern.n && is_like(pattern.p[0] == '@' ? domain : email, pattern))
            return true;
    }
    return false;
}

enum err policy_check_email(struct ctx *ctx, struct str given)
{
    struct policy policy;
    if (!given.n)
        return OK;
    enum err err = policy_load(ctx, &policy);
    if (err)
        return err;
    struct str email = unicode_fold(ctx->arena, given);
    if (!email.p)
        return fail(ctx, ERR_NO_MEMORY);
    json *allowed = json_get(policy.blocklist, STR("customAllowlist"));
    struct str local = {email.p, str_find(email, '@')};
    if (yyjson_get_bool(json_get(policy.blocklist, STR("blockSubaddressing"))) &&
        str_find(local, '+') < local.n)
        return fail(ctx, ERR_EMAIL_SUBADDRESSING);
    if ((yyjson_arr_size(allowed) && !is_listed(ctx, allowed, email)) ||
        is_listed(ctx, json_get(policy.blocklist, STR("customBlocklist")), email))
        return fail(ctx, ERR_EMAIL_REFUSED);
    return OK;
}

enum err policy_check_own_email(struct ctx *ctx, struct str email)
{
    enum err err = sso_check_free(ctx, email);
    return err ? err : policy_check_email(ctx, email);
}

/* ---- Usernames ---- */

/* The characters of which none may be there unless the policy allows them. */
static const struct {
    struct str name;
    char first, last;
    enum err refusal;
} characters[] = {
    {STR_INIT("uppercase"), 'A', 'Z', ERR_USERNAME_UPPERCASE},
    {STR_INIT("lowercase"), 'a', 'z', ERR_USERNAME_LOWERCASE},
    {STR_INIT("numbers"), '0', '9', ERR_USERNAME_NUMBERS},
    {STR_INIT("underscore"), '_', '_', ERR_USERNAME_UNDERSCORE},
};

static bool has_of(struct str text, char first, char last)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= first && text.p[i] <= last)
            return true;
    return false;
}

enum err policy_check_username(struct ctx *ctx, struct str username)
{
    struct policy policy;
    size_t least = 1, most = 128;
    enum err err = policy_load(ctx, &policy);
    if (err)
        return err;
    read_size(policy.username, STR("minLength"), &least);
    read_size(policy.username, STR("maxLength"), &most);
    if (username.n < least)
        return fail(ctx, ERR_USERNAME_SHORT);
    if (username.n > most)
        return fail(ctx, ERR_USERNAME_LONG);
    json *allowed = json_get(policy.username, STR("allowedChars"));
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        if (yyjson_is_false(json_get(allowed, characters[i].name)) &&
            has_of(username, characters[i].first, characters[i].last))
            return fail(ctx, characters[i].refusal);
    return OK;
}
