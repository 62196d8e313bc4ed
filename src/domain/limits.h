/* How often one address, client or user may ask (SIGNET_LIMIT_…), over the whole process. */
#ifndef SIGNET_DOMAIN_LIMITS_H
#define SIGNET_DOMAIN_LIMITS_H

#include "domain/ctx.h"

enum limit {
    LIMIT_TOKEN_ADDRESS,
    LIMIT_TOKEN_CLIENT,
    LIMIT_SIGN_IN_ADDRESS,
    LIMIT_API_ADDRESS,
    LIMIT_API_CLIENT,
    LIMIT_ACCOUNT_ADDRESS,
    LIMIT_ACCOUNT_USER,
    LIMIT_DOCUMENT_ADDRESS,
    LIMIT_REFUSED_ADDRESS,
    LIMIT_COUNT
};

struct limits;
struct limits *limits_new(const struct config *config); /* NULL when memory is out */
void limits_free(struct limits *limits);                /* takes NULL */

/* One request of key counts against the limit, once however often its handler runs.
 * ERR_RATE_LIMITED: it was one too many. */
enum err limit_take(struct ctx *ctx, enum limit limit, struct str key);
/* The limit of the route for the request's address (IPv6: its /64), and whether that address was
 * refused too often as of late. Before anything is looked at. */
enum err limit_address(struct ctx *ctx);
/* The limit of the route for whom the guard found (GUARD_MANAGEMENT). */
enum err limit_caller(struct ctx *ctx);
/* What the request brought to prove who it is was not right: counts against its address. */
void limit_refused(struct ctx *ctx);

/* RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers) of the limit that has least
 * left, and Retry-After when there is something to wait for. */
void limit_headers(struct ctx *ctx);
/* Requests refused by the limit so far; *name is what it is called. */
int64_t limit_refusals(enum limit limit, const char **name);

#endif
