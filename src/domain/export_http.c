/* A .http file as httpyac and JetBrains' HTTP client read it. */
#include "domain/export_formats.h"
#include "domain/export_parts.h"

#define HEAD                                                                                       \
    "# The secret comes from outside: httpyac --var clientSecret=..., or the file\n"               \
    "# http-client.private.env.json beside this one. Requests that only read have the tag read:\n" \
    "# httpyac send signet.http --tag read. A list fills the variable that names one of its "      \
    "rows.\n"

#define TOKEN                                                                                      \
    "\n### Get an access token\n"                                                                  \
    "# @name token\n"                                                                              \
    "# @tag read\n"                                                                                \
    "POST {{tokenUrl}}\n"                                                                          \
    "Authorization: Basic {{clientId}} {{clientSecret}}\n"                                         \
    "Content-Type: application/x-www-form-urlencoded\n\n"                                          \
    "grant_type=client_credentials&scope={{scope}}&resource={{resource}}\n\n"                      \
    "> {%\n"                                                                                       \
    "client.global.set(\"accessToken\", response.body.access_token);\n"                            \
    "%}\n"

/* A value goes to the end of its line. */
static void put_variable(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "@%s = ", name);
    quote_line(out, value);
    buf_byte(out, '\n');
}

static void put_variables(struct export *export)
{
    struct buf *out = export->out;
    struct buf scope = buf_new(export->arena, export->application.scope.n + 1);
    for (size_t i = 0; i < export->application.scope.n; i++) /* in a form a blank is '+' */
        buf_byte(&scope,
                 export->application.scope.p[i] == ' ' ? '+' : export->application.scope.p[i]);
    put_variable(out, "endpoint", export->endpoint);
    put_variable(out, "tokenUrl", export->token_url);
    put_variable(out, "clientId", export->application.id);
    if (export->application.secret.p)
        put_variable(out, "clientSecret", export->application.secret);
    put_variable(out, "scope", export_part(export, &scope));
    put_variable(out, "resource", export->resource);
    for (size_t i = 0; i < export->variable_count; i++) {
        if (!export->variables[i].value.n) /* the lists fill it */
            continue;
        buf_printf(out, "@%.*s = ", STR_ARG(export->variables[i].name));
        quote_line(out, export->variables[i].value);
        buf_byte(out, '\n');
    }
}

static void put_parameter(struct buf *out, const struct export_parameter *parameter)
{
    BUF_LIT(out, "{{");
    buf_str(out, parameter->variable);
    BUF_LIT(out, "}}");
}

/* Parameters that must be there are in the address, the others in a comment below the title. */
static void put_query(struct buf *out, const struct route *route, bool required)
{
    struct export_query query;
    char before = '?';
    for (size_t i = 0; export_query(route, i, &query); i++) {
        if (query.required != required)
            continue;
        if (before == '?' && !required)
            BUF_LIT(out, "# may be added: ");
        buf_printf(out, "%c%.*s=%.*s", before, STR_ARG(query.name), STR_ARG(query.value));
        before = '&';
    }
    if (before == '&' && !required)
        buf_byte(out, '\n');
}

/* The first row of a list names what other requests are about, unless something does already. */
static void put_fill(struct buf *out, const struct export_operation *operation)
{
    if (!operation->list_variable.p)
        return;
    buf_printf(out,
               "\n> {%%\n"
               "if (response.status === 200 && response.body.length > 0"
               " && !client.global.get(\"%.*s\")) {\n"
               "  client.global.set(\"%.*s\", response.body[0].%.*s);\n"
               "}\n%%}\n",
               STR_ARG(operation->list_variable), STR_ARG(operation->list_variable),
               STR_ARG(operation->list_member));
}

static void put_request(struct export *export, const struct export_operation *operation)
{
    struct buf *out = export->out;
    struct str body = export_body(export, operation->route, STR("{{"), STR("}}"));
    buf_printf(out, "\n### %.*s: %.*s\n# @name %.*s\n# @ref token\n", STR_ARG(operation->folder),
               STR_ARG(operation->name), STR_ARG(operation->id));
    if (route_only_reads(operation->route))
        BUF_LIT(out, "# @tag read\n");
    put_query(out, operation->route, false);
    buf_printf(out, "%.*s {{endpoint}}", STR_ARG(operation->method));
    export_path(export, out, operation->route, put_parameter);
    put_query(out, operation->route, true);
    BUF_LIT(out, "\nAuthorization: Bearer {{accessToken}}\n");
    if (body.p)
        buf_printf(out, "Content-Type: application/json\n\n%.*s\n", STR_ARG(body));
    put_fill(out, operation);
}

static void render(struct export *export)
{
    buf_printf(export->out, "# %.*s\n", STR_ARG(export_title(export)));
    BUF_LIT(export->out, HEAD "\n");
    put_variables(export);
    BUF_LIT(export->out, TOKEN);
    for (size_t i = 0; i < export->operation_count; i++)
        put_request(export, &export->operations[i]);
}

const struct export_format export_http = {
    .name = STR_INIT("http"),
    .title = STR_INIT(".http file for httpyac and JetBrains"),
    .media_type = STR_INIT("text/plain; charset=utf-8"),
    .file_name = STR_INIT("signet.http"),
    .render = render,
};
