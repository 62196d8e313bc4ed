/* Tokens that act for a user. */
#include "oidc/user_tokens.h"

#include "domain/active_users.h"
#include "domain/application_access.h"
#include "domain/consents.h"
#include "domain/grants.h"
#include "domain/organizations.h"
#include "domain/refresh_tokens.h"
#include "oidc/issue.h"

#define MAX_ID_TOKEN ((size_t)12 * 1024) /* its claims; a JWS of it is read again below 16 KiB */

bool user_grant_allowed(const struct app *app)
{
    switch (app->type) {
    case APP_NATIVE:
    case APP_SPA:
    case APP_TRADITIONAL:
    case APP_PROTECTED:
        return true;
    case APP_M2M:
    case APP_SAML:
        return false;
    }
    return false;
}

enum err user_grant_refresh_token(struct ctx *ctx, const struct app *app,
                                  const struct user_grant *grant, struct str *text)
{
    bool web = app->type == APP_TRADITIONAL || app->type == APP_PROTECTED || app->type == APP_SPA;
    if (!str_has_word(grant->scope, STR("offline_access")) && !(web && app->always_refresh_token))
        return OK;
    int64_t days = app->refresh_ttl_days > 0 ? app->refresh_ttl_days : 14;
    struct refresh_token what = {
        .application_id = app->id,
        .resource = grant->resources,
        .scope = grant->scope,
        .created_at = ctx->now,
        .expires_at = ctx->now + days * 24 * 3600 * 1000,
        .grant_id = grant->grant_id,
        .user_id = grant->user_id,
        .nonce = grant->nonce,
        .auth_time = grant->auth_time,
        .started_at = ctx->now,
    };
    return refresh_token_create(ctx, &what, text);
}

/* ---- The target ---- */

static size_t count_words(struct str words)
{
    size_t count = 0;
    struct str word;
    while ((word = str_split(&words, ' ')).p)
        count += word.n > 0;
    return count;
}

/* Without openid there is nothing at userinfo, so the token is for what was asked for. */
static enum err implied_resource(struct ctx *ctx, const struct user_grant *grant,
                                 const struct resource_entry **out)
{
    if (!grant->resources.n || str_has_word(grant->scope, STR("openid")))
        return OK;
    const struct resource_entry *usual = snapshot_default_resource(ctx->snapshot);
    if (count_words(grant->resources) == 1)
        *out = snapshot_resource(ctx->snapshot, grant->resources);
    else if (usual && str_has_word(grant->resources, usual->indicator))
        *out = usual;
    return *out ? OK
                : fail(ctx, ERR_OAUTH_INVALID_TARGET,
                       "only a single resource indicator value must be requested/supported during "
                       "Access Token Request");
}

static enum err find_resource(struct ctx *ctx, struct token_request *request,
                              const struct user_grant *grant, const struct resource_entry **out)
{
    enum err err = token_resource(ctx, &request->form, out);
    if (err)
        return err;
    if (!*out)
        err = implied_resource(ctx, grant, out);
    else if (!str_has_word(grant->resources, (*out)->indicator))
        err = fail(ctx, ERR_OAUTH_INVALID_TARGET, "resource indicator is missing, or unknown");
    return err;
}

/* An organization without a resource means the organization itself. */
static enum err find_target(struct ctx *ctx, struct token_request *request,
                            const struct user_grant *grant, const struct resource_entry **out)
{
    enum err err = OK;
    if (request->organization_id.p && !form_get(&request->form, STR("resource"), NULL).n)
        *out = snapshot_organization_scopes(ctx->snapshot);
    else
        err = find_resource(ctx, request, grant, out);
    if (!err && *out)
        request->resource_indicator = (*out)->indicator;
    return err;
}

/* ---- The organization ---- */

static enum err find_organization(struct ctx *ctx, struct token_request *request,
                                  const struct user_grant *grant)
{
    struct str id = form_get(&request->form, STR("organization_id"), NULL), scope;
    const struct user_access who = {request->client.app, grant->user_id, id, ACCESS_SEEN};
    if (!id.n)
        return OK;
    enum err err = user_check_organization(ctx, &who);
    if (!err)
        err = user_openid_scope(ctx, who.app, grant->scope, &scope);
    if (err)
        return err;
    if (!str_has_word(scope, STR(SCOPE_ORGANIZATIONS)))
        return fail_data(
            ctx, fail(ctx, ERR_OAUTH_INSUFFICIENT_SCOPE, "refresh token missing required scope"),
            STR("{\"scope\":\"" SCOPE_ORGANIZATIONS "\"}"));
    request->organization_id = id;
    return OK;
}

/* ---- ID tokens ---- */

/* OpenID Connect Back-Channel Logout 2.1 */
static enum err put_sid(struct ctx *ctx, struct json_out *out, const struct app *app,
                        const struct user_grant *grant)
{
    struct str uid;
    enum err err = grant_session(ctx, grant->grant_id, &uid);
    if (err)
        return err;
    JSON_STR(out, "sid", session_sid(ctx->arena, uid, app->id));
    return OK;
}

static struct str id_token_claims(struct ctx *ctx, const struct app *app,
                                  const struct user_grant *grant, struct str scope)
{
    struct buf buf = buf_new(ctx->arena, MAX_ID_TOKEN);
    struct json_out out = json_out(&buf);
    int64_t now = ctx->now / 1000;
    const struct user_access who = {.app = app, .user_id = grant->user_id};
    json_open_object(&out);
    if (user_put_claims(ctx, &out, &who, scope, false))
        return STR_NONE;
    if (grant->nonce.p)
        JSON_STR(&out, "nonce", grant->nonce);
    if (grant->auth_time)
        JSON_INT(&out, "auth_time", grant->auth_time);
    if (app->logout_names_session && put_sid(ctx, &out, app, grant))
        return STR_NONE;
    JSON_STR(&out, "aud", app->id);
    JSON_INT(&out, "exp", now + app->id_token_ttl);
    JSON_INT(&out, "iat", now);
    JSON_STR(&out, "iss", ctx->issuer);
    json_close_object(&out);
    return buf_view(&buf);
}

/* OpenID Connect Core 2 */
static enum err make_id_token(struct ctx *ctx, const struct app *app,
                              const struct user_grant *grant, struct str scope, struct str *token)
{
    const struct keyring *keys = snapshot_keys(ctx->snapshot);
    struct str payload, claims_scope;
    struct buf buf = buf_new(ctx->arena, 2 * MAX_ID_TOKEN);
    enum err err = user_openid_scope(ctx, app, scope, &claims_scope);
    if (err || !str_has_word(claims_scope, STR("openid")))
        return err;
    payload = id_token_claims(ctx, app, grant, claims_scope);
    if (!payload.p)
        return ctx->failure.err ? ctx->failure.err : fail(ctx, ERR_NO_MEMORY);
    if (!keyring_sign(keys, keyring_id_header(keys), payload, &buf))
        return fail(ctx, ERR_NO_MEMORY);
    *token = buf_view(&buf);
    return OK;
}

/* ---- Together ---- */

static enum err decide_scope(struct ctx *ctx, const struct token_request *request,
                             const struct user_grant *grant, const struct resource_entry *resource,
                             struct str scope, struct str *granted)
{
    const struct user_access who = {.app = request->client.app,
                                    .user_id = grant->user_id,
                                    .organization_id = request->organization_id};
    if (!resource)
        return user_openid_scope(ctx, who.app, scope, granted);
    if (resource->indicator.n)
        return consent_scope(ctx, &who, grant->grant_id, resource->indicator, scope, granted);
    /* Scopes of organizations are asked for by their resource, as those of any other. */
    bool asked = str_has_word(grant->resources, STR(ORGANIZATION_RESOURCE));
    return consent_scope(ctx, &who, grant->grant_id, STR(ORGANIZATION_RESOURCE),
                         asked ? scope : STR(""), granted);
}

/* Whatever has happened to the user since the grant counts. */
static enum err check_user(struct ctx *ctx, struct token_request *request,
                           const struct user_grant *grant)
{
    request->user_id = grant->user_id;
    enum err err = user_check_active(ctx, grant->user_id);
    if (!err)
        err = access_rules_check_user(ctx, request->client.app->id, grant->user_id);
    return err ? err : find_organization(ctx, request, grant);
}

enum err user_grant_issue(struct ctx *ctx, struct token_request *request,
                          const struct user_grant *grant, struct str scope)
{
    const struct resource_entry *resource = NULL;
    struct issuance what = {.app = request->client.app,
                            .user_id = grant->user_id,
                            .grant_id = grant->grant_id,
                            .refresh_token = grant->refresh_token,
                            .grant_type = request->grant->type};
    enum err err;
    if ((err = check_user(ctx, request, grant)) ||
        (err = find_target(ctx, request, grant, &resource)) ||
        (err = decide_scope(ctx, request, grant, resource, scope, &what.scope)))
        return err;
    what.resource = resource;
    what.organization_id = request->organization_id;
    request->access.granted = what.scope;
    if ((err = active_users_note(ctx->db, grant->user_id, ctx->now)) ||
        (err = make_id_token(ctx, what.app, grant, scope, &what.id_token)))
        return err;
    return issue(ctx, &what);
}
