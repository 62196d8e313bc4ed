/* /api/organization-scopes: what roles in organizations can permit. */
#include "domain/organizations.h"

static enum err list_scopes(struct ctx *ctx)
{
    struct db_value pattern;
    struct crud_filter filter;
    bool matching = organization_match(ctx, ORGANIZATION_MATCH("name"), &pattern, &filter);
    return entity_answer_list(ctx, &organization_scope_entity, &filter, matching);
}

static enum err create_scope(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_insert(ctx, &organization_scope_entity, ID_LENGTH, 0, &rows);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, db_text(&rows, 0, ORGANIZATION_SCOPE_ID));
    if (!err)
        entity_answer(ctx, &organization_scope_entity, &rows, 0);
    return err;
}

static enum err get_scope(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &organization_scope_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_scope_entity, &rows, 0);
    return err;
}

static enum err patch_scope(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_patch(ctx, &organization_scope_entity, ctx->params[0], &rows);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
    if (!err)
        entity_answer(ctx, &organization_scope_entity, &rows, 0);
    return err;
}

static enum err delete_scope(struct ctx *ctx)
{
    enum err err = organization_part_delete(ctx, &organization_scope_entity, ctx->params[0]);
    return err ? err : change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only scopes whose name has this in it."},
    FIELDS_END,
};

ROUTES(organization_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-scopes"),
     .area = "organization-scopes",
     .query = list_query,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_scope_fields,
     .summary = "List organization scopes",
     .doc = "By name.",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-scopes"),
     .area = "organization-scopes",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = organization_scope_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_scope_fields,
     .summary = "Create an organization scope",
     .doc = "Organization roles grant it; the token of an organization carries it.",
     .handle = create_scope},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-scopes/:id"),
     .area = "organization-scopes",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_scope_fields,
     .summary = "Get an organization scope",
     .handle = get_scope},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/organization-scopes/:id"),
     .area = "organization-scopes",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = organization_scope_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_scope_fields,
     .summary = "Change an organization scope",
     .handle = patch_scope},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organization-scopes/:id"),
     .area = "organization-scopes",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an organization scope",
     .doc = "Organization roles that grant it lose it.",
     .handle = delete_scope},
    ROUTES_END,
};
