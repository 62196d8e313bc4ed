/* What a user lets a third-party application have of each resource. It lasts as long as the grant,
 * and what the roles or the application's settings open later is not part of it. */
#ifndef SIGNET_DOMAIN_CONSENTS_H
#define SIGNET_DOMAIN_CONSENTS_H

#include "domain/user_access.h"

/* What is asked of whom. */
struct consent_request {
    struct user_access who;
    struct str scope, resources; /* blank-separated */
};

/* Adds to the grant what the user's roles give of the request now. On the writer's connection. */
enum err consent_give(struct ctx *ctx, const struct consent_request *request, struct str grant_id);

/* Whether the grant has all of that already. */
enum err consent_is_given(struct ctx *ctx, const struct consent_request *request,
                          struct str grant_id, bool *given);

/* user_scope, for a third-party application as far as the grant has it. */
enum err consent_scope(struct ctx *ctx, const struct user_access *who, struct str grant_id,
                       struct str indicator, struct str requested, struct str *granted);

#endif
