/* /api/organizations/:id/applications/:applicationId/roles: what an application may do in an
 * organization. */
#include "api/organization_related.h"
#include "api/reach.h"
#include "domain/organizations.h"
#include "domain/roles.h"

static enum err check_member(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT application_id FROM organization_applications"
                            " WHERE organization_id = $1 AND application_id = $2",
                            DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])),
                            ctx->arena, &rows);
    return err || rows.count ? err : fail(ctx, ERR_ORGANIZATION_MEMBERSHIP);
}

static enum err check_roles(struct ctx *ctx, const struct id_list *ids)
{
    enum err err =
        relation_check_type(ctx->db, RELATION_ROLE_TYPE, ids, STR(ROLE_TYPE_MACHINE), ctx->arena);
    return err ? err : reach_check_organization_roles(ctx, ids);
}

static enum err note_application(struct ctx *ctx, const struct id_list *ids)
{
    (void)ids;
    return organization_note_membership(ctx, ctx->params[0], ctx->params[1]);
}

static const struct related roles = {
    .relation = &organization_application_roles,
    .body = STR_INIT("organizationRoleIds"),
    .check = check_roles,
    .note = note_application,
};

static enum err list_roles(struct ctx *ctx)
{
    struct db_value owner[] = {db_text_value(ctx->params[0]), db_text_value(ctx->params[1])};
    struct crud_filter filter = {
        "id IN (SELECT organization_role_id FROM organization_application_roles"
        " WHERE organization_id = $1 AND application_id = $2)",
        owner, 2};
    enum err err = check_member(ctx);
    return err ? err : entity_answer_list(ctx, &organization_role_entity, &filter, 1);
}

static enum err add_roles(struct ctx *ctx)
{
    enum err err = check_member(ctx);
    return err ? err : related_create(ctx, &roles);
}

static enum err replace_roles(struct ctx *ctx)
{
    enum err err = check_member(ctx);
    return err ? err : related_replace(ctx, &roles);
}

static enum err remove_role(struct ctx *ctx)
{
    enum err err = check_member(ctx);
    return err ? err : related_remove(ctx, &roles);
}

/* ---- Several applications at once ---- */

static enum err give_roles(struct ctx *ctx, struct str application, const struct id_list *ids)
{
    const struct str owner[] = {ctx->params[0], application};
    enum err err =
        relation_add(ctx->db, &organization_application_roles, owner, ids, ctx->arena, NULL);
    return err ? err : organization_note_membership(ctx, ctx->params[0], application);
}

static enum err add_roles_to_many(struct ctx *ctx)
{
    struct id_list applications, ids;
    enum err err = id_list_parse(ctx_body(ctx, STR("applicationIds")), ctx->arena, &applications);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("organizationRoleIds")), ctx->arena, &ids);
    if (!err)
        err = check_roles(ctx, &ids);
    for (size_t i = 0; !err && i < applications.count; i++)
        err = give_roles(ctx, applications.ids[i], &ids);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

/* ---- Routes ---- */

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

#define ROLE_IDS                                                                                   \
    {                                                                                              \
        .name = STR_INIT("organizationRoleIds"), .type = FIELD_ARRAY,                              \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .min = 1, .item = &id_item,                        \
        .doc = "Ids of organization roles for machines."                                           \
    }

static const struct field body[] = {ROLE_IDS, FIELDS_END};

static const struct field many_body[] = {
    {.name = STR_INIT("applicationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of applications of the organization."},
    ROLE_IDS,
    FIELDS_END,
};

ROUTES(organization_application_roles) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/applications/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = many_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give organization roles to several applications",
     .handle = add_roles_to_many},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/applications/:applicationId/roles"),
     .area = "organizations",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_role_fields,
     .summary = "List the roles of an application in an organization",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/applications/:applicationId/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give organization roles to an application",
     .doc = "A token without the scope `all` can hand on only roles whose Management API scopes "
            "it has itself.",
     .handle = add_roles},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/applications/:applicationId/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the roles of an application in an organization",
     .handle = replace_roles},
    {.method = HTTP_M_DELETE,
     .path =
         STR_INIT("/api/organizations/:id/applications/:applicationId/roles/:organizationRoleId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from an application in an organization",
     .handle = remove_role},
    ROUTES_END,
};
