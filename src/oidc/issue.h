/* Issuing tokens: the one function that every grant goes through. */
#ifndef SIGNET_OIDC_ISSUE_H
#define SIGNET_OIDC_ISSUE_H

#include "domain/ctx.h"

struct issuance {
    const struct app *app;
    const struct resource_entry *resource; /* the audience; also gives the lifetime. One without an
                                              indicator: the organization is the audience */
    struct str scope;                      /* granted; empty: the token carries none */
    struct str refresh_token;              /* to be answered with; {NULL,0}: none */
    struct str organization_id;            /* for which it is; {NULL,0}: none */
};

/* Signs a JWT access token (RFC 9068) with Logto's claims in Logto's order and writes the token
 * answer (RFC 6749 5.1). Nothing is stored. */
enum err issue(struct ctx *ctx, const struct issuance *what);

#endif
