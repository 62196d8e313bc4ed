/* /api/applications/:applicationId/user-consent-scopes: what a third-party application may ask
 * users for. */
#include "api/consent_scopes.h"
#include "domain/applications.h"

static const struct consent_table table = CONSENT_TABLE("application_consent", "application_id");

static enum err list_scopes(struct ctx *ctx)
{
    struct db_rows application;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    return err ? err : consent_scopes_list(ctx, &table, ctx->params[0]);
}

static enum err add_scopes(struct ctx *ctx)
{
    enum err err = application_check_third_party(ctx, ctx->params[0]);
    return err ? err : consent_scopes_add(ctx, &table, ctx->params[0]);
}

static enum err remove_scope(struct ctx *ctx)
{
    struct db_rows application;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    return err ? err
               : consent_scopes_remove(ctx, &table, ctx->params[0], ctx->params[1], ctx->params[2]);
}

ROUTES(application_consent_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes"),
     .area = "applications",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = consent_scopes_reply,
     .summary = "List what a third-party application may ask users for",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = consent_scopes_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Let a third-party application ask users for more",
     .handle = add_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes/:scopeType/:scopeId"),
     .area = "applications",
     .run = RUN_WRITE,
     .params = consent_scopes_params,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take back what a third-party application may ask users for",
     .handle = remove_scope},
    ROUTES_END,
};
