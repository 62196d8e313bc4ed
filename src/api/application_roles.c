/* /api/applications/:id/roles: the roles of a machine-to-machine application. */
#include "api/reach.h"
#include "domain/applications.h"
#include "domain/roles.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

static enum err get_machine(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (err || str_eq(db_text(&rows, 0, APPLICATION_TYPE), STR("MachineToMachine")))
        return err;
    return fail(ctx, ERR_APP_INVALID_TYPE);
}

static enum err list_roles(struct ctx *ctx)
{
    bool searching;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filters[2] = {
        {"id IN (SELECT role_id FROM applications_roles WHERE application_id = $1)", &id, 1}};
    enum err err = get_machine(ctx);
    if (!err)
        err = ctx_search(ctx, search_fields, 3, &filters[1], &searching);
    return err ? err : entity_answer_list(ctx, &role_entity, filters, 1 + (size_t)searching);
}

/* All exist and are for machines. */
static enum err check_roles(struct ctx *ctx, const struct id_list *roles)
{
    struct db_rows rows;
    struct row_index index;
    struct id_list unknown;
    enum err err = id_list_select(ctx->db, "SELECT id, type FROM roles WHERE id", roles, "",
                                  ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    for (size_t i = 0; !err && i < rows.count; i++)
        if (!str_eq(db_text(&rows, i, 1), STR(ROLE_TYPE_MACHINE)))
            return fail(ctx, ERR_APP_INVALID_ROLE_TYPE);
    if (!err)
        err = id_list_without(roles, &index, ctx->arena, &unknown);
    if (!err && unknown.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "roles", arena_cstr(ctx->arena, unknown.ids[0]));
    return err ? err : reach_check_roles(ctx, roles);
}

/* Those of roles that the application does not have yet. */
static enum err find_new_roles(struct ctx *ctx, const struct id_list *roles, struct id_list *out)
{
    struct db_rows rows;
    struct row_index index;
    enum err err =
        db_query(ctx->db, "SELECT role_id FROM applications_roles WHERE application_id = $1",
                 DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    return err ? err : id_list_without(roles, &index, ctx->arena, out);
}

static enum err add_roles(struct ctx *ctx, const struct id_list *roles)
{
    enum err err = application_roles_insert(ctx->db, ctx->params[0], roles, ctx->now, ctx->arena);
    return err ? err : change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
}

static void put_assigned(struct json_out *out, json *wanted, const struct id_list *added)
{
    json_open_object(out);
    json_key(out, STR("roleIds"));
    json_put_value(out, wanted);
    json_key(out, STR("addedRoleIds"));
    json_open_array(out);
    for (size_t i = 0; i < added->count; i++)
        json_put_str(out, added->ids[i]);
    json_close_array(out);
    json_close_object(out);
}

static enum err assign_roles(struct ctx *ctx)
{
    struct id_list wanted, added;
    json *role_ids = ctx_body(ctx, STR("roleIds"));
    enum err err = get_machine(ctx);
    if (!err)
        err = id_list_parse(role_ids, ctx->arena, &wanted);
    if (!err)
        err = find_new_roles(ctx, &wanted, &added);
    if (!err)
        err = check_roles(ctx, &added);
    if (!err)
        err = add_roles(ctx, &added);
    if (!err)
        put_assigned(&ctx->answer.json, role_ids, &added);
    return err;
}

static enum err replace_roles(struct ctx *ctx)
{
    struct id_list wanted;
    enum err err = get_machine(ctx);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("roleIds")), ctx->arena, &wanted);
    if (err)
        return err;
    if (wanted.count == 0)
        return fail(ctx, ERR_EMPTY_LIST);
    err = check_roles(ctx, &wanted);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM applications_roles WHERE application_id = $1",
                      DB_PARAMS(db_text_value(ctx->params[0])), NULL);
    if (!err)
        err = add_roles(ctx, &wanted);
    if (!err)
        BUF_LIT(&ctx->answer.body, "OK");
    return err;
}

static enum err remove_role(struct ctx *ctx)
{
    bool found;
    enum err err = get_machine(ctx);
    if (!err)
        err = application_role_delete(ctx->db, ctx->params[0], ctx->params[1], &found);
    if (err)
        return err;
    return found ? change_note(ctx, CHANGE_APPLICATION, ctx->params[0]) : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field role_id_item = {.type = FIELD_STRING,
                                          .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field body[] = {
    {.name = STR_INIT("roleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &role_id_item,
     .doc = "Ids of roles of the type MachineToMachine."},
    FIELDS_END,
};

static const struct field assign_reply[] = {
    {.name = STR_INIT("roleIds"),
     .type = FIELD_ARRAY,
     .item = &role_id_item,
     .doc = "The ids as they were sent."},
    {.name = STR_INIT("addedRoleIds"),
     .type = FIELD_ARRAY,
     .item = &role_id_item,
     .doc = "Those that the application did not have before."},
    FIELDS_END,
};

ROUTES(application_roles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:id/roles"),
     .area = "applications",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = role_fields,
     .summary = "List the roles of an application",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:id/roles"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = assign_reply,
     .summary = "Give roles to an application",
     .doc =
         "Roles that it has already are passed over. A token without the scope `all` can hand on "
         "only Management API scopes that it has itself.",
     .handle = assign_roles},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/applications/:id/roles"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Replace the roles of an application",
     .doc = "The list must not be empty: remove the last role by its id.",
     .handle = replace_roles},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id/roles/:roleId"),
     .area = "applications",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from an application",
     .handle = remove_role},
    ROUTES_END,
};
