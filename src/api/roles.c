/* /api/roles: sets of scopes that applications and users hold. */
#include "domain/roles.h"
#include "api/role_scopes.h"
#include "domain/resources.h"

#define INTERNAL_PREFIX "#internal:"
#define FEATURED        3 /* holders of each kind named with each role of the list */

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

/* ---- Listing ---- */

/* What a query says of the listed roles, found by the role's id in the first column. */
static enum err find_holders(struct ctx *ctx, const struct id_list *roles, const char *head,
                             const char *tail, struct row_index *index)
{
    struct db_rows *rows = ARENA_NEW(ctx->arena, struct db_rows);
    if (!rows)
        return ERR_NO_MEMORY;
    enum err err = id_list_select(ctx->db, head, roles, tail, ctx->arena, rows);
    return err ? err : row_index_make(rows, 0, ctx->arena, index);
}

/* Who holds the roles: the counts, and a row for each who is featured. */
struct holders {
    struct row_index users, featured_users;
    struct row_index applications; /* with the count in each row */
};

enum { USER_TOTAL = 1 };
enum { USER_HOLDER_ID = 1, USER_HOLDER_AVATAR, USER_HOLDER_NAME };
enum { HOLDER_TOTAL = 1, HOLDER_ID, HOLDER_NAME, HOLDER_TYPE };

/* A role may have very many users: those who are featured are read off the end of an index. */
static enum err find_users(struct ctx *ctx, const struct id_list *roles, struct holders *holders)
{
    enum err err =
        find_holders(ctx, roles, "SELECT role_id, count(*) FROM users_roles WHERE role_id",
                     "GROUP BY role_id", &holders->users);
    if (err)
        return err;
    return find_holders(ctx, roles,
                        "SELECT h.role_id, u.id, u.avatar, u.name FROM roles r"
                        " JOIN users_roles h ON h.role_id = r.id AND h.user_id IN"
                        " (SELECT user_id FROM users_roles WHERE role_id = r.id"
                        " ORDER BY created_at, user_id LIMIT 3)"
                        " JOIN users u ON u.id = h.user_id WHERE r.id",
                        "ORDER BY h.role_id, h.created_at, h.user_id", &holders->featured_users);
}

static enum err find_all_holders(struct ctx *ctx, const struct db_rows *roles,
                                 struct holders *holders)
{
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, roles->count + 1);
    if (!ids)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < roles->count; i++)
        ids[i] = db_text(roles, i, ROLE_ID);
    const struct id_list list = {ids, roles->count};
    enum err err = find_users(ctx, &list, holders);
    if (err)
        return err;
    return find_holders(
        ctx, &list,
        "SELECT h.role_id, h.total, a.id, a.name, a.type FROM (SELECT role_id, application_id,"
        " count(*) OVER (PARTITION BY role_id) AS total,"
        " row_number() OVER (PARTITION BY role_id ORDER BY created_at, application_id) AS place"
        " FROM applications_roles WHERE role_id",
        ") h JOIN applications a ON a.id = h.application_id WHERE h.place <= 3"
        " ORDER BY h.role_id, h.place",
        &holders->applications);
}

static void put_featured_user(struct json_out *out, const struct db_rows *rows, size_t row)
{
    JSON_STR(out, "id", db_text(rows, row, USER_HOLDER_ID));
    JSON_STR(out, "avatar", db_text(rows, row, USER_HOLDER_AVATAR));
    JSON_STR(out, "name", db_text(rows, row, USER_HOLDER_NAME));
}

static void put_featured_application(struct json_out *out, const struct db_rows *rows, size_t row)
{
    JSON_STR(out, "id", db_text(rows, row, HOLDER_ID));
    JSON_STR(out, "name", db_text(rows, row, HOLDER_NAME));
    JSON_STR(out, "type", db_text(rows, row, HOLDER_TYPE));
}

static void put_featured(struct json_out *out, const struct row_index *index, struct str role,
                         void (*put)(struct json_out *, const struct db_rows *, size_t))
{
    size_t first, count = row_index_find(index, role, &first);
    json_open_array(out);
    for (size_t i = first; i < first + count && i < first + FEATURED; i++) {
        json_open_object(out);
        put(out, index->rows, index->order[i]);
        json_close_object(out);
    }
    json_close_array(out);
}

static int64_t total_of(const struct row_index *index, struct str role, size_t column)
{
    size_t row;
    return row_index_get(index, role, &row) ? db_int(index->rows, row, column) : 0;
}

static void put_role(struct ctx *ctx, const struct db_rows *roles, size_t row,
                     const struct holders *holders)
{
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(roles, row, ROLE_ID);
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &role_entity, roles, row);
    JSON_INT(out, "usersCount", total_of(&holders->users, id, USER_TOTAL));
    json_key(out, STR("featuredUsers"));
    put_featured(out, &holders->featured_users, id, put_featured_user);
    JSON_INT(out, "applicationsCount", total_of(&holders->applications, id, HOLDER_TOTAL));
    json_key(out, STR("featuredApplications"));
    put_featured(out, &holders->applications, id, put_featured_application);
    json_close_object(out);
}

static enum err list_roles(struct ctx *ctx)
{
    struct crud_filter filters[4];
    size_t count = 0;
    bool searching;
    struct db_rows roles;
    struct holders holders;
    struct db_value type = db_text_value(ctx_query(ctx, STR("type")));
    struct db_value application = db_text_value(ctx_query(ctx, STR("excludeApplicationId")));
    struct db_value user = db_text_value(ctx_query(ctx, STR("excludeUserId")));

    if (type.s.n)
        filters[count++] = (struct crud_filter){"type = $1", &type, 1};
    if (application.s.n)
        filters[count++] = (struct crud_filter){
            "id NOT IN (SELECT role_id FROM applications_roles WHERE application_id = $1)",
            &application, 1};
    if (user.s.n)
        filters[count++] = (struct crud_filter){
            "id NOT IN (SELECT role_id FROM users_roles WHERE user_id = $1)", &user, 1};
    enum err err = ctx_search(ctx, search_fields, 3, &filters[count], &searching);
    if (!err)
        err = entity_list(ctx, &role_entity, filters, count + searching, &roles);
    if (!err)
        err = find_all_holders(ctx, &roles, &holders);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < roles.count; i++)
        put_role(ctx, &roles, i, &holders);
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
    return err || !ctx_body(ctx, STR("scopeIds")) ? err : role_scopes_tell(ctx, &rows);
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
