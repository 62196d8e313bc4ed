/* /api/experience/profile/mfa: factors that the user is to get, and what they decline. */
#include "experience/passkey.h"
#include "experience/policy.h"

static enum err load_known(struct ctx *ctx, struct experience *out)
{
    enum err err = experience_load(ctx, out);
    if (err)
        return err;
    if (out->event == EVENT_FORGOT_PASSWORD)
        return fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD);
    if (!out->user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    return OK;
}

static enum err load(struct ctx *ctx, struct experience *out)
{
    enum err err = load_known(ctx, out);
    return err ? err : mfa_check_verified(ctx, out);
}

/* Factors are for who has shown theirs in this sign-in, if they have some. */
static enum err load_for_factor(struct ctx *ctx, struct experience *out)
{
    enum err err = load_known(ctx, out);
    return err ? err : mfa_check_shown(ctx, out);
}

static enum err enabled_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load(ctx, &experience);
    experience.mfa.enabled = true;
    return err ? err : experience_save(ctx, &experience);
}

static enum err skipped_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load(ctx, &experience);
    if (err || (err = mfa_check_optional(ctx, &experience)))
        return err;
    experience.mfa.skipped = true;
    return experience_save(ctx, &experience);
}

static enum err suggestion_skipped_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load(ctx, &experience);
    experience.mfa.suggestion_skipped = true;
    return err ? err : experience_save(ctx, &experience);
}

static enum err passkey_skipped_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load(ctx, &experience);
    experience.mfa.passkey_skipped = true;
    return err ? err : experience_save(ctx, &experience);
}

static enum err trust_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load(ctx, &experience);
    if (err || (err = mfa_check_trust(ctx, &experience)))
        return err;
    experience.mfa.trusts = true;
    return experience_save(ctx, &experience);
}

/* ---- Taking a new factor ---- */

/* In place of one of its kind; passkeys stand beside each other. */
static enum err add(struct ctx *ctx, struct mfa *mfa, enum factor factor, struct str sealed)
{
    size_t i = 0;
    while (i < mfa->count &&
           (mfa->pending[i].factor != factor ||
            (factor == FACTOR_WEBAUTHN && !str_eq(mfa->pending[i].sealed, sealed))))
        i++;
    if (i == MFA_MAX_PENDING)
        return fail(ctx, ERR_MFA_WEBAUTHN);
    if (i == mfa->count)
        mfa->count++;
    mfa->pending[i] = (struct pending_factor){factor, sealed};
    return OK;
}

static enum err check_first_totp(struct ctx *ctx, const struct experience *experience)
{
    struct db_rows rows;
    enum err err = user_mfa_list(ctx, experience->user_id, &rows);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; i < rows.count; i++)
        if (str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_TOTP)))
            return fail(ctx, ERR_USER_TOTP);
    return OK;
}

static enum err check_not_alone(struct ctx *ctx, const struct experience *experience)
{
    bool other = false;
    enum err err = mfa_has_any(ctx, experience, FACTOR_PRIMARY, &other);
    return err || other ? err : fail(ctx, ERR_USER_BACKUP_CODES_ALONE);
}

/* Backup codes are shown, not verified. */
static const struct {
    enum factor factor;
    const struct verification_kind *kind;
    bool verified;
    enum err (*check)(struct ctx *ctx, const struct experience *experience);
} own_factors[] = {
    {FACTOR_TOTP, &totp_verification, true, check_first_totp},
    {FACTOR_WEBAUTHN, &web_authn_verification, true, NULL},
    {FACTOR_BACKUP_CODE, &backup_code_verification, false, check_not_alone},
};

static enum err bind_own(struct ctx *ctx, struct experience *experience, size_t row, struct str id)
{
    struct verification *what;
    struct factor_own *own;
    enum err err = factor_get(ctx, experience, own_factors[row].kind, id, &what, &own);
    if (err)
        return err;
    if (own_factors[row].verified && !what->verified)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    if (!own->sealed.p)
        return fail(ctx, ERR_MFA_NO_PENDING);
    if ((err = mfa_check_factor(ctx, own_factors[row].factor)) ||
        (own_factors[row].check && (err = own_factors[row].check(ctx, experience))))
        return err;
    return add(ctx, &experience->mfa, own_factors[row].factor, own->sealed);
}

/* An address that codes are sent to is a factor as soon as the user has it. */
static enum err bind_address(struct ctx *ctx, struct experience *experience, enum factor factor,
                             struct str id)
{
    const struct verification_kind *kind = verification_kind_find(str_of(factor_names[factor]));
    struct verification *what;
    if (!kind || !kind->profile)
        return fail(ctx, ERR_VERIFICATION_NOT_FOUND);
    enum err err = experience_get_kind(ctx, experience, kind, id, &what);
    if (err || (err = mfa_check_factor(ctx, factor)))
        return err;
    struct profile gained = {0};
    if ((err = policy_check_own_email(ctx, verification_email(what))) ||
        (err = kind->profile(ctx, what, &gained)) || (err = profile_check_free(ctx, &gained)))
        return err;
    if (gained.email.p)
        experience->profile.email = gained.email;
    if (gained.phone.p)
        experience->profile.phone = gained.phone;
    return OK;
}

static enum err bind(struct ctx *ctx, struct experience *experience, enum factor factor,
                     struct str id)
{
    for (size_t i = 0; i < sizeof own_factors / sizeof *own_factors; i++)
        if (own_factors[i].factor == factor)
            return bind_own(ctx, experience, i, id);
    return bind_address(ctx, experience, factor, id);
}

static enum err bind_handle(struct ctx *ctx)
{
    struct experience experience;
    enum factor factor;
    enum err err = load_for_factor(ctx, &experience);
    if (err)
        return err;
    if (!factor_find(json_str(ctx_body(ctx, STR("type"))), &factor))
        return fail(ctx, ERR_INTERNAL);
    err = bind(ctx, &experience, factor, json_str(ctx_body(ctx, STR("verificationId"))));
    if (!err) {
        experience.mfa.enabled = true;
        err = experience_save(ctx, &experience);
    }
    experience_audit(ctx, &experience, "BindMfa.Submit", err);
    return err;
}

static enum err passkey_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = load_for_factor(ctx, &experience);
    if (err)
        return err;
    err = bind(ctx, &experience, FACTOR_WEBAUTHN, json_str(ctx_body(ctx, STR("verificationId"))));
    return err ? err : experience_save(ctx, &experience);
}

/* ---- Rows ---- */

/* In the order that Logto's refusals name them. */
static const char *const types[] = {
    MFA_TOTP, MFA_WEBAUTHN, MFA_BACKUP_CODE, "EmailVerificationCode", "PhoneVerificationCode",
    NULL};

#define VERIFICATION_ID                                                                            \
    {                                                                                              \
        .name = STR_INIT("verificationId"), .type = FIELD_STRING,                                  \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .doc = "The verification of the new factor."       \
    }
static const struct field bind_body[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "Kind of factor."},
    VERIFICATION_ID,
    FIELDS_END,
};
static const struct field passkey_body[] = {VERIFICATION_ID, FIELDS_END};

#define SAID(path_text, function, text)                                                            \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT("/api/experience/profile/mfa/" path_text),         \
        .guard = GUARD_OWN_PAGE, .run = RUN_WRITE, .status = 204, .reply = REPLY_EMPTY,            \
        .summary = text, .handle = function                                                        \
    }

ROUTES(mfa_steps) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/profile/mfa", RUN_WRITE, bind_body, bind_handle,
                     "Take a verified new factor"),
     EXPERIENCE_EMPTY},
    {EXPERIENCE_STEP(HTTP_M_POST, "/profile/mfa/passkey", RUN_WRITE, passkey_body, passkey_handle,
                     "Take a verified new passkey to sign in with"),
     EXPERIENCE_EMPTY},
    SAID("mfa-enabled", enabled_handle, "Want second factors"),
    SAID("mfa-skipped", skipped_handle, "Decline to set up a second factor"),
    SAID("mfa-suggestion-skipped", suggestion_skipped_handle, "Decline a further factor"),
    SAID("trusted-device", trust_handle, "Want no second factor in this browser for a while"),
    SAID("passkey-skipped", passkey_skipped_handle, "Decline to make a passkey"),
    ROUTES_END,
};
