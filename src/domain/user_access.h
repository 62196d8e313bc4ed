/* What a user's token may carry: the scopes that the roles give, and the claims of the scopes. */
#ifndef SIGNET_DOMAIN_USER_ACCESS_H
#define SIGNET_DOMAIN_USER_ACCESS_H

#include "domain/ctx.h"

/* The scopes of OpenID Connect and Logto's own; NULL-ended. */
extern const char *const openid_scopes[];

/* The claims that tokens and userinfo may have; NULL-ended. */
extern const char *const openid_claims[];

/* Those of requested (blank-separated) that are openid_scopes. {NULL,0} when memory is out. */
struct str scope_openid(struct arena *arena, struct str requested);

/* Those of requested that the user's roles grant of the resource, in their order; empty: none. */
enum err user_scope(struct ctx *ctx, struct str user_id, struct str indicator, struct str requested,
                    struct str *granted);

/* ERR_OAUTH_INVALID_GRANT when the user is gone or suspended. */
enum err user_check_active(struct ctx *ctx, struct str user_id);

/* Writes sub and the user's claims that scope opens (OpenID Connect Core 5.4) as members of an open
 * object. userinfo: also those that ID tokens leave out. ERR_NOT_FOUND: there is no such user. */
enum err user_put_claims(struct ctx *ctx, struct json_out *out, struct str user_id,
                         struct str scope, bool userinfo);

#endif
