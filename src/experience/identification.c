/* /api/experience/identification: whom a verification proves, or the account that is made. */
#include "experience/experience.h"

static enum err check_complete(struct ctx *ctx, const struct profile *profile)
{
    return profile->username.n && profile->password.digest.p ? OK
                                                             : fail(ctx, ERR_USER_MISSING_PROFILE);
}

static enum err make(struct ctx *ctx, struct experience *experience, struct str id)
{
    struct verification *what;
    enum err err;
    if (experience->user_id.p)
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    if (id.p) {
        if ((err = experience_verification(ctx, experience, id, &what)))
            return err;
        err = what->kind->profile ? what->kind->profile(ctx, what, &experience->profile)
                                  : fail(ctx, ERR_VERIFICATION_FAILED);
        if (err)
            return err;
    }
    if ((err = check_complete(ctx, &experience->profile)) ||
        (err = profile_make_user(ctx, &experience->profile, &experience->user_id)))
        return err;
    experience->profile = (struct profile){0};
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

static enum err identify(struct ctx *ctx, struct experience *experience, struct str id)
{
    struct verification *what;
    struct str user_id;
    enum err err = experience_verification(ctx, experience, id, &what);
    if (err)
        return err;
    err = what->kind->identify ? what->kind->identify(ctx, what, &user_id)
                               : fail(ctx, ERR_VERIFICATION_FAILED);
    if (err || (err = check_not_suspended(ctx, user_id)))
        return err;
    if (experience->user_id.p && !str_eq(experience->user_id, user_id))
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    experience->user_id = user_id;
    return OK;
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience;
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = experience.event == EVENT_REGISTER ? make(ctx, &experience, id)
                                             : identify(ctx, &experience, id);
    return err ? err : experience_save(ctx, &experience);
}

static const struct field body[] = {
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The verification that says who it is."},
    FIELDS_END,
};

ROUTES(identification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/identification", RUN_WRITE, body, handle,
                     "Say by which verification the user is known"),
     EXPERIENCE_EMPTY},
    ROUTES_END,
};
