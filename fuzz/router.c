/* Fuzzes the router with request paths: every method, parameters decoded. The routes are the
 * program's and a table whose rows make the search go back. */
#include <assert.h>
#include <stdint.h>

#include "http/route.h"

ROUTES(fuzzed) = {
    {.method = HTTP_M_GET, .path = STR_INIT("/f/a/:x/c")},
    {.method = HTTP_M_POST, .path = STR_INIT("/f/a/b/c")},
    {.method = HTTP_M_PUT, .path = STR_INIT("/f/:x/b/c")},
    {.method = HTTP_M_PATCH, .path = STR_INIT("/f/:x/:y/:z")},
    {.method = HTTP_M_DELETE, .path = STR_INIT("/f/:a/:b/:c/:d/:e/:f")},
    ROUTES_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    struct str path = {(const char *)data, size};
    if (!router)
        router = router_new();
    bool known = false, allowed = false;
    for (int method = HTTP_M_GET; method <= HTTP_M_OTHER; method++) {
        struct arena *arena = arena_new(1 << 20);
        struct route_match match;
        router_find(router, (enum http_method)method, path, 1, arena, &match);
        assert(!match.route || !match.allow.p);
        known |= match.route != NULL;
        allowed |= match.allow.p != NULL;
        for (size_t i = 0; i < match.param_count; i++)
            assert(match.route && match.params[i].n && str_is_utf8(match.params[i]));
        arena_free(arena);
    }
    assert(!known || allowed); /* no row answers OPTIONS: a known path says what it allows */
    return 0;
}
