/* signet routes: every route with its guard, scope and reply, for tests and for reading. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "http/route.h"

static void print_route(const struct route *route, void *arg)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                          "PATCH", "DELETE", "OPTIONS", "OTHER"};
    static const char *const guards[] = {
        [GUARD_MANAGEMENT] = "management", [GUARD_CLIENT] = "client",     [GUARD_PUBLIC] = "public",
        [GUARD_BROWSER] = "browser",       [GUARD_OWN_PAGE] = "own-page", [GUARD_USER] = "user",
    };
    (void)arg;
    printf("%-7s %-55.*s %-10s %s\n", methods[route->method], STR_ARG(route->path),
           guards[route->guard], route->summary ? route->summary : "");
}

int cli_routes(int argc, char **argv)
{
    bool as_json = cli_flag(&argc, argv, "--json");
    int status = cli_no_more(argc, argv, 1);
    if (status)
        return status;
    if (!as_json) {
        routes_each(print_route, NULL);
        return CLI_OK;
    }
    size_t length;
    char *text = routes_render(&length);
    if (!text)
        return cli_fail("memory is out");
    fwrite(text, 1, length, stdout);
    putchar('\n');
    free(text);
    return CLI_OK;
}
