/* /api/sso-connectors: identity providers of organizations, stored and given back. */
#include "domain/sso_connectors.h"

#include "base/ids.h"
#include "domain/kept_tokens.h"
#include "domain/sealed.h"

/* ---- Reading ---- */

static void put_provider_config(struct ctx *ctx, struct str id)
{
    struct json_out *out = &ctx->answer.json;
    struct str base = ctx->tenant->endpoint;
    json_key(out, STR("providerConfig"));
    json_open_object(out);
    JSON_RAW(out, "defaultAttributeMapping",
             STR("{\"id\":\"nameID\",\"email\":\"email\",\"name\":\"name\"}"));
    json_key(out, STR("serviceProvider"));
    json_open_object(out);
    JSON_STR(out, "entityId",
             arena_printf(ctx->arena, "%.*s/enterprise-sso/%.*s", STR_ARG(base), STR_ARG(id)));
    JSON_STR(out, "assertionConsumerServiceUrl",
             arena_printf(ctx->arena, "%.*s/api/authn/single-sign-on/saml/%.*s", STR_ARG(base),
                          STR_ARG(id)));
    json_close_object(out);
    json_close_object(out);
}

static void put_provider(struct ctx *ctx, const struct sso_provider *provider, struct str id)
{
    struct json_out *out = &ctx->answer.json;
    JSON_STR(out, "name", str_of(provider->title));
    JSON_STR(out, "providerType", str_of(provider->type));
    JSON_STR(out, "providerLogo", STR(SSO_LOGO));
    JSON_STR(out, "providerLogoDark", STR(SSO_LOGO));
    if (strcmp(provider->type, "saml") == 0)
        put_provider_config(ctx, id);
}

/* full: with what is known of the provider. */
static enum err put_connector(struct ctx *ctx, const struct db_rows *rows, size_t row, bool full)
{
    const struct sso_provider *provider = sso_provider_find(db_text(rows, row, SSO_PROVIDER));
    json_open_object(&ctx->answer.json);
    enum err err = sso_put_members(ctx, rows, row);
    if (!err && full && provider)
        put_provider(ctx, provider, db_text(rows, row, SSO_ID));
    json_close_object(&ctx->answer.json);
    return err;
}

static enum err list_connectors(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_list(ctx, &sso_connector_entity, NULL, 0, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_connector(ctx, &rows, i, true);
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err get_connector(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &sso_connector_entity, ctx->params[0], &rows);
    return err ? err : put_connector(ctx, &rows, 0, true);
}

static enum err list_providers(struct ctx *ctx)
{
    struct json_out *out = &ctx->answer.json;
    json_open_array(out);
    for (const struct sso_provider *provider = sso_providers; provider->name; provider++) {
        json_open_object(out);
        JSON_STR(out, "providerName", str_of(provider->name));
        JSON_STR(out, "providerType", str_of(provider->type));
        JSON_STR(out, "logo", STR(SSO_LOGO));
        JSON_STR(out, "logoDark", STR(SSO_LOGO));
        JSON_STR(out, "description", str_of(provider->description));
        JSON_STR(out, "name", str_of(provider->title));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

/* ---- Writing ---- */

static enum err name_taken(struct ctx *ctx, enum err err)
{
    return err == ERR_DB_UNIQUE ? fail(ctx, ERR_SSO_NAME) : err;
}

static enum err create_connector(struct ctx *ctx)
{
    struct db_rows rows;
    char made[ID_SHORT_LENGTH];
    struct str id = {made, sizeof(made)}, sealed, domains;
    struct str name = json_str(ctx_body(ctx, STR("providerName")));
    json *config = ctx_body(ctx, STR("config"));
    const struct sso_provider *provider = sso_provider_find(name);
    if (!provider)
        return fail(ctx, ERR_SSO_PROVIDER, arena_cstr(ctx->arena, name));
    id_random(made, sizeof(made));
    enum err err = sso_read_domains(ctx, ctx_body(ctx, STR("domains")), &domains);
    if (!err && config)
        err = sso_check_config(ctx, provider, config);
    if (!err)
        err = sso_check_signing(ctx, provider, id, config);
    if (!err)
        err = sealed_make(ctx, SSO_CONFIG, id, sso_clean_config(ctx, provider, config), &sealed);
    if (err)
        return err;
    const struct crud_set sets[] = {
        {"id", db_text_value(id)},
        {"sealed_config", db_text_value(sealed)},
        {"domains", db_text_value(domains)},
        {"created_at", db_int_value(ctx->now)},
    };
    err = name_taken(
        ctx, crud_insert(ctx->db, &sso_connector_entity, ctx->body, sets, 4, ctx->arena, &rows));
    return err ? err : put_connector(ctx, &rows, 0, false);
}

static enum err patch_connector(struct ctx *ctx)
{
    struct db_rows rows;
    struct crud_set sets[2];
    size_t count = 0;
    bool nothing;
    struct str sealed, domains;
    json *config = ctx_body(ctx, STR("config")), *list = ctx_body(ctx, STR("domains"));
    enum err err = entity_get(ctx, &sso_connector_entity, ctx->params[0], &rows);
    if (err)
        return err;
    const struct sso_provider *provider = sso_provider_find(db_text(&rows, 0, SSO_PROVIDER));
    err = sso_read_domains(ctx, list, &domains);
    if (list)
        sets[count++] = (struct crud_set){"domains", db_text_value(domains)};
    if (!err && config && provider)
        err = sso_check_config(ctx, provider, config);
    if (!err)
        err = sso_check_signing(ctx, provider, ctx->params[0], config);
    if (!err && config && provider) {
        err = sealed_make(ctx, SSO_CONFIG, ctx->params[0], sso_clean_config(ctx, provider, config),
                          &sealed);
        sets[count++] = (struct crud_set){"sealed_config", db_text_value(sealed)};
    }
    if (!err)
        err = name_taken(ctx, crud_update(ctx->db, &sso_connector_entity, ctx->params[0], ctx->body,
                                          sets, count, ctx->arena, &rows, &nothing));
    if (!err && yyjson_is_false(ctx_body(ctx, STR("enableTokenStorage"))))
        err = kept_tokens_forget(ctx, true, ctx->params[0]);
    return err ? err : get_connector(ctx);
}

static enum err delete_connector(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &sso_connector_entity, ctx->params[0], &found);
    return err || found ? err
                        : fail(ctx, ERR_NOT_EXISTS_WITH_ID, "sso_connectors",
                               arena_cstr(ctx->arena, ctx->params[0]));
}

/* ---- Routes ---- */

#define SHOWN(json_name, kind, extra, text)                                                        \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = (extra), .doc = (text)               \
    }
static const struct field provider_fields[] = {
    SHOWN("providerName", FIELD_STRING, 0, "Kind of the provider."),
    SHOWN("providerType", FIELD_STRING, 0, "oidc or saml."),
    SHOWN("logo", FIELD_STRING, 0, "Address of the logo."),
    SHOWN("logoDark", FIELD_STRING, 0, "The same on a dark ground."),
    SHOWN("description", FIELD_STRING, 0, "What it is."),
    SHOWN("name", FIELD_STRING, 0, "Its name."),
    FIELDS_END,
};

#define AREA "sso-connectors"

ROUTES(sso_connectors) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/sso-connector-providers"),
     .area = "sso-connector-providers",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = provider_fields,
     .summary = "List the kinds of enterprise connectors",
     .handle = list_providers},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/sso-connectors"),
     .area = AREA,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = sso_connector_fields,
     .summary = "List enterprise connectors",
     .handle = list_connectors},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/sso-connectors"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = sso_connector_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sso_connector_fields,
     .summary = "Create an enterprise connector",
     .handle = create_connector},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/sso-connectors/:id"),
     .area = AREA,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sso_connector_fields,
     .summary = "Get an enterprise connector",
     .handle = get_connector},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/sso-connectors/:id"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = sso_connector_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sso_connector_fields,
     .summary = "Change an enterprise connector",
     .handle = patch_connector},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/sso-connectors/:id"),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an enterprise connector",
     .handle = delete_connector},
    ROUTES_END,
};
