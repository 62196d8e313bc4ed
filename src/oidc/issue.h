/* Issuing tokens: the one function that every grant goes through. */
#ifndef SIGNET_OIDC_ISSUE_H
#define SIGNET_OIDC_ISSUE_H

#include "domain/ctx.h"

struct issuance {
    const struct app *app;
    const struct resource_entry *resource; /* the audience; also gives the lifetime. One without an
                                              indicator: the organization is the audience. NULL:
                                              an opaque token of the user, for userinfo */
    struct str scope;                      /* granted; empty: the token carries none */
    struct str refresh_token;              /* to be answered with; {NULL,0}: none */
    struct str organization_id;            /* for which it is; {NULL,0}: none */
    struct str user_id;                    /* whom it acts for; {NULL,0}: the application itself */
    struct str grant_id;                   /* of user_id's grant */
    struct str id_token;                   /* to be answered with; {NULL,0}: none */
    struct str act;                        /* claim of that name, JSON: who acts; {NULL,0}: none */
    int64_t expires_at;                    /* seconds; no later than this; 0: no such limit */
    struct str grant_type;                 /* what the request came with */
    struct str subject_context;            /* of the subject token that was exchanged, JSON;
                                              {NULL,0}: there was none */
    struct str issued_token_type;          /* to be answered with; {NULL,0}: none */
};

/* Signs a JWT access token (RFC 9068) with Logto's claims in Logto's order, of which nothing is
 * stored, or makes an opaque one; writes the token answer (RFC 6749 5.1). */
enum err issue(struct ctx *ctx, const struct issuance *what);

#endif
