/* /api/experience/verification/one-time-token: whoever has the token of a magic link owns the
 * address it was made for. */
#include "domain/one_time_tokens.h"
#include "experience/code_verification.h"
#include "experience/identifier.h"
#include "experience/lockout.h"

/* own: the organizations to join, JSON array; {NULL,0}: none. */
static enum err parse(struct ctx *ctx, json *stored, struct verification *what)
{
    struct str *own = ARENA_NEW(ctx->arena, struct str);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    *own = json_str(json_get(stored, STR("organizations")));
    what->own = own;
    return OK;
}

static void render(struct json_out *out, const struct verification *what)
{
    const struct str *own = what->own;
    JSON_STR(out, "organizations", *own);
}

static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    struct account account;
    if (!what->verified)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    enum err err = identifier_find_user(ctx, what->identifier_type, what->identifier, &account);
    *user_id = account.id;
    return err || account.id.p ? err : identifier_unknown(ctx, what->identifier);
}

static enum err profile(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct str *own = what->own;
    if (!what->verified)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    profile->email = what->identifier;
    profile->organizations = *own;
    return OK;
}

static enum err bring(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct str *own = what->own;
    profile->organizations = *own;
    return what->verified ? OK : fail(ctx, ERR_VERIFICATION_FAILED);
}

VERIFICATION_KIND(one_time_token_verification) = {
    .type = STR_INIT("OneTimeToken"),
    .parse = parse,
    .render = render,
    .identify = identify,
    .profile = profile,
    .bring = bring,
};

/* ---- The step ---- */

static enum err read_organizations(struct ctx *ctx, const struct one_time_token *token,
                                   struct str *out)
{
    json *context = NULL;
    if (json_parse(ctx->arena, token->context, &context, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    json *list = json_get(context, STR("jitOrganizationIds"));
    *out = yyjson_arr_size(list) ? json_text(ctx->arena, list) : STR_NONE;
    return OK;
}

/* Tokens that there are not are counted as wrong codes are. */
static enum err use(struct ctx *ctx, const struct experience *experience, struct str email,
                    struct one_time_token *out)
{
    struct attempt attempt;
    enum err err = attempt_of(ctx, email, &attempt);
    if (err || (err = attempt_check(ctx, &attempt)))
        return err;
    attempt.type = STR("email");
    err = one_time_token_use(ctx, json_str(ctx_body(ctx, STR("token"))), email,
                             event_name(experience->event), out);
    return err == ERR_OTT_NOT_FOUND ? attempt_failed(ctx, &attempt, err) : err;
}

static enum err steps(struct ctx *ctx, struct experience *experience)
{
    struct str email = json_str(json_get(ctx_body(ctx, STR("identifier")), STR("value")));
    struct str organizations;
    struct one_time_token token;
    struct verification made = {.kind = &one_time_token_verification,
                                .identifier_type = STR("email"),
                                .identifier = email,
                                .verified = true,
                                .own = &organizations};
    enum err err = experience_load(ctx, experience);
    if (err || (err = use(ctx, experience, email, &token)) ||
        (err = read_organizations(ctx, &token, &organizations)))
        return err;
    experience->captcha_skipped = true;
    if ((err = experience_add(ctx, experience, &made)))
        return err;
    return experience_answer_verification(ctx, made.id);
}

static enum err handle(struct ctx *ctx)
{
    struct experience experience = {0};
    enum err err = steps(ctx, &experience);
    if (experience.interaction.uid.p)
        experience_audit(ctx, &experience, "Verification.OneTimeToken.Submit", err);
    return err;
}

static const char *const types[] = {"email", NULL};

static const struct field identifier[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = types,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 128,
     .doc = "The email address that the token was made for."},
    FIELDS_END,
};

static const struct field body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = identifier,
     .doc = "Whose it is."},
    {.name = STR_INIT("token"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .max = 128,
     .doc = "The token."},
    FIELDS_END,
};

ROUTES(one_time_token_verification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/one-time-token/verify", RUN_WRITE, body, handle,
                     "Verify the token of a magic link"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
