/* A username and a password that a new account is to have. */
#include "crypto/password.h"
#include "experience/experience.h"
#include "experience/password_policy.h"
#include "experience/policy.h"

static enum err parse(struct ctx *ctx, json *stored, struct verification *what)
{
    struct user_password *own = ARENA_NEW(ctx->arena, struct user_password);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    *own = (struct user_password){json_str(json_get(stored, STR("digest"))),
                                  json_str(json_get(stored, STR("algorithm")))};
    what->own = own;
    return OK;
}

static void render(struct json_out *out, const struct verification *what)
{
    const struct user_password *own = what->own;
    JSON_STR(out, "digest", own->digest);
    JSON_STR(out, "algorithm", own->algorithm);
}

static enum err profile(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct user_password *own = what->own;
    if (!what->verified || !own->digest.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    profile->username = what->identifier;
    profile->password = *own;
    return OK;
}

VERIFICATION_KIND(new_password_identity) = {
    .type = STR_INIT("NewPasswordIdentity"),
    .parse = parse,
    .render = render,
    .profile = profile,
};

/* ---- The step ---- */

static enum err steps(struct ctx *ctx, struct experience *experience)
{
    struct user_password password;
    struct str username = json_str(json_get(ctx_body(ctx, STR("identifier")), STR("value")));
    struct str text = json_str(ctx_body(ctx, STR("password")));
    struct verification made = {.kind = &new_password_identity,
                                .identifier_type = STR("username"),
                                .identifier = username,
                                .verified = true,
                                .own = &password};
    enum err err = policy_check_username(ctx, username);
    if (err || (err = profile_check_free(ctx, &(struct profile){.username = username})) ||
        (err = password_check(ctx, text, username)) ||
        (err = user_password_make(ctx, text, &password)))
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = experience_add(ctx, experience, &made);
    return err ? err : experience_answer_verification(ctx, made.id);
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = steps(ctx, &experience);
    if (err != ERR_NEEDS_SLOW && err != ERR_NEEDS_WRITER)
        experience_audit(ctx, &experience, "Verification.NewPasswordIdentity.Submit", err);
    return err;
}

static const char *const username_type[] = {"username", NULL};

static const struct field username_fields[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = username_type,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "The username."},
    FIELDS_END,
};

static const struct field body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = username_fields,
     .doc = "Who the account is for."},
    EXPERIENCE_PASSWORD_FIELD,
    FIELDS_END,
};

ROUTES(new_password_identity) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/new-password-identity", RUN_READ, body, handle,
                     "Propose a username and a password for a new account"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
