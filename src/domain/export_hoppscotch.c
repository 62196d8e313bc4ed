/* Hoppscotch: a collection as JSON. */
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define JSON_MAX ((size_t)16 << 20)
#define URL_MAX  ((size_t)64 * 1024)

/* Versions of Hoppscotch's data; it migrates older ones itself. */
#define COLLECTION_VERSION 11
#define REQUEST_VERSION    "15"

static void put_common(struct json_out *out, struct str name, const char *auth)
{
    JSON_INT(out, "v", COLLECTION_VERSION);
    JSON_STR(out, "name", name);
    JSON_RAW(out, "auth", str_of(auth));
    JSON_RAW(out, "headers", STR("[]"));
    JSON_RAW(out, "description", STR("null"));
}

#define INHERIT "{\"authType\":\"inherit\",\"authActive\":true}"
#define RESOURCE_ROW                                                                               \
    "[{\"id\":1,\"key\":\"resource\",\"value\":\"<<resource>>\",\"active\":true,"                  \
    "\"sendIn\":\"body\"}]"
#define OAUTH2                                                                                     \
    "{\"authType\":\"oauth-2\",\"authActive\":true,\"addTo\":\"HEADERS\",\"grantTypeInfo\":{"      \
    "\"grantType\":\"CLIENT_CREDENTIALS\",\"authEndpoint\":\"<<tokenUrl>>\","                      \
    "\"clientID\":\"<<clientId>>\",\"clientSecret\":\"<<clientSecret>>\","                         \
    "\"scopes\":\"<<scope>>\",\"token\":\"\",\"clientAuthentication\":\"AS_BASIC_AUTH_HEADERS\","  \
    "\"tokenRequestParams\":" RESOURCE_ROW ",\"refreshRequestParams\":" RESOURCE_ROW "}}"

/* ---- Requests ---- */

static void put_parameter(struct buf *out, const struct export_parameter *parameter)
{
    BUF_LIT(out, "<<");
    buf_str(out, parameter->variable);
    BUF_LIT(out, ">>");
}

static void put_query(struct json_out *out, const struct route *route)
{
    struct export_query query;
    json_key(out, STR("params"));
    json_open_array(out);
    for (size_t i = 0; export_query(route, i, &query); i++) {
        json_open_object(out);
        JSON_STR(out, "key", query.name);
        JSON_STR(out, "value", query.value);
        JSON_BOOL(out, "active", query.required);
        JSON_STR(out, "description", query.doc.p ? query.doc : STR(""));
        json_close_object(out);
    }
    json_close_array(out);
}

static void put_body(struct export *export, struct json_out *out, const struct route *route)
{
    struct str body = export_body(export, route, STR("<<"), STR(">>"));
    json_key(out, STR("body"));
    json_open_object(out);
    JSON_STR(out, "contentType", body.p ? STR("application/json") : STR_NONE);
    JSON_STR(out, "body", body);
    json_close_object(out);
}

static void put_request(struct export *export, struct json_out *out,
                        const struct export_operation *operation)
{
    struct buf url = buf_new(export->arena, URL_MAX);
    BUF_LIT(&url, "<<endpoint>>");
    export_path(export, &url, operation->route, put_parameter);
    json_open_object(out);
    JSON_STR(out, "v", STR(REQUEST_VERSION));
    JSON_STR(out, "name", operation->name);
    JSON_STR(out, "method", operation->method);
    JSON_STR(out, "endpoint", export_part(export, &url));
    put_query(out, operation->route);
    JSON_RAW(out, "headers", STR("[]"));
    put_body(export, out, operation->route);
    JSON_RAW(out, "auth", STR(INHERIT));
    JSON_STR(out, "preRequestScript", STR(""));
    JSON_STR(out, "testScript", STR(""));
    JSON_RAW(out, "requestVariables", STR("[]"));
    JSON_RAW(out, "responses", STR("{}"));
    json_close_object(out);
}

static void put_folders(struct export *export, struct json_out *out)
{
    json_key(out, STR("folders"));
    json_open_array(out);
    for (size_t i = 0; i < export->operation_count; i++) {
        const struct export_operation *operation = &export->operations[i];
        if (operation->first) {
            json_open_object(out);
            put_common(out, operation->folder, INHERIT);
            JSON_RAW(out, "variables", STR("[]"));
            JSON_RAW(out, "folders", STR("[]"));
            json_key(out, STR("requests"));
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
    struct str shown = value.p ? value : STR("");
    json_open_object(out);
    JSON_STR(out, "key", name);
    JSON_STR(out, "initialValue", shown);
    JSON_STR(out, "currentValue", shown);
    JSON_BOOL(out, "secret", secret);
    json_close_object(out);
}

static void put_variables(struct export *export, struct json_out *out)
{
    json_key(out, STR("variables"));
    json_open_array(out);
    put_variable(out, STR("endpoint"), export->endpoint, false);
    put_variable(out, STR("tokenUrl"), export->token_url, false);
    put_variable(out, STR("clientId"), export->application.id, false);
    put_variable(out, STR("clientSecret"), export->application.secret, true);
    put_variable(out, STR("scope"), export->application.scope, false);
    put_variable(out, STR("resource"), export->resource, false);
    for (size_t i = 0; i < export->variable_count; i++)
        put_variable(out, export->variables[i].name, export->variables[i].value, false);
    json_close_array(out);
}

static void render(struct export *export)
{
    struct buf compact = buf_new(export->arena, JSON_MAX);
    struct json_out out = json_out(&compact);
    json_open_object(&out);
    put_common(&out, export_title(export), OAUTH2);
    put_variables(export, &out);
    put_folders(export, &out);
    JSON_RAW(&out, "requests", STR("[]"));
    json_close_object(&out);
    export_indent(export->out, export_part(export, &compact));
}

const struct export_format export_hoppscotch = {
    .name = STR_INIT("hoppscotch"),
    .title = STR_INIT("Hoppscotch collection"),
    .media_type = STR_INIT("application/json; charset=utf-8"),
    .file_name = STR_INIT("signet-hoppscotch.json"),
    .render = render,
};
