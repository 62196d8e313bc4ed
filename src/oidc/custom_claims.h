/* Claims that an operator's script adds to access tokens, and its word on whether there is one. */
#ifndef SIGNET_OIDC_CUSTOM_CLAIMS_H
#define SIGNET_OIDC_CUSTOM_CLAIMS_H

#include "oidc/issue.h"

struct custom_claims {
    struct str members; /* "name":value, of each; empty: none */
    struct str jti;     /* the token's, which the script was shown; {NULL,0}: no script was asked */
};

/* Has the script asked: the handler runs again afterwards (ctx_slow_script), as the writer before
 * that when it has no database. token is what the script is shown of the token, as JSON. */
enum err custom_claims_ask(struct ctx *ctx, const struct script_entry *script,
                           const struct issuance *what, struct str jti, struct str token);
/* Whether the script was asked in this request. */
bool custom_claims_are_there(const struct ctx *ctx);
/* What it answered. ERR_OAUTH_SCRIPT_DENIED, and ERR_OAUTH_INVALID_REQUEST when it failed and
 * tokens are not to be issued then. */
enum err custom_claims_get(struct ctx *ctx, struct custom_claims *out);
/* Takes them back, as if the script had failed with the text why (which lives on): OK, or the error
 * that custom_claims_get gives then. */
enum err custom_claims_drop(struct ctx *ctx, const char *why, struct custom_claims *claims);
/* "jwtCustomizer":{…} in a token's audit row, when a script was asked. */
void custom_claims_audit(const struct ctx *ctx, struct json_out *out);

/* What the script is told of the user and the rest, as a JSON object (script_context.c). Reads
 * ctx->db. */
enum err script_context(struct ctx *ctx, const struct issuance *what, struct str *out);

#endif
