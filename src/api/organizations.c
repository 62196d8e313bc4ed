/* /api/organizations. */
#include "domain/organizations.h"

static enum err list_organizations(struct ctx *ctx)
{
    struct db_value pattern;
    struct crud_filter filter;
    bool matching = organization_match(
        ctx, ORGANIZATION_MATCH("id") " OR " ORGANIZATION_MATCH("name"), &pattern, &filter);
    return entity_answer_list(ctx, &organization_entity, &filter, matching);
}

static enum err create_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err =
        organization_part_insert(ctx, &organization_entity, ID_SHORT_LENGTH, ctx->now, &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err get_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &organization_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err patch_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_patch(ctx, &organization_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err delete_organization(struct ctx *ctx)
{
    enum err err = organization_note_deletion(ctx, ctx->params[0]);
    return err ? err : organization_part_delete(ctx, &organization_entity, ctx->params[0]);
}

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only organizations whose id or name has this in it."},
    FIELDS_END,
};

ROUTES(organizations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations"),
     .area = "organizations",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_fields,
     .summary = "List organizations",
     .doc = "Newest first.",
     .handle = list_organizations},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = organization_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Create an organization",
     .handle = create_organization},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Get an organization",
     .handle = get_organization},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = organization_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Change an organization",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_organization},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an organization",
     .doc = "Its members stay, but get no more tokens for it.",
     .handle = delete_organization},
    ROUTES_END,
};
