/* What clients may ask users for: scopes of four kinds. */
#include "api/consent_scopes.h"

#include "domain/organizations.h"
#include "domain/resources.h"

/* ---- The four kinds, in the order in which they are answered ---- */

enum { OF_ORGANIZATIONS, OF_RESOURCES, OF_RESOURCES_IN_ORGANIZATIONS, OF_USERS };

static const char *const kind_names[] = {"organization-scopes", "resource-scopes",
                                         "organization-resource-scopes", "user-scopes", NULL};

static const struct str body_names[CONSENT_KINDS] = {
    STR_INIT("organizationScopes"),
    STR_INIT("resourceScopes"),
    STR_INIT("organizationResourceScopes"),
    STR_INIT("userScopes"),
};

/* ---- Answering ---- */

static void put_scope(struct json_out *out, const struct db_rows *rows, size_t row)
{
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, 0));
    JSON_STR(out, "name", db_text(rows, row, 1));
    JSON_STR(out, "description", db_text(rows, row, 2));
    json_close_object(out);
}

static enum err put_organization_scopes(struct ctx *ctx, const char *sql, struct str owner)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(owner)), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, STR("organizationScopes"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        put_scope(out, &rows, i);
    json_close_array(out);
    return OK;
}

enum { RESOURCE = 3, RESOURCE_NAME, INDICATOR };

/* One resource with its scopes, which are in a row; gives the row after them. */
static size_t put_resource(struct json_out *out, const struct db_rows *rows, size_t row)
{
    struct str id = db_text(rows, row, RESOURCE);
    json_open_object(out);
    json_key(out, STR("resource"));
    json_open_object(out);
    JSON_STR(out, "id", id);
    JSON_STR(out, "name", db_text(rows, row, RESOURCE_NAME));
    JSON_STR(out, "indicator", db_text(rows, row, INDICATOR));
    json_close_object(out);
    json_key(out, STR("scopes"));
    json_open_array(out);
    for (; row < rows->count && str_eq(db_text(rows, row, RESOURCE), id); row++)
        put_scope(out, rows, row);
    json_close_array(out);
    json_close_object(out);
    return row;
}

static enum err put_resource_scopes(struct ctx *ctx, const char *sql, struct str owner,
                                    struct str name)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(owner)), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, name);
    json_open_array(out);
    for (size_t row = 0; row < rows.count;)
        row = put_resource(out, &rows, row);
    json_close_array(out);
    return OK;
}

static enum err put_user_scopes(struct ctx *ctx, const char *sql, struct str owner)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(owner)), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, STR("userScopes"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        json_put_str(out, db_text(&rows, i, 0));
    json_close_array(out);
    return OK;
}

enum err consent_scopes_list(struct ctx *ctx, const struct consent_table *table, struct str owner)
{
    json_open_object(&ctx->answer.json);
    enum err err = put_organization_scopes(ctx, table->queries[OF_ORGANIZATIONS], owner);
    for (size_t kind = OF_RESOURCES; !err && kind <= OF_RESOURCES_IN_ORGANIZATIONS; kind++)
        err = put_resource_scopes(ctx, table->queries[kind], owner, body_names[kind]);
    if (!err)
        err = put_user_scopes(ctx, table->queries[OF_USERS], owner);
    json_close_object(&ctx->answer.json);
    return err;
}

/* ---- Allowing ---- */

static const char *const scope_queries[] = {
    "SELECT id, id FROM organization_scopes WHERE id",
    "SELECT s.id, r.indicator FROM scopes s JOIN resources r ON r.id = s.resource_id WHERE s.id",
    "SELECT s.id, r.indicator FROM scopes s JOIN resources r ON r.id = s.resource_id WHERE s.id",
};
enum { LOOKED_UP = sizeof(scope_queries) / sizeof(*scope_queries) };

/* Which of the ids do not exist, and whether a Management API has one of them. */
static enum err look_up(struct ctx *ctx, size_t kind, const struct id_list *ids,
                        struct id_list *unknown, bool *management)
{
    struct db_rows rows;
    struct row_index index;
    enum err err = id_list_select(ctx->db, scope_queries[kind], ids, "", ctx->arena, &rows);
    if (!err)
        err = row_index_make(&rows, 0, ctx->arena, &index);
    if (!err)
        err = id_list_without(ids, &index, ctx->arena, unknown);
    for (size_t i = 0; !err && i < rows.count; i++)
        *management |= resource_is_management(db_text(&rows, i, 1));
    return err;
}

static enum err refuse_unknown(struct ctx *ctx, const struct id_list unknown[LOOKED_UP])
{
    static const struct str names[LOOKED_UP] = {
        STR_INIT("invalidOrganizationScopes"),
        STR_INIT("invalidResourceScopes"),
        STR_INIT("invalidOrganizationResourceScopes"),
    };
    struct buf buf = buf_new(ctx->arena, (size_t)1024 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (size_t kind = 0; kind < LOOKED_UP; kind++) {
        json_key(&out, names[kind]);
        json_open_array(&out);
        for (size_t i = 0; i < unknown[kind].count; i++)
            json_put_str(&out, unknown[kind].ids[i]);
        json_close_array(&out);
    }
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_APP_CONSENT_SCOPES), buf_view(&buf));
}

static enum err check_scopes(struct ctx *ctx, const struct id_list lists[CONSENT_KINDS])
{
    struct id_list unknown[LOOKED_UP];
    bool management = false, all_known = true;
    for (size_t kind = 0; kind < LOOKED_UP; kind++) {
        enum err err = look_up(ctx, kind, &lists[kind], &unknown[kind], &management);
        if (err)
            return err;
        all_known &= !unknown[kind].count;
    }
    if (!all_known)
        return refuse_unknown(ctx, unknown);
    return management ? fail(ctx, ERR_APP_CONSENT_MANAGEMENT) : OK;
}

enum err consent_scopes_add(struct ctx *ctx, const struct consent_table *table, struct str owner)
{
    struct id_list lists[CONSENT_KINDS];
    enum err err = OK;
    for (size_t kind = 0; !err && kind < CONSENT_KINDS; kind++)
        err = id_list_parse(ctx_body(ctx, body_names[kind]), ctx->arena, &lists[kind]);
    if (!err)
        err = check_scopes(ctx, lists);
    for (size_t kind = 0; !err && kind < CONSENT_KINDS; kind++)
        err =
            relation_add(ctx->db, &table->relations[kind], &owner, &lists[kind], ctx->arena, NULL);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

/* ---- Taking back ---- */

enum err consent_scopes_remove(struct ctx *ctx, const struct consent_table *table, struct str owner,
                               struct str kind_name, struct str id)
{
    bool found = false;
    enum err err = OK;
    for (size_t kind = 0; !err && kind < CONSENT_KINDS; kind++)
        if (str_eq(kind_name, str_of(kind_names[kind])))
            err = relation_remove(ctx->db, &table->relations[kind], &owner, id, &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Rows of the routes ---- */

static const char *const user_scopes[] = {"profile",
                                          "email",
                                          "phone",
                                          "address",
                                          "custom_data",
                                          "identities",
                                          "roles",
                                          "urn:logto:scope:organizations",
                                          "urn:logto:scope:organization_roles",
                                          "urn:logto:scope:sessions",
                                          "urn:logto:scope:trusted_devices",
                                          NULL};

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE};
static const struct field user_scope_item = {
    .type = FIELD_ENUM, .flags = FIELD_CREATE, .options = user_scopes};

#define LIST(json_name, list_item, text)                                                           \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_ARRAY, .flags = FIELD_CREATE,                   \
        .item = list_item, .doc = text                                                             \
    }

const struct field consent_scopes_body[] = {
    LIST("organizationScopes", &id_item, "Ids of organization scopes."),
    LIST("resourceScopes", &id_item, "Ids of scopes of API resources."),
    LIST("organizationResourceScopes", &id_item,
         "Ids of scopes of API resources, for tokens of an organization."),
    LIST("userScopes", &user_scope_item, "Names of scopes for claims about the user."),
    FIELDS_END,
};

static const struct field scope_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Its name."},
    {.name = STR_INIT("description"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "What it permits."},
    FIELDS_END,
};
static const struct field scope_item = {.type = FIELD_OBJECT, .fields = scope_reply};
static const struct field resource_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Its name."},
    {.name = STR_INIT("indicator"), .type = FIELD_STRING, .doc = "The audience of its tokens."},
    FIELDS_END,
};
static const struct field group_reply[] = {
    {.name = STR_INIT("resource"),
     .type = FIELD_OBJECT,
     .fields = resource_reply,
     .doc = "The API resource."},
    LIST("scopes", &scope_item, "Scopes of it."),
    FIELDS_END,
};
static const struct field group_item = {.type = FIELD_OBJECT, .fields = group_reply};
const struct field consent_scopes_reply[] = {
    LIST("organizationScopes", &scope_item, "Organization scopes."),
    LIST("resourceScopes", &group_item, "Scopes of API resources."),
    LIST("organizationResourceScopes", &group_item,
         "Scopes of API resources, for tokens of an organization."),
    LIST("userScopes", &user_scope_item, "Names of scopes for claims about the user."),
    FIELDS_END,
};

const struct field consent_scopes_params[] = {
    {.name = STR_INIT("scopeType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = kind_names,
     .doc = "The kind of the scope."},
    FIELDS_END,
};
