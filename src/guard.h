/* Guards: how a route authenticates and authorizes, before its handler runs. */
#ifndef SIGNET_GUARD_H
#define SIGNET_GUARD_H

#include "domain/ctx.h"

/* Access tokens that one loop thread has verified lately, by digest. A hit saves the signature
 * check alone: expiry, revocation, keys and scopes are looked at each time. */
struct guard_cache;
struct guard_cache *guard_cache_new(void); /* NULL when memory is out */
void guard_cache_free(struct guard_cache *cache);

/* Lets the request through (ctx->caller is set on GUARD_MANAGEMENT) or says why not, with
 * WWW-Authenticate (RFC 6750 3). admin is the admin tenant's snapshot: its tokens open the default
 * tenant's Management API, too. */
enum err guard_check(struct ctx *ctx, struct guard_cache *cache, const struct snapshot *admin);
/* Its second half on GUARD_MANAGEMENT: whether the caller's scopes open ctx->route. */
enum err guard_authorize(struct ctx *ctx);

/* The rest of GUARD_USER, where there is a database: whose the token is (ctx->caller). */
enum err guard_user(struct ctx *ctx);

#endif
