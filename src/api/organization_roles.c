/* /api/organization-roles: the roles that members of any organization can hold in it. */
#include "api/reach.h"
#include "domain/hooks.h"
#include "domain/organization_relation.h"
#include "domain/organizations.h"
#include "domain/roles.h"

/* ---- Listing, each role with what it grants ---- */

/* What the listed roles grant: rows are (role id, scope id, name[, resource id, name]). */
struct granted {
    struct db_rows scope_rows, resource_scope_rows;
    struct row_index scopes, resource_scopes;
};

static enum err find_granted(struct ctx *ctx, const struct db_rows *roles, struct granted *out)
{
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, roles->count + 1);
    if (!ids)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < roles->count; i++)
        ids[i] = db_text(roles, i, ORGANIZATION_ROLE_ID);
    const struct id_list list = {ids, roles->count};
    enum err err = id_list_select(ctx->db,
                                  "SELECT x.organization_role_id, s.id, s.name"
                                  " FROM organization_role_scopes x JOIN organization_scopes s"
                                  " ON s.id = x.organization_scope_id"
                                  " WHERE x.organization_role_id",
                                  &list, "ORDER BY s.name", ctx->arena, &out->scope_rows);
    if (!err)
        err = id_list_select(ctx->db,
                             "SELECT x.organization_role_id, s.id, s.name, r.id, r.name"
                             " FROM organization_role_resource_scopes x"
                             " JOIN scopes s ON s.id = x.scope_id"
                             " JOIN resources r ON r.id = s.resource_id"
                             " WHERE x.organization_role_id",
                             &list, "ORDER BY s.name, s.id", ctx->arena, &out->resource_scope_rows);
    if (!err)
        err = row_index_make(&out->scope_rows, 0, ctx->arena, &out->scopes);
    return err ? err
               : row_index_make(&out->resource_scope_rows, 0, ctx->arena, &out->resource_scopes);
}

enum { GRANTED_ID = 1, GRANTED_NAME, GRANTED_RESOURCE_ID, GRANTED_RESOURCE_NAME };

static void put_granted(struct json_out *out, const struct row_index *index, struct str role)
{
    const struct db_rows *rows = index->rows;
    size_t first, count = row_index_find(index, role, &first);
    json_open_array(out);
    for (size_t i = first; i < first + count; i++) {
        size_t row = index->order[i];
        json_open_object(out);
        JSON_STR(out, "id", db_text(rows, row, GRANTED_ID));
        JSON_STR(out, "name", db_text(rows, row, GRANTED_NAME));
        if (rows->columns > GRANTED_RESOURCE_ID) {
            json_key(out, STR("resource"));
            json_open_object(out);
            JSON_STR(out, "id", db_text(rows, row, GRANTED_RESOURCE_ID));
            JSON_STR(out, "name", db_text(rows, row, GRANTED_RESOURCE_NAME));
            json_close_object(out);
        }
        json_close_object(out);
    }
    json_close_array(out);
}

static void put_role(struct ctx *ctx, const struct db_rows *roles, size_t row,
                     const struct granted *granted)
{
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(roles, row, ORGANIZATION_ROLE_ID);
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &organization_role_entity, roles, row);
    json_key(out, STR("scopes"));
    put_granted(out, &granted->scopes, id);
    json_key(out, STR("resourceScopes"));
    put_granted(out, &granted->resource_scopes, id);
    json_close_object(out);
}

static enum err list_roles(struct ctx *ctx)
{
    struct db_rows roles;
    struct granted granted;
    struct db_value pattern;
    struct crud_filter filter;
    bool matching = organization_match(ctx,
                                       ORGANIZATION_MATCH("id") " OR " ORGANIZATION_MATCH(
                                           "name") " OR " ORGANIZATION_MATCH("description"),
                                       &pattern, &filter);
    enum err err = entity_list(ctx, &organization_role_entity, &filter, matching, &roles);
    if (!err)
        err = find_granted(ctx, &roles, &granted);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < roles.count; i++)
        put_role(ctx, &roles, i, &granted);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- One role ---- */

static enum err get_role(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_get(ctx, &organization_role_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_role_entity, &rows, 0);
    return err;
}

/* The scopes that the body lists for the new role: of the Management API none, if it is for users.
 */
static enum err add_scopes(struct ctx *ctx, const struct db_rows *rows)
{
    struct str role = db_text(rows, 0, ORGANIZATION_ROLE_ID);
    struct id_list scopes, resource_scopes;
    enum err err = id_list_parse(ctx_body(ctx, STR("organizationScopeIds")), ctx->arena, &scopes);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("resourceScopeIds")), ctx->arena, &resource_scopes);
    if (!err && str_eq(db_text(rows, 0, ORGANIZATION_ROLE_TYPE), STR(ROLE_TYPE_USER)))
        err = reach_check_user_scopes(ctx, &resource_scopes);
    if (!err)
        err = reach_check_scopes(ctx, &resource_scopes);
    if (!err)
        err = relation_add(ctx->db, &organization_role_scopes, &role, &scopes, ctx->arena, NULL);
    return err ? err
               : relation_add(ctx->db, &organization_role_resource_scopes, &role, &resource_scopes,
                              ctx->arena, NULL);
}

static enum err create_role(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_insert(ctx, &organization_role_entity, ID_LENGTH, 0, &rows);
    if (!err)
        err = add_scopes(ctx, &rows);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, db_text(&rows, 0, ORGANIZATION_ROLE_ID));
    if (!err)
        entity_answer(ctx, &organization_role_entity, &rows, 0);
    bool scopes = yyjson_arr_size(ctx_body(ctx, STR("organizationScopeIds"))) ||
                  yyjson_arr_size(ctx_body(ctx, STR("resourceScopeIds")));
    return err || !scopes ? err
                          : hooks_note_about(ctx, "OrganizationRole.Scopes.Updated", STR("null"),
                                             STR("organizationRoleId"),
                                             db_text(&rows, 0, ORGANIZATION_ROLE_ID));
}

/* One that becomes a role for users must hold nothing that they cannot have. Whoever holds a role
 * of the other type keeps it, to no effect. */
static enum err check_new_type(struct ctx *ctx, const struct db_rows *role)
{
    struct db_rows scopes;
    if (!ctx_body(ctx, STR("type")) ||
        !str_eq(db_text(role, 0, ORGANIZATION_ROLE_TYPE), STR(ROLE_TYPE_USER)))
        return OK;
    enum err err = db_query(ctx->db,
                            "SELECT scope_id FROM organization_role_resource_scopes"
                            " WHERE organization_role_id = $1",
                            DB_PARAMS(*db_at(role, 0, ORGANIZATION_ROLE_ID)), ctx->arena, &scopes);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, err ? 1 : scopes.count + 1);
    if (err || !ids)
        return err ? err : ERR_NO_MEMORY;
    for (size_t i = 0; i < scopes.count; i++)
        ids[i] = db_text(&scopes, i, 0);
    return reach_check_user_scopes(ctx, &(struct id_list){ids, scopes.count});
}

static enum err patch_role(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_patch(ctx, &organization_role_entity, ctx->params[0], &rows);
    if (!err)
        err = check_new_type(ctx, &rows);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
    if (!err)
        entity_answer(ctx, &organization_role_entity, &rows, 0);
    return err;
}

static enum err delete_role(struct ctx *ctx)
{
    enum err err = organization_part_delete(ctx, &organization_role_entity, ctx->params[0]);
    return err ? err : change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

/* ---- Routes ---- */

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only roles whose id, name or description has this in it."},
    FIELDS_END,
};

static const struct field resource_scope_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Name of the scope."},
    {.name = STR_INIT("resource"),
     .type = FIELD_OBJECT,
     .fields = organization_role_short_fields,
     .doc = "The API resource it belongs to."},
    FIELDS_END,
};
static const struct field resource_scope_item = {.type = FIELD_OBJECT,
                                                 .fields = resource_scope_fields};

static const char *const types[] = {"User", "MachineToMachine", NULL};

static const struct field list_reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Unique name."},
    {.name = STR_INIT("description"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "What it is for."},
    {.name = STR_INIT("type"), .type = FIELD_ENUM, .options = types, .doc = "Who can hold it."},
    {.name = STR_INIT("scopes"),
     .type = FIELD_ARRAY,
     .item = &organization_role_short_item,
     .doc = "The organization scopes it grants."},
    {.name = STR_INIT("resourceScopes"),
     .type = FIELD_ARRAY,
     .item = &resource_scope_item,
     .doc = "The scopes of API resources it grants."},
    FIELDS_END,
};

ROUTES(organization_roles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-roles"),
     .area = "organization-roles",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = list_reply,
     .summary = "List organization roles",
     .doc = "By name, each with what it grants.",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-roles"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = organization_role_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_role_fields,
     .summary = "Create an organization role",
     .doc = "Every organization has it. A token without the scope `all` can hand on only "
            "Management API scopes that it has itself.",
     .handle = create_role},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-roles/:id"),
     .area = "organization-roles",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_role_fields,
     .summary = "Get an organization role",
     .handle = get_role},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/organization-roles/:id"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = organization_role_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_role_fields,
     .summary = "Change an organization role",
     .handle = patch_role},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organization-roles/:id"),
     .area = "organization-roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an organization role",
     .doc = "Whoever holds it in an organization loses what it grants from the next token on.",
     .handle = delete_role},
    ROUTES_END,
};
