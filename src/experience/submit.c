/* /api/experience/submit: the end of a sign-in, once nothing is missing. */
#include "domain/messages.h"
#include "domain/sessions.h"
#include "experience/experience.h"
#include "experience/policy.h"

static enum err check_captcha(struct ctx *ctx, struct experience *experience)
{
    return experience_check_captcha(ctx, experience);
}

static enum err check_identified(struct ctx *ctx, struct experience *experience)
{
    return experience->user_id.p ? OK : fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
}

static enum err check_password(struct ctx *ctx, struct experience *experience)
{
    return experience_check_password(ctx, experience);
}

static enum err check_verified(struct ctx *ctx, struct experience *experience)
{
    return mfa_check_verified(ctx, experience);
}

static enum err check_profile(struct ctx *ctx, struct experience *experience)
{
    struct policy policy;
    const struct profile *profile = &experience->profile;
    enum err err = policy_load(ctx, &policy);
    if (err || (err = profile_check_absent(ctx, profile, experience->user_id)))
        return err;
    return profile_check_complete(ctx, profile, experience->user_id, policy.mandatory,
                                  experience->event == EVENT_REGISTER);
}

static enum err write_profile(struct ctx *ctx, struct experience *experience)
{
    enum err err = profile_write(ctx, &experience->profile, experience->user_id);
    return err || !profile_changes(&experience->profile)
               ? err
               : experience_tell_user(ctx, experience, "User.Data.Updated");
}

static enum err sign_in(struct ctx *ctx, struct experience *experience)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db,
        "UPDATE users SET last_sign_in_at = $1, updated_at = $1, application_id = "
        "COALESCE(application_id, $2) WHERE id = $3 AND is_suspended = 0 "
        "RETURNING id",
        DB_PARAMS(db_int_value(ctx->now), db_text_value(experience->interaction.application_id),
                  db_text_value(experience->user_id)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? interaction_sign_in(ctx, &experience->interaction, experience->user_id)
                      : fail(ctx, ERR_USER_SUSPENDED);
}

static enum err tell_end(struct ctx *ctx, struct experience *experience)
{
    return experience_tell_end(ctx, experience);
}

/* In this order; the first that fails says why. */
static enum err (*const steps[])(struct ctx *ctx, struct experience *experience) = {
    check_captcha, check_identified,  check_password,      check_verified,
    check_profile, mfa_check_passkey, mfa_check_fulfilled, write_profile,
    mfa_write,     sign_in,           mfa_trust,           tell_end,
};

static enum err take_steps(struct ctx *ctx, struct experience *experience)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof steps / sizeof *steps; i++)
        err = steps[i](ctx, experience);
    return err;
}

enum err experience_finish(struct ctx *ctx, struct experience *experience)
{
    struct experience shown = *experience;
    enum err err = take_steps(ctx, experience);
    experience_audit(ctx, &shown, "Submit", err);
    return err;
}

static enum err answer_redirection(struct ctx *ctx, struct experience *experience)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "redirectTo", interaction_resume_url(ctx, &experience->interaction));
    json_close_object(out);
    return OK;
}

static enum err tell_owner(struct ctx *ctx, const struct experience *experience)
{
    struct db_rows user;
    struct str languages = json_str(json_get(experience->interaction.params, STR("ui_locales")));
    enum err err = user_get(ctx, experience->user_id, &user);
    return err ? err : message_notice(ctx, db_text(&user, 0, USER_EMAIL), "password", languages);
}

/* Whoever knew the old password is out; the user signs in with the new one afterwards. */
static enum err reset_password(struct ctx *ctx, struct experience *experience)
{
    enum err err = check_identified(ctx, experience);
    if (err)
        return err;
    if (!experience->profile.password.digest.p)
        return fail(ctx, ERR_USER_NEW_PASSWORD);
    struct profile only = {.password = experience->profile.password};
    if ((err = profile_write(ctx, &only, experience->user_id)) ||
        (err = tell_owner(ctx, experience)) || (err = session_end_all(ctx, experience->user_id)) ||
        (err = experience_tell_user(ctx, experience, "User.Data.Updated")) ||
        (err = experience_tell_end(ctx, experience)))
        return err;
    ctx->answer.status = 204; /* there is nowhere to go on to */
    return experience_reset(ctx, experience);
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    struct experience shown = experience;
    bool resets = experience.event == EVENT_FORGOT_PASSWORD;
    err = resets ? reset_password(ctx, &experience) : take_steps(ctx, &experience);
    experience_audit(ctx, &shown, "Submit", err);
    return err || resets ? err : answer_redirection(ctx, &experience);
}

static const struct field reply[] = {
    {.name = STR_INIT("redirectTo"), .type = FIELD_STRING, .doc = "Where the browser goes on."},
    FIELDS_END,
};

ROUTES(submit) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/experience/submit"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "End the sign-in",
     .doc = "204 when it was to set a forgotten password anew: the user signs in with it next.",
     .handle = handle},
    ROUTES_END,
};
