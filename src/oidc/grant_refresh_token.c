/* grant_type=refresh_token, for users, and for applications that opted in to tokens of their own.
 * RFC 6749 6
 *
 * Liberal where clients are odd: `resource` and `scope` may be missing (the original ones count),
 * the client may authenticate either way, and unknown parameters such as Postman's `client` are
 * ignored. */
#include "domain/refresh_tokens.h"
#include "oidc/issue.h"
#include "oidc/user_tokens.h"

#define FAMILY_MAX_MS                                                                              \
    ((int64_t)365 * 24 * 3600 * 1000) /* rotation never goes beyond: RFC 9700 4.14 */
#define ROTATE_PERCENT 70 /* of its life, after which a confidential client's token is replaced */

static const char *const once[] = {"refresh_token", NULL};

static bool allowed(const struct app *app)
{
    return user_grant_allowed(app) || (app->type == APP_M2M && app->refresh_for_client_credentials);
}

/* The scope is named when it could be one. RFC 6749 3.3 */
static enum err refuse_scope(struct ctx *ctx, struct str scope)
{
    enum err err = fail(ctx, ERR_OAUTH_INVALID_SCOPE, "refresh token missing requested scope");
    for (size_t i = 0; i < scope.n; i++)
        if (scope.p[i] <= ' ' || scope.p[i] > '~' || scope.p[i] == '"' || scope.p[i] == '\\')
            return err;
    return fail_data(ctx, err, arena_printf(ctx->arena, "{\"scope\":\"%.*s\"}", STR_ARG(scope)));
}

/* RFC 6749 6: the scope must not go beyond what was granted. */
static enum err check_scope(struct ctx *ctx, struct str asked, struct str granted)
{
    struct str word;
    while ((word = str_split(&asked, ' ')).p)
        if (word.n && !str_has_word(granted, word))
            return refuse_scope(ctx, word);
    return OK;
}

/* The organization of the grant, in which the client must still be; one that the request names must
 * be the same. */
static enum err find_organization(struct ctx *ctx, struct token_request *request,
                                  const struct refresh_token *token, struct str *role_ids)
{
    struct str asked = form_get(&request->form, STR("organization_id"), NULL);
    if (asked.p && !(token->organization_id.p && str_eq(asked, token->organization_id)))
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED, "the refresh token is not for this organization");
    request->organization_id = token->organization_id;
    return token->organization_id.p ? token_membership(ctx, request, role_ids) : OK;
}

/* The resource of the grant; one that the request names must be the same. RFC 8707 2.2 */
static enum err find_resource(struct ctx *ctx, struct token_request *request,
                              const struct refresh_token *token,
                              const struct resource_entry **resource)
{
    const struct resource_entry *asked;
    enum err err = token_resource(ctx, &request->form, &asked);
    if (err)
        return err;
    *resource = token->organization_id.p && !token->resource.n
                    ? snapshot_organization_scopes(ctx->snapshot)
                    : snapshot_resource(ctx->snapshot, token->resource);
    if (!*resource || (asked && asked != *resource))
        return fail(ctx, ERR_OAUTH_INVALID_TARGET, "resource indicator is missing, or unknown");
    request->resource_indicator = (*resource)->indicator;
    return OK;
}

static enum err run_for_application(struct ctx *ctx, struct token_request *request,
                                    struct refresh_token *token)
{
    struct str next;
    const struct resource_entry *resource;
    struct str role_ids = STR_NONE;
    enum err err;
    if ((err = find_organization(ctx, request, token, &role_ids)) ||
        (err = find_resource(ctx, request, token, &resource)))
        return err;
    struct str scope = form_get(&request->form, STR("scope"), NULL);
    if (scope.p && (err = check_scope(ctx, scope, token->scope)))
        return err;
    if (!token_decide(ctx, request, role_ids, resource, scope.p ? scope : token->scope))
        return fail(ctx, ERR_NO_MEMORY);
    token->created_at = ctx->now;
    if ((err = refresh_token_create(ctx, token, &next)))
        return err;
    return issue(ctx, &(struct issuance){.app = request->client.app,
                                         .grant_type = request->grant->type,
                                         .resource = resource,
                                         .scope = request->access.granted,
                                         .refresh_token = next,
                                         .organization_id = request->organization_id});
}

/* ---- For users ---- */

/* A client that cannot keep a secret gets a new token each time, another towards the end. */
static bool rotates(const struct ctx *ctx, const struct app *app, const struct refresh_token *token)
{
    if (!token->user_id.p)
        return true;
    if (app->keep_refresh_token || token->expires_at >= token->started_at + FAMILY_MAX_MS)
        return false;
    if (!client_is_confidential(app))
        return true;
    int64_t life = token->expires_at - token->created_at;
    return (ctx->now - token->created_at) * 100 >= life * ROTATE_PERCENT;
}

/* A single-page application signs in again when the first token would have expired. */
static int64_t next_expiry(const struct ctx *ctx, const struct app *app,
                           const struct refresh_token *token)
{
    int64_t days = app->refresh_ttl_days > 0 ? app->refresh_ttl_days : 14;
    int64_t expiry = ctx->now + days * 24 * 3600 * 1000, last = token->started_at + FAMILY_MAX_MS;
    if (app->type == APP_SPA)
        return token->expires_at;
    return expiry < last ? expiry : last;
}

static enum err run_for_user(struct ctx *ctx, struct token_request *request,
                             struct refresh_token *token, struct str text, bool rotated)
{
    struct user_grant grant = {
        .grant_id = token->grant_id,
        .user_id = token->user_id,
        .scope = token->scope,
        .resources = token->resource,
        .nonce = token->nonce,
        .auth_time = token->auth_time,
        .refresh_token = text,
    };
    struct str scope = form_get(&request->form, STR("scope"), NULL);
    enum err err = scope.p ? check_scope(ctx, scope, token->scope) : OK;
    if (err)
        return err;
    if (rotated) {
        token->expires_at = next_expiry(ctx, request->client.app, token);
        token->created_at = ctx->now;
        if ((err = refresh_token_create(ctx, token, &grant.refresh_token)))
            return err;
    }
    return user_grant_issue(ctx, request, &grant, scope.p ? scope : token->scope);
}

/* Looks first: only a token that is to be replaced is used up. */
static enum err take(struct ctx *ctx, const struct app *app, struct str text,
                     struct refresh_token *token, bool *rotated)
{
    enum err err = refresh_token_find(ctx, text, token);
    bool usable = !err && str_eq(token->application_id, app->id) && !token->consumed &&
                  token->expires_at > ctx->now;
    *rotated = err || rotates(ctx, app, token);
    if (usable && !*rotated)
        return OK;
    if (err && err != ERR_NOT_FOUND)
        return err;
    return refresh_token_consume(ctx, text, app->id, token);
}

static enum err run(struct ctx *ctx, struct token_request *request)
{
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    struct str text;
    struct refresh_token token;
    bool rotated;
    enum err err = oauth_require(ctx, &request->form, "refresh_token", &text);
    if (err)
        return err;
    err = take(ctx, request->client.app, text, &token, &rotated);
    if (err)
        return err == ERR_NOT_FOUND ? fail(ctx, ERR_OAUTH_INVALID_GRANT) : err;
    return token.user_id.p ? run_for_user(ctx, request, &token, text, rotated)
                           : run_for_application(ctx, request, &token);
}

const struct grant grant_refresh_token = {
    .type = STR_INIT("refresh_token"),
    .log_key = STR_INIT("ExchangeTokenBy.RefreshToken"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
