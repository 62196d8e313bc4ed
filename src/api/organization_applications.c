/* /api/organizations/:id/applications: the machine-to-machine applications of an organization. */
#include "api/organization_related.h"
#include "domain/applications.h"
#include "domain/organizations.h"
#include "domain/roles.h"

#define OF_ORGANIZATION                                                                            \
    "id IN (SELECT application_id FROM organization_applications WHERE organization_id = $1)"

/* ---- Listing, each application with its roles ---- */

#define ROLES_HELD                                                                                 \
    "SELECT x.application_id, r.id, r.name FROM organization_application_roles x"                  \
    " JOIN organization_roles r ON r.id = x.organization_role_id"                                  \
    " WHERE x.organization_id = $1 AND x.application_id"

static enum err list_applications(struct ctx *ctx)
{
    struct db_rows rows;
    struct row_index roles;
    struct db_value id = db_text_value(ctx->params[0]), pattern;
    struct crud_filter filters[2] = {{OF_ORGANIZATION, &id, 1}};
    bool matching = organization_match(ctx,
                                       ORGANIZATION_MATCH("id") " OR " ORGANIZATION_MATCH(
                                           "name") " OR " ORGANIZATION_MATCH("description"),
                                       &pattern, &filters[1]);
    enum err err = entity_list(ctx, &application_entity, filters, 1 + (size_t)matching, &rows);
    if (!err)
        err =
            organization_roles_held(ctx, ROLES_HELD, ctx->params[0], &rows, APPLICATION_ID, &roles);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        json_open_object(out);
        JSON_STR(out, "tenantId", ctx->tenant->id);
        crud_put_members(out, &application_entity, &rows, i);
        organization_roles_put(out, &roles, db_text(&rows, i, APPLICATION_ID));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

/* ---- Members ---- */

static enum err check_machines(struct ctx *ctx, const struct id_list *ids)
{
    return relation_check_type(ctx->db, RELATION_APPLICATION_TYPE, ids, STR(ROLE_TYPE_MACHINE),
                               ctx->arena);
}

static enum err note_members(struct ctx *ctx, const struct id_list *ids)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < ids->count; i++)
        err = organization_note_membership(ctx, ctx->params[0], ids->ids[i]);
    return err;
}

static const struct related members = {
    .relation = &organization_applications,
    .body = STR_INIT("applicationIds"),
    .check = check_machines,
    .note = note_members,
    .told = true,
    .kind = HOOK_MEMBER_APPLICATION,
};

static enum err add_applications(struct ctx *ctx)
{
    return related_create(ctx, &members);
}

static enum err replace_applications(struct ctx *ctx)
{
    return related_replace(ctx, &members);
}

static enum err remove_application(struct ctx *ctx)
{
    return related_remove(ctx, &members);
}

/* ---- Routes ---- */

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only applications whose id, name or description has this in it."},
    FIELDS_END,
};

static const struct field list_reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier, the client_id."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Name for people."},
    {.name = STR_INIT("description"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "What it is."},
    {.name = STR_INIT("type"), .type = FIELD_STRING, .doc = "Kind of client."},
    {.name = STR_INIT("oidcClientMetadata"), .type = FIELD_MAP, .doc = "Its OIDC metadata."},
    {.name = STR_INIT("customClientMetadata"), .type = FIELD_MAP, .doc = "Its settings."},
    {.name = STR_INIT("protectedAppMetadata"),
     .type = FIELD_MAP,
     .flags = FIELD_NULLABLE,
     .doc = "Of protected applications only."},
    {.name = STR_INIT("customData"), .type = FIELD_MAP, .doc = "Anything."},
    {.name = STR_INIT("isThirdParty"), .type = FIELD_BOOL, .doc = "Whether it is foreign."},
    {.name = STR_INIT("appLevelAccessControlEnabled"),
     .type = FIELD_BOOL,
     .doc = "Whether only some users may use it."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    ORGANIZATION_ROLES_FIELD,
    FIELDS_END,
};

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_body[] = {
    {.name = STR_INIT("applicationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of machine-to-machine applications."},
    FIELDS_END,
};
static const struct field replace_body[] = {
    {.name = STR_INIT("applicationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of machine-to-machine applications; an empty list removes all."},
    FIELDS_END,
};

ROUTES(organization_applications) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/applications"),
     .area = "organizations",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = list_reply,
     .summary = "List the applications of an organization",
     .doc = "Newest first, each with its roles in the organization. Nothing when there is no such "
            "organization.",
     .handle = list_applications},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/applications"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Add applications to an organization",
     .doc = "They can then get tokens for it.",
     .handle = add_applications},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/applications"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the applications of an organization",
     .doc = "Those that stay keep their roles.",
     .handle = replace_applications},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/applications/:applicationId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove an application from an organization",
     .doc = "Its roles there go with it.",
     .handle = remove_application},
    ROUTES_END,
};
