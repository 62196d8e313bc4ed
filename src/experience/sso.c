/* /api/experience/sso-connectors and /api/experience/verification/sso: signing in with an
 * enterprise's identity provider. */
#include "experience/sso.h"

#include "experience/identifier.h"

/* ---- The kind ---- */

static void show(struct json_out *out, const struct verification *what)
{
    const struct social_own *own = what->own;
    JSON_STR(out, "connectorId", own->connector_id);
    if (!what->verified)
        return;
    JSON_STR(out, "issuer", own->target);
    JSON_RAW(out, "enterpriseSsoUserInfo", own->who.details);
}

static enum err check_verified(struct ctx *ctx, const struct verification *what)
{
    const struct social_own *own = what->own;
    return what->verified && own->who.id.p ? OK : fail(ctx, ERR_VERIFICATION_FAILED);
}

/* Whose the account is, or else the user with the address that the provider is the authority for.
 */
static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    const struct social_own *own = what->own;
    struct account related = {0};
    enum err err = check_verified(ctx, what);
    if (err || (err = user_sso_find(ctx, own->target, own->who.id, user_id)) || user_id->p)
        return err;
    if (own->who.email.p)
        err = identifier_find_user(ctx, STR("email"), own->who.email, &related);
    *user_id = related.id;
    return err || related.id.p ? err : fail(ctx, ERR_SSO_UNKNOWN);
}

static struct sso_identity identity_of(const struct social_own *own)
{
    return (struct sso_identity){.connector_id = own->connector_id,
                                 .issuer = own->target,
                                 .identity = own->who.id,
                                 .details = own->who.details};
}

/* A user who is there keeps name and picture, unless the connector's are to be taken over. */
static enum err bring(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct social_own *own = what->own;
    struct sso sso;
    enum err err = sso_open(ctx, own->connector_id, &sso);
    if (err)
        return err;
    profile->sso = identity_of(own);
    profile->kept = social_kept(own, true);
    if (sso.syncs)
        social_take_over(own, profile);
    return OK;
}

static enum err profile(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct social_own *own = what->own;
    struct str other;
    enum err err = check_verified(ctx, what);
    if (err || (err = user_sso_find(ctx, own->target, own->who.id, &other)))
        return err;
    if (other.p)
        return fail(ctx, ERR_USER_IDENTITY);
    profile->email = own->who.email;
    social_take_over(own, profile);
    profile->sso = identity_of(own);
    profile->kept = social_kept(own, true);
    return OK;
}

VERIFICATION_KIND(sso_verification) = {
    .type = STR_INIT("EnterpriseSso"),
    .parse = social_own_parse,
    .render = social_own_render,
    .show = show,
    .identify = identify,
    .profile = profile,
    .bring = bring,
    .email = social_email,
};

/* ---- There and back ---- */

enum err sso_verification_begin(struct ctx *ctx, struct experience *experience,
                                struct str connector_id, const struct social_trip *wanted,
                                struct verification *made, struct str *url)
{
    struct sso sso;
    struct social_own *own = ARENA_NEW(ctx->arena, struct social_own);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = sso_open(ctx, connector_id, &sso);
    if (err || (err = sso_discover(ctx, &sso)))
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    const struct social_provider *client = &sso.client;
    *own = (struct social_own){
        .connector_id = connector_id,
        .target = sso.issuer,
        .trip = *wanted,
        .place = {client->issuer, client->token_url, client->userinfo_url, client->jwks_url},
        .answers_as = client->names_itself ? client->issuer : STR_NONE};
    if ((err = social_start(ctx, client, &own->trip, url)))
        return err;
    *made = (struct verification){.kind = &sso_verification, .own = own};
    return experience_add(ctx, experience, made);
}

/* RFC 9207 2.4: an answer of another provider's is not taken here. */
static bool is_of(const struct social_own *own, struct str issuer)
{
    if (own->answers_as.p)
        return str_eq(issuer, own->answers_as);
    return !issuer.p || str_eq(issuer, own->place.issuer) || str_eq(issuer, own->target);
}

enum err sso_verification_end(struct ctx *ctx, struct experience *experience,
                              struct verification *what, const struct sso_answer *answer)
{
    struct social_own *own = what->own;
    struct sso sso;
    struct social_identity who;
    if (what->verified || (answer->state.p && !str_eq_secret(answer->state, own->trip.state)) ||
        !is_of(own, answer->issuer))
        return fail(ctx, ERR_SOCIAL_STATE);
    if (!answer->code.n)
        return fail(ctx, ERR_SOCIAL_CODE);
    enum err err = sso_open(ctx, own->connector_id, &sso);
    if (err)
        return err;
    sso_return_to(&sso, &own->place);
    if ((err = sso_finish(ctx, &sso, &own->trip, answer->code, &who)))
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    own->who = who;
    what->verified = true;
    experience->captcha_skipped = true;
    err = social_keep(ctx, own, sso.keeps_tokens);
    return err ? err : experience_save(ctx, experience);
}

/* ---- The steps ---- */

static enum err start_handle(struct ctx *ctx)
{
    return social_start_step(ctx, &sso_verification, sso_verification_begin);
}

static enum err verify_steps(struct ctx *ctx, struct experience *experience)
{
    struct verification *what;
    json *data = ctx_body(ctx, STR("connectorData"));
    const struct sso_answer answer = {.code = json_str(json_get(data, STR("code"))),
                                      .state = json_str(json_get(data, STR("state"))),
                                      .issuer = json_str(json_get(data, STR("iss")))};
    enum err err = social_asked(ctx, experience, &sso_verification, &what);
    if (err)
        return err;
    err = sso_verification_end(ctx, experience, what, &answer);
    return err ? err : experience_answer_verification(ctx, what->id);
}

static enum err verify_handle(struct ctx *ctx)
{
    return social_verify_step(ctx, &sso_verification, verify_steps);
}

static enum err list_handle(struct ctx *ctx)
{
    struct sso_list list;
    struct json_out *out = &ctx->answer.json;
    enum err err = sso_list(ctx, ctx_query(ctx, STR("email")), &list);
    if (err)
        return err;
    json_open_object(out);
    json_key(out, STR("connectorIds"));
    json_open_array(out);
    for (size_t i = 0; i < list.count; i++)
        json_put_str(out, list.items[i].id);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

static const struct field email_query[] = {
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .check = field_is_email,
     .format = "email",
     .doc = "Of whoever is to sign in."},
    FIELDS_END,
};

static const struct field id_item = {.type = FIELD_STRING};
static const struct field list_reply[] = {
    {.name = STR_INIT("connectorIds"),
     .type = FIELD_ARRAY,
     .item = &id_item,
     .doc = "Enterprise connectors of the address's domain."},
    FIELDS_END,
};

ROUTES(sso) = {
    {EXPERIENCE_READ("/sso-connectors", list_handle, "Enterprise connectors for an email address"),
     .query = email_query, .reply_fields = list_reply},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/sso/:connectorId/authorization-uri", RUN_READ,
                     social_start_body, start_handle,
                     "Begin a sign-in with an enterprise's provider"),
     .status = 200, .reply = REPLY_OBJECT, .reply_fields = social_start_reply},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/sso/:connectorId/verify", RUN_READ,
                     social_verify_body, verify_handle,
                     "End a sign-in with an enterprise's provider"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
