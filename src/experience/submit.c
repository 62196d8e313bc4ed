/* /api/experience/submit: the end of a sign-in, once nothing is missing. */
#include "experience/experience.h"

static enum err check_identified(struct ctx *ctx, struct experience *experience)
{
    return experience->user_id.p ? OK : fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
}

static enum err check_verified(struct ctx *ctx, struct experience *experience)
{
    return mfa_check_verified(ctx, experience);
}

static enum err write_profile(struct ctx *ctx, struct experience *experience)
{
    return profile_write(ctx, &experience->profile, experience->user_id);
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

/* In this order; the first that fails says why. */
static enum err (*const steps[])(struct ctx *ctx, struct experience *experience) = {
    check_identified, check_verified, mfa_check_passkey, mfa_check_fulfilled,
    write_profile,    mfa_write,      sign_in,
};

static enum err take_steps(struct ctx *ctx, struct experience *experience)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof steps / sizeof *steps; i++)
        err = steps[i](ctx, experience);
    return err;
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience;
    struct json_out *out = &ctx->answer.json;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = take_steps(ctx, &experience);
    experience_audit(ctx, &experience, "Submit", err);
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "redirectTo", interaction_resume_url(ctx, &experience.interaction));
    json_close_object(out);
    return OK;
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
     .handle = handle},
    ROUTES_END,
};
