/* /api/resources/:resourceId/scopes: what an API lets its callers do. */
#include "base/ids.h"
#include "domain/ctx.h"
#include "domain/resources.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

static enum err list_scopes(struct ctx *ctx)
{
    bool searching;
    struct db_value resource = db_text_value(ctx->params[0]);
    struct crud_filter filters[2] = {{"resource_id = $1", &resource, 1}};
    enum err err = ctx_search(ctx, search_fields, 3, &filters[1], &searching);
    return err ? err : entity_answer_list(ctx, &scope_entity, filters, 1 + (size_t)searching);
}

/* RFC 6749 3.3: blanks separate scopes. */
static bool has_blank(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] <= ' ')
            return true;
    return false;
}

/* The resource exists and its scopes are the administrator's to change. */
static enum err check_resource(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &resource_entity, ctx->params[0], &rows);
    if (!err && resource_is_management(db_text(&rows, 0, RESOURCE_INDICATOR)))
        return fail(ctx, ERR_RESOURCE_BUILT_IN);
    return err;
}

static enum err name_taken(struct ctx *ctx, struct str name)
{
    return fail(ctx, ERR_SCOPE_NAME, arena_cstr(ctx->arena, name));
}

/* An empty description is stored as none. */
static bool empties_description(const struct ctx *ctx)
{
    struct str description = json_str(ctx_body(ctx, STR("description")));
    return description.p && description.n == 0;
}

static enum err create_scope(struct ctx *ctx)
{
    char id[ID_LENGTH];
    struct db_rows rows;
    struct str name = json_str(ctx_body(ctx, STR("name")));
    id_random(id, sizeof(id));
    struct crud_set sets[] = {
        {"id", db_text_value((struct str){id, sizeof(id)})},
        {"resource_id", db_text_value(ctx->params[0])},
        {"created_at", db_int_value(ctx->now)},
        {"description", db_text_value(STR_NONE)},
    };
    if (has_blank(name))
        return fail(ctx, ERR_SCOPE_SPACE);
    enum err err = check_resource(ctx);
    if (err)
        return err;
    err = crud_insert(ctx->db, &scope_entity, ctx->body, sets, empties_description(ctx) ? 4 : 3,
                      ctx->arena, &rows);
    if (err)
        return err == ERR_DB_UNIQUE ? name_taken(ctx, name) : err;
    entity_answer(ctx, &scope_entity, &rows, 0);
    return change_note(ctx, CHANGE_ACCESS, db_text(&rows, 0, SCOPE_ID));
}

static enum err check_belongs(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = crud_find(ctx->db, &scope_entity, ctx->params[1], ctx->arena, &rows);
    if (!err && (rows.count == 0 || !str_eq(db_text(&rows, 0, SCOPE_RESOURCE_ID), ctx->params[0])))
        return fail(ctx, ERR_NOT_EXISTS, "scope");
    return err;
}

static enum err patch_scope(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    struct str name = json_str(ctx_body(ctx, STR("name")));
    struct crud_set none = {"description", db_text_value(STR_NONE)};
    enum err err = check_resource(ctx);
    if (!err && has_blank(name))
        return fail(ctx, ERR_SCOPE_SPACE);
    if (!err)
        err = check_belongs(ctx);
    if (err)
        return err;
    err = crud_update(ctx->db, &scope_entity, ctx->params[1], ctx->body, &none,
                      empties_description(ctx), ctx->arena, &rows, &nothing);
    if (err)
        return err == ERR_DB_UNIQUE ? name_taken(ctx, name) : err;
    if (nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    entity_answer(ctx, &scope_entity, &rows, 0);
    return change_note(ctx, CHANGE_ACCESS, ctx->params[1]);
}

static enum err delete_scope(struct ctx *ctx)
{
    int64_t affected;
    enum err err = check_resource(ctx);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM scopes WHERE id = $1 AND resource_id = $2",
                      DB_PARAMS(db_text_value(ctx->params[1]), db_text_value(ctx->params[0])),
                      &affected);
    if (err)
        return err;
    return affected ? change_note(ctx, CHANGE_ACCESS, ctx->params[1]) : fail(ctx, ERR_NOT_FOUND);
}

ROUTES(resource_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/resources/:resourceId/scopes"),
     .area = "resources",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = scope_fields,
     .summary = "List the scopes of an API resource",
     .doc = "Newest first; an unknown resource has none. `search` looks in id, name and "
            "description.",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/resources/:resourceId/scopes"),
     .area = "resources",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = scope_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = scope_fields,
     .summary = "Add a scope to an API resource",
     .handle = create_scope},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/resources/:resourceId/scopes/:scopeId"),
     .area = "resources",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = scope_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = scope_fields,
     .summary = "Change a scope",
     .handle = patch_scope},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/resources/:resourceId/scopes/:scopeId"),
     .area = "resources",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a scope",
     .doc = "Roles that have it lose it.",
     .handle = delete_scope},
    ROUTES_END,
};
