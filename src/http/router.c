/* Finds the route of a request: a tree of path segments, made once at the start and only read
 * after. */
#include <assert.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "base/need.h"
#include "http/route.h"

/* Methods that rows may have, in the order in which Allow lists them; HEAD comes with GET. */
static const struct {
    enum http_method method;
    const char *allow;
} methods[] = {
    {HTTP_M_GET, "HEAD, GET"}, {HTTP_M_POST, "POST"},     {HTTP_M_PUT, "PUT"},
    {HTTP_M_PATCH, "PATCH"},   {HTTP_M_DELETE, "DELETE"},
};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))
#define NO_METHOD    METHOD_COUNT
#define ALLOW_MAX    sizeof("HEAD, GET, POST, PUT, PATCH, DELETE")

/* Rows of one path and method; more than one when listeners differ. */
struct leaf {
    const struct route *route;
    struct leaf *next;
};

struct node {
    struct str segment;
    struct node **children; /* literal segments, sorted */
    size_t child_count;
    struct node *param; /* any one segment */
    struct leaf *leaves[METHOD_COUNT];
};

struct router {
    struct node root;
    char allow[1u << METHOD_COUNT][ALLOW_MAX]; /* the text for each set of methods */
};

static size_t method_index(enum http_method method)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (methods[i].method == method)
            return i;
    return method == HTTP_M_HEAD ? 0 : NO_METHOD;
}

/* Shorter first: most comparisons end at the lengths. */
static int compare_segments(struct str a, struct str b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return memcmp(a.p, b.p, a.n);
}

/* The child for segment; NULL when there is none, and then *at is where it would stand. */
static struct node *find_child(const struct node *node, struct str segment, size_t *at)
{
    size_t low = 0, high = node->child_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct node *child = node->children[middle];
        int order = compare_segments(segment, child->segment);
        if (order == 0)
            return child;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *at = low;
    return NULL;
}

static struct node *node_new(struct str segment)
{
    struct node *node = need(calloc(1, sizeof(*node)));
    node->segment = segment;
    return node;
}

static struct node *get_child(struct node *node, struct str segment)
{
    size_t at;
    struct node *child = find_child(node, segment, &at);
    if (child)
        return child;
    struct node **children =
        need(realloc(node->children, (node->child_count + 1) * sizeof(void *)));
    memmove(children + at + 1, children + at, (node->child_count - at) * sizeof(void *));
    children[at] = node_new(segment);
    node->children = children;
    node->child_count++;
    return children[at];
}

static bool listeners_meet(const struct route *a, const struct route *b)
{
    return !a->only_listener || !b->only_listener || a->only_listener == b->only_listener;
}

static void add_leaf(struct node *node, const struct route *route)
{
    size_t method = method_index(route->method);
    assert(method != NO_METHOD && route->method != HTTP_M_HEAD);
    for (const struct leaf *leaf = node->leaves[method]; leaf; leaf = leaf->next)
        assert(!listeners_meet(leaf->route, route));
    struct leaf *leaf = need(calloc(1, sizeof(*leaf)));
    *leaf = (struct leaf){route, node->leaves[method]};
    node->leaves[method] = leaf;
}

/* What follows the first slash; {NULL,0} for "/" itself. */
static struct str below_root(struct str path)
{
    return path.n > 1 ? str_from(path, 1) : STR_NONE;
}

static void add_route(const struct route *route, void *arg)
{
    struct router *router = arg;
    struct node *node = &router->root;
    struct str rest = below_root(route->path), segment;
    size_t params = 0;
    assert(str_starts(route->path, STR("/")));
    assert(route->path.n == 1 || !str_ends(route->path, STR("/")));
    while ((segment = str_split(&rest, '/')).p) {
        assert(segment.n);
        if (segment.p[0] != ':') {
            node = get_child(node, segment);
            continue;
        }
        params++;
        assert(params <= ROUTE_MAX_PARAMS);
        if (!node->param)
            node->param = node_new(STR_NONE);
        node = node->param;
    }
    add_leaf(node, route);
}

static void write_allow(struct router *router, size_t set)
{
    char *out = router->allow[set];
    size_t n = 0;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (!(set & (1u << i)))
            continue;
        if (n) {
            out[n++] = ',';
            out[n++] = ' ';
        }
        for (const char *c = methods[i].allow; *c; c++)
            out[n++] = *c;
    }
}

struct router *router_new(void)
{
    struct router *router = need(calloc(1, sizeof(*router)));
    for (size_t set = 0; set < 1u << METHOD_COUNT; set++)
        write_allow(router, set);
    routes_each(add_route, router);
    return router;
}

static void node_clear(struct node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        node_clear(node->children[i]);
        free(node->children[i]);
    }
    free(node->children);
    if (node->param)
        node_clear(node->param);
    free(node->param);
    for (size_t i = 0; i < METHOD_COUNT; i++)
        for (struct leaf *leaf = node->leaves[i], *next; leaf; leaf = next) {
            next = leaf->next;
            free(leaf);
        }
}

void router_free(struct router *router)
{
    if (!router)
        return;
    node_clear(&router->root);
    free(router);
}

struct search {
    size_t method; /* index, or NO_METHOD */
    int listener;
    unsigned allow; /* methods seen on paths that fit */
    struct str params[ROUTE_MAX_PARAMS];
    size_t param_count;
    const struct route *route;
};

static bool exists_on(const struct route *route, int listener)
{
    return route->only_listener ? route->only_listener == listener
                                : listener != LISTENER_OPERATIONS;
}

static const struct route *leaf_find(const struct leaf *leaf, int listener)
{
    for (; leaf; leaf = leaf->next)
        if (exists_on(leaf->route, listener))
            return leaf->route;
    return NULL;
}

static bool end_here(const struct node *node, struct search *search)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct route *route = leaf_find(node->leaves[i], search->listener);
        if (!route)
            continue;
        search->allow |= 1u << i;
        if (i == search->method)
            search->route = route;
    }
    return search->route != NULL;
}

/* Walks down, the literal child first; true once a row with the method is found. A path without it
 * goes on with the next fitting one, as its row may be under a parameter. The depth is that of the
 * rows, whatever the path. */
static bool walk(const struct node *node, struct str rest, struct search *search)
{
    struct str segment = str_split(&rest, '/');
    if (!segment.p)
        return end_here(node, search);
    if (!segment.n)
        return false;
    size_t at;
    const struct node *child = find_child(node, segment, &at);
    if (child && walk(child, rest, search))
        return true;
    if (!node->param)
        return false;
    search->params[search->param_count++] = segment;
    if (walk(node->param, rest, search))
        return true;
    search->param_count--;
    return false;
}

static bool decode_params(const struct search *search, struct arena *arena,
                          struct route_match *match)
{
    for (size_t i = 0; i < search->param_count; i++) {
        match->params[i] = percent_decode(arena, search->params[i]);
        if (!match->params[i].p)
            return false;
    }
    match->param_count = search->param_count;
    match->route = search->route;
    return true;
}

void router_find(const struct router *router, enum http_method method, struct str path,
                 int listener, struct arena *arena, struct route_match *match)
{
    struct search search = {.method = method_index(method), .listener = listener};
    *match = (struct route_match){0};
    if (!path.n || path.p[0] != '/')
        return;
    struct str rest = below_root(path);
    if (rest.n && rest.p[rest.n - 1] == '/')
        rest.n--;
    if (!walk(&router->root, rest, &search)) {
        if (search.allow)
            match->allow = str_of(router->allow[search.allow]);
        return;
    }
    if (!decode_params(&search, arena, match))
        *match = (struct route_match){0};
}
