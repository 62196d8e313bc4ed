/* Second factors of tenants and users. */
#include "experience/factor.h"

#include "domain/sign_in_experience.h"
#include "domain/users.h"
#include "domain/users_mfa.h"

const char *const factor_names[] = {
    MFA_WEBAUTHN,    MFA_TOTP, "PhoneVerificationCode", "EmailVerificationCode",
    MFA_BACKUP_CODE, NULL};

bool factor_find(struct str name, enum factor *out)
{
    for (size_t i = 0; i < FACTORS; i++) {
        if (!str_eq(name, str_of(factor_names[i])))
            continue;
        *out = (enum factor)i;
        return true;
    }
    return false;
}

void factor_put_names(struct json_out *out, factor_set set)
{
    json_open_array(out);
    for (size_t i = 0; i < FACTORS; i++)
        if (set & factor_in((enum factor)i))
            json_put_str(out, str_of(factor_names[i]));
    json_close_array(out);
}

/* ---- The tenant's ---- */

static const struct {
    const char *name;
    bool mandatory, no_prompt, only_at_sign_in;
} policies[] = {
    {"Mandatory", true, false, false},
    {"NoPrompt", false, true, false},
    {"PromptOnlyAtSignIn", false, false, true},
    {"PromptAtSignInAndSignUp", false, false, false},
    {"UserControlled", false, false, false},
    {"PromptOnlyAtSignInMandatory", true, false, true},
    {"PromptAtSignInAndSignUpMandatory", true, false, false},
};

static void read_policy(struct str name, struct factor_policy *out)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (!str_eq(name, str_of(policies[i].name)))
            continue;
        out->mandatory = policies[i].mandatory;
        out->no_prompt = policies[i].no_prompt;
        out->only_at_sign_in = policies[i].only_at_sign_in;
    }
}

static factor_set read_factors(json *list)
{
    factor_set set = 0;
    size_t index, max;
    json *each;
    yyjson_arr_foreach(list, index, max, each)
    {
        enum factor factor;
        if (factor_find(json_str(each), &factor))
            set |= factor_in(factor);
    }
    return set;
}

/* "email", "phone" or "emailOrPhone" */
static factor_set sign_up_factor(struct str identifier)
{
    factor_set email = factor_in(FACTOR_EMAIL), phone = factor_in(FACTOR_PHONE);
    if (str_eq(identifier, STR("emailOrPhone")))
        return email | phone;
    if (str_eq(identifier, STR("email")))
        return email;
    return str_eq(identifier, STR("phone")) ? phone : 0;
}

static factor_set read_sign_up(json *sign_up)
{
    factor_set set = 0;
    size_t index, max;
    json *each;
    yyjson_arr_foreach(json_get(sign_up, STR("identifiers")), index, max, each)
    {
        set |= sign_up_factor(json_str(each));
    }
    yyjson_arr_foreach(json_get(sign_up, STR("secondaryIdentifiers")), index, max, each)
    {
        set |= sign_up_factor(json_str(json_get(each, STR("identifier"))));
    }
    return set;
}

enum err factor_policy_load(struct ctx *ctx, struct factor_policy *out)
{
    struct db_rows rows;
    json *mfa, *passkeys, *sign_up;
    *out = (struct factor_policy){0};
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err || (err = sign_in_experience_json(ctx, &rows, STR("mfa"), &mfa)) ||
        (err = sign_in_experience_json(ctx, &rows, STR("passkeySignIn"), &passkeys)) ||
        (err = sign_in_experience_json(ctx, &rows, STR("signUp"), &sign_up)))
        return err;
    out->factors = read_factors(json_get(mfa, STR("factors")));
    read_policy(json_str(json_get(mfa, STR("policy"))), out);
    out->organizations =
        str_eq(json_str(json_get(mfa, STR("organizationRequiredMfaPolicy"))), STR("Mandatory"));
    out->passkeys = yyjson_is_true(json_get(passkeys, STR("enabled")));
    out->passkey_button =
        out->passkeys && yyjson_is_true(json_get(passkeys, STR("showPasskeyButton")));
    out->sign_up = read_sign_up(sign_up);
    out->passkey_offer = out->passkeys;
    if (ctx->tenant->tag == TENANT_ADMIN) { /* operators make them in the console, if they like */
        out->passkeys = out->passkey_button = true;
        out->passkey_offer = false;
    }
    return OK;
}

/* ---- A user's ---- */

#define USER_SQL                                                                                   \
    "SELECT u.primary_email, u.primary_phone, u.logto_config, (SELECT COUNT(*) FROM"               \
    " organization_users m JOIN organizations o ON o.id = m.organization_id"                       \
    " WHERE m.user_id = u.id AND o.is_mfa_required = 1) FROM users u WHERE u.id = $1"

static void read_settled(json *config, struct factor_user *out)
{
    json *mfa = json_get(config, STR("mfa")), *passkey = json_get(config, STR("passkeySignIn"));
    json *enabled = json_get(mfa, STR("enabled"));
    out->enabled_known = enabled != NULL;
    out->enabled = yyjson_is_true(enabled);
    out->skipped = yyjson_is_true(json_get(mfa, STR("skipped")));
    out->skips_at_sign_in = yyjson_is_true(json_get(mfa, STR("skipMfaOnSignIn")));
    out->suggestion_skipped =
        yyjson_is_true(json_get(mfa, STR("additionalBindingSuggestionSkipped")));
    out->passkey_skipped = yyjson_is_true(json_get(passkey, STR("skipped")));
}

static enum err read_user(struct ctx *ctx, const struct factor_policy *policy, struct str user_id,
                          struct factor_user *out)
{
    struct db_rows rows;
    json *config;
    enum err err =
        db_query(ctx->db, USER_SQL, DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err || !rows.count)
        return fail(ctx, err ? err : ERR_NOT_FOUND);
    if (json_parse(ctx->arena, db_text(&rows, 0, 2), &config, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    out->email = db_text(&rows, 0, 0);
    out->phone = db_text(&rows, 0, 1);
    out->required = policy->organizations && db_int(&rows, 0, 3) > 0;
    read_settled(config, out);
    return OK;
}

/* Backup codes that are used up are none. */
static enum err read_factor(struct ctx *ctx, const struct db_rows *rows, size_t row,
                            factor_set *set)
{
    enum factor factor;
    json *opened;
    if (!factor_find(db_text(rows, row, MFA_TYPE), &factor))
        return OK;
    if (factor == FACTOR_BACKUP_CODE) {
        enum err err = user_mfa_open(ctx, rows, row, &opened);
        if (err || mfa_remaining_codes(opened) == 0)
            return err;
    }
    *set |= factor_in(factor);
    return OK;
}

enum err factor_user_load(struct ctx *ctx, const struct factor_policy *policy, struct str user_id,
                          struct factor_user *out)
{
    struct db_rows rows;
    factor_set set = 0;
    *out = (struct factor_user){0};
    enum err err = read_user(ctx, policy, user_id, out);
    if (!err && (err = user_mfa_list(ctx, user_id, &rows)))
        return fail(ctx, err);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = read_factor(ctx, &rows, i, &set);
    if (err)
        return err;
    out->passkey = set & factor_in(FACTOR_WEBAUTHN);
    if (out->email.p)
        set |= factor_in(FACTOR_EMAIL);
    if (out->phone.p)
        set |= factor_in(FACTOR_PHONE);
    out->factors = set & policy->factors;
    return OK;
}
