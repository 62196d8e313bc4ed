/* grant_type=refresh_token, for applications that opted in to refresh tokens. RFC 6749 6
 *
 * Liberal where clients are odd: `resource` and `scope` may be missing (the original ones count),
 * the client may authenticate either way, and unknown parameters such as Postman's `client` are
 * ignored. */
#include "domain/refresh_tokens.h"
#include "oidc/issue.h"
#include "oidc/token.h"

static const char *const once[] = {"refresh_token", NULL};

static bool allowed(const struct app *app)
{
    return app->type == APP_M2M && app->refresh_for_client_credentials;
}

/* RFC 6749 6: the scope must not go beyond what was granted. */
static enum err check_scope(struct ctx *ctx, struct str asked, struct str granted)
{
    struct str word;
    while ((word = str_split(&asked, ' ')).p)
        if (word.n && !str_has_word(granted, word))
            return fail(ctx, ERR_OAUTH_INVALID_SCOPE, "refresh token missing requested scope");
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

static enum err run(struct ctx *ctx, struct token_request *request)
{
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    const struct app *app = request->client.app;
    struct str text, next;
    enum err err = oauth_require(ctx, &request->form, "refresh_token", &text);
    if (err)
        return err;
    struct refresh_token token;
    err = refresh_token_consume(ctx, text, app->id, &token);
    if (err)
        return err == ERR_NOT_FOUND ? fail(ctx, ERR_OAUTH_INVALID_GRANT) : err;

    const struct resource_entry *resource;
    struct str role_ids = STR_NONE;
    if ((err = find_organization(ctx, request, &token, &role_ids)) ||
        (err = find_resource(ctx, request, &token, &resource)))
        return err;
    struct str scope = form_get(&request->form, STR("scope"), NULL);
    if (scope.p && (err = check_scope(ctx, scope, token.scope)))
        return err;
    if (!token_decide(ctx, request, role_ids, resource, scope.p ? scope : token.scope))
        return fail(ctx, ERR_NO_MEMORY);
    token.created_at = ctx->now;
    if ((err = refresh_token_create(ctx, &token, &next)))
        return err;
    return issue(ctx, &(struct issuance){.app = app,
                                         .resource = resource,
                                         .scope = request->access.granted,
                                         .refresh_token = next,
                                         .organization_id = request->organization_id});
}

const struct grant grant_refresh_token = {
    .type = STR_INIT("refresh_token"),
    .log_key = STR_INIT("ExchangeTokenBy.RefreshToken"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
