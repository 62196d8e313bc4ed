/* All pages of a list: RFC 8288 Link, rel "next". */
#include "cli/api.h"
#include "cli/cli.h"
#include "cli/terminal.h"

/* The address of rel="next" in a Link header; {NULL,0} when there is none. RFC 8288 3 */
static struct str next_link(struct str header)
{
    for (;;) {
        header = str_from(header, str_find(header, '<'));
        size_t end = str_find(header, '>');
        if (end == header.n)
            return STR_NONE;
        struct str url = {header.p + 1, end - 1};
        header = str_from(header, end);
        struct str params = {header.p, str_find(header, '<')};
        if (memmem(params.p, params.n, "rel=\"next\"", 10) ||
            memmem(params.p, params.n, "rel=next", 8))
            return url;
        header = str_from(header, params.n);
    }
}

static struct str path_of(struct str url)
{
    struct str path = str_from(url, http_url_origin(url).n);
    path.n = str_find(path, '?');
    return path;
}

/* Logto's links lack the prefix of its API: a link whose path ends the request's own path means
 * that path, with the link's query. Anything else is taken at its word, on the same origin only. */
static int resolve(struct api *api, struct str link, struct str *url)
{
    struct str origin = http_url_origin(api->url), path = path_of(api->url);
    struct str query = str_from(link, str_find(link, '?'));
    bool absolute = http_url_origin(link).p != NULL;
    if (absolute && !str_eq(http_url_origin(link), origin)) {
        fprintf(stderr,
                "signet: the next page is said to be at another host, %.*s: the token is not "
                "sent there; follow the pages with --query page=N\n",
                STR_ARG(terminal_safe(api->arena, http_url_origin(link))));
        return CLI_NETWORK;
    }
    if (str_ends(path, path_of(link)))
        *url = arena_printf(api->arena, "%.*s%.*s%.*s", STR_ARG(origin), STR_ARG(path),
                            STR_ARG(query));
    else
        *url = absolute ? arena_str(api->arena, link)
                        : arena_printf(api->arena, "%.*s%.*s", STR_ARG(origin), STR_ARG(link));
    return url->p ? CLI_OK : cli_fail("memory is out");
}

static void print_item(struct api *api, json *item, bool first)
{
    bool lines = args_has(&api->args, "--jsonl");
    bool pretty = !lines && terminal_is(stdout);
    if (!lines)
        fputs(first ? (pretty ? "\n  " : "") : (pretty ? ",\n  " : ","), stdout);
    if (pretty) {
        terminal_print_json(stdout, item, 2);
    } else {
        struct str text = json_text(api->arena, item);
        printf("%.*s", STR_ARG(text));
    }
    if (lines)
        putchar('\n');
}

/* Prints the items of one page; *count grows by their number. */
static int print_page(struct api *api, const struct http_reply *reply, size_t *count)
{
    json *items = NULL, *item;
    size_t i, n;
    if (json_parse(api->arena, reply->body, &items, NULL) != JSON_OK || !yyjson_is_arr(items)) {
        terminal_progress(STR_NONE);
        fputs("signet: the answer is no JSON array, so it has no pages: leave out --all\n", stderr);
        return CLI_FAILED;
    }
    terminal_progress(STR_NONE);
    yyjson_arr_foreach(items, i, n, item)
    {
        print_item(api, item, *count == 0);
        (*count)++;
    }
    return CLI_OK;
}

static void show_progress(struct api *api, const struct http_reply *reply, size_t page,
                          size_t count)
{
    struct str total = http_reply_header(reply, STR("total-number"));
    terminal_progress(arena_printf(api->arena, "page %zu, %zu of %.*s", page, count,
                                   STR_ARG(total.n ? total : STR("?"))));
}

static int fetch_pages(struct api *api, size_t *count)
{
    struct str url = api->url;
    for (size_t page = 1; url.p; page++) {
        struct http_reply reply;
        int status = api_send(api, url, &reply);
        if (status)
            return status;
        if (reply.status < 200 || reply.status >= 300) {
            terminal_progress(STR_NONE);
            api_explain(api, &reply);
            return reply.status < 400 ? CLI_NETWORK : api_status(reply.status);
        }
        status = print_page(api, &reply, count);
        if (status)
            return status;
        struct str before = url,
                   link = next_link(http_reply_headers(&reply, api->arena, STR("link")));
        url = STR_NONE;
        if (link.p && (status = resolve(api, link, &url)))
            return status;
        if (url.p && str_eq(url, before)) {
            fputs("signet: the next page is said to be this one: follow them with --query page=N\n",
                  stderr);
            return CLI_NETWORK;
        }
        if (url.p)
            show_progress(api, &reply, page, *count);
    }
    return CLI_OK;
}

int api_all(struct api *api)
{
    size_t count = 0;
    bool lines = args_has(&api->args, "--jsonl");
    if (strcmp(api->method, "GET") != 0)
        return cli_usage_error("api", "--all is for GET");
    if (!lines)
        putchar('[');
    int status = fetch_pages(api, &count);
    terminal_progress(STR_NONE);
    if (!lines && !status)
        puts(terminal_is(stdout) && count ? "\n]" : "]");
    return status;
}
