/* /api/roles/:id/applications: which applications hold a role. */
#include "api/reach.h"
#include "domain/applications.h"
#include "domain/roles.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

static enum err list_holders(struct ctx *ctx)
{
    struct db_rows role;
    bool searching;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filters[2] = {
        {"type = 'MachineToMachine' AND"
         " id IN (SELECT application_id FROM applications_roles WHERE role_id = $1)",
         &id, 1}};
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = ctx_search(ctx, search_fields, 3, &filters[1], &searching);
    return err ? err : entity_answer_list(ctx, &application_entity, filters, 1 + (size_t)searching);
}

/* None of the applications holds the role yet. */
static enum err check_not_assigned(struct ctx *ctx, const struct id_list *applications)
{
    struct db_rows rows;
    struct row_index index;
    enum err err =
        db_query(ctx->db, "SELECT application_id FROM applications_roles WHERE role_id = $1",
                 DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    size_t row;
    for (size_t i = 0; !err && i < applications->count; i++)
        if (row_index_get(&index, applications->ids[i], &row))
            return fail(ctx, ERR_ROLE_APP_EXISTS, arena_cstr(ctx->arena, applications->ids[i]));
    return err;
}

static enum err check_exist(struct ctx *ctx, const struct id_list *applications)
{
    struct db_rows rows;
    struct row_index index;
    struct id_list unknown;
    enum err err = id_list_select(ctx->db, "SELECT id FROM applications WHERE id", applications, "",
                                  ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    if (!err)
        err = id_list_without(applications, &index, ctx->arena, &unknown);
    if (err || unknown.count == 0)
        return err;
    return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "applications",
                arena_cstr(ctx->arena, unknown.ids[0]));
}

static enum err add_holders(struct ctx *ctx, const struct id_list *applications)
{
    struct id_list_target target = {
        .columns = "applications_roles (role_id, application_id, created_at)",
        .owner = ctx->params[0],
        .now = ctx->now,
    };
    enum err err = id_list_insert(ctx->db, &target, applications, ctx->arena);
    for (size_t i = 0; !err && i < applications->count; i++)
        err = change_note(ctx, CHANGE_APPLICATION, applications->ids[i]);
    return err;
}

static enum err assign_holders(struct ctx *ctx)
{
    struct db_rows role;
    struct id_list applications;
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &role);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("applicationIds")), ctx->arena, &applications);
    if (!err)
        err = check_not_assigned(ctx, &applications);
    if (!err)
        err = check_exist(ctx, &applications);
    if (err)
        return err;
    if (!str_eq(db_text(&role, 0, ROLE_TYPE), STR(ROLE_TYPE_MACHINE)))
        return fail_text(ctx, ERR_DB_CONSTRAINT,
                         "a role for users cannot be given to applications");
    err = reach_check_roles(ctx, &(struct id_list){&ctx->params[0], 1});
    if (!err)
        err = add_holders(ctx, &applications);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

static enum err remove_holder(struct ctx *ctx)
{
    bool found;
    enum err err = application_role_delete(ctx->db, ctx->params[1], ctx->params[0], &found);
    if (err)
        return err;
    return found ? change_note(ctx, CHANGE_APPLICATION, ctx->params[1]) : fail(ctx, ERR_NOT_FOUND);
}

static const struct field application_id_item = {.type = FIELD_STRING,
                                                 .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field body[] = {
    {.name = STR_INIT("applicationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &application_id_item,
     .doc = "Ids of applications."},
    FIELDS_END,
};

ROUTES(role_applications) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/roles/:id/applications"),
     .area = "roles",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = application_fields,
     .summary = "List the machine-to-machine applications that hold a role",
     .handle = list_holders},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/roles/:id/applications"),
     .area = "roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give a role to applications",
     .handle = assign_holders},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/roles/:id/applications/:applicationId"),
     .area = "roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from an application",
     .handle = remove_holder},
    ROUTES_END,
};
