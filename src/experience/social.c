/* /api/experience/verification/social: signing in with an account at another provider. */
#include "experience/social.h"

#include <stddef.h>

#include "domain/connectors.h"
#include "domain/sign_in_experience.h"
#include "domain/user_identities.h"
#include "experience/identifier.h"

/* ---- The kind ---- */

static const struct {
    struct str name;
    size_t offset;
} texts[] = {
    {STR_INIT("connectorId"), offsetof(struct social_own, connector_id)},
    {STR_INIT("target"), offsetof(struct social_own, target)},
    {STR_INIT("redirectUri"), offsetof(struct social_own, trip.redirect_uri)},
    {STR_INIT("state"), offsetof(struct social_own, trip.state)},
    {STR_INIT("nonce"), offsetof(struct social_own, trip.nonce)},
    {STR_INIT("verifier"), offsetof(struct social_own, trip.verifier)},
    {STR_INIT("socialId"), offsetof(struct social_own, who.id)},
    {STR_INIT("email"), offsetof(struct social_own, who.email)},
    {STR_INIT("name"), offsetof(struct social_own, who.name)},
    {STR_INIT("avatar"), offsetof(struct social_own, who.avatar)},
    {STR_INIT("details"), offsetof(struct social_own, who.details)},
    {STR_INIT("issuer"), offsetof(struct social_own, place.issuer)},
    {STR_INIT("tokenUrl"), offsetof(struct social_own, place.token_url)},
    {STR_INIT("userinfoUrl"), offsetof(struct social_own, place.userinfo_url)},
    {STR_INIT("keysUrl"), offsetof(struct social_own, place.jwks_url)},
    {STR_INIT("answersAs"), offsetof(struct social_own, answers_as)},
    {STR_INIT("tokens"), offsetof(struct social_own, tokens)},
};
#define TEXTS (sizeof texts / sizeof *texts)

enum err social_own_parse(struct ctx *ctx, json *stored, struct verification *what)
{
    struct social_own *own = ARENA_NEW(ctx->arena, struct social_own);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; i < TEXTS; i++)
        *(struct str *)(void *)((char *)own + texts[i].offset) =
            json_str(json_get(stored, texts[i].name));
    what->own = own;
    return OK;
}

void social_own_render(struct json_out *out, const struct verification *what)
{
    for (size_t i = 0; i < TEXTS; i++) {
        json_key(out, texts[i].name);
        json_put_str(
            out, *(const struct str *)(const void *)((const char *)what->own + texts[i].offset));
    }
}

struct kept_tokens social_kept(const struct social_own *own, bool enterprise)
{
    return (struct kept_tokens){.enterprise = enterprise,
                                .connector_id = own->connector_id,
                                .provider = own->target,
                                .identity = own->who.id,
                                .sealed = own->tokens};
}

enum err social_keep(struct ctx *ctx, struct social_own *own, bool keeps)
{
    struct kept_tokens kept = social_kept(own, false);
    enum err err =
        kept_tokens_seal(ctx, &kept, keeps ? own->who.tokens : NULL, own->place.token_url);
    own->tokens = kept.sealed;
    return err;
}

enum err social_read_record(struct ctx *ctx, const struct verification_record *record,
                            struct verification *out)
{
    json *data = NULL;
    *out = (struct verification){.kind = &social_verification, .verified = record->verified};
    if (json_parse(ctx->arena, record->data, &data, NULL))
        return fail(ctx, ERR_INTERNAL);
    return social_own_parse(ctx, data, out);
}

static void show(struct json_out *out, const struct verification *what)
{
    const struct social_own *own = what->own;
    JSON_STR(out, "connectorId", own->connector_id);
}

/* The user whose email address the provider has verified as this person's. */
static enum err find_related(struct ctx *ctx, const struct social_own *own, struct str *user_id)
{
    *user_id = STR_NONE;
    if (!own->who.email.p)
        return OK;
    struct account other = {0};
    enum err err = identifier_find_user(ctx, STR("email"), own->who.email, &other);
    if (!err)
        *user_id = other.id;
    return err;
}

static enum err links_by_itself(struct ctx *ctx, bool *links)
{
    struct db_rows rows;
    json *social;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("socialSignIn"), &social);
    if (!err)
        *links = yyjson_get_bool(json_get(social, STR("automaticAccountLinking")));
    return err;
}

static enum err unknown(struct ctx *ctx, const struct social_own *own, bool related)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    enum err err = fail(ctx, ERR_SOCIAL_UNKNOWN);
    if (!related)
        return err;
    json_open_object(&out);
    json_key(&out, STR("relatedUser"));
    json_open_object(&out);
    JSON_STR(&out, "type", STR("email"));
    JSON_STR(&out, "value", own->who.email);
    json_close_object(&out);
    json_close_object(&out);
    return fail_data(ctx, err, buf_view(&buf));
}

/* An account that nobody has linked may be linked to the user with the same address: when the
 * request says so, or the tenant does for all. It is at the end of the sign-in (bring), as until
 * then a second factor may be missing. */
static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    const struct social_own *own = what->own;
    struct str related;
    bool links = yyjson_get_bool(ctx_body(ctx, STR("linkSocialIdentity")));
    if (!what->verified || !own->who.id.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    enum err err = user_identity_find(ctx, own->target, own->who.id, user_id);
    if (err || user_id->p)
        return err;
    err = find_related(ctx, own, &related);
    if (!err && related.p && !links)
        err = links_by_itself(ctx, &links);
    if (err)
        return err;
    if (!related.p || !links)
        return unknown(ctx, own, related.p != NULL);
    *user_id = related;
    return OK;
}

void social_take_over(const struct social_own *own, struct profile *profile)
{
    if (own->who.name.n)
        profile->name = own->who.name;
    if (own->who.avatar.n)
        profile->avatar = own->who.avatar;
}

static void link(const struct social_own *own, struct profile *profile)
{
    profile->target = own->target;
    profile->identity = own->who.id;
    profile->details = own->who.details;
    profile->kept = social_kept(own, false);
}

/* An address that another user has is left out: it is that user's to link the account. */
static enum err profile(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct social_own *own = what->own;
    struct str other;
    if (!what->verified || !own->who.id.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    enum err err = user_identity_find(ctx, own->target, own->who.id, &other);
    if (err)
        return err;
    if (other.p)
        return fail(ctx, ERR_USER_IDENTITY);
    if ((err = find_related(ctx, own, &other)))
        return err;
    if (!other.p && own->who.email.p)
        profile->email = own->who.email;
    social_take_over(own, profile);
    link(own, profile);
    return OK;
}

/* The account is the user's, or nobody's yet: then it is to be linked. Name and picture of a user
 * who is there stay, unless the connector's are to be taken over. */
static enum err bring(struct ctx *ctx, const struct verification *what, struct profile *profile)
{
    const struct social_own *own = what->own;
    struct social_provider provider;
    struct str owner;
    enum err err = social_open(ctx, own->connector_id, &provider);
    if (!err)
        err = user_identity_find(ctx, own->target, own->who.id, &owner);
    if (err)
        return err;
    profile->kept = social_kept(own, false);
    if (!owner.p)
        link(own, profile);
    if (provider.syncs)
        social_take_over(own, profile);
    return OK;
}

struct str social_email(const struct verification *what)
{
    const struct social_own *own = what->own;
    return own->who.email;
}

VERIFICATION_KIND(social_verification) = {
    .type = STR_INIT("Social"),
    .parse = social_own_parse,
    .render = social_own_render,
    .show = show,
    .identify = identify,
    .profile = profile,
    .bring = bring,
    .email = social_email,
};

/* ---- There and back ---- */

static enum err no_provider(struct ctx *ctx, struct str connector_id)
{
    struct db_rows rows;
    enum err err = crud_find(ctx->db, &connector_entity, connector_id, ctx->arena, &rows);
    return fail(ctx, err ? err : rows.count ? ERR_CONNECTOR_TYPE : ERR_NOT_FOUND);
}

enum err social_verification_begin(struct ctx *ctx, struct experience *experience,
                                   struct str connector_id, const struct social_trip *wanted,
                                   struct verification *made, struct str *url)
{
    struct social_provider provider;
    struct social_own *own = ARENA_NEW(ctx->arena, struct social_own);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = social_open(ctx, connector_id, &provider);
    if (err)
        return err == ERR_SOCIAL_CONNECTOR ? no_provider(ctx, connector_id) : err;
    *own = (struct social_own){
        .connector_id = connector_id, .target = provider.target, .trip = *wanted};
    if ((err = social_start(ctx, &provider, &own->trip, url)))
        return err;
    *made = (struct verification){.kind = &social_verification, .own = own};
    return experience_add(ctx, experience, made);
}

enum err social_verification_end(struct ctx *ctx, struct experience *experience,
                                 struct verification *what, struct str code, struct str state)
{
    struct social_own *own = what->own;
    struct social_provider provider;
    struct social_identity who;
    if (what->verified || (state.p && !str_eq_secret(state, own->trip.state)))
        return fail(ctx, ERR_SOCIAL_STATE);
    if (!code.n)
        return fail(ctx, ERR_SOCIAL_CODE);
    enum err err = social_open(ctx, own->connector_id, &provider);
    if (!err)
        err = social_finish(ctx, &provider, &own->trip, code, &who);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    own->who = who;
    what->verified = true;
    experience->captcha_skipped = true;
    err = social_keep(ctx, own, provider.keeps_tokens);
    return err ? err : experience_save(ctx, experience);
}

/* ---- The steps ---- */

enum err social_start_step(struct ctx *ctx, const struct verification_kind *kind,
                           social_begin *begin)
{
    struct experience experience;
    struct verification made;
    struct str url;
    const struct social_trip wanted = {.redirect_uri = json_str(ctx_body(ctx, STR("redirectUri"))),
                                       .state = json_str(ctx_body(ctx, STR("state")))};
    if (!wanted.redirect_uri.n || !wanted.state.n)
        return fail(ctx, ERR_INSUFFICIENT_INFO);
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = begin(ctx, &experience, ctx->params[0], &wanted, &made, &url);
    experience_audit_connector(ctx, &experience, kind, "Create", ctx->params[0], err);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "authorizationUri", url);
    JSON_STR(&ctx->answer.json, "verificationId", made.id);
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err start_handle(struct ctx *ctx)
{
    return social_start_step(ctx, &social_verification, social_verification_begin);
}

enum err social_asked(struct ctx *ctx, struct experience *experience,
                      const struct verification_kind *kind, struct verification **out)
{
    enum err err = experience_get_kind(ctx, experience, kind,
                                       json_str(ctx_body(ctx, STR("verificationId"))), out);
    if (err)
        return err;
    const struct social_own *own = (*out)->own;
    return str_eq(own->connector_id, ctx->params[0]) ? OK : fail(ctx, ERR_VERIFICATION_NOT_FOUND);
}

static enum err verify_steps(struct ctx *ctx, struct experience *experience)
{
    struct verification *what;
    json *data = ctx_body(ctx, STR("connectorData"));
    enum err err = social_asked(ctx, experience, &social_verification, &what);
    if (err)
        return err;
    err = social_verification_end(ctx, experience, what, json_str(json_get(data, STR("code"))),
                                  json_str(json_get(data, STR("state"))));
    return err ? err : experience_answer_verification(ctx, what->id);
}

enum err social_verify_step(struct ctx *ctx, const struct verification_kind *kind,
                            enum err (*steps)(struct ctx *ctx, struct experience *experience))
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = steps(ctx, &experience);
    experience_audit_connector(ctx, &experience, kind, "Submit", ctx->params[0], err);
    return err;
}

static enum err verify_handle(struct ctx *ctx)
{
    return social_verify_step(ctx, &social_verification, verify_steps);
}

const struct field social_start_body[] = {
    SOCIAL_TRIP_FIELDS,
    FIELDS_END,
};

const struct field social_verify_body[] = {
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The verification that began."},
    SOCIAL_DATA_FIELD,
    FIELDS_END,
};

const struct field social_start_reply[] = {
    {.name = STR_INIT("authorizationUri"), .type = FIELD_STRING, .doc = "Where the browser goes."},
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    FIELDS_END,
};

ROUTES(social) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/social/:connectorId/authorization-uri", RUN_WRITE,
                     social_start_body, start_handle, "Begin a sign-in with another provider"),
     .status = 200, .reply = REPLY_OBJECT, .reply_fields = social_start_reply},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/social/:connectorId/verify", RUN_READ,
                     social_verify_body, verify_handle, "End a sign-in with another provider"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
