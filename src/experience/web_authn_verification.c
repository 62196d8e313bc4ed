/* Passkeys as second factors: a new one, and one that the user has. */
#include "experience/passkey.h"

VERIFICATION_KIND(web_authn_verification) = {
    FACTOR_KIND("WebAuthn"),
    .proves = factor_own_proves,
    .factor = FACTOR_WEBAUTHN,
};

static enum err begin(struct ctx *ctx, bool registers)
{
    struct experience experience;
    struct factor_own own = {.registers = registers};
    struct verification what = {.kind = &web_authn_verification, .own = &own};
    struct json_out *out = &ctx->answer.json;
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    own.user_id = experience.user_id;
    if ((!registers && (err = passkey_check_exists(ctx, own.user_id))) ||
        (err = passkey_challenge(ctx, &own.challenge)) ||
        (err = experience_add(ctx, &experience, &what)))
        return err;
    json_open_object(out);
    JSON_STR(out, "verificationId", what.id);
    err = registers ? passkey_put_registration(ctx, own.user_id, own.challenge)
                    : passkey_put_authentication(ctx, own.user_id, own.challenge);
    json_close_object(out);
    return err;
}

static enum err registration_handle(struct ctx *ctx)
{
    return begin(ctx, true);
}

static enum err authentication_handle(struct ctx *ctx)
{
    return begin(ctx, false);
}

/* A challenge is good for one answer. */
static enum err take(struct ctx *ctx, struct experience *experience, bool registers,
                     struct verification **what, struct factor_own **own, struct str *challenge)
{
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    enum err err = factor_get(ctx, experience, &web_authn_verification, id, what, own);
    if (err)
        return err;
    if (!(*own)->challenge.p || (*own)->registers != registers)
        return fail(ctx, ERR_MFA_NO_PENDING);
    *challenge = (*own)->challenge;
    (*own)->challenge = STR_NONE;
    return OK;
}

static enum err register_steps(struct ctx *ctx, struct experience *experience)
{
    struct verification *what;
    struct factor_own *own;
    struct str challenge, data;
    enum err err = take(ctx, experience, true, &what, &own, &challenge);
    if (err || (err = passkey_register(ctx, challenge, ctx_body(ctx, STR("payload")), &data)) ||
        (err = mfa_seal(ctx, experience, data, &own->sealed)))
        return err;
    what->verified = true;
    err = experience_save(ctx, experience);
    return err ? err : experience_answer_verification(ctx, what->id);
}

static enum err registration_verify_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    err = register_steps(ctx, &experience);
    experience_audit(ctx, &experience, "Verification.WebAuthn.Submit", err);
    return err;
}

/* By a passkey of this user. */
static enum err assert_own(struct ctx *ctx, struct str user_id, struct str challenge)
{
    struct db_rows rows;
    json *payload = ctx_body(ctx, STR("payload"));
    enum err err = user_mfa_find_credential(ctx, json_str(json_get(payload, STR("id"))), &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count || !str_eq(db_text(&rows, 0, MFA_USER), user_id))
        return fail(ctx, ERR_MFA_WEBAUTHN);
    return passkey_assert(ctx, &rows, challenge, payload);
}

static enum err authenticate_steps(struct ctx *ctx, struct experience *experience)
{
    struct verification *what;
    struct factor_own *own;
    struct str challenge;
    enum err err = mfa_may_try(ctx, experience);
    if (err || (err = take(ctx, experience, false, &what, &own, &challenge)))
        return err;
    err = assert_own(ctx, experience->user_id, challenge);
    if (err == ERR_MFA_WEBAUTHN)
        return mfa_failed(ctx, experience, err);
    if (err || (err = mfa_succeeded(ctx, experience)))
        return err;
    what->verified = true;
    err = experience_save(ctx, experience);
    return err ? err : experience_answer_verification(ctx, what->id);
}

static enum err authentication_verify_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    err = authenticate_steps(ctx, &experience);
    experience_audit(ctx, &experience, "Verification.WebAuthn.Submit", err);
    return err;
}

/* ---- Rows ---- */

#define BODY(payload_fields)                                                                       \
    {.name = STR_INIT("verificationId"),                                                           \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_CREATE | FIELD_REQUIRED,                                                       \
     .doc = "What was begun."},                                                                    \
        {.name = STR_INIT("payload"),                                                              \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_CREATE | FIELD_REQUIRED,                                                   \
         .fields = payload_fields,                                                                 \
         .doc = "What the browser's script got."},                                                 \
        FIELDS_END

static const struct field registration_body[] = {BODY(passkey_registration_fields)};
static const struct field assertion_body[] = {BODY(passkey_assertion_fields)};

static const struct field registration_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    {.name = STR_INIT("registrationOptions"),
     .type = FIELD_MAP,
     .doc = "For `navigator.credentials.create`, bytes as base64url."},
    FIELDS_END,
};
static const struct field authentication_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    {.name = STR_INIT("authenticationOptions"),
     .type = FIELD_MAP,
     .doc = "For `navigator.credentials.get`, bytes as base64url."},
    FIELDS_END,
};

#define BEGIN(path_text, fields, function, text)                                                   \
    {                                                                                              \
        .method = HTTP_M_POST,                                                                     \
        .path = STR_INIT("/api/experience/verification/web-authn/" path_text),                     \
        .guard = GUARD_OWN_PAGE, .run = RUN_WRITE, .status = 200, .reply = REPLY_OBJECT,           \
        .reply_fields = fields, .summary = text, .handle = function                                \
    }

ROUTES(web_authn_verification) = {
    BEGIN("registration", registration_reply, registration_handle, "Begin to make a passkey"),
    BEGIN("authentication", authentication_reply, authentication_handle,
          "Begin to verify a passkey of the user"),
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/web-authn/registration/verify", RUN_WRITE,
                     registration_body, registration_verify_handle, "Verify a new passkey"),
     EXPERIENCE_VERIFICATION},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/web-authn/authentication/verify", RUN_WRITE,
                     assertion_body, authentication_verify_handle, "Verify a passkey of the user"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
