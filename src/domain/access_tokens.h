/* Access tokens that come back to us: verified for one issuer, type and audience. RFC 9068 4 */
#ifndef SIGNET_DOMAIN_ACCESS_TOKENS_H
#define SIGNET_DOMAIN_ACCESS_TOKENS_H

#include "domain/ctx.h"

struct access_token {
    struct str jti, subject, client_id, scope, issuer, audience;
    int64_t issued_at, expires_at; /* seconds */
    json *claims;
};

/* Why a token is not valid, with the words of the jose library that Logto's answers carry. */
struct token_fault {
    const char *code, *name; /* "ERR_JWT_EXPIRED", "JWTExpired"; NULL: valid */
    const char *claim;       /* the claim that failed, or NULL */
    bool memory;
};

/* Signature, typ at+jwt, and that it is an access token: iss, sub, client_id, exp, jti are there.
 * Time, issuer and audience are not checked: see access_token_check. */
struct token_fault access_token_read(const struct snapshot *snapshot, struct arena *arena,
                                     struct str token, struct access_token *out);

/* exp and nbf against now (ms), iss, and aud (one of its values) against what is expected here. */
struct token_fault access_token_check(const struct access_token *token, struct str issuer,
                                      struct str audience, int64_t now);

/* Whether it still counts in its home, the tenant that issued it: neither revoked nor one of an
 * application that is gone. */
bool access_token_is_live(const struct snapshot *home, const struct access_token *token);
/* Whether an application has it for itself, not for a user. */
bool access_token_is_of_machine(const struct access_token *token);

#endif
