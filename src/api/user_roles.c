/* /api/users/:userId/roles: the roles of a user. */
#include "api/reach.h"
#include "domain/roles.h"
#include "domain/users.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

static enum err list_roles(struct ctx *ctx)
{
    bool searching;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filters[2] = {
        {"type = 'User' AND id IN (SELECT role_id FROM users_roles WHERE user_id = $1)", &id, 1}};
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = ctx_search(ctx, search_fields, 3, &filters[1], &searching);
    return err ? err : entity_answer_list(ctx, &role_entity, filters, 1 + (size_t)searching);
}

/* All exist and are for users. */
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
        if (!str_eq(db_text(&rows, i, 1), STR(ROLE_TYPE_USER)))
            return fail(ctx, ERR_USER_ROLE_TYPE);
    if (!err)
        err = id_list_without(roles, &index, ctx->arena, &unknown);
    if (!err && unknown.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "roles", arena_cstr(ctx->arena, unknown.ids[0]));
    return err ? err : reach_check_roles(ctx, roles);
}

/* The roles that the user has. */
static enum err find_held(struct ctx *ctx, struct id_list *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT role_id FROM users_roles WHERE user_id = $1",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, err ? 1 : rows.count + 1);
    if (err || !ids)
        return err ? err : fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++)
        ids[i] = db_text(&rows, i, 0);
    *out = (struct id_list){ids, rows.count};
    return OK;
}

static bool has(const struct id_list *list, struct str id)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->ids[i], id))
            return true;
    return false;
}

/* Gives the user what of wanted it does not have. */
static enum err add_roles(struct ctx *ctx, const struct id_list *wanted, const struct id_list *held,
                          struct id_list *added)
{
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, wanted->count + 1);
    size_t count = 0;
    if (!ids)
        return fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; i < wanted->count; i++)
        if (!has(held, wanted->ids[i]))
            ids[count++] = wanted->ids[i];
    *added = (struct id_list){ids, count};
    enum err err = check_roles(ctx, added);
    if (err)
        return err;
    struct id_list_target target = {
        .columns = "users_roles (user_id, role_id, created_at)",
        .owner = ctx->params[0],
        .now = ctx->now,
    };
    return id_list_insert(ctx->db, &target, added, ctx->arena);
}

static void put_list(struct json_out *out, struct str name, const struct id_list *list)
{
    json_key(out, name);
    json_open_array(out);
    for (size_t i = 0; i < list->count; i++)
        json_put_str(out, list->ids[i]);
    json_close_array(out);
}

static enum err read_wanted(struct ctx *ctx, struct id_list *wanted, struct id_list *held)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("roleIds")), ctx->arena, wanted);
    return err ? err : find_held(ctx, held);
}

static enum err assign_roles(struct ctx *ctx)
{
    struct id_list wanted = {0}, held = {0}, added = {0};
    struct json_out *out = &ctx->answer.json;
    enum err err = read_wanted(ctx, &wanted, &held);
    if (!err)
        err = add_roles(ctx, &wanted, &held, &added);
    if (err)
        return err;
    json_open_object(out);
    json_key(out, STR("roleIds"));
    json_put_value(out, ctx_body(ctx, STR("roleIds")));
    put_list(out, STR("addedRoleIds"), &added);
    json_close_object(out);
    return OK;
}

static enum err replace_roles(struct ctx *ctx)
{
    struct id_list wanted = {0}, held = {0}, added = {0};
    struct json_out *out = &ctx->answer.json;
    bool found;
    enum err err = read_wanted(ctx, &wanted, &held);
    if (!err)
        err = add_roles(ctx, &wanted, &held, &added);
    for (size_t i = 0; !err && i < held.count; i++)
        if (!has(&wanted, held.ids[i]))
            err = user_role_delete(ctx->db, ctx->params[0], held.ids[i], &found);
    if (err)
        return err;
    json_open_object(out);
    put_list(out, STR("roleIds"), &wanted);
    json_close_object(out);
    return OK;
}

static enum err remove_role(struct ctx *ctx)
{
    bool found;
    enum err err = user_role_delete(ctx->db, ctx->params[0], ctx->params[1], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field role_id_item = {.type = FIELD_STRING,
                                          .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field body[] = {
    {.name = STR_INIT("roleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &role_id_item,
     .doc = "Ids of roles of the type User."},
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
     .doc = "Those that the user did not have before."},
    FIELDS_END,
};

static const struct field replace_reply[] = {
    {.name = STR_INIT("roleIds"),
     .type = FIELD_ARRAY,
     .item = &role_id_item,
     .doc = "The roles that the user has now."},
    FIELDS_END,
};

ROUTES(user_roles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/roles"),
     .area = "users",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = role_fields,
     .summary = "List the roles of a user",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/roles"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = assign_reply,
     .summary = "Give roles to a user",
     .doc = "Roles that it has already are passed over.",
     .handle = assign_roles},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/users/:userId/roles"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = replace_reply,
     .summary = "Replace the roles of a user",
     .doc = "An empty list takes all away.",
     .handle = replace_roles},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/roles/:roleId"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from a user",
     .handle = remove_role},
    ROUTES_END,
};
