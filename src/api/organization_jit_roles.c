/* /api/organizations/:id/jit/roles: the roles of those who become members by themselves. */
#include "api/organization_related.h"
#include "api/reach.h"
#include "domain/organizations.h"

/* Of any type, as with Logto: one for applications gives nothing to those who join. */
static const struct related roles = {
    .relation = &organization_jit_roles,
    .body = STR_INIT("organizationRoleIds"),
    .check = reach_check_organization_roles,
};

static enum err list_roles(struct ctx *ctx)
{
    struct db_rows organization;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filter = {"id IN (SELECT organization_role_id FROM organization_jit_roles"
                                 " WHERE organization_id = $1)",
                                 &id, 1};
    enum err err = entity_get(ctx, &organization_entity, ctx->params[0], &organization);
    return err ? err : entity_answer_list(ctx, &organization_role_entity, &filter, 1);
}

static enum err add_roles(struct ctx *ctx)
{
    return related_create(ctx, &roles);
}

static enum err replace_roles(struct ctx *ctx)
{
    return related_replace(ctx, &roles);
}

static enum err remove_role(struct ctx *ctx)
{
    return related_remove(ctx, &roles);
}

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_body[] = {
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of organization roles."},
    FIELDS_END,
};
static const struct field replace_body[] = {
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of organization roles; an empty list removes all."},
    FIELDS_END,
};

ROUTES(organization_jit_roles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/jit/roles"),
     .area = "organizations",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_role_fields,
     .summary = "List the roles of new members of an organization",
     .doc = "What users get who become members by their e-mail address.",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/jit/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Add roles of new members of an organization",
     .handle = add_roles},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/jit/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the roles of new members of an organization",
     .handle = replace_roles},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/jit/roles/:organizationRoleId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove a role of new members of an organization",
     .handle = remove_role},
    ROUTES_END,
};
