/* One-time tokens: what magic links carry, to sign in the owner of an email address, once. */
#ifndef SIGNET_DOMAIN_ONE_TIME_TOKENS_H
#define SIGNET_DOMAIN_ONE_TIME_TOKENS_H

#include "domain/ctx.h"

struct one_time_token {
    struct str id;
    struct str context; /* JSON object: jitOrganizationIds, interactionEvent */
};

/* Uses it up, by one statement: of two that come at once, one is too late. event: what it is used
 * for ("SignIn" …); {NULL,0}: anything. ERR_OTT_NOT_FOUND, _EMAIL, _CONSUMED, _REVOKED, _EXPIRED,
 * _EVENT. On the writer's connection. */
enum err one_time_token_use(struct ctx *ctx, struct str token, struct str email, struct str event,
                            struct one_time_token *out);

#endif
