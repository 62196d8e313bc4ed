/* Signing in with a passkey: of a user who has been named, or of whoever holds it. */
#include "experience/identifier.h"
#include "experience/passkey.h"

static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    const struct factor_own *own = what->own;
    struct factor_policy policy;
    enum err err = factor_policy_load(ctx, &policy);
    if (err)
        return err;
    if (!policy.passkeys)
        return fail(ctx, ERR_USER_SIGN_IN_METHOD);
    if (!what->verified || !own->user_id.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    bool by_enterprise;
    if ((err = user_sso_has(ctx, own->user_id, &by_enterprise)))
        return err;
    *user_id = own->user_id;
    return by_enterprise ? fail(ctx, ERR_PASSKEY_SSO) : OK;
}

VERIFICATION_KIND(sign_in_passkey_verification) = {
    FACTOR_KIND("SignInPasskey"),
    .identify = identify,
};

bool passkey_has_signed_in(const struct experience *experience)
{
    for (size_t i = 0; i < experience->count; i++)
        if (verification_is(&experience->verifications[i], &sign_in_passkey_verification))
            return factor_own_proves(&experience->verifications[i], experience->user_id);
    return false;
}

/* ---- Beginning ---- */

/* Before the sign-in has begun, so that the browser may offer passkeys at once. */
static enum err preflight_handle(struct ctx *ctx)
{
    struct experience experience;
    struct json_out *out = &ctx->answer.json;
    enum err err = experience_find(ctx, &experience);
    ctx->answer.no_store = true;
    if (err || (err = passkey_challenge(ctx, &experience.mfa.challenge)) ||
        (err = experience_save(ctx, &experience)))
        return err;
    json_open_object(out);
    err = passkey_put_authentication(ctx, STR_NONE, experience.mfa.challenge);
    json_close_object(out);
    return err;
}

static enum err begin_handle(struct ctx *ctx)
{
    struct experience experience;
    struct account account;
    struct factor_own own = {0};
    struct verification what = {.kind = &sign_in_passkey_verification, .own = &own};
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct json_out *out = &ctx->answer.json;
    enum err err = experience_load(ctx, &experience);
    ctx->answer.no_store = true;
    if (err || (err = identifier_find_user(ctx, json_str(json_get(identifier, STR("type"))),
                                           json_str(json_get(identifier, STR("value"))), &account)))
        return err;
    own.user_id = account.id;
    if ((err = passkey_check_exists(ctx, account.id)) ||
        (err = passkey_challenge(ctx, &own.challenge)) ||
        (err = experience_add(ctx, &experience, &what)))
        return err;
    json_open_object(out);
    JSON_STR(out, "verificationId", what.id);
    err = passkey_put_authentication(ctx, own.user_id, own.challenge);
    json_close_object(out);
    return err;
}

/* ---- The answer ---- */

/* What was begun, with its challenge taken out: it is good for one answer. */
static enum err take(struct ctx *ctx, struct experience *experience, struct factor_own *own,
                     struct str *challenge)
{
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    struct verification *what;
    if (!id.n) {
        *challenge = experience->mfa.challenge;
        experience->mfa.challenge = STR_NONE;
        return challenge->p ? OK : fail(ctx, ERR_VERIFICATION_NOT_FOUND);
    }
    enum err err = experience_get_kind(ctx, experience, &sign_in_passkey_verification, id, &what);
    if (err)
        return err;
    struct factor_own *begun = what->own;
    *challenge = begun->challenge;
    begun->challenge = STR_NONE;
    own->user_id = begun->user_id;
    return challenge->p ? OK : fail(ctx, ERR_PASSKEY_NO_PENDING);
}

static enum err assert_any(struct ctx *ctx, struct factor_own *own, struct str challenge)
{
    struct db_rows rows;
    json *payload = ctx_body(ctx, STR("payload"));
    enum err err = user_mfa_find_credential(ctx, json_str(json_get(payload, STR("id"))), &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_PASSKEY_UNKNOWN);
    struct str user_id = db_text(&rows, 0, MFA_USER);
    if (own->user_id.p && !str_eq(own->user_id, user_id))
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    own->user_id = user_id;
    return passkey_assert(ctx, &rows, challenge, payload);
}

static enum err verify(struct ctx *ctx, struct experience *experience)
{
    struct str challenge;
    struct factor_own own = {0};
    struct verification made = {
        .kind = &sign_in_passkey_verification, .verified = true, .own = &own};
    enum err err = mfa_may_try(ctx, experience);
    if (err || (err = take(ctx, experience, &own, &challenge)))
        return err;
    err = assert_any(ctx, &own, challenge);
    if (err == ERR_MFA_WEBAUTHN || err == ERR_PASSKEY_UNKNOWN || err == ERR_IDENTITY_CONFLICT)
        return mfa_failed(ctx, experience, err);
    experience->captcha_skipped = true;
    if (err || (err = experience_add(ctx, experience, &made)))
        return err;
    return experience_answer_verification(ctx, made.id);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event != EVENT_SIGN_IN)
        return fail(ctx, ERR_INVALID_INTERACTION);
    err = verify(ctx, &experience);
    experience_audit(ctx, &experience, "Verification.SignInPasskey.Submit", err);
    return err;
}

/* ---- Rows ---- */

static const struct field begin_body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = identifier_fields,
     .doc = "Who signs in."},
    FIELDS_END,
};

static const struct field verify_body[] = {
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "What was begun; missing: it was begun for nobody in particular."},
    {.name = STR_INIT("payload"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = passkey_assertion_fields,
     .doc = "What the browser's script got."},
    FIELDS_END,
};

#define OPTIONS                                                                                    \
    {                                                                                              \
        .name = STR_INIT("authenticationOptions"), .type = FIELD_MAP,                              \
        .doc = "For `navigator.credentials.get`, bytes as base64url."                              \
    }
static const struct field preflight_reply[] = {OPTIONS, FIELDS_END};
static const struct field begin_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    OPTIONS,
    FIELDS_END,
};

ROUTES(sign_in_passkey) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/experience/preflight/sign-in-passkey/authentication"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = preflight_reply,
     .summary = "Begin to sign in with any passkey",
     .handle = preflight_handle},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/sign-in-passkey/authentication", RUN_WRITE,
                     begin_body, begin_handle, "Begin to sign in with a passkey of a named user"),
     .status = 200, .reply = REPLY_OBJECT, .reply_fields = begin_reply},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/sign-in-passkey/authentication/verify", RUN_WRITE,
                     verify_body, verify_handle, "Sign in with a passkey"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
