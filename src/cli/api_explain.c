/* Why an API refused, and what would change that. */
#include "base/encoding.h"
#include "cli/api.h"
#include "cli/cli.h"
#include "cli/terminal.h"

#define LIST_MAX       4096
#define ROLES_PER_PAGE 100
#define QUICK_S        10

/* scope="…" of a WWW-Authenticate header. RFC 6750 3 */
static struct str challenge_scope(struct str header)
{
    static const struct str name = STR_INIT("scope=\"");
    const char *at = header.n ? memmem(header.p, header.n, name.p, name.n) : NULL;
    if (!at)
        return STR_NONE;
    struct str rest = str_from(header, (size_t)(at - header.p) + name.n);
    rest.n = str_find(rest, '"');
    return rest;
}

/* The scope that the document wants for this operation: the last of its alternatives' scopes. */
static struct str documented_scope(struct api *api)
{
    json *document = api_document(&api->store, &api->profile, QUICK_S);
    struct str path = str_from(api->url, api->base.n);
    char method[16] = "";
    for (size_t i = 0; api->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)(api->method[i] | 0x20);
    path.n = str_find(path, '?');
    json *operation = json_get(api_document_path(document, path), str_of(method));
    json *schemes = yyjson_arr_get_last(json_get(operation, STR("security")));
    json *scopes = yyjson_is_obj(schemes) ? unsafe_yyjson_get_first(schemes) + 1 : NULL;
    return yyjson_get_len(schemes) ? json_str(yyjson_arr_get_last(scopes)) : STR_NONE;
}

static struct str missing_scope(struct api *api, const struct http_reply *reply, json *body)
{
    struct str scope = challenge_scope(http_reply_header(reply, STR("www-authenticate")));
    if (!scope.n)
        scope = json_str(json_get(json_get(body, STR("data")), STR("scope")));
    return scope.n ? scope : documented_scope(api);
}

/* A list from the API itself; NULL when this token may not read it. */
static json *read_list(struct api *api, struct str path)
{
    struct api reading = *api;
    struct http_reply reply;
    struct http_call call;
    struct str why;
    json *list = NULL;
    reading.method = "GET";
    reading.body = STR_NONE;
    reading.args.item_count = 0;
    struct str url = arena_printf(api->arena, "%.*s%.*s", STR_ARG(api->base), STR_ARG(path));
    if (!url.p || api_call(&reading, url, true, &call) ||
        !http_client_send(&call, api->arena, &reply, &why) || reply.status != 200 ||
        json_parse(api->arena, reply.body, &list, NULL) != JSON_OK || !yyjson_is_arr(list))
        return NULL;
    return list;
}

static bool role_has(struct api *api, json *role, struct str scope)
{
    struct buf path = buf_new(api->arena, LIST_MAX);
    BUF_LIT(&path, "/api/roles/");
    percent_encode(&path, json_str(json_get(role, STR("id"))));
    BUF_LIT(&path, "/scopes");
    json *scopes = read_list(api, buf_view(&path)), *one;
    struct str resource = profile_get(&api->profile, SET_RESOURCE);
    size_t i, n;
    yyjson_arr_foreach(scopes, i, n, one)
    {
        struct str name = json_str(json_get(one, STR("name")));
        struct str of = json_str(json_get(json_get(one, STR("resource")), STR("indicator")));
        if (str_has_word(scope, name) && (!of.n || !resource.n || str_eq(of, resource)))
            return true;
    }
    return false;
}

/* Names of the roles that have the scope; an absent text: the token may not read roles. */
static struct str roles_with(struct api *api, struct str scope)
{
    struct buf names = buf_new(api->arena, LIST_MAX);
    json *roles =
        read_list(api, arena_printf(api->arena, "/api/roles?page=1&page_size=%d", ROLES_PER_PAGE));
    json *role;
    size_t i, n;
    if (!roles)
        return STR_NONE;
    yyjson_arr_foreach(roles, i, n, role)
    {
        if (!role_has(api, role, scope))
            continue;
        buf_printf(&names, "%s'%.*s'", names.n ? ", " : "",
                   STR_ARG(json_str(json_get(role, STR("name")))));
    }
    return names.n ? buf_view(&names) : STR("");
}

static void explain_scope(struct api *api, struct str scope)
{
    struct arena *arena = api->arena;
    struct str safe = terminal_safe(arena, scope);
    if (!scope.n) {
        fputs("signet: 403: the token does not permit this: give the client a role with the scope "
              "that it needs, ask for it with --scope, and get a new token\n",
              stderr);
        return;
    }
    struct str roles = roles_with(api, scope);
    struct str advice = STR("the token may not read roles, so ask which one has it");
    if (roles.n)
        advice =
            arena_printf(arena, "it is in the role %.*s", STR_ARG(terminal_safe(arena, roles)));
    else if (roles.p)
        advice = STR("no role has it yet");
    fprintf(stderr,
            "signet: 403: the token lacks the scope '%.*s' (%.*s): give the client a role with it, "
            "and get a new token with --scope\n",
            STR_ARG(safe), STR_ARG(advice));
}

static void explain_plain(struct api *api, const struct http_reply *reply, json *body)
{
    struct arena *arena = api->arena;
    struct str code = json_str(json_get(body, STR("code")));
    struct str text = json_str(json_get(body, STR("message")));
    if (!text.n)
        text = json_str(json_get(body, STR("error_description")));
    if (!code.n)
        code = json_str(json_get(body, STR("error")));
    if (!text.n)
        text = reply->status >= 500   ? STR("the server fails: look into its log")
               : reply->status == 404 ? STR("nothing is at this path: check it, and api-url")
               : reply->status == 401 ? STR("the API does not take this token: check resource and "
                                            "audience of the profile")
                                      : STR("the API refuses the request");
    fprintf(stderr, "signet: %ld%s%.*s: %.*s\n", reply->status, code.n ? " " : "",
            STR_ARG(terminal_safe(arena, code)), STR_ARG(terminal_safe(arena, text)));
}

void api_explain(struct api *api, const struct http_reply *reply)
{
    json *body = NULL;
    if (json_parse(api->arena, reply->body, &body, NULL) != JSON_OK)
        body = NULL;
    if (reply->status == 403) {
        explain_scope(api, missing_scope(api, reply, body));
    } else if (reply->status >= 300 && reply->status < 400) {
        struct str location = http_reply_header(reply, STR("location"));
        fprintf(stderr, "signet: %ld: the API redirects to %.*s: ask there, or set api-url\n",
                reply->status, STR_ARG(terminal_safe(api->arena, location)));
    } else {
        explain_plain(api, reply, body);
    }
}
