/* Passwords that are good for a while only, where the tenant wants that. */
#ifndef SIGNET_DOMAIN_PASSWORD_EXPIRATION_H
#define SIGNET_DOMAIN_PASSWORD_EXPIRATION_H

#include "domain/ctx.h"

struct password_expiration {
    int64_t days;  /* that a password is good for; 0: they do not expire */
    int64_t since; /* ms: when the tenant began with it; 0: not known */
};

/* The tenant's. Operators' passwords do not expire: they have no way to set a forgotten one anew.
 */
enum err password_expiration_load(struct ctx *ctx, struct password_expiration *out);

/* ERR_PASSWORD_EXPIRED when the user's password is older than the tenant wants, or somebody has let
 * it expire. One whose age is not known counts from the day that the tenant began with it. */
enum err password_expiration_check(struct ctx *ctx, struct str user_id);

#endif
