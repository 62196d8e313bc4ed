/* Browsers in which a user has shown a second factor and is not asked for one again for a while:
 * each has a cookie whose digest is kept. */
#ifndef SIGNET_DOMAIN_TRUSTED_DEVICES_H
#define SIGNET_DOMAIN_TRUSTED_DEVICES_H

#include "domain/ctx.h"

struct trusted_device_policy {
    bool enabled;
    int64_t days; /* that one is trusted for */
};
/* The tenant's; off for who is in an organization that does not want it. */
enum err trusted_device_policy(struct ctx *ctx, struct str user_id,
                               struct trusted_device_policy *out);

/* The id of this browser's, of this user; {NULL,0}: it has none, or the policy is off. */
enum err trusted_device_find(struct ctx *ctx, struct str user_id, struct str *id);
/* Has the browser trusted from now on, if the policy lets it be. On the writer's connection. */
enum err trusted_device_make(struct ctx *ctx, struct str user_id);
/* Notes where it was used. On the writer's connection. */
enum err trusted_device_use(struct ctx *ctx, struct str id);

/* Answers with the user's, newest first, by the request's page; own: with isCurrent. */
enum err trusted_devices_answer(struct ctx *ctx, struct str user_id, bool own);
/* Forgets one; ERR_NOT_FOUND. */
enum err trusted_device_forget(struct ctx *ctx, struct str user_id, struct str id);

/* Forgets all of a user whose password or factors are no longer what they were. On the writer's
 * connection. */
enum err trusted_devices_end(struct ctx *ctx, struct str user_id);

extern const struct field trusted_device_fields[], own_trusted_device_fields[];

#endif
