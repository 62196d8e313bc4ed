/* All pages of a list: RFC 8288 Link, rel "next". */
#include "cli/api.h"
#include "cli/cli.h"
#include "cli/link_header.h"
#include "cli/terminal.h"

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
    struct str address = link_header_resolve(api->arena, api->url, link);
    if (!str_eq(http_url_origin(address), origin)) {
        fprintf(stderr,
                "signet: the next page is said to be at another host, %.*s: the token is not "
                "sent there; follow the pages with --query page=N\n",
                STR_ARG(terminal_safe(api->arena, link)));
        return CLI_NETWORK;
    }
    struct str query = str_from(address, str_find(address, '?'));
    if (str_ends(path, path_of(address)))
        address = arena_printf(api->arena, "%.*s%.*s%.*s", STR_ARG(origin), STR_ARG(path),
                               STR_ARG(query));
    *url = address;
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
static int print_page(struct api *api, const struct http_reply *reply, bool first, size_t *count)
{
    json *items = NULL, *item;
    size_t i, n;
    terminal_progress(STR_NONE);
    if (json_parse(api->arena, reply->body, &items, NULL) != JSON_OK || !yyjson_is_arr(items)) {
        fputs("signet: the answer is no JSON array, so it has no pages: leave out --all\n", stderr);
        return CLI_FAILED;
    }
    if (first && !args_has(&api->args, "--jsonl"))
        putchar('[');
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

/* A page that was fetched, and those before it. */
struct page {
    struct str url;
    const struct page *before;
    size_t number;
};

/* The page that the answer to *page says is next: NULL when it was the last. */
static int next_page(struct api *api, const struct http_reply *reply, const struct page **page)
{
    struct str link =
        link_header_find(http_reply_headers(reply, api->arena, STR("link")), STR("next"));
    struct page *next = link.p ? ARENA_NEW(api->arena, struct page) : NULL;
    if (link.p && !next)
        return cli_fail("memory is out");
    int status = next ? resolve(api, link, &next->url) : CLI_OK;
    for (const struct page *old = *page; !status && next && old; old = old->before) {
        if (!str_eq(next->url, old->url))
            continue;
        fputs("signet: the next page is said to be one that came already: follow them with "
              "--query page=N\n",
              stderr);
        return CLI_NETWORK;
    }
    if (next) {
        next->before = *page;
        next->number = (*page)->number + 1;
    }
    *page = next;
    return status;
}

static int fetch_pages(struct api *api, size_t *count)
{
    const struct page first = {api->url, NULL, 1}, *page = &first;
    while (page) {
        struct http_reply reply;
        size_t number = page->number;
        int status = api_send(api, page->url, &reply);
        if (status)
            return status;
        if (reply.status < 200 || reply.status >= 300) {
            terminal_progress(STR_NONE);
            api_explain(api, &reply);
            return reply.status < 400 ? CLI_NETWORK : api_status(reply.status);
        }
        status = print_page(api, &reply, number == 1, count);
        if (!status)
            status = next_page(api, &reply, &page);
        if (status)
            return status;
        if (page)
            show_progress(api, &reply, number, *count);
    }
    return CLI_OK;
}

int api_all(struct api *api)
{
    size_t count = 0;
    if (strcmp(api->method, "GET") != 0)
        return cli_usage_error("api", "--all is for GET");
    int status = fetch_pages(api, &count);
    terminal_progress(STR_NONE);
    if (!args_has(&api->args, "--jsonl") && !status)
        puts(terminal_is(stdout) && count ? "\n]" : "]");
    return status;
}
