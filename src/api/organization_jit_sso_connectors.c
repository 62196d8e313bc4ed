/* /api/organizations/:id/jit/sso-connectors: enterprise sign-in that makes users members. */
#include "api/organization_related.h"
#include "domain/organizations.h"
#include "domain/sso_connectors.h"

static const struct relation relation =
    RELATION("organization_jit_sso_connectors", "organization_id", "sso_connector_id");
static const struct related connectors = {
    .relation = &relation,
    .body = STR_INIT("ssoConnectorIds"),
};

static enum err list_connectors(struct ctx *ctx)
{
    struct db_rows rows;
    struct db_value id = db_text_value(ctx->params[0]);
    const struct crud_filter filter = {
        "id IN (SELECT sso_connector_id FROM organization_jit_sso_connectors"
        " WHERE organization_id = $1)",
        &id, 1};
    enum err err = entity_get(ctx, &organization_entity, ctx->params[0], &rows);
    if (!err)
        err = entity_list(ctx, &sso_connector_entity, &filter, 1, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++) {
        json_open_object(&ctx->answer.json);
        err = sso_put_members(ctx, &rows, i);
        json_close_object(&ctx->answer.json);
    }
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err add_connectors(struct ctx *ctx)
{
    return related_create(ctx, &connectors);
}

static enum err replace_connectors(struct ctx *ctx)
{
    return related_replace(ctx, &connectors);
}

static enum err remove_connector(struct ctx *ctx)
{
    return related_remove(ctx, &connectors);
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
     .reply_fields = sso_connector_fields,
     .summary = "List the enterprise connectors of an organization",
     .doc = "Who signs in through one of them becomes a member.",
     .handle = list_connectors},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Add enterprise connectors to an organization",
     .handle = add_connectors},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the enterprise connectors of an organization",
     .handle = replace_connectors},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/jit/sso-connectors/:ssoConnectorId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove an enterprise connector from an organization",
     .handle = remove_connector},
    ROUTES_END,
};
