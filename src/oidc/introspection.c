/* POST /oidc/token/introspection. RFC 7662 */
#include "domain/access_tokens.h"
#include "domain/grants.h"
#include "domain/opaque.h"
#include "domain/organizations.h"
#include "domain/refresh_tokens.h"
#include "domain/user_access.h"
#include "oidc/client_auth.h"

static enum err answer_inactive(struct ctx *ctx)
{
    buf_str(&ctx->answer.body, STR("{\"active\":false}"));
    return OK;
}

/* RFC 7662 2.2: which organization the token is for, be it by a claim or by the audience. */
static struct str organization_of(const struct access_token *token)
{
    struct str claim = json_str(json_get(token->claims, STR("organization_id")));
    if (claim.p || !str_starts(token->audience, STR(ORGANIZATION_URN)))
        return claim;
    return str_from(token->audience, sizeof(ORGANIZATION_URN) - 1);
}

static void put_organization(struct json_out *out, struct str id)
{
    if (id.p)
        JSON_STR(out, "organization_id", id);
}

static enum err answer_access_token(struct ctx *ctx, const struct access_token *token)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_BOOL(out, "active", true);
    JSON_STR(out, "sub", token->subject);
    JSON_STR(out, "client_id", token->client_id);
    JSON_INT(out, "exp", token->expires_at);
    JSON_INT(out, "iat", token->issued_at);
    JSON_STR(out, "iss", token->issuer);
    JSON_STR(out, "jti", token->jti);
    json_key(out, STR("aud"));
    json_put_value(out, json_get(token->claims, STR("aud")));
    if (token->scope.n)
        JSON_STR(out, "scope", token->scope);
    put_organization(out, organization_of(token));
    if (json_get(token->claims, STR("act"))) {
        json_key(out, STR("act"));
        json_put_value(out, json_get(token->claims, STR("act")));
    }
    JSON_STR(out, "token_type", STR("Bearer"));
    json_close_object(out);
    return OK;
}

static enum err answer_refresh_token(struct ctx *ctx, const struct refresh_token *token)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_BOOL(out, "active", true);
    JSON_STR(out, "sub", token->user_id.p ? token->user_id : token->application_id);
    JSON_STR(out, "client_id", token->application_id);
    JSON_INT(out, "exp", token->expires_at / 1000);
    JSON_INT(out, "iat", token->created_at / 1000);
    JSON_STR(out, "iss", ctx->issuer);
    if (token->resource.n)
        JSON_STR(out, "aud", token->resource);
    if (token->scope.n)
        JSON_STR(out, "scope", token->scope);
    put_organization(out, token->organization_id);
    JSON_STR(out, "token_type", STR("refresh_token"));
    json_close_object(out);
    return OK;
}

/* A public client proves nothing, so it learns about its own tokens alone. */
static bool may_see(const struct client *client, struct str owner)
{
    return client_is_confidential(client->app) || str_eq(client->app->id, owner);
}

static enum err introspect_opaque_token(struct ctx *ctx, const struct client *client,
                                        struct str text)
{
    struct opaque_token token;
    enum err err = opaque_token_find(ctx, text, &token);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (err || !may_see(client, token.application_id))
        return answer_inactive(ctx);
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_BOOL(out, "active", true);
    JSON_STR(out, "sub", token.user_id);
    JSON_STR(out, "client_id", token.application_id);
    JSON_INT(out, "exp", token.expires_at / 1000);
    JSON_INT(out, "iat", token.created_at / 1000);
    JSON_STR(out, "iss", ctx->issuer);
    if (token.scope.n)
        JSON_STR(out, "scope", token.scope);
    if (token.act.p)
        JSON_RAW(out, "act", token.act);
    JSON_STR(out, "token_type", STR("Bearer"));
    json_close_object(out);
    return OK;
}

/* A token's user may be gone or suspended since. */
static enum err check_user(struct ctx *ctx, struct str user_id, bool *active)
{
    enum err err = *active ? user_check_active(ctx, user_id) : OK;
    *active &= !err;
    return err == ERR_OAUTH_INVALID_GRANT ? OK : err;
}

static enum err introspect_access_token(struct ctx *ctx, const struct client *client,
                                        struct str text)
{
    struct access_token token;
    struct token_fault fault = access_token_read(ctx->snapshot, ctx->arena, text, &token);
    if (fault.memory)
        return fail(ctx, ERR_NO_MEMORY);
    bool active = !fault.code && token.expires_at > ctx->now / 1000 &&
                  str_eq(token.issuer, ctx->issuer) &&
                  !snapshot_is_revoked(ctx->snapshot, token.jti) &&
                  snapshot_app(ctx->snapshot, token.client_id) && may_see(client, token.client_id);
    if (active && !str_eq(token.subject, token.client_id)) {
        enum err err = check_user(ctx, token.subject, &active);
        if (err)
            return err;
    }
    return active ? answer_access_token(ctx, &token) : answer_inactive(ctx);
}

static enum err introspect_refresh_token(struct ctx *ctx, const struct client *client,
                                         struct str text)
{
    struct refresh_token token = {0};
    enum err err = refresh_token_find(ctx, text, &token);
    if (err && err != ERR_NOT_FOUND)
        return err;
    bool active = !err && !token.consumed && token.expires_at > ctx->now &&
                  may_see(client, token.application_id);
    if (token.user_id.p && (err = check_user(ctx, token.user_id, &active)))
        return err;
    return active ? answer_refresh_token(ctx, &token) : answer_inactive(ctx);
}

static enum err introspection_handle(struct ctx *ctx)
{
    static const char *const once[] = {"token", "token_type_hint", NULL};
    struct form form;
    struct client client;
    struct str token;
    enum err err;
    ctx->answer.no_store = true;
    if ((err = oauth_request_parse(ctx, "/token/introspection", &form)) ||
        (err = client_authenticate(ctx, &form, &client)) ||
        (err = client_check_origin(ctx, client.app)) ||
        (err = oauth_refuse_repeats(ctx, &form, once)) ||
        (err = oauth_require(ctx, &form, "token", &token)))
        return err;
    if (str_starts(token, STR(REFRESH_TOKEN_PREFIX)))
        return introspect_refresh_token(ctx, &client, token);
    if (token.n == OPAQUE_LENGTH)
        return introspect_opaque_token(ctx, &client, token);
    return introspect_access_token(ctx, &client, token);
}

static const struct field reply[] = {
    {.name = STR_INIT("active"), .type = FIELD_BOOL},
    {.name = STR_INIT("sub"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("client_id"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("exp"), .type = FIELD_INT, .flags = FIELD_MAYBE},
    {.name = STR_INIT("iat"), .type = FIELD_INT, .flags = FIELD_MAYBE},
    {.name = STR_INIT("iss"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("jti"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("aud"), .type = FIELD_ANY, .flags = FIELD_MAYBE},
    {.name = STR_INIT("scope"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("organization_id"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("act"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = "who acts (RFC 8693 4.1)"},
    {.name = STR_INIT("token_type"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    FIELDS_END,
};

ROUTES(introspection) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/token/introspection"),
     .guard = GUARD_CLIENT,
     .run = RUN_READ,
     .body_mode = BODY_RAW,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Ask whether a token is active",
     .handle = introspection_handle},
    ROUTES_END,
};
