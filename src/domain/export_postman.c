/* Postman: a collection v2.1 whose form "Configure New Token" is filled in, and its environment. */
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define JSON_MAX   ((size_t)16 << 20)
#define SCRIPT_MAX ((size_t)1 << 20)
#define SCHEMA     "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

/* Renders JSON and indents it into the export. */
static void finish(struct export *export, const struct buf *compact)
{
    export_indent(export->out, export_part(export, compact));
}

/* ---- Authorization ---- */

static void put_setting(struct json_out *out, const char *key, struct str value)
{
    json_open_object(out);
    JSON_STR(out, "key", str_of(key));
    JSON_STR(out, "value", value);
    JSON_STR(out, "type", STR("string"));
    json_close_object(out);
}

/* Advanced: parameters that the form has no field for. */
static void put_table(struct json_out *out, const char *key, struct str rows)
{
    json_open_object(out);
    JSON_STR(out, "key", str_of(key));
    JSON_RAW(out, "value", rows);
    JSON_STR(out, "type", STR("any"));
    json_close_object(out);
}

#define RESOURCE_ROW                                                                               \
    STR("[{\"key\":\"resource\",\"value\":\"{{resource}}\",\"enabled\":true,"                      \
        "\"send_as\":\"request_body\"}]")

static void put_auth(struct json_out *out)
{
    static const struct {
        const char *key, *value;
    } settings[] = {
        {"tokenName", "Signet M2M token"},
        {"grant_type", "client_credentials"},
        {"accessTokenUrl", "{{tokenUrl}}"},
        {"refreshTokenUrl", ""},
        {"clientId", "{{clientId}}"},
        {"clientSecret", "{{clientSecret}}"},
        {"scope", "{{scope}}"},
        {"client_authentication", "header"},
        {"addTokenTo", "header"},
        {"headerPrefix", "Bearer"},
        {"tokenType", "Bearer"},
        {"accessToken", "{{accessToken}}"}, /* until one is chosen by hand */
    };
    json_key(out, STR("auth"));
    json_open_object(out);
    JSON_STR(out, "type", STR("oauth2"));
    json_key(out, STR("oauth2"));
    json_open_array(out);
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
        put_setting(out, settings[i].key, str_of(settings[i].value));
    put_table(out, "tokenRequestParams", RESOURCE_ROW);
    put_table(out, "refreshRequestParams", RESOURCE_ROW);
    put_table(out, "authRequestParams", STR("[]"));
    json_close_array(out);
    json_close_object(out);
}

/* ---- Scripts ---- */

static void put_script(struct export *export, struct json_out *out, const char *event,
                       const char *file)
{
    struct buf script = buf_new(export->arena, SCRIPT_MAX);
    export_fill(export, &script, file, quote_json);
    struct str rest = export_part(export, &script);
    json_open_object(out);
    JSON_STR(out, "listen", str_of(event));
    json_key(out, STR("script"));
    json_open_object(out);
    JSON_STR(out, "type", STR("text/javascript"));
    json_key(out, STR("exec"));
    json_open_array(out);
    while (rest.n)
        json_put_str(out, str_split(&rest, '\n'));
    json_close_array(out);
    json_close_object(out);
    json_close_object(out);
}

/* ---- Requests ---- */

static void put_template(struct buf *out, const struct export_parameter *parameter)
{
    buf_byte(out, ':');
    buf_str(out, parameter->name);
}

static void put_path(struct json_out *out, struct str path)
{
    struct str rest = str_from(path, 1);
    json_key(out, STR("path"));
    json_open_array(out);
    while (rest.n)
        json_put_str(out, str_split(&rest, '/'));
    json_close_array(out);
}

static void put_query(struct json_out *out, const struct route *route)
{
    struct export_query query;
    json_key(out, STR("query"));
    json_open_array(out);
    for (size_t i = 0; export_query(route, i, &query); i++) {
        json_open_object(out);
        JSON_STR(out, "key", query.name);
        JSON_STR(out, "value", query.value);
        if (query.doc.p)
            JSON_STR(out, "description", query.doc);
        if (!query.required)
            JSON_BOOL(out, "disabled", true);
        json_close_object(out);
    }
    json_close_array(out);
}

static void put_variables(struct export *export, struct json_out *out, const struct route *route)
{
    struct export_parameter parameter;
    json_key(out, STR("variable"));
    json_open_array(out);
    for (size_t i = 0; export_parameter(export->arena, route, i, &parameter); i++) {
        json_open_object(out);
        JSON_STR(out, "key", parameter.name);
        JSON_STR(out, "value",
                 arena_printf(export->arena, "{{%.*s}}", STR_ARG(parameter.variable)));
        json_close_object(out);
    }
    json_close_array(out);
}

/* The address as it is typed: with the parameters that must be there. */
static struct str raw_url(struct export *export, const struct route *route)
{
    struct buf url = buf_new(export->arena, JSON_MAX);
    struct export_query query;
    char before = '?';
    BUF_LIT(&url, "{{endpoint}}");
    export_path(export, &url, route, put_template);
    for (size_t i = 0; export_query(route, i, &query); i++) {
        if (!query.required)
            continue;
        buf_byte(&url, before);
        buf_str(&url, query.name);
        buf_byte(&url, '=');
        buf_str(&url, query.value);
        before = '&';
    }
    return export_part(export, &url);
}

static void put_url(struct export *export, struct json_out *out, const struct route *route)
{
    json_key(out, STR("url"));
    json_open_object(out);
    JSON_STR(out, "raw", raw_url(export, route));
    JSON_RAW(out, "host", STR("[\"{{endpoint}}\"]"));
    put_path(out, route->path);
    put_query(out, route);
    put_variables(export, out, route);
    json_close_object(out);
}

static void put_body(struct export *export, struct json_out *out, const struct route *route)
{
    struct str body = export_body(export, route, STR("{{"), STR("}}"));
    JSON_RAW(out, "header",
             body.p ? STR("[{\"key\":\"Content-Type\",\"value\":\"application/json\"}]")
                    : STR("[]"));
    if (!body.p)
        return;
    json_key(out, STR("body"));
    json_open_object(out);
    JSON_STR(out, "mode", STR("raw"));
    JSON_STR(out, "raw", body);
    JSON_RAW(out, "options", STR("{\"raw\":{\"language\":\"json\"}}"));
    json_close_object(out);
}

static void put_request(struct export *export, struct json_out *out,
                        const struct export_operation *operation)
{
    json_open_object(out);
    JSON_STR(out, "name", operation->name);
    json_key(out, STR("request"));
    json_open_object(out);
    JSON_STR(out, "method", operation->method);
    put_body(export, out, operation->route);
    put_url(export, out, operation->route);
    if (operation->route->doc)
        JSON_STR(out, "description", str_of(operation->route->doc));
    json_close_object(out);
    JSON_RAW(out, "response", STR("[]"));
    json_close_object(out);
}

static void put_folders(struct export *export, struct json_out *out)
{
    json_key(out, STR("item"));
    json_open_array(out);
    for (size_t i = 0; i < export->operation_count; i++) {
        const struct export_operation *operation = &export->operations[i];
        if (operation->first) {
            json_open_object(out);
            JSON_STR(out, "name", operation->folder);
            json_key(out, STR("item"));
            json_open_array(out);
        }
        put_request(export, out, operation);
        if (i + 1 == export->operation_count || operation[1].first) {
            json_close_array(out);
            json_close_object(out);
        }
    }
    json_close_array(out);
}

/* ---- Variables ---- */

static void put_variable(struct json_out *out, struct str name, struct str value, bool secret)
{
    json_open_object(out);
    JSON_STR(out, "key", name);
    JSON_STR(out, "value", value.p ? value : STR(""));
    JSON_STR(out, "type", secret ? STR("secret") : STR("default"));
    JSON_BOOL(out, "enabled", true);
    json_close_object(out);
}

/* What another server or application has differently. */
static void put_settings(struct export *export, struct json_out *out)
{
    put_variable(out, STR("endpoint"), export->endpoint, false);
    put_variable(out, STR("tokenUrl"), export->token_url, false);
    put_variable(out, STR("clientId"), export->application.id, false);
    put_variable(out, STR("clientSecret"), export->application.secret, true);
    put_variable(out, STR("scope"), export->application.scope, false);
    put_variable(out, STR("resource"), export->resource, false);
}

static void render_collection(struct export *export)
{
    struct buf compact = buf_new(export->arena, JSON_MAX);
    struct json_out out = json_out(&compact);
    json_open_object(&out);
    json_key(&out, STR("info"));
    json_open_object(&out);
    JSON_STR(&out, "name", export_title(export));
    JSON_STR(&out, "description",
             STR("Set clientSecret (in the environment, or below) and send any request: the script "
                 "of the collection gets a token. Or get one by hand under Authorization."));
    JSON_STR(&out, "schema", STR(SCHEMA));
    json_close_object(&out);
    put_folders(export, &out);
    put_auth(&out);
    json_key(&out, STR("event"));
    json_open_array(&out);
    put_script(export, &out, "prerequest", "postman-token.js");
    put_script(export, &out, "test", "postman-fill.js");
    json_close_array(&out);
    json_key(&out, STR("variable"));
    json_open_array(&out);
    put_settings(export, &out);
    put_variable(&out, STR("accessToken"), STR(""), true);
    put_variable(&out, STR("accessTokenExpiresAt"), STR(""), false);
    for (size_t i = 0; i < export->variable_count; i++)
        put_variable(&out, export->variables[i].name, export->variables[i].value, false);
    json_close_array(&out);
    json_close_object(&out);
    finish(export, &compact);
}

static void render_environment(struct export *export)
{
    struct buf compact = buf_new(export->arena, JSON_MAX);
    struct json_out out = json_out(&compact);
    json_open_object(&out);
    JSON_STR(&out, "name", export_title(export));
    json_key(&out, STR("values"));
    json_open_array(&out);
    put_settings(export, &out);
    json_close_array(&out);
    JSON_STR(&out, "_postman_variable_scope", STR("environment"));
    json_close_object(&out);
    finish(export, &compact);
}

const struct export_format export_postman = {
    .name = STR_INIT("postman"),
    .title = STR_INIT("Postman collection v2.1"),
    .media_type = STR_INIT("application/json; charset=utf-8"),
    .file_name = STR_INIT("signet.postman_collection.json"),
    .render = render_collection,
};

const struct export_format export_postman_environment = {
    .name = STR_INIT("postman-environment"),
    .title = STR_INIT("Postman environment"),
    .media_type = STR_INIT("application/json; charset=utf-8"),
    .file_name = STR_INIT("signet.postman_environment.json"),
    .render = render_environment,
};
