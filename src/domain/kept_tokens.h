/* Tokens of other providers, kept for users who have accounts there, encrypted at rest. */
#ifndef SIGNET_DOMAIN_KEPT_TOKENS_H
#define SIGNET_DOMAIN_KEPT_TOKENS_H

#include "domain/ctx.h"

/* Whose they are, and the tokens. */
struct kept_tokens {
    bool enterprise;         /* of an enterprise connector */
    struct str connector_id; /* that they came by */
    struct str provider;     /* the connector's target, or the enterprise's issuer */
    struct str identity;     /* the account there */
    struct str sealed;       /* {NULL,0}: there are none */
};

/* Seals a token endpoint's answer (RFC 6749 5.1) for the account; token_url: where they are
 * renewed, {NULL,0}: the connector knows. An answer without an access token, or NULL, leaves
 * sealed {NULL,0}. */
enum err kept_tokens_seal(struct ctx *ctx, struct kept_tokens *kept, json *answer,
                          struct str token_url);
/* Keeps them in place of the user's earlier ones of the provider. On the writer's connection. */
enum err kept_tokens_store(struct ctx *ctx, struct str user_id, const struct kept_tokens *kept);

struct kept_tokens_row {
    struct str id;
    struct kept_tokens kept;
    json *tokens; /* access_token, refresh_token, id_token, scope, token_type, expires_at (seconds),
                     token_url: those that there are */
    int64_t created_at, updated_at; /* ms */
};
/* by: the target, or of an enterprise the connector's id. out->id {NULL,0}: there are none. */
enum err kept_tokens_find(struct ctx *ctx, struct str user_id, bool enterprise, struct str by,
                          struct kept_tokens_row *out);
enum err kept_tokens_delete(struct ctx *ctx, struct str id, bool *found);
/* All that came by a connector. */
enum err kept_tokens_forget(struct ctx *ctx, bool enterprise, struct str connector_id);

/* What is kept, without the tokens, as the member tokenSecret of an open object; nothing when there
 * are none. */
enum err kept_tokens_put(struct ctx *ctx, struct str user_id, bool enterprise, struct str by);
#define KEPT_TOKENS_DOC                                                                            \
    "What is kept of the provider's tokens, but not these themselves: its id, for "                \
    "DELETE /api/secrets/{id}, and what is known of them. Absent: nothing is kept."

#endif
