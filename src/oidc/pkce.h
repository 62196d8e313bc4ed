/* Proof Key for Code Exchange. RFC 7636 */
#ifndef SIGNET_OIDC_PKCE_H
#define SIGNET_OIDC_PKCE_H

#include "oidc/token.h"

/* The request's code_verifier against the challenge (S256) that the authorization began with;
 * challenge {NULL,0}: it began without one. ERR_OAUTH_INVALID_REQUEST for text that cannot be a
 * verifier (4.1), ERR_OAUTH_INVALID_GRANT for another one, and for one of the two without the other
 * (4.6, RFC 9700 4.8.2). */
enum err pkce_check(struct ctx *ctx, const struct token_request *request, struct str challenge);

#endif
