/* Tokens that act for a user: what the grants authorization_code and refresh_token share. */
#ifndef SIGNET_OIDC_USER_TOKENS_H
#define SIGNET_OIDC_USER_TOKENS_H

#include "oidc/token.h"

struct user_grant {
    struct str grant_id, user_id;
    struct str scope, resources; /* all that was asked for, blank-separated */
    struct str nonce;            /* {NULL,0}: none */
    int64_t auth_time;           /* seconds; 0: not asked for */
    struct str refresh_token;    /* to be answered with; {NULL,0}: none */
};

/* Applications that users sign in to. */
bool user_grant_allowed(const struct app *app);

/* Makes a refresh token when the grant or the application's settings ask for one; else *text stays
 * absent. On the writer's connection. */
enum err user_grant_refresh_token(struct ctx *ctx, const struct app *app,
                                  const struct user_grant *grant, struct str *text);

/* Issues an access token for the resource that the request names (RFC 8707 2.2; without one an
 * opaque token, for userinfo), with what scope (blank-separated) asks of it, and an ID token. */
enum err user_grant_issue(struct ctx *ctx, struct token_request *request,
                          const struct user_grant *grant, struct str scope);

#endif
