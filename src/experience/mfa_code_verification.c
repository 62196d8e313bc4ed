/* Codes as second factors: sent to the address or the number that the user has. */
#include "domain/verification_codes.h"
#include "experience/code_verification.h"
#include "experience/factor_verification.h"

VERIFICATION_KIND(mfa_email_verification) = {
    FACTOR_KIND("MfaEmailVerificationCode"),
    .proves = factor_own_proves,
    .factor = FACTOR_EMAIL,
};

VERIFICATION_KIND(mfa_phone_verification) = {
    FACTOR_KIND("MfaPhoneVerificationCode"),
    .proves = factor_own_proves,
    .factor = FACTOR_PHONE,
};

static const struct verification_kind *kind_for(struct str type)
{
    return str_eq(type, STR("email")) ? &mfa_email_verification : &mfa_phone_verification;
}

static struct str asked_type(const struct ctx *ctx)
{
    return json_str(ctx_body(ctx, STR("identifierType")));
}

static void audit(struct ctx *ctx, const struct experience *experience, const char *action,
                  enum err err)
{
    struct str step = arena_printf(ctx->arena, "Verification.%.*s.%s",
                                   STR_ARG(kind_for(asked_type(ctx))->type), action);
    if (experience->interaction.uid.p && step.p)
        experience_audit(ctx, experience, step.p, err);
}

/* ---- Sending ---- */

static enum err send_steps(struct ctx *ctx, struct experience *experience)
{
    const struct factor_policy policy = {0};
    struct factor_user user;
    struct str type = asked_type(ctx);
    bool by_email = str_eq(type, STR("email"));
    enum err err = experience_load(ctx, experience);
    if (err)
        return err;
    if (!experience->user_id.p)
        return fail(ctx, ERR_MFA_NOBODY);
    if ((err = factor_user_load(ctx, &policy, experience->user_id, &user)))
        return err;
    struct factor_own own = {.user_id = experience->user_id};
    struct verification made = {.kind = kind_for(type),
                                .identifier_type = type,
                                .identifier = by_email ? user.email : user.phone,
                                .own = &own};
    if (!made.identifier.p)
        return fail(ctx, ERR_MFA_FACTOR_NOT_ENABLED);
    if ((err = mfa_check_factor(ctx, made.kind->factor)) ||
        (err = experience_send_code(ctx, experience, &made, "MfaVerification", false)))
        return err;
    return experience_answer_verification(ctx, made.id);
}

static enum err send_handle(struct ctx *ctx)
{
    struct experience experience = {0};
    enum err err = send_steps(ctx, &experience);
    audit(ctx, &experience, "Create", err);
    return err;
}

/* ---- Showing ---- */

static enum err verify_steps(struct ctx *ctx, struct experience *experience)
{
    struct str type = asked_type(ctx), id = json_str(ctx_body(ctx, STR("verificationId")));
    struct verification *what;
    struct factor_own *own;
    enum err err = experience_load(ctx, experience);
    if (err || (err = factor_get(ctx, experience, kind_for(type), id, &what, &own)) ||
        (err = mfa_may_try(ctx, experience)))
        return err;
    err = code_use(ctx, what->id, what->identifier, str_eq(type, STR("phone")),
                   json_str(ctx_body(ctx, STR("code"))));
    if (err == ERR_CODE_WRONG)
        return mfa_failed(ctx, experience, err);
    if (err)
        return err;
    what->verified = true;
    if ((err = mfa_succeeded(ctx, experience)) || (err = experience_save(ctx, experience)))
        return err;
    return experience_answer_verification(ctx, what->id);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct experience experience = {0};
    enum err err = verify_steps(ctx, &experience);
    audit(ctx, &experience, "Submit", err);
    return err;
}

/* ---- Rows ---- */

static const char *const types[] = {"email", "phone", NULL};

#define TYPE                                                                                       \
    {                                                                                              \
        .name = STR_INIT("identifierType"), .type = FIELD_ENUM,                                    \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .options = types,                                  \
        .doc = "Where the user gets the code."                                                     \
    }

static const struct field send_body[] = {TYPE, FIELDS_END};

static const struct field verify_body[] = {
    TYPE,
    CODE_FIELDS("Names the verification."),
    FIELDS_END,
};

ROUTES(mfa_code_verification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/mfa-verification-code", RUN_WRITE, send_body,
                     send_handle, "Send a code as a second factor"),
     EXPERIENCE_VERIFICATION},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/mfa-verification-code/verify", RUN_WRITE,
                     verify_body, verify_handle, "Verify the code of a second factor"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
