/* Refresh tokens: opaque, stored as digests, used once. RFC 6749 6, RFC 9700 4.14 */
#ifndef SIGNET_DOMAIN_REFRESH_TOKENS_H
#define SIGNET_DOMAIN_REFRESH_TOKENS_H

#include "domain/ctx.h"

#define REFRESH_TOKEN_PREFIX "sgn_rt_" /* lets secret scanners find leaked ones */
#define REFRESH_TOKEN_LENGTH (sizeof(REFRESH_TOKEN_PREFIX) - 1 + 43)

struct refresh_token {
    struct str family;                          /* all tokens that descend from one grant */
    struct str application_id, resource, scope; /* resource is empty for an organization alone */
    struct str organization_id;                 /* {NULL,0}: none */
    int64_t created_at, expires_at;             /* ms */
    bool consumed;
    /* Of a token that acts for a user; absent and 0 in an application's own. resource then has all
     * that the user was asked for, blank-separated. */
    struct str grant_id, user_id, nonce;
    int64_t auth_time;  /* seconds, for the ID token; 0: not asked for */
    int64_t started_at; /* ms: when the family began */
};

/* Makes and stores a token with the members of what (family {NULL,0}: a new one); *token is its
 * text, in the arena. On the writer's connection. */
enum err refresh_token_create(struct ctx *ctx, const struct refresh_token *what, struct str *token);

/* Marks the token used and gives what it stands for. ERR_NOT_FOUND: unknown, expired, or another
 * application's. A token that was used before is reuse: its whole family is deleted, of a user's
 * token the grant with all that was issued from it, which stays even though ERR_OAUTH_INVALID_GRANT
 * is the answer. One UPDATE decides, so of many at once one wins. */
enum err refresh_token_consume(struct ctx *ctx, struct str token, struct str application_id,
                               struct refresh_token *out);

/* Looks without using; ERR_NOT_FOUND when unknown. */
enum err refresh_token_find(struct ctx *ctx, struct str token, struct refresh_token *out);

/* Deletes the token's family, of a user's token the grant. */
enum err refresh_token_revoke(struct ctx *ctx, const struct refresh_token *token);

#endif
