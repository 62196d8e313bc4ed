/* /api/organizations/:id/jit/sso-connectors: enterprise sign-in that makes users members. The
 * server has no such connector, so every id is that of one that does not exist. */
#include "domain/organizations.h"

static enum err list_connectors(struct ctx *ctx)
{
    struct db_rows organization;
    enum err err = entity_get(ctx, &organization_entity, ctx->params[0], &organization);
    if (err)
        return err;
    ctx_page_headers(ctx, 0);
    json_put_raw(&ctx->answer.json, STR("[]"));
    return OK;
}

static enum err set_connectors(struct ctx *ctx)
{
    return yyjson_arr_size(ctx_body(ctx, STR("ssoConnectorIds"))) ? ERR_DB_FOREIGN_KEY : OK;
}

static enum err remove_connector(struct ctx *ctx)
{
    return fail(ctx, ERR_NOT_FOUND);
}

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_body[] = {
    {.name = STR_INIT("ssoConnectorIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of enterprise connectors."},
    FIELDS_END,
};
static const struct field replace_body[] = {
    {.name = STR_INIT("ssoConnectorIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of enterprise connectors; an empty list removes all."},
    FIELDS_END,
};

ROUTES(organization_jit_sso_connectors) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors"),
     .area = "organizations",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .summary = "List the enterprise connectors of an organization",
     .doc = "None: this server has no enterprise connectors.",
     .handle = list_connectors},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 422,
     .reply = REPLY_FREE,
     .summary = "Add enterprise connectors to an organization",
     .doc = "Refused: this server has no enterprise connectors.",
     .handle = set_connectors},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the enterprise connectors of an organization",
     .doc = "Only the empty list is possible: this server has no enterprise connectors.",
     .handle = set_connectors},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors/:ssoConnectorId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Remove an enterprise connector from an organization",
     .doc = "Refused: this server has no enterprise connectors.",
     .handle = remove_connector},
    ROUTES_END,
};
