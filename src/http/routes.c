/* The routes of the program: one list gathered from the tables that ROUTES leaves in a linker
 * section. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/need.h"
#include "http/json_schema.h"
#include "http/route.h"

/* Weak, because a program without a single ROUTES has no such section. */
extern const struct route *const __start_route_tables[] __attribute__((weak));
extern const struct route *const __stop_route_tables[] __attribute__((weak));

static size_t list_rows(const struct route **rows)
{
    size_t count = 0;
    for (const struct route *const *table = __start_route_tables; table < __stop_route_tables;
         table++)
        for (const struct route *row = *table; row->path.p; row++) {
            if (rows)
                rows[count] = row;
            count++;
        }
    return count;
}

static int compare_rows(const void *left, const void *right)
{
    const struct route *a = *(const struct route *const *)left;
    const struct route *b = *(const struct route *const *)right;
    size_t shorter = a->path.n < b->path.n ? a->path.n : b->path.n;
    int order = memcmp(a->path.p, b->path.p, shorter);
    if (order)
        return order;
    if (a->path.n != b->path.n)
        return a->path.n < b->path.n ? -1 : 1;
    if (a->method != b->method)
        return a->method < b->method ? -1 : 1;
    return (a->only_listener > b->only_listener) - (a->only_listener < b->only_listener);
}

/* In order, for good: the router asks first, before any request. */
static struct {
    const struct route **rows;
    size_t count;
} gathered;

static void gather(void)
{
    gathered.count = list_rows(NULL);
    gathered.rows = need(calloc(gathered.count + 1, sizeof(void *)));
    list_rows(gathered.rows);
    qsort(gathered.rows, gathered.count, sizeof(void *), compare_rows);
}

void routes_each(void (*fn)(const struct route *route, void *arg), void *arg)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, gather);
    for (size_t i = 0; i < gathered.count; i++)
        fn(gathered.rows[i], arg);
}

/* ---- The list for the test suite ---- */

#define MAX_LIST (16 << 20)

static const char *method_name(enum http_method method)
{
    switch (method) {
    case HTTP_M_GET:
        return "GET";
    case HTTP_M_HEAD:
        return "HEAD";
    case HTTP_M_POST:
        return "POST";
    case HTTP_M_PUT:
        return "PUT";
    case HTTP_M_PATCH:
        return "PATCH";
    case HTTP_M_DELETE:
        return "DELETE";
    case HTTP_M_OPTIONS:
        return "OPTIONS";
    case HTTP_M_OTHER:
        break;
    }
    return NULL;
}

static const char *guard_name(enum guard guard)
{
    switch (guard) {
    case GUARD_MANAGEMENT:
        return "management";
    case GUARD_CLIENT:
        return "client";
    case GUARD_PUBLIC:
        return "public";
    case GUARD_BROWSER:
        return "browser";
    case GUARD_OWN_PAGE:
        return "own-page";
    case GUARD_USER:
        return "user";
    }
    return NULL;
}

static void put_reply_schema(struct json_out *out, const struct route *route)
{
    struct schema_style style = {.use = SCHEMA_REPLY};
    switch (route->reply) {
    case REPLY_OBJECT:
        json_schema_object(out, route->reply_fields, style);
        return;
    case REPLY_ARRAY:
        json_schema_list(out, route->reply_fields, style);
        return;
    case REPLY_TEXT:
    case REPLY_XML:
    case REPLY_EMPTY:
    case REPLY_FREE:
        json_put_null(out);
    }
}

static void put_row(const struct route *route, void *arg)
{
    struct json_out *out = arg;
    json_open_object(out);
    JSON_STR(out, "method", str_of(method_name(route->method)));
    JSON_STR(out, "path", route->path);
    JSON_STR(out, "guard", str_of(guard_name(route->guard)));
    json_key(out, STR("scope"));
    if (route->guard == GUARD_MANAGEMENT && route->area) {
        char scope[128];
        int n = snprintf(scope, sizeof(scope), "%s:%s", route_verb(route), route->area);
        json_put_str(out, (struct str){scope, (size_t)n});
    } else {
        json_put_null(out);
    }
    JSON_INT(out, "status", route->status ? route->status : 200);
    json_key(out, STR("reply"));
    put_reply_schema(out, route);
    JSON_INT(out, "listener", route->only_listener);
    json_close_object(out);
}

char *routes_render(size_t *length)
{
    struct buf buf = buf_new(NULL, MAX_LIST);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    routes_each(put_row, &out);
    json_close_array(&out);
    if (buf.failed) {
        buf_free(&buf);
        return NULL;
    }
    *length = buf.n;
    return buf.p;
}
