/* Bruno: the folder of a collection, as an archive. */
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define TEXT_MAX ((size_t)1 << 20)
#define FOLDER   "signet-bruno/"

static struct buf new_text(struct export *export)
{
    return buf_new(export->arena, TEXT_MAX);
}

static void add(struct export *export, struct str path, const struct buf *text)
{
    tar_add(export->out, path, export_part(export, text));
}

/* A text between the braces of a block: each line two spaces in. */
static void put_block(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "%s {\n", name);
    while (text.n) {
        BUF_LIT(out, "  ");
        buf_str(out, str_split(&text, '\n'));
        buf_byte(out, '\n');
    }
    BUF_LIT(out, "}\n\n");
}

/* A value ends with its line. */
static void put_pair(struct buf *out, struct str name, struct str value)
{
    BUF_LIT(out, "  ");
    buf_str(out, name);
    BUF_LIT(out, ": ");
    quote_line(out, value);
    buf_byte(out, '\n');
}

/* ---- The collection ---- */

static void add_manifest(struct export *export)
{
    struct buf compact = new_text(export), text = new_text(export);
    struct json_out out = json_out(&compact);
    json_open_object(&out);
    JSON_STR(&out, "version", STR("1"));
    JSON_STR(&out, "name", export_title(export));
    JSON_STR(&out, "type", STR("collection"));
    JSON_RAW(&out, "ignore", STR("[]"));
    json_close_object(&out);
    export_indent(&text, export_part(export, &compact));
    add(export, STR(FOLDER "bruno.json"), &text);
}

#define AUTH                                                                                       \
    "auth {\n  mode: oauth2\n}\n\n"                                                                \
    "auth:oauth2 {\n"                                                                              \
    "  grant_type: client_credentials\n"                                                           \
    "  access_token_url: {{tokenUrl}}\n"                                                           \
    "  refresh_token_url: \n"                                                                      \
    "  client_id: {{clientId}}\n"                                                                  \
    "  client_secret: {{clientSecret}}\n"                                                          \
    "  scope: {{scope}}\n"                                                                         \
    "  credentials_placement: basic_auth_header\n"                                                 \
    "  credentials_id: signet\n"                                                                   \
    "  token_placement: header\n"                                                                  \
    "  token_header_prefix: Bearer\n"                                                              \
    "  auto_fetch_token: true\n"                                                                   \
    "  auto_refresh_token: false\n"                                                                \
    "}\n\n"                                                                                        \
    "auth:oauth2:additional_params:access_token_req:body {\n"                                      \
    "  resource: {{resource}}\n"                                                                   \
    "}\n\n"                                                                                        \
    "auth:oauth2:additional_params:refresh_token_req:body {\n"                                     \
    "  resource: {{resource}}\n"                                                                   \
    "}\n\n"

static void add_collection(struct export *export)
{
    struct buf text = new_text(export), script = new_text(export);
    BUF_LIT(&text, AUTH);
    BUF_LIT(&text, "vars:pre-request {\n");
    for (size_t i = 0; i < export->variable_count; i++)
        put_pair(&text, export->variables[i].name, export->variables[i].value);
    BUF_LIT(&text, "}\n\n");
    export_fill(export, &script, "bruno-fill.js", quote_json);
    put_block(&text, "script:post-response", export_part(export, &script));
    put_block(
        &text, "docs",
        STR("Set clientSecret in the environment Signet; Bruno gets the token by itself.\n"
            "On the command line: bru run --env Signet --env-var clientSecret=... --tags read"));
    add(export, STR(FOLDER "collection.bru"), &text);
}

static void add_environment(struct export *export)
{
    struct buf text = new_text(export);
    BUF_LIT(&text, "vars {\n");
    put_pair(&text, STR("endpoint"), export->endpoint);
    put_pair(&text, STR("tokenUrl"), export->token_url);
    put_pair(&text, STR("clientId"), export->application.id);
    put_pair(&text, STR("scope"), export->application.scope);
    put_pair(&text, STR("resource"), export->resource);
    if (export->application.secret.p)
        put_pair(&text, STR("clientSecret"), export->application.secret);
    BUF_LIT(&text, "}\n");
    if (!export->application.secret.p)
        BUF_LIT(&text, "vars:secret [\n  clientSecret\n]\n");
    add(export, STR(FOLDER "environments/Signet.bru"), &text);
}

/* ---- Requests ---- */

static void put_parameter(struct buf *out, const struct export_parameter *parameter)
{
    buf_byte(out, ':');
    buf_str(out, parameter->name);
}

static void put_meta(struct buf *out, const struct export_operation *operation, size_t sequence)
{
    BUF_LIT(out, "meta {\n");
    put_pair(out, STR("name"), operation->name);
    buf_printf(out, "  type: http\n  seq: %zu\n", sequence);
    if (route_only_reads(operation->route))
        BUF_LIT(out, "  tags: [\n    read\n  ]\n");
    BUF_LIT(out, "}\n\n");
}

/* Bruno's command line sends what is in the address, not what the block of parameters says. */
static void put_required(struct buf *out, const struct route *route)
{
    struct export_query query;
    char before = '?';
    for (size_t i = 0; export_query(route, i, &query); i++) {
        if (!query.required)
            continue;
        buf_printf(out, "%c%.*s=%.*s", before, STR_ARG(query.name), STR_ARG(query.value));
        before = '&';
    }
}

static void put_address(struct export *export, struct buf *out,
                        const struct export_operation *operation, bool has_body)
{
    for (size_t i = 0; i < operation->method.n; i++)
        buf_byte(out, (char)(operation->method.p[i] | 32));
    BUF_LIT(out, " {\n  url: {{endpoint}}");
    export_path(export, out, operation->route, put_parameter);
    put_required(out, operation->route);
    buf_printf(out, "\n  body: %s\n  auth: inherit\n}\n\n", has_body ? "json" : "none");
}

/* A '~' before the name: switched off. */
static void put_query(struct buf *out, const struct route *route)
{
    struct export_query query;
    for (size_t i = 0; export_query(route, i, &query); i++) {
        buf_printf(out, "%s  %s%.*s: %.*s\n", i ? "" : "params:query {\n",
                   query.required ? "" : "~", STR_ARG(query.name), STR_ARG(query.value));
    }
    if (export_query(route, 0, &query))
        BUF_LIT(out, "}\n\n");
}

static void put_path_values(struct export *export, struct buf *out, const struct route *route)
{
    struct export_parameter parameter;
    for (size_t i = 0; export_parameter(export->arena, route, i, &parameter); i++)
        buf_printf(out, "%s  %.*s: {{%.*s}}\n", i ? "" : "params:path {\n", STR_ARG(parameter.name),
                   STR_ARG(parameter.variable));
    if (export_parameter(export->arena, route, 0, &parameter))
        BUF_LIT(out, "}\n\n");
}

static void add_request(struct export *export, const struct export_operation *operation,
                        size_t sequence)
{
    struct buf text = new_text(export);
    const struct route *route = operation->route;
    struct str body = export_body(export, route, STR("{{"), STR("}}"));
    put_meta(&text, operation, sequence);
    put_address(export, &text, operation, body.p != NULL);
    put_query(&text, route);
    put_path_values(export, &text, route);
    if (body.p)
        put_block(&text, "body:json", body);
    if (route->doc)
        put_block(&text, "docs", export_line(export->arena, str_of(route->doc)));
    add(export,
        arena_printf(export->arena, FOLDER "%.*s/%.*s.bru", STR_ARG(operation->folder),
                     STR_ARG(operation->id)),
        &text);
}

static void add_folder(struct export *export, struct str folder, size_t sequence)
{
    struct buf text = new_text(export);
    BUF_LIT(&text, "meta {\n");
    put_pair(&text, STR("name"), folder);
    buf_printf(&text, "  seq: %zu\n}\n\nauth {\n  mode: inherit\n}\n", sequence);
    add(export, arena_printf(export->arena, FOLDER "%.*s/folder.bru", STR_ARG(folder)), &text);
}

static void render(struct export *export)
{
    size_t folders = 0, sequence = 0;
    add_manifest(export);
    add_collection(export);
    add_environment(export);
    for (size_t i = 0; i < export->operation_count; i++) {
        const struct export_operation *operation = &export->operations[i];
        if (operation->first) {
            add_folder(export, operation->folder, ++folders);
            sequence = 0;
        }
        add_request(export, operation, ++sequence);
    }
    tar_end(export->out);
}

const struct export_format export_bruno = {
    .name = STR_INIT("bruno"),
    .title = STR_INIT("Bruno collection, a tar archive"),
    .media_type = STR_INIT("application/x-tar"),
    .file_name = STR_INIT("signet-bruno.tar"),
    .is_binary = true,
    .render = render,
};
