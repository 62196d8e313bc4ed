/* One request as the handlers see it. Each step of serve.c only adds to it. */
#ifndef SIGNET_DOMAIN_CTX_H
#define SIGNET_DOMAIN_CTX_H

#include "base/config.h"
#include "domain/snapshot.h"
#include "domain/tenant.h"
#include "http/route.h"
#include "store/crud.h"
#include "store/writer.h"

/* Why a request is refused. Filled once, by fail() and its kin. */
struct failure {
    enum err err;
    struct str message; /* {NULL,0}: error_info's text */
    struct str data;    /* JSON, or {NULL,0} */
    struct str details; /* further text for people, or {NULL,0} */
};

enum caller_kind { CALLER_NONE, CALLER_APPLICATION, CALLER_USER };

/* Who sent the request, once the guard has found out. */
struct caller {
    enum caller_kind kind;
    struct str id;                       /* application id or user id */
    struct str scopes;                   /* of the token, blank-separated */
    bool from_admin;                     /* the token is the admin tenant's */
    struct str application_id, grant_id; /* GUARD_USER: whom the token was made for, from what */
};

/* The answer while it is being made. */
struct answer {
    int status;              /* 0: the route's */
    struct buf body;         /* what the handler writes */
    struct str document;     /* instead of it: bytes that stay while the server runs; or {NULL,0} */
    struct json_out json;    /* writes into body */
    struct str content_type; /* {NULL,0}: JSON, or what the route's reply kind says */
    struct http_header headers[20];
    size_t header_count;
    struct str allow_origin; /* Access-Control-Allow-Origin; {NULL,0}: none */
    struct str etag;         /* of body, when the handler has it ready; {NULL,0}: computed */
    bool no_store;
    bool cacheable;            /* a document for everyone: Cache-Control: max-age */
    bool immutable;            /* never anything else at this address */
    bool page;                 /* HTML of ours, with style and script of ours */
    struct str form_target;    /* of a page: an origin or scheme that its form may lead to besides
                                  ours; {NULL,0}: none */
    struct str connect_target; /* the same for what its script may send requests to */
    struct str widget; /* of a page: sources besides ours of scripts, frames and what these ask;
                          {NULL,0}: none */
    int *sent; /* where the status goes before the answer leaves, and the request with it, or NULL
                */
};

/* The audit row of a token request, kept before the answer leaves (domain/audit.h). */
struct audit_row {
    bool set;
    char id[ID_ORDERED_LENGTH];
    struct db_value values[6];
};

/* What a change through the Management API asks for besides itself (change.h). */
struct change_wish {
    struct str condition; /* If-Match; {NULL,0}: none */
    struct str unless;    /* If-None-Match; {NULL,0}: none */
    struct str once;      /* Idempotency-Key; {NULL,0}: none */
    bool rehearsal;       /* dryRun: all that is written is undone at the end */
    struct str former;    /* for the audit row: JSON of the values before; {NULL,0}: not known */
};

/* Work that a handler cannot do where it runs: it would keep others waiting. */
struct slow_work {
    void (*run)(void *arg);
    void *arg; /* lives in the request's arena */
    bool done;
    bool script; /* an operator's code: waits for a pool of its own */
};

/* What became of the request's limits (domain/limits.h). */
struct limit_state {
    const char *name; /* of the one with least left; NULL: none */
    int64_t quota, left, full_s;
    int64_t retry_s; /* when it was refused: how long to wait */
    unsigned taken;  /* bits of those that it has counted against */
};

struct limits;

struct ctx {
    struct arena *arena;
    struct http_request *request;
    const struct router *router;
    const struct route *route;
    struct str params[ROUTE_MAX_PARAMS];
    struct tenant *tenant;
    const struct snapshot *snapshot; /* one consistent view for the whole request */
    struct db_conn *db;              /* NULL on RUN_INLINE */
    bool can_write;                  /* db is the writer's, inside this request's transaction */
    bool keep_writes;                /* see ctx_keep_writes */
    int64_t now;                     /* ms; the same for the whole request */
    struct str issuer;  /* this request's: from settings, or the trusted proxy's headers */
    struct str origin;  /* scheme://host of this request, same rule */
    struct str address; /* the client's, same rule */
    struct caller caller;
    json *query; /* checked; an object, or NULL when the route has no query rows */
    json *body;  /* checked; NULL for BODY_NONE and BODY_RAW */
    bool paged;
    int64_t page, page_size;
    bool cursor;      /* paged, by `after` and `limit` (page_size) instead of a number */
    struct str after; /* {NULL,0}: the first page */
    struct answer answer;
    struct failure failure;
    struct audit_row audit;
    struct slow_work slow;
    struct change_wish change;
    struct limits *limits; /* NULL: there are none */
    struct limit_state limited;
    const struct page_language *page_language; /* NULL: not yet chosen (domain/page.h) */
};

/* The value, and for whoever reads the program by machine: it is never OK. */
#define FAILURE(call)                                                                              \
    ({                                                                                             \
        enum err failure_ = (call);                                                                \
        if (failure_ == OK)                                                                        \
            __builtin_unreachable();                                                               \
        failure_;                                                                                  \
    })

/* Records why and returns err: `return fail(ctx, ERR_X, "printf arguments of its text")`. The text
 * in error.def is the format. */
#define fail(...) FAILURE(ctx_fail(__VA_ARGS__))
enum err ctx_fail(struct ctx *ctx, enum err err, ...);
/* The same with a text of its own instead of error.def's. */
#define fail_text(...) FAILURE(ctx_fail_text(__VA_ARGS__))
enum err ctx_fail_text(struct ctx *ctx, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds the data member (JSON text) to the failure; returns err, so `return fail_data(ctx, fail(…),
 * json)`. */
enum err fail_data(struct ctx *ctx, enum err err, struct str data);

/* Refuses a token that lacks the scope, which the challenge and the data name: RFC 6750 3.1. */
enum err fail_scope(struct ctx *ctx, struct str scope);
/* The header WWW-Authenticate: rest is "" or ", name=\"value\"…" behind the realm. RFC 6750 3 */
void ctx_challenge(struct ctx *ctx, struct str rest);

/* Refuses an input with what schema_check said of it; returns err. */
enum err fail_issues(struct ctx *ctx, enum err err, const struct buf *issues,
                     const struct buf *details);

/* What the handler has written so far is committed although it refuses the request (a token
 * family's revocation, a failed-login counter). */
void ctx_keep_writes(struct ctx *ctx);

/* For `return ctx_slow(ctx, run, arg)`: run(arg) happens on the pool for slow work, then the
 * handler runs again from its start, with ctx->slow.done and ctx->slow.arg. What this run of it has
 * written is undone. Once a request. */
enum err ctx_slow(struct ctx *ctx, void (*run)(void *arg), void *arg);
/* The same on the pool for operators' scripts (script/script.h), which wait for each other alone.
 */
enum err ctx_slow_script(struct ctx *ctx, void (*run)(void *arg), void *arg);

/* Whether the answer may show secrets of the route's area: Logto shows them to whoever may call it,
 * here they are for callers that could make one, and a setting ends showing them altogether. */
bool ctx_may_reveal(const struct ctx *ctx);
/* Whether the caller's token has `all` or write:<area>. */
bool ctx_may_write(const struct ctx *ctx, struct str area);
/* Whether the caller may read what is of the route's area and change nothing of it: then it sees
 * all but secrets. */
bool ctx_only_looks(const struct ctx *ctx);

/* Adds a response header; name and value must outlive the request (arena or static). */
void ctx_header(struct ctx *ctx, struct str name, struct str value);
/* A member of the checked body or query; NULL when it is not there. */
json *ctx_body(const struct ctx *ctx, struct str name);
struct str ctx_query(const struct ctx *ctx, struct str name);
/* Whether the checked query has it with one of the words that Logto takes for yes. */
bool ctx_query_is_yes(const struct ctx *ctx, struct str name);

/* ---- Entities: crud with errors (entity.c) ---- */

/* The row, or ERR_NOT_EXISTS_WITH_ID naming the entity and the id. */
enum err entity_get(struct ctx *ctx, const struct entity *entity, struct str id,
                    struct db_rows *rows);
/* Answers with one row as an object. */
void entity_answer(struct ctx *ctx, const struct entity *entity, const struct db_rows *rows,
                   size_t row);
/* Lists with the request's page: writes the array to the answer and, when paged, Total-Number and
 * Link. */
enum err entity_list(struct ctx *ctx, const struct entity *entity,
                     const struct crud_filter *filters, size_t filter_count, struct db_rows *rows);
enum err entity_answer_list(struct ctx *ctx, const struct entity *entity,
                            const struct crud_filter *filters, size_t filter_count);
/* Total-Number and Link for a list whose handler counted by itself; the link lacks /api, as
 * Logto's. */
void ctx_page_headers(struct ctx *ctx, int64_t total);
/* Logto's search parameters (search, search.FIELD, mode, mode.FIELD, joint, isCaseSensitive) as a
 * filter over columns; *used is false when the query has none. Unknown fields and modes are
 * refused. */
struct search_field {
    struct str name;    /* JSON name in search.NAME */
    const char *column; /* SQL */
};
enum err ctx_search(struct ctx *ctx, const struct search_field *fields, size_t count,
                    struct crud_filter *filter, bool *used);
/* The same, and an FTS5 expression of trigrams that every row found has in the fields' texts joined
 * by line breaks; {NULL,0} when the search does not tell. */
enum err ctx_search_grams(struct ctx *ctx, const struct search_field *fields, size_t count,
                          struct crud_filter *filter, bool *used, struct str *grams);

/* ---- Changes the snapshot must see (tenant.c) ---- */
/* Inside the handler's transaction: the entity (an application's id, a revoked token's jti; for the
 * other kinds any text) has changed. This node sees it before the answer leaves, every other within
 * a second. */
enum err change_note(struct ctx *ctx, enum change_kind kind, struct str entity);

#endif
