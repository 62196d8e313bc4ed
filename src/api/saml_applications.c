/* /api/saml-applications: applications that are to sign users in by SAML. They are kept and given
 * back; the server does not speak SAML to them. */
#include "domain/saml_applications.h"
#include "domain/application_access.h"
#include "domain/applications.h"

/* ---- Rows ---- */

#define BINDING "urn:oasis:names:tc:SAML:2.0:bindings:"

static const char *const bindings[] = {BINDING "HTTP-POST", BINDING "HTTP-Redirect", NULL};
static const char *const name_id_formats[] = {
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    NULL,
};

#define CLAIM(json_name)                                                                           \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_MAYBE,     \
        .doc = "Name of the attribute with this claim."                                            \
    }
static const struct field mapping_fields[] = {
    CLAIM("sub"),
    CLAIM("name"),
    CLAIM("given_name"),
    CLAIM("family_name"),
    CLAIM("middle_name"),
    CLAIM("nickname"),
    CLAIM("preferred_username"),
    CLAIM("profile"),
    CLAIM("picture"),
    CLAIM("website"),
    CLAIM("email"),
    CLAIM("email_verified"),
    CLAIM("gender"),
    CLAIM("birthdate"),
    CLAIM("zoneinfo"),
    CLAIM("locale"),
    CLAIM("phone_number"),
    CLAIM("phone_number_verified"),
    CLAIM("address"),
    CLAIM("updated_at"),
    CLAIM("username"),
    CLAIM("created_at"),
    CLAIM("custom_data"),
    CLAIM("identities"),
    CLAIM("sso_identities"),
    CLAIM("roles"),
    CLAIM("organizations"),
    CLAIM("organization_data"),
    CLAIM("organization_roles"),
    FIELDS_END,
};

static const struct field acs_fields[] = {
    {.name = STR_INIT("binding"),
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .options = bindings,
     .doc = "How assertions are sent; only HTTP-POST is taken."},
    {.name = STR_INIT("url"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .check = field_is_url,
     .format = "url",
     .doc = "Where assertions are sent."},
    FIELDS_END,
};

static bool is_whole_encryption(json *value)
{
    return !yyjson_get_bool(json_get(value, STR("encryptAssertion"))) ||
           (json_get(value, STR("encryptThenSign")) && json_get(value, STR("certificate")));
}
static const struct field encryption_fields[] = {
    {.name = STR_INIT("encryptAssertion"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether assertions are encrypted; this needs the other two."},
    {.name = STR_INIT("encryptThenSign"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether they are signed after that, not before."},
    {.name = STR_INIT("certificate"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "The receiver's certificate (PEM)."},
    FIELDS_END,
};

#define SETTINGS                                                                                   \
    {.name = STR_INIT("attributeMapping"),                                                         \
     .column = "attribute_mapping",                                                                \
     .type = FIELD_OBJECT,                                                                         \
     .flags = FIELD_WRITE,                                                                         \
     .fields = mapping_fields,                                                                     \
     .fallback = "{}",                                                                             \
     .doc = "Which claims an assertion has, and under what names."},                               \
        {.name = STR_INIT("entityId"),                                                             \
         .column = "entity_id",                                                                    \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .max = 128,                                                                               \
         .doc = "The service provider's entity id."},                                              \
        {.name = STR_INIT("acsUrl"),                                                               \
         .column = "acs_url",                                                                      \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .fields = acs_fields,                                                                     \
         .example = "",                                                                            \
         .doc = "The service provider's assertion consumer service."},                             \
        {.name = STR_INIT("encryption"),                                                           \
         .column = "encryption",                                                                   \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .fields = encryption_fields,                                                              \
         .check = is_whole_encryption,                                                             \
         .example = "",                                                                            \
         .doc = "Whether and how assertions are encrypted."},                                      \
    {                                                                                              \
        .name = STR_INIT("nameIdFormat"), .column = "name_id_format", .type = FIELD_ENUM,          \
        .flags = FIELD_WRITE, .options = name_id_formats,                                          \
        .fallback = "\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"",                    \
        .doc = "Format of the user's identifier."                                                  \
    }

static const struct field config_fields[] = {
    {.name = STR_INIT("applicationId"),
     .column = "application_id",
     .type = FIELD_STRING,
     .flags = FIELD_HIDDEN},
    SETTINGS,
    FIELDS_END,
};
static const struct entity config_entity = {
    .name = STR_INIT("saml_application_configs"),
    .table = "saml_application_configs",
    .key = "application_id",
    .fields = config_fields,
    .order = "application_id",
};

static const struct field fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 256,
     .doc = "Name for people."},
    {.name = STR_INIT("description"),
     .column = "description",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .doc = "What the application is for; an empty text is stored as null."},
    {.name = STR_INIT("type"), .column = "type", .type = FIELD_STRING, .doc = "SAML."},
    {.name = STR_INIT("customData"),
     .column = "custom_data",
     .type = FIELD_MAP,
     .flags = FIELD_WRITE,
     .fallback = "{}",
     .doc = "Your own data; a change replaces all of it."},
    {.name = STR_INIT("isThirdParty"),
     .column = "is_third_party",
     .type = FIELD_BOOL,
     .doc = "Whether someone else runs it."},
    {.name = STR_INIT("appLevelAccessControlEnabled"),
     .column = "app_level_access_control_enabled",
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .doc = "Whether only users named by access rules may use it."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    SETTINGS,
    FIELDS_END,
};

/* ---- Reading ---- */

/* Whether the rows above have this of an application. */
static bool is_shown(const struct field *field)
{
    for (const struct field *shown = fields; shown->name.p; shown++) {
        if (str_eq(shown->name, field->name))
            return true;
    }
    return false;
}

static enum err answer(struct ctx *ctx, const struct db_rows *application)
{
    struct db_rows config;
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(application, 0, APPLICATION_ID);
    enum err err = crud_find(ctx->db, &config_entity, id, ctx->arena, &config);
    if (err || !config.count)
        return err ? err : fail(ctx, ERR_INTERNAL);
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    for (const struct field *field = application_fields; field->name.p; field++) {
        size_t column = 0;
        for (const struct field *before = application_fields; before < field; before++)
            column += before->column != NULL;
        if (!field->column || !is_shown(field))
            continue;
        json_key(out, field->name);
        crud_put_value(out, field, &application->values[column]);
    }
    crud_put_members(out, &config_entity, &config, 0);
    json_close_object(out);
    return OK;
}

static enum err get_saml_application(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    return err ? err : answer(ctx, &rows);
}

/* ---- Writing ---- */

/* Of the body what every application has, so that nothing else of an application is set by it. */
static enum err application_part(struct ctx *ctx, json **part)
{
    static const struct str names[] = {STR_INIT("name"), STR_INIT("description"),
                                       STR_INIT("customData"),
                                       STR_INIT("appLevelAccessControlEnabled")};
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json *value = ctx_body(ctx, names[i]);
        if (!value)
            continue;
        json_key(&out, names[i]);
        json_put_value(&out, value);
    }
    json_close_object(&out);
    return json_parse(ctx->arena, buf_view(&buf), part, NULL) ? fail(ctx, ERR_NO_MEMORY) : OK;
}

static enum err check_acs(struct ctx *ctx)
{
    struct str binding = json_str(json_get(ctx_body(ctx, STR("acsUrl")), STR("binding")));
    return !binding.n || str_eq(binding, str_of(bindings[0])) ? OK
                                                              : fail(ctx, ERR_APP_SAML_BINDING);
}

static enum err create_saml_application(struct ctx *ctx)
{
    struct db_rows rows;
    struct application_new new = {.type = STR("SAML"), .now = ctx->now};
    enum err err = check_acs(ctx);
    if (!err)
        err = saml_key_make(ctx, SAML_FIRST_YEARS);
    if (!err)
        err = application_part(ctx, &new.body);
    if (!err)
        err = application_insert(ctx->db, &new, ctx->arena, &rows);
    if (err)
        return err;
    struct str id = db_text(&rows, 0, APPLICATION_ID);
    const struct crud_set owner = {"application_id", db_text_value(id)};
    err = crud_insert(ctx->db, &config_entity, ctx->body, &owner, 1, ctx->arena, NULL);
    if (!err)
        err = saml_key_insert(ctx, &saml_keys_of_applications, id, true, NULL);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, id);
    return err ? err : answer(ctx, &rows);
}

static enum err patch_saml_application(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    json *part = NULL, *description = ctx_body(ctx, STR("description"));
    const struct crud_set none = {"description", db_text_value(STR_NONE)};
    bool empties = json_str(description).p && !json_str(description).n;
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    if (!err)
        err = check_acs(ctx);
    if (!err && yyjson_get_bool(ctx_body(ctx, STR("appLevelAccessControlEnabled"))))
        err = access_rules_required(ctx, ctx->params[0]);
    if (!err)
        err = application_part(ctx, &part);
    if (!err)
        err = crud_update(ctx->db, &application_entity, ctx->params[0], part, &none, empties,
                          ctx->arena, &rows, &nothing);
    if (!err)
        err = crud_update(ctx->db, &config_entity, ctx->params[0], ctx->body, NULL, 0, ctx->arena,
                          &rows, &nothing);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
    return err ? err : get_saml_application(ctx);
}

static enum err delete_saml_application(struct ctx *ctx)
{
    struct db_rows rows;
    bool found;
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    if (!err)
        err = crud_delete(ctx->db, &application_entity, ctx->params[0], &found);
    return err ? err : change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
}

/* ---- Routes ---- */

#define AREA  "saml-applications"
#define IDLE  "It is kept and given back; the server does not sign users in by SAML. "
#define ROUTE "/api/saml-applications"

ROUTES(saml_applications) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Create a SAML application",
     .doc = IDLE "It gets a first key with a certificate for three years, which is active.",
     .handle = create_saml_application},
    {.method = HTTP_M_GET,
     .path = STR_INIT(ROUTE "/:id"),
     .area = AREA,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Get a SAML application",
     .doc = IDLE,
     .handle = get_saml_application},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT(ROUTE "/:id"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Change a SAML application",
     .doc = IDLE "An object in the body replaces the whole stored object.",
     .handle = patch_saml_application},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT(ROUTE "/:id"),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a SAML application",
     .doc = "Its keys and certificates go with it.",
     .handle = delete_saml_application},
    ROUTES_END,
};
