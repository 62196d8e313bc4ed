/* /api/cimd/user-consent-scopes: what clients that are known by the address of their metadata
 * (Client ID Metadata Documents) may ask users for, all of them alike. */
#include "api/consent_scopes.h"

static const struct consent_table table = CONSENT_TABLE("cimd_consent", "holder");
#define HOLDER STR("cimd") /* the one owner */
#define STORED "Stored, but without effect as yet: such clients are not let sign users in."

static enum err list_scopes(struct ctx *ctx)
{
    return consent_scopes_list(ctx, &table, HOLDER);
}

static enum err add_scopes(struct ctx *ctx)
{
    return consent_scopes_add(ctx, &table, HOLDER);
}

static enum err remove_scope(struct ctx *ctx)
{
    return consent_scopes_remove(ctx, &table, HOLDER, ctx->params[0], ctx->params[1]);
}

ROUTES(cimd_consent_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/cimd/user-consent-scopes"),
     .area = "cimd",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = consent_scopes_reply,
     .summary = "List what clients with metadata documents may ask users for",
     .doc = STORED,
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/cimd/user-consent-scopes"),
     .area = "cimd",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = consent_scopes_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Let clients with metadata documents ask users for more",
     .doc = STORED,
     .handle = add_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/cimd/user-consent-scopes/:scopeType/:scopeId"),
     .area = "cimd",
     .run = RUN_WRITE,
     .params = consent_scopes_params,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take back what clients with metadata documents may ask users for",
     .doc = STORED,
     .handle = remove_scope},
    ROUTES_END,
};
