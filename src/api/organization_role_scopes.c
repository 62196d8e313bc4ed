/* /api/organization-roles/:id/scopes and /resource-scopes: what an organization role grants. */
#include "api/organization_related.h"
#include "api/reach.h"
#include "domain/organizations.h"
#include "domain/resources.h"
#include "domain/roles.h"

static enum err note_role(struct ctx *ctx, const struct id_list *ids)
{
    (void)ids;
    return change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

static enum err answer_granted(struct ctx *ctx, const struct entity *entity, const char *condition)
{
    struct db_rows role;
    struct db_value id = db_text_value(ctx->params[0]);
    enum err err = organization_part_get(ctx, &organization_role_entity, ctx->params[0], &role);
    return err ? err : entity_answer_list(ctx, entity, &(struct crud_filter){condition, &id, 1}, 1);
}

/* ---- Organization scopes ---- */

static const struct related scopes = {
    .relation = &organization_role_scopes,
    .body = STR_INIT("organizationScopeIds"),
    .note = note_role,
};

static enum err list_scopes(struct ctx *ctx)
{
    return answer_granted(ctx, &organization_scope_entity,
                          "id IN (SELECT organization_scope_id FROM organization_role_scopes"
                          " WHERE organization_role_id = $1)");
}

static enum err add_scopes(struct ctx *ctx)
{
    return related_create(ctx, &scopes);
}

static enum err replace_scopes(struct ctx *ctx)
{
    return related_replace(ctx, &scopes);
}

static enum err remove_scope(struct ctx *ctx)
{
    return related_remove(ctx, &scopes);
}

/* ---- Scopes of API resources ---- */

/* A role for users gets none of the Management API, as a role outside of organizations. */
static enum err check_resource_scopes(struct ctx *ctx, const struct id_list *ids)
{
    struct db_rows role;
    enum err err = crud_find(ctx->db, &organization_role_entity, ctx->params[0], ctx->arena, &role);
    if (!err && role.count &&
        str_eq(db_text(&role, 0, ORGANIZATION_ROLE_TYPE), STR(ROLE_TYPE_USER)))
        err = reach_check_user_scopes(ctx, ids);
    return err ? err : reach_check_scopes(ctx, ids);
}

static const struct related resource_scopes = {
    .relation = &organization_role_resource_scopes,
    .body = STR_INIT("scopeIds"),
    .check = check_resource_scopes,
    .note = note_role,
};

static enum err list_resource_scopes(struct ctx *ctx)
{
    return answer_granted(ctx, &scope_entity,
                          "id IN (SELECT scope_id FROM organization_role_resource_scopes"
                          " WHERE organization_role_id = $1)");
}

static enum err add_resource_scopes(struct ctx *ctx)
{
    return related_create(ctx, &resource_scopes);
}

static enum err replace_resource_scopes(struct ctx *ctx)
{
    return related_replace(ctx, &resource_scopes);
}

static enum err remove_resource_scope(struct ctx *ctx)
{
    return related_remove(ctx, &resource_scopes);
}

/* ---- Routes ---- */

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_scopes_body[] = {
    {.name = STR_INIT("organizationScopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of organization scopes."},
    FIELDS_END,
};
static const struct field replace_scopes_body[] = {
    {.name = STR_INIT("organizationScopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of organization scopes; an empty list takes all away."},
    FIELDS_END,
};
static const struct field add_resource_scopes_body[] = {
    {.name = STR_INIT("scopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of scopes, of any resources."},
    FIELDS_END,
};
static const struct field replace_resource_scopes_body[] = {
    {.name = STR_INIT("scopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of scopes, of any resources; an empty list takes all away."},
    FIELDS_END,
};

ROUTES(organization_role_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-roles/:id/scopes"),
     .area = "organization-roles",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_scope_fields,
     .summary = "List the organization scopes of an organization role",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-roles/:id/scopes"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_scopes_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give organization scopes to an organization role",
     .handle = add_scopes},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organization-roles/:id/scopes"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_scopes_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the organization scopes of an organization role",
     .handle = replace_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organization-roles/:id/scopes/:organizationScopeId"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take an organization scope from an organization role",
     .handle = remove_scope},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-roles/:id/resource-scopes"),
     .area = "organization-roles",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = scope_fields,
     .summary = "List the resource scopes of an organization role",
     .handle = list_resource_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-roles/:id/resource-scopes"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_resource_scopes_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give resource scopes to an organization role",
     .doc = "A token without the scope `all` can hand on only Management API scopes that it has "
            "itself.",
     .handle = add_resource_scopes},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organization-roles/:id/resource-scopes"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_resource_scopes_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the resource scopes of an organization role",
     .handle = replace_resource_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organization-roles/:id/resource-scopes/:scopeId"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a resource scope from an organization role",
     .handle = remove_resource_scope},
    ROUTES_END,
};
