/* /api/resources: the APIs that tokens are for. */
#include "domain/resources.h"
#include "base/ids.h"
#include "domain/ctx.h"
#include "domain/row_index.h"

/* ---- Listing, with the scopes when they are asked for ---- */

/* The scopes of the resources on the request's page, in one query: a page is what lies between its
 * first and its last row. */
static enum err find_scopes(struct ctx *ctx, const struct db_rows *page, struct db_rows *scopes)
{
    const size_t last = page->count - 1, keys = crud_key_column(&resource_entity);
    const struct crud_page all = {0};
    if (!ctx->paged || !page->count)
        return crud_list(ctx->db, &scope_entity, NULL, 0, &all, ctx->arena, scopes, NULL);
    const struct db_value ends[] = {*db_at(page, 0, keys), *db_at(page, 0, keys + 1),
                                    *db_at(page, last, keys), *db_at(page, last, keys + 1)};
    struct crud_filter filter = {
        "resource_id IN (SELECT id FROM resources"
        " WHERE (created_at, id) >= ($1, $2) AND (created_at, id) <= ($3, $4))",
        ends, 4};
    return crud_list(ctx->db, &scope_entity, &filter, 1, &all, ctx->arena, scopes, NULL);
}

static void put_scopes(struct ctx *ctx, const struct row_index *scopes, struct str resource)
{
    struct json_out *out = &ctx->answer.json;
    size_t first, count = row_index_find(scopes, resource, &first);
    json_key(out, STR("scopes"));
    json_open_array(out);
    for (size_t i = first; i < first + count; i++)
        crud_put_object(out, &scope_entity, scopes->rows, scopes->order[i], ctx->tenant->id);
    json_close_array(out);
}

static enum err list_with_scopes(struct ctx *ctx)
{
    struct db_rows rows, scopes;
    struct row_index index;
    struct json_out *out = &ctx->answer.json;
    enum err err = entity_list(ctx, &resource_entity, NULL, 0, &rows);
    if (!err)
        err = find_scopes(ctx, &rows, &scopes);
    if (!err)
        err = row_index_make(&scopes, SCOPE_RESOURCE_ID, ctx->arena, &index);
    if (err)
        return err;
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        json_open_object(out);
        JSON_STR(out, "tenantId", ctx->tenant->id);
        crud_put_members(out, &resource_entity, &rows, i);
        put_scopes(ctx, &index, db_text(&rows, i, RESOURCE_ID));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

static enum err list_resources(struct ctx *ctx)
{
    if (ctx_query_is_yes(ctx, STR("includeScopes")))
        return list_with_scopes(ctx);
    return entity_answer_list(ctx, &resource_entity, NULL, 0);
}

/* ---- One resource ---- */

static enum err create_resource(struct ctx *ctx)
{
    char id[ID_LENGTH];
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    struct str indicator = json_str(ctx_body(ctx, STR("indicator")));
    if (resource_is_reserved(indicator) || resource_is_management(indicator) ||
        str_eq(indicator, ctx->issuer))
        return fail_text(ctx, ERR_RESOURCE_IN_USE, "the identifier %.*s is the server's own",
                         STR_ARG(indicator));
    id_random(id, sizeof(id));
    struct crud_set sets[] = {
        {"id", db_text_value((struct str){id, sizeof(id)})},
        {"created_at", db_int_value(ctx->now)},
    };
    enum err err = crud_insert(ctx->db, &resource_entity, ctx->body, sets, 2, ctx->arena, &rows);
    if (err == ERR_DB_UNIQUE)
        return fail(ctx, ERR_RESOURCE_IN_USE, arena_cstr(ctx->arena, indicator));
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, db_text(&rows, 0, RESOURCE_ID));
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &resource_entity, &rows, 0);
    JSON_RAW(out, "scopes", STR("[]"));
    json_close_object(out);
    return OK;
}

static enum err get_resource(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &resource_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &resource_entity, &rows, 0);
    return err;
}

/* Of a Management API just the life of its tokens is the administrator's to set. */
static enum err patch_resource(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    enum err err = entity_get(ctx, &resource_entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (resource_is_management(db_text(&rows, 0, RESOURCE_INDICATOR)) &&
        (ctx_body(ctx, STR("name")) || !ctx_body(ctx, STR("accessTokenTtl"))))
        return fail(ctx, ERR_RESOURCE_BUILT_IN);
    err = crud_update(ctx->db, &resource_entity, ctx->params[0], ctx->body, NULL, 0, ctx->arena,
                      &rows, &nothing);
    if (err)
        return err;
    if (nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    entity_answer(ctx, &resource_entity, &rows, 0);
    return change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

static enum err set_default(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing, wanted = yyjson_get_bool(ctx_body(ctx, STR("isDefault")));
    struct crud_set set = {"is_default", db_int_value(wanted)};
    /* One default at most: the old one goes before the new one comes. */
    enum err err = wanted ? db_exec(ctx->db,
                                    "UPDATE resources SET is_default = 0"
                                    " WHERE is_default = 1",
                                    DB_NO_PARAMS, NULL)
                          : OK;
    if (!err)
        err = crud_update(ctx->db, &resource_entity, ctx->params[0], NULL, &set, 1, ctx->arena,
                          &rows, &nothing);
    if (err)
        return err == ERR_DB_UNIQUE ? fail(ctx, ERR_DB_CONFLICT) : err;
    if (rows.count == 0)
        return fail(ctx, ERR_NOT_EXISTS, "resource");
    entity_answer(ctx, &resource_entity, &rows, 0);
    return change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

static enum err delete_resource(struct ctx *ctx)
{
    struct db_rows rows;
    bool found;
    enum err err = entity_get(ctx, &resource_entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (resource_is_management(db_text(&rows, 0, RESOURCE_INDICATOR)))
        return fail(ctx, ERR_RESOURCE_BUILT_IN_DELETE);
    err = crud_delete(ctx->db, &resource_entity, ctx->params[0], &found);
    return err ? err : change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

/* ---- Routes ---- */

static const struct field list_query[] = {
    {.name = STR_INIT("includeScopes"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: each resource comes with its scopes."},
    FIELDS_END,
};

static const struct field default_body[] = {
    {.name = STR_INIT("isDefault"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether it is the default from now on."},
    FIELDS_END,
};

static const struct field scope_item = {.type = FIELD_OBJECT, .fields = scope_fields};

static const struct field with_scopes[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Name for people."},
    {.name = STR_INIT("indicator"), .type = FIELD_STRING, .doc = "Resource indicator."},
    {.name = STR_INIT("isDefault"), .type = FIELD_BOOL, .doc = "Whether it is the default."},
    {.name = STR_INIT("accessTokenTtl"), .type = FIELD_INT, .doc = "Seconds a token is valid."},
    {.name = STR_INIT("scopes"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &scope_item,
     .doc = "Its scopes; in lists only with includeScopes."},
    FIELDS_END,
};

ROUTES(resources) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/resources"),
     .area = "resources",
     .query = list_query,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = with_scopes,
     .summary = "List API resources",
     .doc = "Oldest first.",
     .handle = list_resources},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/resources"),
     .area = "resources",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = resource_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = with_scopes,
     .summary = "Create an API resource",
     .handle = create_resource},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/resources/:id"),
     .area = "resources",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = resource_fields,
     .summary = "Get an API resource",
     .handle = get_resource},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/resources/:id"),
     .area = "resources",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = resource_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = resource_fields,
     .summary = "Change an API resource",
     .doc = "Of a Management API only accessTokenTtl can be changed.",
     .handle = patch_resource},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/resources/:id/is-default"),
     .area = "resources",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = default_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = resource_fields,
     .summary = "Make an API resource the default, or end that",
     .doc = "A tenant has one default at most: the one before ceases to be it.",
     .handle = set_default},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/resources/:id"),
     .area = "resources",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an API resource",
     .doc = "Its scopes go with it. A Management API cannot be deleted.",
     .handle = delete_resource},
    ROUTES_END,
};
