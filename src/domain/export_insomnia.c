/* Insomnia: a collection in its format 5 (YAML). */
#include "base/encoding.h"
#include "crypto/digest.h"
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define TEXT_MAX ((size_t)64 * 1024)
enum { ID_BYTES = 16, FOLDER_DEPTH = 3, REQUEST_DEPTH = 5 };

/* One line: key and a quoted text. */
static void put_line(struct export *export, int depth, const char *key, struct str value)
{
    buf_printf(export->out, "%*s%s: ", 2 * depth, "", key);
    quote_yaml(export->out, value);
    buf_byte(export->out, '\n');
}

static void put_plain(struct export *export, int depth, const char *text)
{
    buf_printf(export->out, "%*s%s\n", 2 * depth, "", text);
}

/* Insomnia replaces what has the same id: the same application's things get the same ids again. */
static void put_meta(struct export *export, int depth, const char *kind, struct str what,
                     size_t sequence)
{
    uint8_t hash[SHA256_SIZE];
    char text[2 * ID_BYTES];
    sha256(arena_printf(export->arena, "%.*s|%.*s|%s|%.*s", STR_ARG(export->issuer),
                        STR_ARG(export->application.id), kind, STR_ARG(what)),
           hash);
    hex_encode(hash, ID_BYTES, text);
    put_plain(export, depth, "meta:");
    put_line(export, depth + 1, "id",
             arena_printf(export->arena, "%s_%.*s", kind, 2 * ID_BYTES, text));
    if (sequence)
        buf_printf(export->out, "%*ssortKey: %zu\n", 2 * depth + 2, "", sequence);
}

static void put_auth(struct export *export, int depth)
{
    put_plain(export, depth, "authentication:");
    put_line(export, depth + 1, "type", STR("oauth2"));
    put_line(export, depth + 1, "grantType", STR("client_credentials"));
    put_line(export, depth + 1, "accessTokenUrl", STR("{{ _.tokenUrl }}"));
    put_line(export, depth + 1, "clientId", STR("{{ _.clientId }}"));
    put_line(export, depth + 1, "clientSecret", STR("{{ _.clientSecret }}"));
    put_line(export, depth + 1, "scope", STR("{{ _.scope }}"));
    put_line(export, depth + 1, "resource", STR("{{ _.resource }}"));
    put_line(export, depth + 1, "tokenPrefix", STR("Bearer"));
    put_plain(export, depth + 1, "credentialsInBody: false");
}

/* ---- Requests ---- */

static void put_parameter(struct buf *out, const struct export_parameter *parameter)
{
    buf_byte(out, ':');
    buf_str(out, parameter->name);
}

static void put_query(struct export *export, int depth, const struct route *route)
{
    struct export_query query;
    for (size_t i = 0; export_query(route, i, &query); i++) {
        if (!i)
            put_plain(export, depth, "parameters:");
        put_line(export, depth + 1, "- name", query.name);
        put_line(export, depth + 2, "value", query.value);
        if (query.doc.p)
            put_line(export, depth + 2, "description", query.doc);
        put_plain(export, depth + 2, query.required ? "disabled: false" : "disabled: true");
    }
}

static void put_path_values(struct export *export, int depth, const struct route *route)
{
    struct export_parameter parameter;
    for (size_t i = 0; export_parameter(export->arena, route, i, &parameter); i++) {
        if (!i)
            put_plain(export, depth, "pathParameters:");
        put_line(export, depth + 1, "- name", parameter.name);
        put_line(export, depth + 2, "value",
                 arena_printf(export->arena, "{{ _.%.*s }}", STR_ARG(parameter.variable)));
    }
}

static void put_body(struct export *export, int depth, const struct route *route)
{
    struct str body = export_body(export, route, STR("{{ _."), STR(" }}"));
    if (!body.p)
        return;
    put_plain(export, depth, "body:");
    put_line(export, depth + 1, "mimeType", STR("application/json"));
    put_line(export, depth + 1, "text", body);
    put_plain(export, depth, "headers:");
    put_line(export, depth + 1, "- name", STR("Content-Type"));
    put_line(export, depth + 2, "value", STR("application/json"));
}

static void put_request(struct export *export, const struct export_operation *operation,
                        size_t sequence)
{
    const struct route *route = operation->route;
    struct buf url = buf_new(export->arena, TEXT_MAX);
    BUF_LIT(&url, "{{ _.endpoint }}");
    export_path(export, &url, route, put_parameter);
    put_line(export, REQUEST_DEPTH, "- name", operation->name);
    put_meta(export, REQUEST_DEPTH + 1, "req", operation->id, sequence);
    if (route->doc)
        put_line(export, REQUEST_DEPTH + 2, "description", str_of(route->doc));
    put_line(export, REQUEST_DEPTH + 1, "url", export_part(export, &url));
    put_line(export, REQUEST_DEPTH + 1, "method", operation->method);
    put_body(export, REQUEST_DEPTH + 1, route);
    put_query(export, REQUEST_DEPTH + 1, route);
    put_path_values(export, REQUEST_DEPTH + 1, route);
    put_plain(export, REQUEST_DEPTH + 1, "authentication: {}"); /* the outer folder's */
}

static void put_folders(struct export *export)
{
    size_t folders = 0;
    for (size_t i = 0; i < export->operation_count; i++) {
        const struct export_operation *operation = &export->operations[i];
        if (operation->first) {
            put_line(export, FOLDER_DEPTH, "- name", operation->folder);
            put_meta(export, FOLDER_DEPTH + 1, "fld", operation->folder, ++folders);
            put_plain(export, FOLDER_DEPTH + 1, "children:");
        }
        put_request(export, operation, i + 1);
    }
}

/* ---- The file ---- */

static void put_environment(struct export *export)
{
    put_plain(export, 0, "environments:");
    put_line(export, 1, "name", STR("Base Environment"));
    put_meta(export, 1, "env", STR("base"), 0);
    put_plain(export, 1, "data:");
    put_line(export, 2, "endpoint", export->endpoint);
    put_line(export, 2, "tokenUrl", export->token_url);
    put_line(export, 2, "clientId", export->application.id);
    put_line(export, 2, "clientSecret", export->application.secret);
    put_line(export, 2, "scope", export->application.scope);
    put_line(export, 2, "resource", export->resource);
    for (size_t i = 0; i < export->variable_count; i++)
        put_line(export, 2, arena_cstr(export->arena, export->variables[i].name),
                 export->variables[i].value);
}

/* A collection has no authorization of its own, so that one folder around all of it gives it. */
static void render(struct export *export)
{
    put_line(export, 0, "type", STR("collection.insomnia.rest/5.0"));
    put_line(export, 0, "name", export_title(export));
    put_meta(export, 0, "wrk", STR(""), 0);
    put_plain(export, 0, "collection:");
    put_line(export, 1, "- name", EXPORT_TITLE);
    put_meta(export, 2, "fld", STR(""), 1);
    put_auth(export, 2);
    put_plain(export, 2, "children:");
    put_folders(export);
    put_environment(export);
}

const struct export_format export_insomnia = {
    .name = STR_INIT("insomnia"),
    .title = STR_INIT("Insomnia collection v5"),
    .media_type = STR_INIT("application/yaml; charset=utf-8"),
    .file_name = STR_INIT("signet-insomnia.yaml"),
    .render = render,
};
