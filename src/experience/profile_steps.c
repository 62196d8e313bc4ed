/* /api/experience/profile: what the account is to have besides. */
#include "crypto/password.h"
#include "experience/experience.h"
#include "experience/password_policy.h"

static enum err check_username(struct ctx *ctx, json *value)
{
    return user_check_username(value) ? OK
                                      : fail_text(ctx, ERR_INVALID_BODY, "this is not a username");
}

static enum err set_username(struct ctx *ctx, struct experience *experience, json *value)
{
    struct profile wanted = {.username = json_str(value)};
    enum err err = check_username(ctx, value);
    if (err || (err = profile_check_free(ctx, &wanted)))
        return err;
    experience->profile.username = wanted.username;
    return OK;
}

static enum err set_password(struct ctx *ctx, struct experience *experience, json *value)
{
    struct str text = json_str(value);
    if (!text.n)
        return fail_text(ctx, ERR_INVALID_BODY, "value must be a password");
    enum err err = password_check(ctx, text, experience->profile.username);
    return err ? err : user_password_make(ctx, text, &experience->profile.password);
}

static const struct {
    const char *type;
    enum err (*set)(struct ctx *ctx, struct experience *experience, json *value);
} kinds[] = {
    {"username", set_username},
    {"password", set_password},
};

static enum err set(struct ctx *ctx, struct experience *experience)
{
    struct str type = json_str(ctx_body(ctx, STR("type")));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(type, str_of(kinds[i].type)))
            return kinds[i].set(ctx, experience, ctx_body(ctx, STR("value")));
    return fail(ctx, ERR_INTERNAL);
}

static enum err profile_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event == EVENT_FORGOT_PASSWORD)
        return fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD);
    if (experience.event != EVENT_REGISTER || experience.user_id.p)
        return fail(ctx, ERR_INVALID_INTERACTION);
    if ((err = set(ctx, &experience)))
        return err;
    return ctx->can_write ? experience_save(ctx, &experience) : ERR_NEEDS_WRITER;
}

static const char *const types[] = {"username", "password", NULL};

static const struct field profile_body[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "What of the profile."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .max = PASSWORD_MAX,
     .doc = "Its value."},
    FIELDS_END,
};

ROUTES(profile_steps) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/profile", RUN_READ, profile_body, profile_handle,
                     "Set a part of the account's profile"),
     EXPERIENCE_EMPTY},
    ROUTES_END,
};
