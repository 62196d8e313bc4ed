/* /api/roles: sets of scopes that applications and users hold. */
#include "domain/roles.h"
#include "api/role_scopes.h"
#include "domain/resources.h"

#define INTERNAL_PREFIX "#internal:"
#define FEATURED        3 /* applications named with each role of the list */

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

/* ---- Listing ---- */

/* The holders of the listed roles: a row for each featured application, with the count of all. */
static enum err find_holders(struct ctx *ctx, const struct db_rows *roles, struct row_index *index)
{
    struct db_rows *holders = ARENA_NEW(ctx->arena, struct db_rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, roles->count + 1);
    if (!holders || !ids)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < roles->count; i++)
        ids[i] = db_text(roles, i, ROLE_ID);
    struct id_list list = {ids, roles->count};
    enum err err = id_list_select(
        ctx->db,
        "SELECT h.role_id, h.total, a.id, a.name, a.type FROM (SELECT role_id, application_id,"
        " count(*) OVER (PARTITION BY role_id) AS total,"
        " row_number() OVER (PARTITION BY role_id ORDER BY created_at, application_id) AS place"
        " FROM applications_roles WHERE role_id",
        &list,
        ") h JOIN applications a ON a.id = h.application_id WHERE h.place <= 3"
        " ORDER BY h.role_id, h.place",
        ctx->arena, holders);
    return err ? err : row_index_make(holders, 0, ctx->arena, index);
}

enum { HOLDER_TOTAL = 1, HOLDER_ID, HOLDER_NAME, HOLDER_TYPE };

static void put_featured(struct json_out *out, const struct row_index *index, size_t first,
                         size_t count)
{
    const struct db_rows *rows = index->rows;
    json_open_array(out);
    for (size_t i = first; i < first + count && i < first + FEATURED; i++) {
        size_t row = index->order[i];
        json_open_object(out);
        JSON_STR(out, "id", db_text(rows, row, HOLDER_ID));
        JSON_STR(out, "name", db_text(rows, row, HOLDER_NAME));
        JSON_STR(out, "type", db_text(rows, row, HOLDER_TYPE));
        json_close_object(out);
    }
    json_close_array(out);
}

static void put_role(struct ctx *ctx, const struct db_rows *roles, size_t row,
                     const struct row_index *index)
{
    struct json_out *out = &ctx->answer.json;
    size_t first, count = row_index_find(index, db_text(roles, row, ROLE_ID), &first);
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &role_entity, roles, row);
    JSON_INT(out, "usersCount", 0);
    JSON_RAW(out, "featuredUsers", STR("[]"));
    json_key(out, STR("applicationsCount"));
    json_put_int(out, count ? db_int(index->rows, index->order[first], HOLDER_TOTAL) : 0);
    json_key(out, STR("featuredApplications"));
    put_featured(out, index, first, count);
    json_close_object(out);
}

static enum err list_roles(struct ctx *ctx)
{
    struct crud_filter filters[3];
    size_t count = 0;
    bool searching;
    struct db_rows roles;
    struct row_index index;
    struct db_value type = db_text_value(ctx_query(ctx, STR("type")));
    struct db_value application = db_text_value(ctx_query(ctx, STR("excludeApplicationId")));

    if (type.s.n)
        filters[count++] = (struct crud_filter){"type = $1", &type, 1};
    if (application.s.n)
        filters[count++] = (struct crud_filter){
            "id NOT IN (SELECT role_id FROM applications_roles WHERE application_id = $1)",
            &application, 1};
    enum err err = ctx_search(ctx, search_fields, 3, &filters[count], &searching);
    if (!err)
        err = entity_list(ctx, &role_entity, filters, count + searching, &roles);
    if (!err)
        err = find_holders(ctx, &roles, &index);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < roles.count; i++)
        put_role(ctx, &roles, i, &index);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- One role ---- */

static enum err get_role(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &role_entity, &rows, 0);
    return err;
}

static enum err check_name(struct ctx *ctx, struct str name)
{
    return str_starts(name, STR(INTERNAL_PREFIX)) ? fail(ctx, ERR_ROLE_INTERNAL) : OK;
}

static enum err name_taken(struct ctx *ctx, struct str name)
{
    return fail(ctx, ERR_ROLE_NAME, arena_cstr(ctx->arena, name));
}

static enum err create_role(struct ctx *ctx)
{
    char id[ID_LENGTH];
    struct db_rows rows;
    struct id_list scopes;
    struct str name = json_str(ctx_body(ctx, STR("name")));
    id_random(id, sizeof(id));
    struct crud_set sets[] = {
        {"id", db_text_value((struct str){id, sizeof(id)})},
        {"created_at", db_int_value(ctx->now)},
    };
    enum err err = check_name(ctx, name);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("scopeIds")), ctx->arena, &scopes);
    if (err)
        return err;
    err = crud_insert(ctx->db, &role_entity, ctx->body, sets, 2, ctx->arena, &rows);
    if (err)
        return err == ERR_DB_UNIQUE ? name_taken(ctx, name) : err;
    err = role_scopes_add(ctx, &rows, &scopes);
    if (!err)
        err = change_note(ctx, CHANGE_ACCESS, db_text(&rows, 0, ROLE_ID));
    if (!err)
        entity_answer(ctx, &role_entity, &rows, 0);
    return err;
}

static enum err patch_role(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    struct str name = json_str(ctx_body(ctx, STR("name")));
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &rows);
    if (!err)
        err = check_name(ctx, name);
    if (err)
        return err;
    err = crud_update(ctx->db, &role_entity, ctx->params[0], ctx->body, NULL, 0, ctx->arena, &rows,
                      &nothing);
    if (err)
        return err == ERR_DB_UNIQUE ? name_taken(ctx, name) : err;
    if (nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    entity_answer(ctx, &role_entity, &rows, 0);
    return change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

static enum err delete_role(struct ctx *ctx)
{
    struct db_rows rows;
    bool found;
    enum err err = entity_get(ctx, &role_entity, ctx->params[0], &rows);
    if (!err)
        err = crud_delete(ctx->db, &role_entity, ctx->params[0], &found);
    return err ? err : change_note(ctx, CHANGE_ACCESS, ctx->params[0]);
}

/* ---- Routes ---- */

static const char *const types[] = {ROLE_TYPE_USER, ROLE_TYPE_MACHINE, NULL};

static const struct field list_query[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = types,
     .doc = "Only roles for users, or only ones for machines."},
    {.name = STR_INIT("excludeApplicationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out roles that this application holds."},
    {.name = STR_INIT("excludeUserId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out roles that this user holds."},
    FIELDS_END,
};

static const struct field featured_application[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING},
    {.name = STR_INIT("name"), .type = FIELD_STRING},
    {.name = STR_INIT("type"), .type = FIELD_STRING},
    FIELDS_END,
};
static const struct field featured_user[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING},
    {.name = STR_INIT("avatar"), .type = FIELD_STRING, .flags = FIELD_NULLABLE},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .flags = FIELD_NULLABLE},
    FIELDS_END,
};
static const struct field application_item = {.type = FIELD_OBJECT, .fields = featured_application};
static const struct field user_item = {.type = FIELD_OBJECT, .fields = featured_user};

static const struct field list_reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Unique name."},
    {.name = STR_INIT("description"), .type = FIELD_STRING, .doc = "What it is for."},
    {.name = STR_INIT("type"), .type = FIELD_ENUM, .options = types, .doc = "Who can hold it."},
    {.name = STR_INIT("isDefault"), .type = FIELD_BOOL, .doc = "Whether new users get it."},
    {.name = STR_INIT("usersCount"), .type = FIELD_INT, .doc = "How many users hold it."},
    {.name = STR_INIT("featuredUsers"),
     .type = FIELD_ARRAY,
     .item = &user_item,
     .doc = "Up to three of them."},
    {.name = STR_INIT("applicationsCount"),
     .type = FIELD_INT,
     .doc = "How many applications hold it."},
    {.name = STR_INIT("featuredApplications"),
     .type = FIELD_ARRAY,
     .item = &application_item,
     .doc = "Up to three of them."},
    FIELDS_END,
};

ROUTES(roles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/roles"),
     .area = "roles",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = list_reply,
     .summary = "List roles",
     .doc = "Oldest first, each with who holds it. `search` looks in id, name and description.",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/roles"),
     .area = "roles",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = role_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = role_fields,
     .summary = "Create a role",
     .doc = "A role for users cannot hold scopes of the Management API.",
     .handle = create_role},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/roles/:id"),
     .area = "roles",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = role_fields,
     .summary = "Get a role",
     .handle = get_role},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/roles/:id"),
     .area = "roles",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = role_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = role_fields,
     .summary = "Change a role",
     .handle = patch_role},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/roles/:id"),
     .area = "roles",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a role",
     .doc = "Whoever holds it loses its scopes from the next token on.",
     .handle = delete_role},
    ROUTES_END,
};
