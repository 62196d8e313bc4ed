/* The router: which row answers a path and method, with which parameters, and what Allow says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/route.h"

#define ROW(m, p)                                                                                  \
    {                                                                                              \
        .method = HTTP_M_##m, .path = STR_INIT(p), .summary = #m " " p                             \
    }

ROUTES(first) = {
    ROW(GET, "/router-test/things"),
    ROW(POST, "/router-test/things"),
    ROW(PATCH, "/router-test/things/:id"),
    ROW(GET, "/router-test/things/:id"),
    ROW(DELETE, "/router-test/things/:id"),
    ROW(POST, "/router-test/things/default"),
    ROW(GET, "/router-test/things/:id/parts/:name"),
    ROW(PUT, "/router-test/things/default/parts"),
    ROUTES_END,
};
ROUTES(second) = {
    ROW(GET, "/router-test/:a/:b/:c/:d/:e/:f"),
    {.method = HTTP_M_GET,
     .path = STR_INIT("/router-test/one"),
     .only_listener = 1,
     .summary = "1"},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/router-test/one"),
     .only_listener = 2,
     .summary = "2"},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/router-test/one"),
     .only_listener = 2,
     .summary = "2"},
    ROUTES_END,
};

struct fixture {
    struct router *router;
    struct arena *arena;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->router = router_new();
    fixture->arena = arena_new(1 << 20);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    router_free(fixture->router);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* Neither of those that rows name, nor that of operations. */
#define OTHER_LISTENER 4

static struct route_match find(void **state, enum http_method method, const char *path)
{
    struct fixture *fixture = *state;
    struct route_match match;
    router_find(fixture->router, method, str_of(path), OTHER_LISTENER, fixture->arena, &match);
    return match;
}

static void finds_rows_and_parameters(void **state)
{
    static const struct {
        enum http_method method;
        const char *path, *summary, *params[3];
    } examples[] = {
        {HTTP_M_GET, "/router-test/things", "GET /router-test/things", {NULL}},
        {HTTP_M_HEAD, "/router-test/things", "GET /router-test/things", {NULL}},
        {HTTP_M_GET, "/router-test/things/", "GET /router-test/things", {NULL}},
        {HTTP_M_POST, "/router-test/things", "POST /router-test/things", {NULL}},
        {HTTP_M_PATCH, "/router-test/things/x", "PATCH /router-test/things/:id", {"x"}},
        {HTTP_M_GET,
         "/router-test/things/a%20b%2F%C3%A9+",
         "GET /router-test/things/:id",
         {"a b/é+"}},
        {HTTP_M_GET,
         "/router-test/things/7/parts/8",
         "GET /router-test/things/:id/parts/:name",
         {"7", "8"}},
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct route_match match = find(state, examples[i].method, examples[i].path);
        assert_non_null(match.route);
        assert_string_equal(match.route->summary, examples[i].summary);
        size_t count = 0;
        for (; examples[i].params[count]; count++)
            assert_true(str_eq(match.params[count], str_of(examples[i].params[count])));
        assert_int_equal(match.param_count, count);
    }
}

static void prefers_literals_but_goes_back(void **state)
{
    struct route_match match = find(state, HTTP_M_POST, "/router-test/things/default");
    assert_string_equal(match.route->summary, "POST /router-test/things/default");
    match = find(state, HTTP_M_GET, "/router-test/things/default");
    assert_string_equal(match.route->summary, "GET /router-test/things/:id");
    assert_true(str_eq(match.params[0], STR("default")));
    match = find(state, HTTP_M_GET, "/router-test/things/default/parts/x");
    assert_string_equal(match.route->summary, "GET /router-test/things/:id/parts/:name");
    match = find(state, HTTP_M_GET, "/router-test/things/2/3/4/5/6");
    assert_string_equal(match.route->summary, "GET /router-test/:a/:b/:c/:d/:e/:f");
    assert_int_equal(match.param_count, 6);
    assert_true(str_eq(match.params[0], STR("things")));
    assert_true(str_eq(match.params[5], STR("6")));
}

static void tells_allowed_methods(void **state)
{
    static const struct {
        enum http_method method;
        const char *path, *allow;
    } examples[] = {
        {HTTP_M_PUT, "/router-test/things", "HEAD, GET, POST"},
        {HTTP_M_OTHER, "/router-test/things/", "HEAD, GET, POST"},
        {HTTP_M_OPTIONS, "/router-test/things/x", "HEAD, GET, PATCH, DELETE"},
        {HTTP_M_PUT, "/router-test/things/default", "HEAD, GET, POST, PATCH, DELETE"},
        {HTTP_M_HEAD, "/router-test/things/default/parts", "PUT"},
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct route_match match = find(state, examples[i].method, examples[i].path);
        assert_null(match.route);
        assert_true(str_eq(match.allow, str_of(examples[i].allow)));
    }
}

static void knows_nothing_else(void **state)
{
    static const char *const paths[] = {
        "",
        "//",
        "*",
        "/router-test",
        "/router-test/",
        "/router-test/thing",
        "/router-test/things//",
        "/router-test//things",
        "//router-test/things",
        "/router-test/things/x//",
        "/router-test/things/x/parts",
        "/Router-Test/things",
        "/router-test/things/x/parts/y/z/9/9",
        "/router-test/%74hings",
        "router-test/things",
        "/router-test/things/%ff",
        "/router-test/things/%00",
        "/router-test/things/%zz",
        "/router-test/things/%",
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct route_match match = find(state, HTTP_M_GET, paths[i]);
        assert_null(match.route);
        assert_null(match.allow.p);
        assert_int_equal(match.param_count, 0);
    }
}

static void keeps_listeners_apart(void **state)
{
    struct fixture *fixture = *state;
    struct route_match match;
    for (int listener = 1; listener <= 2; listener++) {
        router_find(fixture->router, HTTP_M_GET, STR("/router-test/one"), listener, fixture->arena,
                    &match);
        assert_int_equal(match.route->only_listener, listener);
    }
    router_find(fixture->router, HTTP_M_POST, STR("/router-test/one"), 1, fixture->arena, &match);
    assert_null(match.route);
    assert_true(str_eq(match.allow, STR("HEAD, GET")));
    router_find(fixture->router, HTTP_M_POST, STR("/router-test/things/default"),
                LISTENER_OPERATIONS, fixture->arena, &match);
    assert_null(match.route);
    match = find(state, HTTP_M_GET, "/router-test/one");
    assert_null(match.route);
    assert_null(match.allow.p);
}

struct seen {
    size_t count;
    const struct route *last;
};

static void see(const struct route *route, void *arg)
{
    struct seen *seen = arg;
    if (!str_starts(route->path, STR("/router-test/")))
        return;
    if (seen->last) {
        assert_true(strcmp(seen->last->path.p, route->path.p) < 0 ||
                    (str_eq(seen->last->path, route->path) && seen->last->method <= route->method));
    }
    seen->count++;
    seen->last = route;
}

static void lists_rows_of_all_tables_in_order(void **state)
{
    struct seen seen = {0};
    (void)state;
    routes_each(see, &seen);
    assert_int_equal(seen.count, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_rows_and_parameters),
        cmocka_unit_test(prefers_literals_but_goes_back),
        cmocka_unit_test(tells_allowed_methods),
        cmocka_unit_test(knows_nothing_else),
        cmocka_unit_test(keeps_listeners_apart),
        cmocka_unit_test(lists_rows_of_all_tables_in_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
