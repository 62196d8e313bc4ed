/* grant_type=client_credentials. RFC 6749 4.4 */
#include "domain/refresh_tokens.h"
#include "oidc/issue.h"
#include "oidc/token.h"

static const char *const once[] = {NULL};

static bool allowed(const struct app *app)
{
    return app->type == APP_M2M;
}

/* The request's resource, else the application's default, else the tenant's. */
static enum err find_resource(struct ctx *ctx, struct token_request *request,
                              const struct resource_entry **resource)
{
    enum err err = token_resource(ctx, &request->form, resource);
    if (err)
        return err;
    const struct app *app = request->client.app;
    if (!*resource && app->default_resource.n)
        *resource = snapshot_resource(ctx->snapshot, app->default_resource);
    if (!*resource)
        *resource = snapshot_default_resource(ctx->snapshot);
    if (!*resource)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET,
                    "both `resource` and `organization_id` are not provided");
    request->resource_indicator = (*resource)->indicator;
    return OK;
}

/* An organization without a resource means the organization itself; no default counts then. */
static enum err find_target(struct ctx *ctx, struct token_request *request,
                            const struct resource_entry **resource)
{
    if (!request->organization_id.p || form_get(&request->form, STR("resource"), NULL).p)
        return find_resource(ctx, request, resource);
    *resource = snapshot_organization_scopes(ctx->snapshot);
    request->resource_indicator = (*resource)->indicator;
    return OK;
}

static enum err make_refresh_token(struct ctx *ctx, const struct token_request *request,
                                   struct str *token)
{
    const struct app *app = request->client.app;
    int64_t days = app->refresh_ttl_days > 0 ? app->refresh_ttl_days : 14;
    struct refresh_token what = {
        .application_id = app->id,
        .resource = request->resource_indicator,
        .scope = request->access.granted,
        .organization_id = request->organization_id,
        .created_at = ctx->now,
        .expires_at = ctx->now + days * 24 * 3600 * 1000,
    };
    return refresh_token_create(ctx, &what, token);
}

static enum err run(struct ctx *ctx, struct token_request *request)
{
    const struct app *app = request->client.app;
    if (app->refresh_for_client_credentials && !ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err;
    struct str role_ids = STR_NONE;
    request->organization_id = form_get(&request->form, STR("organization_id"), NULL);
    if (request->organization_id.p && (err = token_membership(ctx, request, &role_ids)))
        return err;
    const struct resource_entry *resource;
    if ((err = find_target(ctx, request, &resource)))
        return err;
    struct str scope = form_get(&request->form, STR("scope"), NULL);
    if (!scope.p)
        scope = app->default_scopes;
    if (!token_decide(ctx, request, role_ids, resource, scope))
        return fail(ctx, ERR_NO_MEMORY);
    struct issuance what = {.app = app,
                            .resource = resource,
                            .scope = request->access.granted,
                            .organization_id = request->organization_id,
                            .grant_type = request->grant->type};
    if (app->refresh_for_client_credentials &&
        (err = make_refresh_token(ctx, request, &what.refresh_token)))
        return err;
    return issue(ctx, &what);
}

const struct grant grant_client_credentials = {
    .type = STR_INIT("client_credentials"),
    .log_key = STR_INIT("ExchangeTokenBy.ClientCredentials"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
