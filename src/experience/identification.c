/* /api/experience/identification: whom a verification proves, or the account that is made. */
#include "experience/code_verification.h"
#include "experience/policy.h"
#include "experience/sso.h"

/* Addresses of an enterprise's domains are its provider's alone. */
static enum err check_enterprise(struct ctx *ctx, const struct policy *policy,
                                 const struct verification *what)
{
    if (verification_is(what, &sso_verification))
        return policy->single_sign_on ? OK : fail(ctx, ERR_USER_SIGN_IN_METHOD);
    return policy->single_sign_on ? sso_check_free(ctx, verification_email(what)) : OK;
}

static enum err make(struct ctx *ctx, struct experience *experience, const struct policy *policy,
                     struct str id)
{
    struct verification *what;
    enum err err;
    if (experience->user_id.p)
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    if (id.p) {
        if ((err = experience_verification(ctx, experience, id, &what)))
            return err;
        if ((err = check_enterprise(ctx, policy, what)) ||
            (err = policy_check_email(ctx, verification_email(what))))
            return err;
        err = what->kind->profile ? what->kind->profile(ctx, what, &experience->profile)
                                  : fail(ctx, ERR_VERIFICATION_FAILED);
        if (err || (err = profile_check_free(ctx, &experience->profile)))
            return err;
        if ((err = experience_save(ctx, experience)))
            return err;
    }
    err = experience_check_captcha(ctx, experience);
    if (!err)
        err = profile_check_complete(ctx, &experience->profile, STR_NONE, policy->mandatory, true);
    if (err == ERR_USER_MISSING_PROFILE)
        ctx_keep_writes(ctx); /* what the verification has brought stays */
    if (err || (err = experience_allow(ctx, experience, EVENT_REGISTER, true)) ||
        (err = profile_make_user(ctx, &experience->profile, &experience->user_id)) ||
        (err = experience_tell_user(ctx, experience, "User.Created")))
        return err;
    experience->profile = (struct profile){.filled_in = experience->profile.filled_in};
    ctx->answer.status = 201;
    BUF_LIT(&ctx->answer.body, "Created");
    ctx->answer.content_type = STR("text/plain; charset=utf-8");
    return OK;
}

static enum err check_not_suspended(struct ctx *ctx, struct str user_id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM users WHERE id = $1 AND is_suspended = 0",
                            DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? OK : fail(ctx, ERR_USER_SUSPENDED);
}

/* Which ways of signing in there are is asked again, as the verification may be of another step. */
static enum err check_way(struct ctx *ctx, enum event event, const struct policy *policy,
                          const struct verification *what)
{
    bool by_code = verification_is(what, &email_code_verification) ||
                   verification_is(what, &phone_code_verification);
    /* A link that an operator has made is a way whatever the tenant's are. */
    if (event == EVENT_FORGOT_PASSWORD && verification_is(what, &one_time_token_verification))
        return OK;
    if (event == EVENT_FORGOT_PASSWORD)
        return by_code && str_has_word(policy->reset_for, what->identifier_type)
                   ? OK
                   : fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD_WAY);
    bool by_password = verification_is(what, &password_verification);
    if ((by_code && !str_has_word(policy->code_for, what->identifier_type)) ||
        (by_password && !str_has_word(policy->password_for, what->identifier_type)))
        return fail(ctx, ERR_USER_SIGN_IN_METHOD);
    return check_enterprise(ctx, policy, what);
}

static enum err identify(struct ctx *ctx, struct experience *experience,
                         const struct policy *policy, struct str id)
{
    struct verification *what;
    struct str user_id;
    enum err err = experience_verification(ctx, experience, id, &what);
    if (err ||
        (!policy->allows_sign_in &&
         (err = experience_allow(ctx, experience, experience->event, false))) ||
        (err = check_way(ctx, experience->event, policy, what)))
        return err;
    err = what->kind->identify ? what->kind->identify(ctx, what, &user_id)
                               : fail(ctx, ERR_VERIFICATION_FAILED);
    if (err || (err = check_not_suspended(ctx, user_id)))
        return err;
    if (experience->user_id.p && !str_eq(experience->user_id, user_id))
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    experience->user_id = user_id;
    return what->kind->bring ? what->kind->bring(ctx, what, &experience->profile) : OK;
}

enum err experience_identify(struct ctx *ctx, struct experience *experience, struct str id)
{
    struct policy policy;
    enum err err = policy_load(ctx, &policy);
    if (err)
        return err;
    err = experience->event == EVENT_REGISTER ? make(ctx, experience, &policy, id)
                                              : identify(ctx, experience, &policy, id);
    return err ? err : experience_save(ctx, experience);
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = experience_identify(ctx, &experience, json_str(ctx_body(ctx, STR("verificationId"))));
    experience_audit(ctx, &experience, "Identifier.Submit", err);
    return err;
}

static const struct field body[] = {
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The verification that says who it is."},
    {.name = STR_INIT("linkSocialIdentity"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Link an account at another provider, that nobody has linked, to the user with the "
            "same verified email address."},
    FIELDS_END,
};

ROUTES(identification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/identification", RUN_WRITE, body, handle,
                     "Say by which verification the user is known"),
     EXPERIENCE_EMPTY},
    ROUTES_END,
};
