/* /api/applications/:applicationId/user-consent-scopes: what a third-party application may ask
 * users for. */
#include "domain/applications.h"
#include "domain/organization_relation.h"
#include "domain/organizations.h"
#include "domain/resources.h"

/* ---- The four kinds, in the order in which they are answered ---- */

enum { OF_ORGANIZATIONS, OF_RESOURCES, OF_RESOURCES_IN_ORGANIZATIONS, OF_USERS, KINDS };

static const char *const kind_names[] = {"organization-scopes", "resource-scopes",
                                         "organization-resource-scopes", "user-scopes", NULL};

static const struct str body_names[KINDS] = {
    STR_INIT("organizationScopes"),
    STR_INIT("resourceScopes"),
    STR_INIT("organizationResourceScopes"),
    STR_INIT("userScopes"),
};

static const struct relation relations[KINDS] = {
    RELATION("application_consent_organization_scopes", "application_id", "organization_scope_id"),
    RELATION("application_consent_resource_scopes", "application_id", "scope_id"),
    RELATION("application_consent_organization_resource_scopes", "application_id", "scope_id"),
    RELATION("application_consent_user_scopes", "application_id", "user_scope"),
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

static enum err put_organization_scopes(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db,
                            "SELECT s.id, s.name, s.description FROM organization_scopes s"
                            " JOIN application_consent_organization_scopes x"
                            " ON x.organization_scope_id = s.id"
                            " WHERE x.application_id = $1 ORDER BY s.name",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
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

#define RESOURCE_SCOPES(table)                                                                     \
    "SELECT s.id, s.name, s.description, r.id, r.name, r.indicator FROM scopes s"                  \
    " JOIN resources r ON r.id = s.resource_id JOIN " table " x ON x.scope_id = s.id"              \
    " WHERE x.application_id = $1 ORDER BY r.created_at, r.id, s.name"

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

static enum err put_resource_scopes(struct ctx *ctx, const char *sql, struct str name)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err =
        db_query(ctx->db, sql, DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, name);
    json_open_array(out);
    for (size_t row = 0; row < rows.count;)
        row = put_resource(out, &rows, row);
    json_close_array(out);
    return OK;
}

static enum err put_user_scopes(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db,
                            "SELECT user_scope FROM application_consent_user_scopes"
                            " WHERE application_id = $1 ORDER BY user_scope",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, STR("userScopes"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        json_put_str(out, db_text(&rows, i, 0));
    json_close_array(out);
    return OK;
}

static enum err list_scopes(struct ctx *ctx)
{
    struct db_rows application;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    err = put_organization_scopes(ctx);
    if (!err)
        err = put_resource_scopes(ctx, RESOURCE_SCOPES("application_consent_resource_scopes"),
                                  body_names[OF_RESOURCES]);
    if (!err)
        err = put_resource_scopes(
            ctx, RESOURCE_SCOPES("application_consent_organization_resource_scopes"),
            body_names[OF_RESOURCES_IN_ORGANIZATIONS]);
    if (!err)
        err = put_user_scopes(ctx);
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

static enum err check_scopes(struct ctx *ctx, const struct id_list lists[KINDS])
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

static enum err add_scopes(struct ctx *ctx)
{
    struct id_list lists[KINDS];
    enum err err = application_check_third_party(ctx, ctx->params[0]);
    for (size_t kind = 0; !err && kind < KINDS; kind++)
        err = id_list_parse(ctx_body(ctx, body_names[kind]), ctx->arena, &lists[kind]);
    if (!err)
        err = check_scopes(ctx, lists);
    for (size_t kind = 0; !err && kind < KINDS; kind++)
        err = relation_add(ctx->db, &relations[kind], ctx->params, &lists[kind], ctx->arena, NULL);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

/* ---- Taking back ---- */

static enum err remove_scope(struct ctx *ctx)
{
    struct db_rows application;
    bool found = false;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    for (size_t kind = 0; !err && kind < KINDS; kind++)
        if (str_eq(ctx->params[1], str_of(kind_names[kind])))
            err = relation_remove(ctx->db, &relations[kind], ctx->params, ctx->params[2], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

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

static const struct field body[] = {
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
static const struct field reply[] = {
    LIST("organizationScopes", &scope_item, "Organization scopes."),
    LIST("resourceScopes", &group_item, "Scopes of API resources."),
    LIST("organizationResourceScopes", &group_item,
         "Scopes of API resources, for tokens of an organization."),
    LIST("userScopes", &user_scope_item, "Names of scopes for claims about the user."),
    FIELDS_END,
};

static const struct field kind_params[] = {
    {.name = STR_INIT("scopeType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = kind_names,
     .doc = "The kind of the scope."},
    FIELDS_END,
};

ROUTES(application_consent_scopes) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes"),
     .area = "applications",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "List what a third-party application may ask users for",
     .handle = list_scopes},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Let a third-party application ask users for more",
     .handle = add_scopes},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:applicationId/user-consent-scopes/:scopeType/:scopeId"),
     .area = "applications",
     .run = RUN_WRITE,
     .params = kind_params,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take back what a third-party application may ask users for",
     .handle = remove_scope},
    ROUTES_END,
};
