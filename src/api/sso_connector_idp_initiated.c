/* /api/sso-connectors/:id/idp-initiated-auth-config: where a sign-in leads that the provider
 * begins. */
#include "domain/sso_connectors.h"

/* ---- Rows ---- */

static bool are_texts(json *value)
{
    size_t i, n;
    json *key, *item;
    yyjson_obj_foreach(value, i, n, key, item)
    {
        if (!yyjson_is_str(item))
            return false;
    }
    return true;
}

#define FIELDS(mandatory)                                                                          \
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},           \
        {.name = STR_INIT("connectorId"),                                                          \
         .column = "connector_id",                                                                 \
         .type = FIELD_STRING,                                                                     \
         .doc = "The connector."},                                                                 \
        {.name = STR_INIT("defaultApplicationId"),                                                 \
         .column = "default_application_id",                                                       \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_CREATE | FIELD_REQUIRED,                                                   \
         .doc = "The application that people are signed in to."},                                  \
        {.name = STR_INIT("redirectUri"),                                                          \
         .column = "redirect_uri",                                                                 \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_CREATE | FIELD_NULLABLE,                                                   \
         .doc = "One of the application's; without one the first."},                               \
        {.name = STR_INIT("authParameters"),                                                       \
         .column = "auth_parameters",                                                              \
         .type = FIELD_MAP,                                                                        \
         .flags = FIELD_CREATE,                                                                    \
         .check = are_texts,                                                                       \
         .fallback = "{}",                                                                         \
         .example = "",                                                                            \
         .doc = "Further parameters of the authorization request; texts."},                        \
        {.name = STR_INIT("autoSendAuthorizationRequest"),                                         \
         .column = "auto_send_authorization_request",                                              \
         .type = FIELD_BOOL,                                                                       \
         .flags = FIELD_CREATE | FIELD_REQUIRED,                                                   \
         .doc = "Whether the server begins the authorization request; else the application "       \
                "does."},                                                                          \
        {.name = STR_INIT("clientIdpInitiatedAuthCallbackUri"),                                    \
         .column = "client_idp_initiated_auth_callback_uri",                                       \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_CREATE | (mandatory),                                                      \
         .check = field_is_url,                                                                    \
         .format = "url",                                                                          \
         .example = "https://app.example/sso",                                                     \
         .doc = "Where the application begins it, when it is to."},                                \
        {.name = STR_INIT("createdAt"),                                                            \
         .column = "created_at",                                                                   \
         .type = FIELD_INT,                                                                        \
         .doc = "In milliseconds since 1970."},                                                    \
        FIELDS_END
static const struct field fields[] = {FIELDS(FIELD_NULLABLE)};
static const struct field client_body[] = {FIELDS(FIELD_REQUIRED)};

static const struct entity config_entity = {
    .name = STR_INIT("sso_connector_idp_initiated_auth_configs"),
    .table = "sso_connector_idp_initiated_auth_configs",
    .key = "connector_id",
    .fields = fields,
    .order = "connector_id",
};

/* ---- Handlers ---- */

static enum err get_config(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = crud_find(ctx->db, &config_entity, ctx->params[0], ctx->arena, &rows);
    if (err || !rows.count)
        return err ? err : fail(ctx, ERR_NOT_FOUND);
    entity_answer(ctx, &config_entity, &rows, 0);
    return OK;
}

static bool has_redirect(const struct app *app, struct str uri)
{
    for (size_t i = 0; i < app->redirect_count; i++) {
        if (str_eq(app->redirect_uris[i], uri))
            return true;
    }
    return false;
}

static enum err check_application(struct ctx *ctx, const struct app *app, bool automatic)
{
    struct str redirect = json_str(ctx_body(ctx, STR("redirectUri")));
    bool own_web = app->type == APP_TRADITIONAL && !app->third_party;
    bool in_browser = app->type == APP_SPA && !automatic;
    if (!own_web && !in_browser && app->type != APP_SAML)
        return fail(ctx, ERR_SSO_IDP_APP,
                    automatic ? "Traditional, SAML" : "Traditional, SPA, SAML");
    if (automatic && redirect.n && !has_redirect(app, redirect))
        return fail(ctx, ERR_SSO_IDP_REDIRECT);
    return OK;
}

static enum err check_body(struct ctx *ctx, bool automatic)
{
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    struct str id = json_str(ctx_body(ctx, STR("defaultApplicationId")));
    if (!automatic &&
        !schema_check(client_body, BODY_CREATE, ctx->body, ctx->arena, &issues, &details))
        return fail_issues(ctx, ERR_INVALID_BODY, &issues, &details);
    const struct app *app = snapshot_app(ctx->snapshot, id);
    return app ? check_application(ctx, app, automatic)
               : fail(ctx, ERR_NOT_EXISTS_WITH_ID, "applications", arena_cstr(ctx->arena, id));
}

/* Of the two ways only what the chosen one needs is kept. */
static enum err put_config(struct ctx *ctx)
{
    struct db_rows rows;
    bool found, automatic = yyjson_get_bool(ctx_body(ctx, STR("autoSendAuthorizationRequest")));
    const struct crud_set sets[] = {
        {"connector_id", db_text_value(ctx->params[0])},
        {"created_at", db_int_value(ctx->now)},
        {automatic ? "client_idp_initiated_auth_callback_uri" : "redirect_uri",
         db_text_value(STR_NONE)},
        {"auth_parameters", db_text_value(STR("{}"))},
    };
    enum err err = entity_get(ctx, &sso_connector_entity, ctx->params[0], &rows);
    if (!err && !sso_is_saml(&rows))
        return fail(ctx, ERR_SSO_IDP_KIND);
    if (!err)
        err = check_body(ctx, automatic);
    if (!err)
        err = crud_delete(ctx->db, &config_entity, ctx->params[0], &found);
    if (!err)
        err = crud_insert(ctx->db, &config_entity, ctx->body, sets, automatic ? 3 : 4, ctx->arena,
                          NULL);
    return err ? err : get_config(ctx);
}

static enum err delete_config(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &config_entity, ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

#define ROUTE "/api/sso-connectors/:id/idp-initiated-auth-config"
#define AREA  "sso-connectors"
#define IDLE  "It is kept and given back; the server does not take SAML assertions."

ROUTES(sso_connector_idp_initiated) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Get where sign-ins lead that the provider begins",
     .doc = IDLE,
     .handle = get_config},
    {.method = HTTP_M_PUT,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Set where sign-ins lead that the provider begins",
     .doc = "Of a connector that speaks SAML, into an application of one's own. " IDLE,
     .handle = put_config},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Let the provider begin no sign-ins",
     .handle = delete_config},
    ROUTES_END,
};
