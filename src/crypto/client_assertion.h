/* How a client proves itself by a JWT in place of its secret. RFC 7523 2.2, OpenID Connect Core 9
 */
#ifndef SIGNET_CRYPTO_CLIENT_ASSERTION_H
#define SIGNET_CRYPTO_CLIENT_ASSERTION_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define CLIENT_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* The claims: good from now (seconds) for a minute, with a jti of its own. The texts here live in
 * the arena; {NULL,0} when memory is out. */
struct str client_assertion_claims(struct arena *arena, struct str client_id, struct str audience,
                                   int64_t now);
/* The claims under the secret: client_secret_jwt, with HS256. */
struct str client_assertion_by_secret(struct arena *arena, struct str secret, struct str claims);

#endif
