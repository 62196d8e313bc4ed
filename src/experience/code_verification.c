/* /api/experience/verification/verification-code: a code is sent, and shown again. */
#include "experience/code_verification.h"

#include "domain/verification_codes.h"
#include "experience/identifier.h"
#include "experience/lockout.h"
#include "experience/policy.h"

static enum err check_verified(struct ctx *ctx, const struct verification *what)
{
    return what->verified ? OK : fail(ctx, ERR_VERIFICATION_FAILED);
}

static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    struct account account;
    enum err err = check_verified(ctx, what);
    if (err || (err = identifier_find_user(ctx, what->identifier_type, what->identifier, &account)))
        return err;
    *user_id = account.id;
    return account.id.p ? OK : identifier_unknown(ctx, what->identifier);
}

static enum err email_profile(struct ctx *ctx, const struct verification *what,
                              struct profile *profile)
{
    profile->email = what->identifier;
    return check_verified(ctx, what);
}

static enum err phone_profile(struct ctx *ctx, const struct verification *what,
                              struct profile *profile)
{
    profile->phone = what->identifier;
    return check_verified(ctx, what);
}

VERIFICATION_KIND(email_code_verification) = {
    .type = STR_INIT("EmailVerificationCode"),
    .identify = identify,
    .profile = email_profile,
};

VERIFICATION_KIND(phone_code_verification) = {
    .type = STR_INIT("PhoneVerificationCode"),
    .identify = identify,
    .profile = phone_profile,
};

static const struct verification_kind *kind_for(struct str type)
{
    return str_eq(type, STR("email")) ? &email_code_verification : &phone_code_verification;
}

/* ---- For all kinds with codes ---- */

static enum err send_for(struct ctx *ctx, const struct experience *experience,
                         const struct verification *what, const char *usage, bool pretend)
{
    json *params = experience->interaction.params;
    struct message message = {
        .usage = usage,
        .to = what->identifier,
        .by_phone = str_eq(what->identifier_type, STR("phone")),
        .application_id = experience->interaction.application_id,
        .organization_id = json_str(json_get(params, STR("organization_id"))),
    };
    struct str locales = json_str(json_get(params, STR("ui_locales")));
    if (locales.n)
        message.locale = str_split(&locales, ' ');
    return code_send(ctx, what->id, &message, pretend);
}

/* A code that was sent before stays good where no more of them are sent. */
static enum err restore(struct ctx *ctx, struct experience *experience,
                        const struct experience *before, enum err err)
{
    struct failure failure = ctx->failure;
    *experience = *before;
    enum err saved = experience_save(ctx, experience);
    if (saved)
        return saved;
    ctx->failure = failure;
    return err;
}

enum err experience_send_code(struct ctx *ctx, struct experience *experience,
                              struct verification *what, const char *usage, bool pretend)
{
    struct experience before = *experience;
    enum err err = experience_add(ctx, experience, what);
    if (!err)
        err = send_for(ctx, experience, what, usage, pretend);
    return err == ERR_MESSAGE_RATE ? restore(ctx, experience, &before, err) : err;
}

/* Wrong codes count against the account as wrong passwords do. */
enum err experience_use_code(struct ctx *ctx, struct experience *experience,
                             struct verification *what, struct str code)
{
    struct attempt attempt;
    enum err err = attempt_of(ctx, what->identifier, &attempt);
    if (err || (err = attempt_check(ctx, &attempt)))
        return err;
    attempt.type = what->identifier_type;
    err = code_use(ctx, what->id, what->identifier, str_eq(what->identifier_type, STR("phone")),
                   code);
    if (err == ERR_CODE_WRONG)
        return attempt_failed(ctx, &attempt, err);
    if (err)
        return err;
    what->verified = true;
    return experience_save(ctx, experience);
}

/* ---- The steps ---- */

/* Nobody is told by a message that there is no account: it is not sent where no use could be made
 * of it, and the answer is the same. */
static enum err ask_pretend(struct ctx *ctx, const struct experience *experience,
                            const struct verification *what, enum event event, bool *pretend)
{
    struct policy policy;
    struct account account;
    enum err err = policy_load(ctx, &policy);
    if (!err)
        err = identifier_find_user(ctx, what->identifier_type, what->identifier, &account);
    if (err)
        return err;
    bool closed = event == EVENT_FORGOT_PASSWORD ||
                  (event == EVENT_SIGN_IN && !policy.allows_register && !experience->user_id.p);
    *pretend = closed && !account.id.p;
    return OK;
}

static enum err send_steps(struct ctx *ctx, struct experience *experience)
{
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct str type = json_str(json_get(identifier, STR("type")));
    enum event event = event_of(json_str(ctx_body(ctx, STR("interactionEvent"))));
    struct verification made = {.kind = kind_for(type),
                                .identifier_type = type,
                                .identifier = json_str(json_get(identifier, STR("value")))};
    bool pretend = false;
    enum err err = experience_load(ctx, experience);
    if (err || (err = identifier_check(ctx, type, json_get(identifier, STR("value")))))
        return err;
    if (!experience->user_id.p && (err = experience_check_captcha(ctx, experience)))
        return err;
    if (event == EVENT_REGISTER && (err = policy_check_email(ctx, verification_email(&made))))
        return err;
    if ((err = ask_pretend(ctx, experience, &made, event, &pretend)) ||
        (err = experience_send_code(ctx, experience, &made, event_names[event - 1], pretend)))
        return err;
    return experience_answer_verification(ctx, made.id);
}

static void audit(struct ctx *ctx, const struct experience *experience, const char *action,
                  enum err err)
{
    struct str type = json_str(json_get(ctx_body(ctx, STR("identifier")), STR("type")));
    struct str step =
        arena_printf(ctx->arena, "Verification.%.*s.%s", STR_ARG(kind_for(type)->type), action);
    if (experience->interaction.uid.p && step.p)
        experience_audit(ctx, experience, step.p, err);
}

static enum err send_handle(struct ctx *ctx)
{
    struct experience experience = {0};
    enum err err = send_steps(ctx, &experience);
    audit(ctx, &experience, "Create", err);
    return err;
}

static enum err verify_steps(struct ctx *ctx, struct experience *experience)
{
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct str type = json_str(json_get(identifier, STR("type")));
    struct str value = json_str(json_get(identifier, STR("value")));
    struct verification *what;
    enum err err = experience_load(ctx, experience);
    if (err || (err = experience_get_kind(ctx, experience, kind_for(type),
                                          json_str(ctx_body(ctx, STR("verificationId"))), &what)))
        return err;
    if (!str_eq(what->identifier, value))
        return fail(ctx, str_eq(type, STR("phone")) ? ERR_CODE_PHONE : ERR_CODE_EMAIL);
    err = experience_use_code(ctx, experience, what, json_str(ctx_body(ctx, STR("code"))));
    return err ? err : experience_answer_verification(ctx, what->id);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct experience experience = {0};
    enum err err = verify_steps(ctx, &experience);
    audit(ctx, &experience, "Submit", err);
    return err;
}

static const struct field send_body[] = {
    CODE_IDENTIFIER_FIELD,
    {.name = STR_INIT("interactionEvent"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = event_names,
     .doc = "What the code is for."},
    FIELDS_END,
};

static const struct field verify_body[] = {
    CODE_IDENTIFIER_FIELD,
    CODE_FIELDS("Names the verification."),
    FIELDS_END,
};

ROUTES(code_verification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/verification-code", RUN_WRITE, send_body,
                     send_handle, "Send a code to an email address or a phone"),
     EXPERIENCE_VERIFICATION},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/verification-code/verify", RUN_WRITE, verify_body,
                     verify_handle, "Verify the code that was sent"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
