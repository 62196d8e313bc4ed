/* signet api: sends a request with a profile's token. */
#include "cli/api.h"

#include <errno.h>

#include "base/encoding.h"
#include "cli/cli.h"
#include "cli/terminal.h"

#define ARENA_MAX ((size_t)2 << 30)
#define BODY_MAX  ((size_t)64 << 20)
#define URL_MAX   ((size_t)64 << 10)

static const struct command_option options[] = {
    {"--profile", "NAME", NULL, "whose token; default: the profile named default, or the only one"},
    {"--query", "K=V", NULL, "query parameter, encoded for you; repeatable"},
    {"--header", "'NAME: VALUE'", NULL, "further header; repeatable"},
    {"-d", "DATA", NULL,
     "body: text, @FILE, or - for standard input. JSON unless --header says "
     "another Content-Type"},
    {"--all", NULL, NULL, "follow Link: rel=next and print the items of all pages as one array"},
    {"--jsonl", NULL, NULL, "with --all: one item a line, as they come"},
    {"--include", NULL, NULL, "print status and headers of the answer, too, on standard error"},
    {"--dry-run", NULL, NULL, "send nothing; print the curl command, with $TOKEN for the token"},
    {"--show-secrets", NULL, NULL, "with --dry-run: print the token itself"},
    OPTIONS_END,
};

int api_status(long http_status)
{
    if (http_status < 400)
        return CLI_OK;
    return http_status < 500 ? CLI_API_4XX : CLI_API_5XX;
}

struct str api_base(const struct profile *profile)
{
    static const struct str below = STR_INIT("/oidc");
    struct str base = profile_get(profile, SET_API_URL), issuer = profile_get(profile, SET_ISSUER);
    if (!base.n && str_ends(issuer, below))
        base = (struct str){issuer.p, issuer.n - below.n};
    else if (!base.n)
        base = issuer.n ? issuer : http_url_origin(profile_get(profile, SET_TOKEN_URL));
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    return base;
}

static struct str with_query(struct api *api, struct str url)
{
    struct buf buf = buf_new(api->arena, URL_MAX);
    size_t at = 0;
    char joint = str_find(url, '?') < url.n ? '&' : '?';
    buf_str(&buf, url);
    for (const char *pair; (pair = args_next(&api->args, "--query", &at));) {
        struct str text = str_of(pair), name = {pair, str_find(text, '=')};
        buf_byte(&buf, joint);
        percent_encode(&buf, name);
        buf_byte(&buf, '=');
        percent_encode(&buf, str_from(text, name.n + 1));
        joint = '&';
    }
    return buf_view(&buf);
}

int api_address(struct api *api, const char *path)
{
    struct str text = str_of(path);
    api->base = api_base(&api->profile);
    if (!http_url_origin(api->base).p)
        return cli_usage_error("api",
                               "where is the API? Give signet token --profile %.*s --api-url "
                               "URL",
                               STR_ARG(api->profile.name));
    struct str url = text;
    if (!http_url_origin(text).p)
        url = arena_printf(api->arena, "%.*s%s%s", STR_ARG(api->base), path[0] == '/' ? "" : "/",
                           path);
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
            return cli_usage_error("api",
                                   "'%s' has a blank in it, which no address has: write %%20, or "
                                   "give --query 'NAME=VALUE'",
                                   path);
    if (!str_eq(http_url_origin(url), http_url_origin(api->base)))
        return cli_usage_error("api",
                               "the token is for %.*s and is not sent elsewhere: give a path",
                               STR_ARG(http_url_origin(api->base)));
    api->url = with_query(api, url);
    return api->url.p ? CLI_OK : cli_fail("the address is too long");
}

static bool is_set(const struct http_call *call, struct str name)
{
    for (size_t i = 0; i < call->header_count; i++) {
        struct str line = call->headers[i];
        if (str_eq_nocase((struct str){line.p, str_find(line, ':')}, name))
            return true;
    }
    return false;
}

/* Whether --header gives it. */
static bool is_given(const struct api *api, struct str name)
{
    size_t at = 0;
    for (const char *line; (line = args_next(&api->args, "--header", &at));) {
        struct str given = {line, str_find(str_of(line), ':')};
        if (str_eq_nocase(given, name))
            return true;
    }
    return false;
}

static int add_headers(struct api *api, struct http_call *call)
{
    size_t at = 0;
    bool ok = true;
    for (const char *line; ok && (line = args_next(&api->args, "--header", &at));) {
        struct str text = str_of(line), name = {line, str_find(text, ':')};
        if (name.n == text.n || !name.n)
            return cli_usage_error("api", "--header looks like 'Name: value', not '%s'", line);
        ok = http_call_header(call, api->arena, name, str_trim(str_from(text, name.n + 1)));
    }
    if (ok && api->body.p && !is_set(call, STR("content-type")))
        ok = http_call_header(call, api->arena, STR("Content-Type"), STR("application/json"));
    if (ok && !is_set(call, STR("accept")))
        ok = http_call_header(call, api->arena, STR("Accept"), STR("application/json, */*"));
    return ok ? CLI_OK : cli_fail("the headers are too many, or one has a line break");
}

int api_call(struct api *api, struct str url, bool secret_shown, struct http_call *call)
{
    const struct profile *profile = &api->profile;
    struct oauth oauth = {.profile = &api->profile, .arena = api->arena};
    bool id = str_eq(profile_get(profile, SET_USE), STR("id_token"));
    struct str token = profile_get(profile, id ? SET_ID_TOKEN : SET_ACCESS_TOKEN);
    struct str prefix = profile_get_or(profile, SET_HEADER_PREFIX, STR("Bearer"));
    bool in_url = str_eq(profile_get(profile, SET_ADD_TO), STR("query"));
    if (!secret_shown)
        token = STR("$TOKEN");
    if (in_url) /* RFC 6750 2.3 */
        url = arena_printf(api->arena, "%.*s%caccess_token=%.*s", STR_ARG(url),
                           str_find(url, '?') < url.n ? '&' : '?', STR_ARG(token));
    *call = oauth_call(&oauth, api->method, url);
    call->body = api->body;
    struct str value = arena_printf(api->arena, "%.*s %.*s", STR_ARG(prefix), STR_ARG(token));
    bool ours = !in_url && !is_given(api, STR("authorization"));
    if (ours && !http_call_header(call, api->arena, STR("Authorization"), value))
        return cli_fail("the token does not fit into a header");
    return add_headers(api, call);
}

static int send_once(struct api *api, struct str url, struct http_reply *reply)
{
    struct http_call call;
    struct str why;
    int status = api_call(api, url, true, &call);
    if (status || http_client_send(&call, api->arena, reply, &why))
        return status;
    terminal_progress(STR_NONE);
    fprintf(stderr, "signet: %.*s\n", STR_ARG(why));
    return CLI_NETWORK;
}

int api_send(struct api *api, struct str url, struct http_reply *reply)
{
    int status = renewal_run(&api->store, &api->profile, false);
    if (!status)
        status = send_once(api, url, reply);
    if (status || reply->status != 401)
        return status;
    status = renewal_run(&api->store, &api->profile, true);
    return status ? status : send_once(api, url, reply);
}

static int read_stream(struct api *api, FILE *file, const char *name)
{
    struct buf buf = buf_new(api->arena, BODY_MAX);
    size_t n = 1;
    while (n && buf_reserve(&buf, 65536)) {
        n = fread(buf.p + buf.n, 1, 65536, file);
        buf.n += n;
    }
    if (ferror(file))
        return cli_fail("cannot read %s: %s", name, strerror(errno));
    api->body = buf_view(&buf);
    return api->body.p ? CLI_OK : cli_fail("%s is too large", name);
}

int api_read(struct api *api, const char *path)
{
    if (strcmp(path, "-") == 0)
        return read_stream(api, stdin, "standard input");
    FILE *file = fopen(path, "re");
    if (!file)
        return cli_fail("cannot open '%s': %s", path, strerror(errno));
    int status = read_stream(api, file, path);
    fclose(file);
    return status;
}

static int read_body(struct api *api)
{
    const char *data = args_get(&api->args, "-d");
    if (!data)
        return CLI_OK;
    if (strcmp(data, "-") == 0 || data[0] == '@')
        return api_read(api, data[0] == '@' ? data + 1 : data);
    api->body = str_of(data);
    return CLI_OK;
}

/* Laid out for a person; to a pipe the bytes as they came. */
static void print_body(struct api *api, const struct http_reply *reply)
{
    json *value = NULL;
    if (!reply->body.n)
        return;
    if (terminal_is(stdout) && json_parse(api->arena, reply->body, &value, NULL) == JSON_OK) {
        terminal_print_json(stdout, value, 0);
        putchar('\n');
    } else {
        fwrite(reply->body.p, 1, reply->body.n, stdout);
        if (terminal_is(stdout) && reply->body.p[reply->body.n - 1] != '\n')
            putchar('\n');
    }
}

static int send_and_print(struct api *api)
{
    struct http_reply reply;
    int status = api_send(api, api->url, &reply);
    if (status)
        return status;
    if (args_has(&api->args, "--include"))
        fprintf(stderr, "%.*s", STR_ARG(reply.headers));
    print_body(api, &reply);
    if (reply.status < 300)
        return CLI_OK;
    api_explain(api, &reply);
    return reply.status < 400 ? CLI_NETWORK : api_status(reply.status);
}

static int act(struct api *api)
{
    struct str name = profile_store_choose(&api->store, args_get(&api->args, "--profile"));
    if (!name.p)
        return CLI_USAGE;
    int status = profile_store_load(&api->store, name, &api->profile);
    if (!status)
        status = api_address(api, api->args.words[1]);
    if (!status)
        status = read_body(api);
    if (status)
        return status;
    if (args_has(&api->args, "--dry-run"))
        return api_print_curl(api);
    return args_has(&api->args, "--all") ? api_all(api) : send_and_print(api);
}

static bool is_method(const char *word)
{
    return word[0] && word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static int run(int argc, char **argv);

COMMAND(api) = {
    .name = "api",
    .group = COMMAND_CLIENT,
    .summary = "send a request to an API with a profile's token",
    .synopsis = "METHOD PATH [OPTIONS]",
    .text =
        "The token is refreshed or fetched anew before it expires, and once after an answer 401. "
        "PATH is below the profile's api-url, by default the issuer without /oidc. A terminal "
        "gets the answer indented and coloured, a pipe gets its bytes.\n"
        "A 403 is explained: which scope is missing, and which roles have it when the token may "
        "read them.",
    .verbs = "GET|POST|PUT|PATCH|DELETE|HEAD",
    .options = options,
    .exits = true,
    .run = run,
};

static int run(int argc, char **argv)
{
    struct api api = {.arena = arena_new(ARENA_MAX), .store = {.lock = -1}};
    if (!api.arena)
        return cli_fail("memory is out");
    int status = args_parse(&command_api, argc, argv, api.arena, &api.args);
    if (!status && api.args.word_count != 2)
        status = cli_usage_error("api", "say METHOD and PATH, like: signet api GET "
                                        "/api/applications");
    if (!status && args_has(&api.args, "--jsonl") && !args_has(&api.args, "--all"))
        status = cli_usage_error("api", "--jsonl is for --all");
    if (!status && !is_method(api.args.words[0]))
        status = cli_usage_error("api", "'%s' is no method: GET, POST, PUT, PATCH, DELETE, HEAD",
                                 api.args.words[0]);
    if (!status) {
        api.method = api.args.words[0];
        status = profile_store_open(&api.store, api.arena);
    }
    if (!status)
        status = act(&api);
    profile_store_close(&api.store);
    arena_free(api.arena);
    return status;
}
