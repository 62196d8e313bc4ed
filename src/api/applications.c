/* /api/applications: OAuth clients. */
#include "domain/applications.h"
#include "api/reach.h"
#include "domain/application_access.h"
#include "domain/built_in_applications.h"
#include "domain/organizations.h"
#include "domain/resources.h"
#include "domain/roles.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("description"), "description"},
};

/* ---- Reading ---- */

#define TYPE_COUNT 6
#define LACKS_ROLE "id NOT IN (SELECT application_id FROM applications_roles WHERE role_id = $1)"
#define NOT_IN_ORGANIZATION                                                                        \
    "id NOT IN (SELECT application_id FROM organization_applications WHERE organization_id = $1)"

static const char *const type_filters[TYPE_COUNT + 1] = {
    "",
    "type IN ($1)",
    "type IN ($1, $2)",
    "type IN ($1, $2, $3)",
    "type IN ($1, $2, $3, $4)",
    "type IN ($1, $2, $3, $4, $5)",
    "type IN ($1, $2, $3, $4, $5, $6)",
};

/* The wanted types, each once; returns their number. */
static size_t collect_types(json *wanted, struct db_value types[TYPE_COUNT])
{
    size_t count = 0, index, max;
    bool seen[TYPE_COUNT] = {false};
    json *item;
    yyjson_arr_foreach(wanted, index, max, item)
    {
        for (size_t i = 0; i < TYPE_COUNT; i++) {
            struct str name = str_of(application_types[i]);
            if (seen[i] || !str_eq(json_str(item), name))
                continue;
            seen[i] = true;
            types[count++] = db_text_value(name);
        }
    }
    return count;
}

static enum err list_applications(struct ctx *ctx)
{
    struct crud_filter filters[5];
    size_t count = 0;
    struct db_value types[TYPE_COUNT];
    size_t type_count = collect_types(json_get(ctx->query, STR("types")), types);
    struct db_value role = db_text_value(ctx_query(ctx, STR("excludeRoleId")));
    struct db_value organization = db_text_value(ctx_query(ctx, STR("excludeOrganizationId")));
    json *third = json_get(ctx->query, STR("isThirdParty"));
    struct db_value third_party = db_int_value(yyjson_get_bool(third));
    bool searching;

    if (role.s.n && organization.s.n)
        return fail(ctx, ERR_INVALID_INPUT,
                    "excludeRoleId and excludeOrganizationId cannot be used together");
    if (type_count)
        filters[count++] = (struct crud_filter){type_filters[type_count], types, type_count};
    if (role.s.n)
        filters[count++] = (struct crud_filter){LACKS_ROLE, &role, 1};
    if (organization.s.n)
        filters[count++] = (struct crud_filter){NOT_IN_ORGANIZATION, &organization, 1};
    if (third)
        filters[count++] = (struct crud_filter){"is_third_party = $1", &third_party, 1};
    enum err err = ctx_search(ctx, search_fields, 3, &filters[count], &searching);
    if (err)
        return err;
    return entity_answer_list(ctx, &application_entity, filters, count + searching);
}

static const struct built_in_application *find_built_in(struct str id)
{
    static const struct built_in_application *const all[] = {&demo_application,
                                                             &account_application};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (str_eq(all[i]->id, id))
            return all[i];
    return NULL;
}

/* Logto's console looks these up although they are not among those that it manages. */
static enum err answer_built_in(struct ctx *ctx, const struct built_in_application *app)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", app->id);
    JSON_STR(out, "name", app->name);
    JSON_STR(out, "secret", STR("N/A"));
    JSON_STR(out, "description", app->description);
    JSON_STR(out, "type", STR("SPA"));
    JSON_RAW(out, "oidcClientMetadata", STR("{\"redirectUris\":[],\"postLogoutRedirectUris\":[]}"));
    JSON_RAW(out, "customClientMetadata", STR("{}"));
    JSON_RAW(out, "protectedAppMetadata", STR("null"));
    JSON_RAW(out, "customData", STR("{}"));
    JSON_BOOL(out, "isThirdParty", false);
    JSON_BOOL(out, "appLevelAccessControlEnabled", false);
    JSON_INT(out, "createdAt", 0);
    JSON_BOOL(out, "isAdmin", false);
    json_close_object(out);
    return OK;
}

static enum err get_application(struct ctx *ctx)
{
    struct db_rows rows;
    bool admin;
    const struct built_in_application *built_in = find_built_in(ctx->params[0]);
    if (built_in)
        return answer_built_in(ctx, built_in);
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err)
        err = application_is_admin(ctx->db, ctx->params[0], ctx->arena, &admin);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    crud_put_members(out, &application_entity, &rows, 0);
    JSON_BOOL(out, "isAdmin", admin);
    json_close_object(out);
    return OK;
}

/* ---- Writing ---- */

/* What rows cannot say of customClientMetadata; NULL when the body has none. */
static enum err check_custom_metadata(struct ctx *ctx, json *metadata, bool third_party)
{
    struct str resource = json_str(json_get(metadata, STR("defaultResource")));
    if (third_party && yyjson_get_bool(json_get(metadata, STR("allowTokenExchange"))))
        return fail(ctx, ERR_APP_THIRD_PARTY_EXCHANGE);
    if (!resource.p)
        return OK;
    bool exists;
    enum err err = resource_exists(ctx->db, resource, ctx->arena, &exists);
    if (err || exists)
        return err;
    return fail_text(ctx, ERR_INVALID_INPUT,
                     "there is no API resource with the indicator %.*s for "
                     "customClientMetadata.defaultResource",
                     STR_ARG(resource));
}

static enum err check_type(struct ctx *ctx, struct str type, bool third_party)
{
    json *metadata = ctx_body(ctx, STR("customClientMetadata"));
    if (str_eq(type, STR("SAML")))
        return fail(ctx, ERR_APP_USE_SAML_API);
    if (!str_eq(type, STR("Native")) && yyjson_get_bool(json_get(metadata, STR("isDeviceFlow"))))
        return fail(ctx, ERR_APP_DEVICE_NATIVE);
    if (str_eq(type, STR("Protected")))
        return fail(ctx, yyjson_is_obj(ctx_body(ctx, STR("protectedAppMetadata")))
                             ? ERR_APP_PROTECTED_UNAVAILABLE
                             : ERR_APP_PROTECTED_METADATA);
    if (third_party && str_eq(type, STR("MachineToMachine")))
        return fail(ctx, ERR_APP_THIRD_PARTY_TYPE);
    return check_custom_metadata(ctx, metadata, third_party);
}

static enum err add_default_secret(struct ctx *ctx, struct str id)
{
    char value[SECRET_LENGTH];
    secret_random(value, sizeof(value));
    struct secret_new secret = {
        .application = id,
        .name = STR(APPLICATION_DEFAULT_SECRET),
        .value = {value, sizeof(value)},
        .now = ctx->now,
    };
    enum err err = application_secret_insert(ctx->db, ctx->tenant->vault, &secret, ctx->arena);
    wipe(value, sizeof(value));
    return err;
}

static enum err create_application(struct ctx *ctx)
{
    struct db_rows rows;
    struct str type = json_str(ctx_body(ctx, STR("type")));
    struct application_new new = {.body = ctx->body, .now = ctx->now};
    enum err err = check_type(ctx, type, yyjson_get_bool(ctx_body(ctx, STR("isThirdParty"))));
    if (!err)
        err = application_insert(ctx->db, &new, ctx->arena, &rows);
    if (err)
        return err;
    struct str id = db_text(&rows, 0, APPLICATION_ID);
    if (application_type_has_secrets(type))
        err = add_default_secret(ctx, id);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, id);
    if (!err)
        entity_answer(ctx, &application_entity, &rows, 0);
    return err;
}

/* Gives or takes the role that opens the Management API. */
static enum err set_admin(struct ctx *ctx, const struct db_rows *rows, bool wanted)
{
    struct str id = db_text(rows, 0, APPLICATION_ID), role;
    bool admin, found;
    enum err err = application_is_admin(ctx->db, id, ctx->arena, &admin);
    if (err || admin == wanted)
        return err;
    if (!str_eq(db_text(rows, 0, APPLICATION_TYPE), STR("MachineToMachine")))
        return fail(ctx, ERR_APP_INVALID_TYPE);
    err = role_management_id(ctx->db, ctx->arena, &role);
    if (err)
        return err;
    if (!role.p)
        return fail(ctx, ERR_NOT_EXISTS, "the role `" ROLE_MANAGEMENT_NAME "`");
    if (!wanted)
        return application_role_delete(ctx->db, id, role, &found);
    struct id_list roles = {&role, 1};
    err = reach_check_roles(ctx, &roles);
    if (err)
        return err;
    return application_roles_insert(ctx->db, id, &roles, ctx->now, ctx->arena);
}

static enum err check_patch(struct ctx *ctx, const struct db_rows *rows)
{
    json *metadata = ctx_body(ctx, STR("customClientMetadata")), *old = NULL;
    if (str_eq(db_text(rows, 0, APPLICATION_TYPE), STR("SAML")))
        return fail(ctx, ERR_APP_USE_SAML_API);
    if (yyjson_is_obj(ctx_body(ctx, STR("protectedAppMetadata"))))
        return fail(ctx, ERR_APP_PROTECTED_ONLY);
    if (yyjson_get_bool(ctx_body(ctx, STR("appLevelAccessControlEnabled")))) {
        enum err err = access_rules_required(ctx, ctx->params[0]);
        if (err)
            return err;
    }
    if (!metadata)
        return OK;
    if (json_parse(ctx->arena, db_text(rows, 0, APPLICATION_CUSTOM_METADATA), &old, NULL))
        return fail(ctx, ERR_INTERNAL);
    if (yyjson_get_bool(json_get(metadata, STR("isDeviceFlow"))) !=
        yyjson_get_bool(json_get(old, STR("isDeviceFlow"))))
        return fail(ctx, ERR_APP_DEVICE_FIXED);
    return check_custom_metadata(ctx, metadata, db_int(rows, 0, APPLICATION_THIRD_PARTY) != 0);
}

static enum err patch_application(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    json *description = ctx_body(ctx, STR("description")), *admin = ctx_body(ctx, STR("isAdmin"));
    struct crud_set none = {"description", db_text_value(STR_NONE)};
    bool empties = json_str(description).p && !json_str(description).n;

    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err)
        err = check_patch(ctx, &rows);
    if (!err && admin)
        err = set_admin(ctx, &rows, yyjson_get_bool(admin));
    if (err)
        return err;
    struct db_rows updated;
    err = crud_update(ctx->db, &application_entity, ctx->params[0], ctx->body, &none, empties,
                      ctx->arena, &updated, &nothing);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
    if (!err)
        entity_answer(ctx, &application_entity, nothing ? &rows : &updated, 0);
    return err;
}

static enum err delete_application(struct ctx *ctx)
{
    struct db_rows rows;
    bool found;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err && str_eq(db_text(&rows, 0, APPLICATION_TYPE), STR("SAML")))
        return fail(ctx, ERR_APP_USE_SAML_API);
    if (!err)
        err = organization_note_application_deletion(ctx, ctx->params[0]);
    if (!err)
        err = crud_delete(ctx->db, &application_entity, ctx->params[0], &found);
    return err ? err : change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
}

/* ---- Routes ---- */

static const struct field type_item = {
    .type = FIELD_ENUM, .flags = FIELD_CREATE, .options = application_types};

static const struct field list_query[] = {
    {.name = STR_INIT("types"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &type_item,
     .doc = "Only applications of these types; may be repeated."},
    {.name = STR_INIT("isThirdParty"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Only third-party applications, or only the others."},
    {.name = STR_INIT("excludeRoleId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out applications that hold this role."},
    {.name = STR_INIT("excludeOrganizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out applications of this organization."},
    FIELDS_END,
};

ROUTES(applications) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications"),
     .area = "applications",
     .query = list_query,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = application_fields,
     .summary = "List applications",
     .doc = "Newest first. `search` looks in id, name and description.",
     .handle = list_applications},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = application_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = application_fields,
     .summary = "Create an application",
     .doc = "A MachineToMachine or Traditional application gets a first secret named `Default "
            "secret`; read it with the application's secrets.",
     .handle = create_application},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:id"),
     .area = "applications",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = application_fields,
     .summary = "Get an application",
     .handle = get_application},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/applications/:id"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = application_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = application_fields,
     .summary = "Change an application",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_application},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id"),
     .area = "applications",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an application",
     .doc = "Its secrets, role assignments and refresh tokens go with it.",
     .handle = delete_application},
    ROUTES_END,
};
