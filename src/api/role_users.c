/* /api/roles/:id/users: which users hold a role. */
#include "api/reach.h"
#include "domain/roles.h"
#include "domain/users.h"

static enum err list_holders(struct ctx *ctx)
{
    struct db_rows role, rows;
    size_t count = 1;
    struct db_value id = db_text_value(ctx->params[0]), gram;
    struct crud_filter filters[3] = {
        {"id IN (SELECT user_id FROM users_roles WHERE role_id = $1)", &id, 1}};
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = user_search(ctx, &gram, filters, &count);
    if (!err)
        err = entity_list(ctx, &user_entity, filters, count, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        user_put(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* None of the users holds the role yet. */
static enum err check_not_assigned(struct ctx *ctx, const struct id_list *users)
{
    struct db_rows rows;
    enum err err = id_list_select(ctx->db, "SELECT user_id, role_id FROM users_roles WHERE user_id",
                                  users, "", ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        if (str_eq(db_text(&rows, i, 1), ctx->params[0]))
            return fail(ctx, ERR_ROLE_USER_EXISTS, arena_cstr(ctx->arena, db_text(&rows, i, 0)));
    return err;
}

static enum err check_exist(struct ctx *ctx, const struct id_list *users)
{
    struct db_rows rows;
    struct row_index index;
    struct id_list unknown;
    enum err err =
        id_list_select(ctx->db, "SELECT id FROM users WHERE id", users, "", ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    if (!err)
        err = id_list_without(users, &index, ctx->arena, &unknown);
    return err || unknown.count == 0 ? err : fail(ctx, ERR_NOT_FOUND);
}

static enum err assign_holders(struct ctx *ctx)
{
    struct db_rows role;
    struct id_list users;
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("userIds")), ctx->arena, &users);
    if (!err)
        err = check_not_assigned(ctx, &users);
    if (!err)
        err = check_exist(ctx, &users);
    if (err)
        return err;
    if (!str_eq(db_text(&role, 0, ROLE_TYPE), STR(ROLE_TYPE_USER)))
        return fail_text(ctx, ERR_DB_CONSTRAINT, "a role for machines cannot be given to users");
    struct id_list_target target = {
        .columns = "users_roles (role_id, user_id, created_at)",
        .owner = ctx->params[0],
        .now = ctx->now,
    };
    err = reach_check_roles(ctx, &(struct id_list){&ctx->params[0], 1});
    if (!err)
        err = id_list_insert(ctx->db, &target, &users, ctx->arena);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

static enum err remove_holder(struct ctx *ctx)
{
    bool found;
    enum err err = user_role_delete(ctx->db, ctx->params[1], ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

static const struct field user_id_item = {.type = FIELD_STRING,
                                          .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field body[] = {
    {.name = STR_INIT("userIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &user_id_item,
     .doc = "Ids of users."},
    FIELDS_END,
};

ROUTES(role_users) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/roles/:id/users"),
     .area = "roles",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = user_fields,
     .summary = "List the users that hold a role",
     .handle = list_holders},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/roles/:id/users"),
     .area = "roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give a role to users",
     .handle = assign_holders},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/roles/:id/users/:userId"),
     .area = "roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from a user",
     .handle = remove_holder},
    ROUTES_END,
};
