/* Rules about second factors: who must show one, who must have one, who is asked to get one. */
#include "domain/trusted_devices.h"
#include "domain/users.h"
#include "domain/users_mfa.h"
#include "experience/experience.h"
#include "experience/passkey.h"

struct situation {
    struct factor_policy policy;
    struct factor_user user;
    factor_set pending;
};

static enum err load(struct ctx *ctx, const struct experience *experience, struct situation *out)
{
    const struct mfa *mfa = &experience->mfa;
    if (!experience->user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    enum err err = factor_policy_load(ctx, &out->policy);
    if (!err)
        err = factor_user_load(ctx, &out->policy, experience->user_id, &out->user);
    if (err)
        return err;
    out->pending = 0;
    for (size_t i = 0; i < mfa->count; i++)
        out->pending |= factor_in(mfa->pending[i].factor);
    if (experience->profile.email.p)
        out->pending |= factor_in(FACTOR_EMAIL) & out->policy.factors;
    if (experience->profile.phone.p)
        out->pending |= factor_in(FACTOR_PHONE) & out->policy.factors;
    return OK;
}

/* ---- What the pages need to go on ---- */

/* As Logto: four characters of a longer name, and the domain. */
static struct str mask_email(struct arena *arena, struct str email)
{
    size_t at = str_find(email, '@');
    return arena_printf(arena, "%.*s****%.*s", at > 4 ? 4 : 0, email.p,
                        STR_ARG(str_from(email, at)));
}

static struct str mask_phone(struct arena *arena, struct str phone)
{
    return arena_printf(arena, "****%.*s", STR_ARG(str_from(phone, phone.n > 4 ? phone.n - 4 : 0)));
}

static void put_masked(struct ctx *ctx, struct json_out *out, factor_set set,
                       const struct factor_user *user)
{
    json_key(out, STR("maskedIdentifiers"));
    json_open_object(out);
    if (set & factor_in(FACTOR_EMAIL) && user->email.p)
        JSON_STR(out, "EmailVerificationCode", mask_email(ctx->arena, user->email));
    if (set & factor_in(FACTOR_PHONE) && user->phone.p)
        JSON_STR(out, "PhoneVerificationCode", mask_phone(ctx->arena, user->phone));
    json_close_object(out);
}

static enum err fail_required(struct ctx *ctx, const struct factor_user *user)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    json_key(&out, STR("availableFactors"));
    factor_put_names(&out, user->factors);
    put_masked(ctx, &out, user->factors, user);
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_MFA_REQUIRED), buf_view(&buf));
}

static enum err fail_missing(struct ctx *ctx, factor_set factors, bool skippable)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    json_key(&out, STR("availableFactors"));
    factor_put_names(&out, factors);
    if (skippable)
        JSON_BOOL(&out, "skippable", true);
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_USER_MISSING_MFA), buf_view(&buf));
}

/* ---- Showing a factor ---- */

static bool is_required(const struct situation *at)
{
    bool declined = (at->user.enabled_known && !at->user.enabled) || at->user.skips_at_sign_in;
    return at->user.factors && (at->policy.mandatory || !declined);
}

/* The factors that this very user had before, and has shown. */
static factor_set shown(const struct experience *experience, const struct situation *at)
{
    factor_set set = 0;
    for (size_t i = 0; i < experience->count; i++) {
        const struct verification *what = &experience->verifications[i];
        if (what->verified && what->kind->proves &&
            at->user.factors & factor_in(what->kind->factor) &&
            what->kind->proves(what, experience->user_id))
            set |= factor_in(what->kind->factor);
    }
    return set;
}

/* Whether the sign-in would need a factor that it has not been shown. */
static bool needs_factor(const struct experience *experience, const struct situation *at)
{
    return experience->event == EVENT_SIGN_IN && is_required(at) &&
           !passkey_has_signed_in(experience) && !shown(experience, at);
}

static enum err check_shown(struct ctx *ctx, const struct experience *experience, bool trusts)
{
    struct situation at;
    struct str device = STR_NONE;
    if (experience->event != EVENT_SIGN_IN)
        return OK;
    enum err err = load(ctx, experience, &at);
    if (err || !needs_factor(experience, &at))
        return err;
    if (trusts && !at.pending)
        err = trusted_device_find(ctx, experience->user_id, &device);
    return err || device.p ? err : fail_required(ctx, &at.user);
}

enum err mfa_check_verified(struct ctx *ctx, const struct experience *experience)
{
    return check_shown(ctx, experience, true);
}

enum err mfa_check_shown(struct ctx *ctx, const struct experience *experience)
{
    return check_shown(ctx, experience, false);
}

/* ---- Trusting the browser ---- */

static bool is_worth_trust(const struct experience *experience, const struct situation *at)
{
    factor_set set = shown(experience, at);
    for (size_t i = 0; i < experience->mfa.count; i++)
        set |= factor_in(experience->mfa.pending[i].factor);
    return (set & FACTOR_PRIMARY) != 0;
}

enum err mfa_check_trust(struct ctx *ctx, const struct experience *experience)
{
    struct situation at;
    enum err err = load(ctx, experience, &at);
    return err || is_worth_trust(experience, &at) ? err : fail(ctx, ERR_MFA_REQUIRED);
}

enum err mfa_trust(struct ctx *ctx, struct experience *experience)
{
    struct situation at;
    struct str device;
    enum err err = load(ctx, experience, &at);
    if (err)
        return err;
    if (experience->mfa.trusts && is_worth_trust(experience, &at))
        return trusted_device_make(ctx, experience->user_id);
    if (!needs_factor(experience, &at) ||
        (err = trusted_device_find(ctx, experience->user_id, &device)) || !device.p)
        return err;
    return trusted_device_use(ctx, device);
}

/* ---- Having factors ---- */

enum err mfa_check_passkey(struct ctx *ctx, struct experience *experience)
{
    struct situation at;
    enum err err = load(ctx, experience, &at);
    bool declined = experience->mfa.passkey_skipped || at.user.passkey_skipped;
    if (err || !at.policy.passkey_offer || declined || at.user.passkey ||
        at.pending & factor_in(FACTOR_WEBAUTHN))
        return err;
    return fail(ctx, ERR_USER_PASSKEY_PREFERRED);
}

enum err mfa_check_factor(struct ctx *ctx, enum factor factor)
{
    struct factor_policy policy;
    enum err err = factor_policy_load(ctx, &policy);
    if (err || policy.factors & factor_in(factor) || (factor == FACTOR_WEBAUTHN && policy.passkeys))
        return err;
    return fail(ctx, ERR_MFA_FACTOR_NOT_ENABLED);
}

enum err mfa_check_optional(struct ctx *ctx, const struct experience *experience)
{
    struct situation at;
    enum err err = load(ctx, experience, &at);
    if (err)
        return err;
    return at.policy.mandatory || at.user.required ? fail(ctx, ERR_MFA_NOT_OPTIONAL) : OK;
}

enum err mfa_has_any(struct ctx *ctx, const struct experience *experience, factor_set set,
                     bool *has)
{
    struct situation at;
    enum err err = load(ctx, experience, &at);
    if (!err)
        *has = ((at.user.factors | at.pending) & set) != 0;
    return err;
}

/* Who may do without is asked once whether they want one. */
static enum err ask(struct ctx *ctx, struct experience *experience, const struct situation *at)
{
    bool enabled = experience->mfa.enabled || at->user.enabled;
    if (at->policy.mandatory || at->policy.no_prompt || at->user.required)
        return OK;
    if (experience->event == EVENT_REGISTER && at->policy.only_at_sign_in)
        return OK;
    if (experience->mfa.skipped || at->user.skipped || enabled)
        return OK;
    if (at->user.enabled_known ||
        !((at->user.factors | at->pending) & ~factor_in(FACTOR_BACKUP_CODE)))
        return fail(ctx, ERR_USER_SUGGEST_MFA);
    experience->mfa.enabled = true; /* of a user from before it was asked */
    return OK;
}

/* Codes to the address that signs in, or the passkey that does, are worth less beside it. */
static enum err suggest(struct ctx *ctx, const struct experience *experience,
                        const struct situation *at)
{
    factor_set has = at->user.factors | (at->pending & ~factor_in(FACTOR_BACKUP_CODE));
    factor_set could = at->policy.factors & FACTOR_PRIMARY;
    factor_set codes = factor_in(FACTOR_EMAIL) | factor_in(FACTOR_PHONE);
    bool passkey = has & factor_in(FACTOR_WEBAUTHN);
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    if (experience->mfa.suggestion_skipped || at->user.suggestion_skipped || !(could & ~has) ||
        has & codes & ~at->policy.sign_up ||
        has & (factor_in(FACTOR_TOTP) | factor_in(FACTOR_BACKUP_CODE)) ||
        (passkey && !at->policy.passkeys))
        return OK;
    json_open_object(&out);
    json_key(&out, STR("availableFactors"));
    factor_put_names(&out, could);
    put_masked(ctx, &out, has, &at->user);
    JSON_BOOL(&out, "isWebAuthnUsedAsSignInPasskey", at->policy.passkeys && passkey);
    JSON_BOOL(&out, "skippable", true);
    JSON_BOOL(&out, "suggestion", true);
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_MFA_SUGGESTED), buf_view(&buf));
}

static enum err must_have(struct ctx *ctx, const struct experience *experience,
                          const struct situation *at)
{
    bool must = at->policy.mandatory || at->user.required;
    factor_set has = at->user.factors | at->pending, could = at->policy.factors & FACTOR_PRIMARY;
    if (experience->event == EVENT_REGISTER && at->policy.only_at_sign_in)
        return OK;
    if (!must && (at->policy.no_prompt || experience->mfa.skipped || at->user.skipped))
        return OK;
    if (!(has & could))
        return fail_missing(ctx, could, !must);
    enum err err = suggest(ctx, experience, at);
    if (err)
        return err;
    if (at->policy.factors & ~has & factor_in(FACTOR_BACKUP_CODE))
        return fail(ctx, ERR_MFA_BACKUP_CODE_REQUIRED);
    return OK;
}

enum err mfa_check_fulfilled(struct ctx *ctx, struct experience *experience)
{
    struct situation at;
    enum err err = load(ctx, experience, &at);
    for (size_t i = 0; !err && i < experience->mfa.count; i++)
        err = mfa_check_factor(ctx, experience->mfa.pending[i].factor);
    if (err || at.policy.factors == 0)
        return err;
    err = ask(ctx, experience, &at);
    return err ? err : must_have(ctx, experience, &at);
}

/* ---- The end ---- */

static enum err write_factor(struct ctx *ctx, const struct experience *experience,
                             const struct pending_factor *pending)
{
    json *opened;
    enum err err = mfa_open(ctx, experience, pending->sealed, &opened);
    if (err)
        return err;
    struct str text = json_text(ctx->arena, opened);
    if (pending->factor == FACTOR_WEBAUTHN)
        return passkey_insert(ctx, experience->user_id, opened);
    if (pending->factor == FACTOR_BACKUP_CODE &&
        (err = user_mfa_delete_codes(ctx, experience->user_id)))
        return fail(ctx, err);
    err = user_mfa_insert(ctx, experience->user_id, str_of(factor_names[pending->factor]), text);
    return err ? fail(ctx, err) : OK;
}

/* What was declined at registration is asked again at the first sign-in. */
static struct str settled(struct ctx *ctx, const struct experience *experience)
{
    const struct mfa *mfa = &experience->mfa;
    struct buf buf = buf_new(ctx->arena, 512);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    if (mfa->enabled)
        JSON_BOOL(&out, "enabled", true);
    if (mfa->skipped)
        JSON_BOOL(&out, "skipped", true);
    if (mfa->suggestion_skipped)
        JSON_BOOL(&out, "additionalBindingSuggestionSkipped", true);
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err write_settled(struct ctx *ctx, const struct experience *experience)
{
    struct db_rows rows;
    json *config;
    struct str said = settled(ctx, experience);
    bool passkey = experience->mfa.passkey_skipped && experience->event == EVENT_SIGN_IN;
    if (str_eq(said, STR("{}")) && !passkey)
        return OK;
    enum err err = db_query(ctx->db, "SELECT logto_config FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(experience->user_id)), ctx->arena, &rows);
    if (err || !rows.count ||
        json_parse(ctx->arena, db_text(&rows, 0, 0), &config, NULL) != JSON_OK)
        return fail(ctx, err ? err : ERR_INTERNAL);
    json *old = json_get(config, STR("mfa"));
    struct str mfa = user_merge(ctx->arena, old ? json_text(ctx->arena, old) : STR("{}"), said);
    struct str change = arena_printf(ctx->arena, "{\"mfa\":%.*s%s}", STR_ARG(mfa),
                                     passkey ? ",\"passkeySignIn\":{\"skipped\":true}" : "");
    struct str text = user_merge(ctx->arena, db_text(&rows, 0, 0), change);
    if (!mfa.p || !change.p || !text.p)
        return fail(ctx, ERR_NO_MEMORY);
    err = db_exec(ctx->db, "UPDATE users SET logto_config = $1 WHERE id = $2",
                  DB_PARAMS(db_text_value(text), db_text_value(experience->user_id)), NULL);
    return err ? fail(ctx, err) : OK;
}

enum err mfa_write(struct ctx *ctx, struct experience *experience)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < experience->mfa.count; i++)
        err = write_factor(ctx, experience, &experience->mfa.pending[i]);
    return err ? err : write_settled(ctx, experience);
}
