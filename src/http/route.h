/* A route is one row. The router, the input check, the OpenAPI document, the reply check of the
 * tests and the coverage check all read it. */
#ifndef SIGNET_HTTP_ROUTE_H
#define SIGNET_HTTP_ROUTE_H

#include "base/field.h"
#include "http/http.h"

struct ctx;

/* How a route authenticates and authorizes. The zero value is the strictest. */
enum guard {
    GUARD_MANAGEMENT, /* bearer token for the Management API, with scope all or the area's */
    GUARD_CLIENT,     /* an OAuth endpoint: the handler's first step is client_authenticate */
    GUARD_PUBLIC,     /* anyone */
    GUARD_BROWSER,    /* a browser that another site may have sent here; no script of another site
                         reads the answer. The handler's first step looks at the cookies */
    GUARD_OWN_PAGE,   /* the same, and not from another site: requests of our own pages */
    GUARD_USER,       /* a user's opaque access token with the scope openid: the account API */
};

/* Where the handler runs (docs/architecture.md). The zero value is right for most GETs. RUN_READ
 * and RUN_INLINE may answer ERR_NEEDS_WRITER to be run again as RUN_WRITE; all may ask for slow
 * work (ctx_slow). */
enum run {
    RUN_READ,   /* a reading connection in ctx->db */
    RUN_WRITE,  /* the writer's connection, inside a transaction */
    RUN_INLINE, /* loop thread, no database */
};

enum body_mode {
    BODY_NONE,   /* a body is ignored */
    BODY_CREATE, /* FIELD_CREATE fields, FIELD_REQUIRED ones must be there; also for plain bodies */
    BODY_UPDATE, /* FIELD_UPDATE fields, none required */
    BODY_RAW,    /* the handler reads it (OAuth forms) */
};

enum reply_kind {
    REPLY_OBJECT,
    REPLY_ARRAY,
    REPLY_TEXT, /* text/plain */
    REPLY_XML,
    REPLY_EMPTY, /* no body */
    REPLY_FREE,  /* JSON of no declared shape (documents such as swagger.json) */
};

enum paging {
    PAGE_NONE,
    PAGE_ALWAYS,   /* page 1 of 20 when the query says nothing */
    PAGE_OPTIONAL, /* all rows when the query has neither page nor page_size */
};

/* The tag of a listener that is no tenant's: only rows that name it exist there. */
#define LISTENER_OPERATIONS 3

struct route {
    enum http_method method;
    struct str path; /* "/api/applications/:id/secrets/:name" */
    enum guard guard;
    const char *area; /* GUARD_MANAGEMENT: read:AREA opens GET, write:AREA the rest, `all` all */
    const char *extra_scope; /* "read:secrets": what the handler asks for in part of the requests */
    bool safe;               /* changes nothing although it is no GET: read:AREA opens it */
    bool of_operators;       /* takes the tokens that operators have for the default tenant */
    bool reveals;            /* shows what only those may see who may set it: takes write:AREA */
    bool sends;              /* acts beyond the database: it cannot be rehearsed (dryRun) */
    enum run run;
    const struct field *params; /* rules of path parameters, by name; NULL: any text */
    const struct field *query;  /* FIELD_STRING, FIELD_INT, FIELD_BOOL, FIELD_ENUM, FIELD_ARRAY of
                                  them */
    enum paging paging;
    int page_max; /* rows of a page that `limit` can ask for; 0: 100 */
    enum body_mode body_mode;
    const struct field *body;
    size_t body_max; /* BODY_RAW: bytes of a body that is kept in a file; 0: a short one */
    bool rehearses;  /* the handler sees to dryRun itself */
    int status;      /* of success */
    enum reply_kind reply;
    const struct field *reply_fields;
    const char *summary; /* one line */
    const char *doc;     /* further sentences, or NULL */
    int only_listener;   /* 0: both tenants; else the listener tag it exists on */
    enum err (*handle)(struct ctx *ctx);
};
/* True when it changes nothing. */
static inline bool route_only_reads(const struct route *route)
{
    return route->method == HTTP_M_GET || route->safe;
}
/* "read" or "write": the scope of the route's area that opens it, besides `all`. */
static inline const char *route_verb(const struct route *route)
{
    return route_only_reads(route) && !route->reveals ? "read" : "write";
}
/* True when it changes something through the Management API. */
static inline bool route_changes(const struct route *route)
{
    return route->guard == GUARD_MANAGEMENT && !route_only_reads(route);
}
#define ROUTES_END                                                                                 \
    {                                                                                              \
        .path = { NULL, 0 }                                                                        \
    }

/* ROUTES(name) = { rows…, ROUTES_END }; anywhere in the program: the table joins the program's
 * routes by itself. */
#define ROUTES(name)                                                                               \
    static const struct route name##_routes[];                                                     \
    static const struct route *const name##_route_table                                            \
        __attribute__((used, section("route_tables"))) = name##_routes;                            \
    static const struct route name##_routes[]

/* Calls fn for each route of the program, ordered by path, then method. */
void routes_each(void (*fn)(const struct route *route, void *arg), void *arg);

/* ---- The router (router.c) ---- */
struct router;
#define ROUTE_MAX_PARAMS 6

struct route_match {
    const struct route *route;           /* NULL: see allow */
    struct str params[ROUTE_MAX_PARAMS]; /* decoded path parameters in order of appearance */
    size_t param_count;
    struct str allow; /* when the path exists but not the method: "HEAD, GET, POST" (a prebuilt
                         text) */
};

/* From all routes of the program. Ends the process (assert) when two rows collide. */
struct router *router_new(void);
void router_free(struct router *router);

/* Finds the row for method and path. A trailing '/' is ignored; literal segments win over
 * parameters; HEAD finds GET's row. Parameters are percent-decoded into the arena; one that does
 * not decode to UTF-8 without NUL matches nothing. Also reports allow for known paths, so OPTIONS
 * and 405 work. */
void router_find(const struct router *router, enum http_method method, struct str path,
                 int listener, struct arena *arena, struct route_match *match);

/* ---- The input check (schema.c) ---- */

/* Checks value against the rows as zod 3 does and appends one JSON issue object a violation to
 * issues (comma-separated, in zod's key order and texts) and one line a violation to details
 * ("Error in key path \"name\": (invalid_type) Expected string but received undefined."). mode is
 * BODY_CREATE or BODY_UPDATE. Returns true when there is none. value NULL is "undefined". */
bool schema_check(const struct field *fields, enum body_mode mode, json *value, struct arena *arena,
                  struct buf *issues, struct buf *details);

/* As schema_check for a query that query_parse read: a FIELD_ARRAY may be one item or an array of
 * them, and a refused one gives zod's invalid_union issue. */
bool query_check(const struct field *fields, json *value, struct arena *arena, struct buf *issues,
                 struct buf *details);

/* field_clean under the name of its sibling. */
static inline struct str schema_clean(const struct field *field, json *value, struct arena *arena)
{
    return field_clean(field, value, arena);
}

/* A query or form text as a JSON object, values typed by the rows (numbers, booleans, arrays from
 * repeated or comma-joined values stay strings where they do not parse, so that schema_check says
 * so). Undeclared names are kept as strings. {NULL} when memory is out or the text is not UTF-8. */
json *query_parse(const struct field *fields, struct str text, struct arena *arena);

/* ---- Forms (form.c): application/x-www-form-urlencoded with repeats visible ---- */
struct form_pair {
    struct str name, value;
};
struct form {
    struct form_pair *pairs;
    size_t count;
};
/* At most 100 pairs. False: too many, not UTF-8, or memory is out. Empty pieces are skipped. */
bool form_parse(struct str text, struct arena *arena, struct form *form);
/* The first value; {NULL,0} when it is missing or empty (RFC 6749 3.1). *count (may be NULL): how
 * many pairs have that name. */
struct str form_get(const struct form *form, struct str name, size_t *count);

/* ---- The OpenAPI document (openapi.c) ---- */

enum openapi_part {
    OPENAPI_ALL,
    OPENAPI_EXPERIENCE, /* what pages of sign-in call */
    OPENAPI_USER,       /* what users call for their own account */
};

/* OpenAPI 3.0.1 of the /api routes of one listener, or of part of them, with
 * components.securitySchemes (OAuth 2 client credentials at token_url, all scopes listed) and
 * per-operation security. malloc'ed; NULL when memory is out. */
char *openapi_render(int listener, enum openapi_part part, struct str server_url,
                     struct str token_url, size_t *length);
/* [{method, path, guard, scope, status, reply: JSON schema or null, listener}] for the test suite.
 */
char *routes_render(size_t *length);

#endif
