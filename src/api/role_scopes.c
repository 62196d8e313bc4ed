/* /api/roles/:id/scopes: what a role permits. */
#include "api/role_scopes.h"

#include "api/reach.h"
#include "domain/hooks.h"
#include "domain/resources.h"
#include "domain/roles.h"

#define OF_ROLE "id IN (SELECT scope_id FROM roles_scopes WHERE role_id = $1)"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

/* ---- Listing, each scope with its resource ---- */

static enum err find_resources(struct ctx *ctx, struct db_rows *rows)
{
    struct db_value role = db_text_value(ctx->params[0]);
    struct crud_filter filter = {"id IN (SELECT s.resource_id FROM scopes s"
                                 " JOIN roles_scopes x ON x.scope_id = s.id WHERE x.role_id = $1)",
                                 &role, 1};
    return crud_list(ctx->db, &resource_entity, &filter, 1, &(struct crud_page){0}, ctx->arena,
                     rows, NULL);
}

static void put_scope(struct ctx *ctx, const struct db_rows *scopes, size_t row,
                      const struct row_index *resources)
{
    struct json_out *out = &ctx->answer.json;
    size_t at;
    if (!row_index_get(resources, db_text(scopes, row, SCOPE_RESOURCE_ID), &at))
        return; /* the resource came after the resources were read */
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &scope_entity, scopes, row);
    json_key(out, STR("resource"));
    crud_put_object(out, &resource_entity, resources->rows, at, ctx->tenant->id);
    json_close_object(out);
}

static enum err list_scopes(struct ctx *ctx)
{
    struct db_rows scopes, resources, role;
    struct row_index index;
    bool searching;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filters[2] = {{OF_ROLE, &id, 1}};
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = ctx_search(ctx, search_fields, 3, &filters[1], &searching);
    if (!err)
        err = entity_list(ctx, &scope_entity, filters, 1 + (size_t)searching, &scopes);
    if (!err)
        err = find_resources(ctx, &resources);
    if (!err)
        err = row_index_make(&resources, RESOURCE_ID, ctx->arena, &index);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < scopes.count; i++)
        put_scope(ctx, &scopes, i, &index);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- Assigning ---- */

/* All exist, and a role for users gets none of the Management API. */
static enum err check_scopes(struct ctx *ctx, const struct db_rows *role,
                             const struct id_list *scopes)
{
    struct db_rows rows;
    struct row_index index;
    struct id_list unknown;
    bool for_users = str_eq(db_text(role, 0, ROLE_TYPE), STR(ROLE_TYPE_USER));
    enum err err =
        id_list_select(ctx->db, "SELECT id FROM scopes WHERE id", scopes, "", ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    if (!err)
        err = id_list_without(scopes, &index, ctx->arena, &unknown);
    if (err)
        return err;
    if (unknown.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "scopes", arena_cstr(ctx->arena, unknown.ids[0]));
    err = for_users ? reach_check_user_scopes(ctx, scopes) : OK;
    return err ? err : reach_check_scopes(ctx, scopes);
}

enum err role_scopes_add(struct ctx *ctx, const struct db_rows *role, const struct id_list *scopes)
{
    struct id_list_target target = {
        .columns = "roles_scopes (role_id, scope_id)",
        .owner = db_text(role, 0, ROLE_ID),
    };
    enum err err = check_scopes(ctx, role, scopes);
    return err ? err : id_list_insert(ctx->db, &target, scopes, ctx->arena);
}

enum err role_scopes_tell(struct ctx *ctx, const struct db_rows *role)
{
    struct db_rows scopes;
    struct db_value id = *db_at(role, 0, ROLE_ID);
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    enum err err = crud_list(ctx->db, &scope_entity, &(struct crud_filter){OF_ROLE, &id, 1}, 1,
                             &(struct crud_page){0}, ctx->arena, &scopes, NULL);
    json_open_array(&out);
    for (size_t i = 0; !err && i < scopes.count; i++)
        crud_put_object(&out, &scope_entity, &scopes, i, ctx->tenant->id);
    json_close_array(&out);
    return err ? err
               : hooks_note_about(ctx, "Role.Scopes.Updated", buf_view(&buf), STR("roleId"),
                                  db_text(role, 0, ROLE_ID));
}

/* The role has none of the scopes yet. */
static enum err check_not_assigned(struct ctx *ctx, const struct id_list *scopes)
{
    struct db_rows rows;
    struct row_index index;
    enum err err = db_query(ctx->db, "SELECT scope_id FROM roles_scopes WHERE role_id = $1",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    size_t row;
    for (size_t i = 0; !err && i < scopes->count; i++)
        if (row_index_get(&index, scopes->ids[i], &row))
            return fail(ctx, ERR_ROLE_SCOPE_EXISTS, arena_cstr(ctx->arena, scopes->ids[i]));
    return err;
}

static enum err assign_scopes(struct ctx *ctx)
{
    struct db_rows role;
    struct id_list scopes;
    struct db_value id = db_text_value(ctx->params[0]);
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("scopeIds")), ctx->arena, &scopes);
    if (!err)
        err = check_not_assigned(ctx, &scopes);
    if (!err)
        err = role_scopes_add(ctx, &role, &scopes);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
    if (err)
        return err;
    return entity_answer_list(ctx, &scope_entity, &(struct crud_filter){OF_ROLE, &id, 1}, 1);
}

static enum err remove_scope(struct ctx *ctx)
{
    int64_t affected;
    enum err err =
        db_exec(ctx->db, "DELETE FROM roles_scopes WHERE role_id = $1 AND scope_id = $2",
                DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])), &affected);
    if (err)
        return err;
    return affected ? change_note(ctx, CHANGE_ACCESS, ctx->params[0]) : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field scope_id_item = {.type = FIELD_STRING,
                                           .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field assign_body[] = {
    {.name = STR_INIT("scopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &scope_id_item,
     .doc = "Ids of scopes, of any resources."},
    FIELDS_END,
};

static const struct field list_reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("resourceId"), .type = FIELD_STRING, .doc = "The resource it belongs to."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Name of the scope."},
    {.name = STR_INIT("description"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "What it permits."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    {.name = STR_INIT("resource"),
     .type = FIELD_OBJECT,
     .fields = resource_fields,
     .doc = "The resource itself."},
    FIELDS_END,
};

ROUTES(role_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/roles/:id/scopes"),
     .area = "roles",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = list_reply,
     .summary = "List the scopes of a role",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/roles/:id/scopes"),
     .area = "roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = assign_body,
     .status = 201,
     .reply = REPLY_ARRAY,
     .reply_fields = scope_fields,
     .summary = "Give scopes to a role",
     .doc = "Answers all scopes that the role has then. A token without the scope `all` can hand "
            "on only Management API scopes that it has itself.",
     .handle = assign_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/roles/:id/scopes/:scopeId"),
     .area = "roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a scope from a role",
     .handle = remove_scope},
    ROUTES_END,
};
