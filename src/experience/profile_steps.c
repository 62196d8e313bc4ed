/* /api/experience/profile: what the account is to have besides. */
#include "crypto/password.h"
#include "experience/code_verification.h"
#include "experience/extra_profile.h"
#include "experience/password_policy.h"
#include "experience/policy.h"
#include "experience/social.h"

static enum err check_username(struct ctx *ctx, json *value)
{
    return user_check_username(value) ? OK
                                      : fail_text(ctx, ERR_INVALID_BODY, "this is not a username");
}

static enum err set_username(struct ctx *ctx, struct experience *experience)
{
    json *value = ctx_body(ctx, STR("value"));
    enum err err = check_username(ctx, value);
    if (!err)
        err = policy_check_username(ctx, json_str(value));
    if (!err)
        experience->profile.username = json_str(value);
    return err;
}

static enum err set_password(struct ctx *ctx, struct experience *experience)
{
    struct str text = json_str(ctx_body(ctx, STR("value")));
    if (!text.n)
        return fail_text(ctx, ERR_INVALID_BODY, "value must be a password");
    enum err err = password_check(ctx, text, experience->profile.username);
    return err ? err : user_password_make(ctx, text, &experience->profile.password);
}

/* An address or a number that a code has been sent to. */
static enum err set_by_code(struct ctx *ctx, struct experience *experience,
                            const struct verification_kind *kind)
{
    struct verification *what;
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    enum err err = experience_get_kind(ctx, experience, kind, id, &what);
    if (err || (err = policy_check_own_email(ctx, verification_email(what))))
        return err;
    return kind->profile(ctx, what, &experience->profile);
}

static enum err set_email(struct ctx *ctx, struct experience *experience)
{
    return set_by_code(ctx, experience, &email_code_verification);
}

static enum err set_phone(struct ctx *ctx, struct experience *experience)
{
    return set_by_code(ctx, experience, &phone_code_verification);
}

static void keep(struct str before, struct str *now)
{
    if (before.p)
        *now = before;
}

/* An account elsewhere. Who is there already gets the account alone; who is not, the name, the
 * picture and the address that they have there, where they have given no others. */
static enum err set_social(struct ctx *ctx, struct experience *experience)
{
    struct verification *what;
    struct profile *profile = &experience->profile, gained = *profile;
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    enum err err = experience_get_kind(ctx, experience, &social_verification, id, &what);
    if (err || (err = policy_check_own_email(ctx, verification_email(what))) ||
        (err = social_verification.profile(ctx, what, &gained)))
        return err;
    if (experience->user_id.p)
        return social_verification.bring(ctx, what, profile);
    keep(profile->email, &gained.email);
    keep(profile->name, &gained.name);
    keep(profile->avatar, &gained.avatar);
    *profile = gained;
    return OK;
}

static enum err set_extra(struct ctx *ctx, struct experience *experience)
{
    bool signs_in = experience->event == EVENT_SIGN_IN;
    return extra_profile_set(ctx, ctx_body(ctx, STR("values")),
                             signs_in ? experience->user_id : STR_NONE, &experience->profile);
}

static const struct {
    const char *type;
    enum err (*set)(struct ctx *ctx, struct experience *experience);
} kinds[] = {
    {"username", set_username}, {"password", set_password}, {"email", set_email},
    {"phone", set_phone},       {"social", set_social},     {"extraProfile", set_extra},
};

static enum err set(struct ctx *ctx, struct experience *experience)
{
    struct str type = json_str(ctx_body(ctx, STR("type")));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(type, str_of(kinds[i].type)))
            return kinds[i].set(ctx, experience);
    return fail(ctx, ERR_INTERNAL);
}

/* Who signs in shows a factor before what the account has is looked at; an account elsewhere may be
 * linked before, since that too happens at the end alone. */
static enum err check_entered(struct ctx *ctx, const struct experience *experience)
{
    if (experience->event != EVENT_SIGN_IN)
        return OK;
    if (!experience->user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    bool social = str_eq(json_str(ctx_body(ctx, STR("type"))), STR("social"));
    return social ? OK : mfa_check_verified(ctx, experience);
}

static enum err profile_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event == EVENT_FORGOT_PASSWORD)
        return fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD);
    if ((err = check_entered(ctx, &experience)) || (err = set(ctx, &experience)) ||
        (err = profile_check_absent(ctx, &experience.profile, experience.user_id)) ||
        (err = profile_check_free(ctx, &experience.profile)))
        return err;
    return ctx->can_write ? experience_save(ctx, &experience) : ERR_NEEDS_WRITER;
}

static const char *const types[] = {"username", "password",     "email", "phone",
                                    "social",   "extraProfile", NULL};

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
     .doc = "Its value: of a username or a password."},
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The verification of it: of an email address, a phone number or an account at another "
            "provider."},
    {.name = STR_INIT("values"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE,
     .doc = "Of extraProfile: by the names of profile fields. Claims of OpenID Connect go into the "
            "user's profile, `name` and `avatar` beside it, all others into the custom data. What "
            "the sign-up does not ask for is left out, and what a user who signs in has already."},
    FIELDS_END,
};

/* ---- A forgotten password ---- */

static enum err password_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str text = json_str(ctx_body(ctx, STR("password")));
    struct db_rows rows;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event != EVENT_FORGOT_PASSWORD)
        return fail(ctx, ERR_INVALID_INTERACTION);
    if (!experience.user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    if ((err = user_get(ctx, experience.user_id, &rows)) ||
        (err = password_check(ctx, text, db_text(&rows, 0, USER_USERNAME))) ||
        (err = user_password_renew(ctx, experience.user_id, text, &experience.profile.password)))
        return err;
    return ctx->can_write ? experience_save(ctx, &experience) : ERR_NEEDS_WRITER;
}

static const struct field password_body[] = {EXPERIENCE_PASSWORD_FIELD, FIELDS_END};

ROUTES(profile_steps) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/profile", RUN_READ, profile_body, profile_handle,
                     "Set a part of the account's profile"),
     EXPERIENCE_EMPTY},
    {EXPERIENCE_STEP(HTTP_M_PUT, "/profile/password", RUN_READ, password_body, password_handle,
                     "Set the new password in place of a forgotten one"),
     EXPERIENCE_EMPTY},
    ROUTES_END,
};
