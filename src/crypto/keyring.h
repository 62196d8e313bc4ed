/* A tenant's signing keys: who signs, who is published, and the JWKS bytes. */
#ifndef SIGNET_CRYPTO_KEYRING_H
#define SIGNET_CRYPTO_KEYRING_H

#include "crypto/jwk.h"

struct keyring; /* immutable, reference counted, shared between threads */

/* keys[current] signs; all are published and verify. Takes a reference of each key. NULL when
 * memory is out. */
struct keyring *keyring_new(struct jwk *const *keys, size_t count, size_t current);
struct keyring *keyring_ref(struct keyring *ring);
void keyring_unref(struct keyring *ring); /* takes NULL */

struct str keyring_jwks(const struct keyring *ring); /* {"keys":[…]}, prebuilt, lives with ring */
struct str keyring_jwks_etag(const struct keyring *ring); /* of these bytes, prebuilt */
const struct jwk *keyring_current(const struct keyring *ring);

/* base64url of {"alg":…,"typ":"at+jwt","kid":…} of the current key, followed by '.'; prebuilt. */
struct str keyring_at_header(const struct keyring *ring);
/* The same without typ: of ID tokens. */
struct str keyring_id_header(const struct keyring *ring);
/* The same with typ logout+jwt. */
struct str keyring_logout_header(const struct keyring *ring);

/* Characters of a token, at most: of a longer one nothing is read. */
#define TOKEN_MAX ((size_t)16384)
/* How long keyring_sign makes it. */
size_t keyring_token_size(const struct keyring *ring, struct str header_b64_dot, size_t payload_n);

/* Appends a JWS in compact form (RFC 7515 7.1): header (as keyring_at_header gives), payload,
 * signature by the current key. Uses contexts kept with the key, one a thread: about one bare
 * signature. False when memory is out (out has failed then) or the current key is public only. */
bool keyring_sign(const struct keyring *ring, struct str header_b64_dot, struct str payload,
                  struct buf *out);

enum jws_error {
    JWS_OK,
    JWS_INVALID,       /* not three parts of base64url, header not JSON, crit, wrong length */
    JWS_NOT_SUPPORTED, /* alg none or one that is not ours */
    JWS_NO_KEY,        /* kid not in the ring, or alg differs from the key's (RFC 8725 3.1) */
    JWS_BAD_SIGNATURE,
    JWS_BAD_TYPE, /* typ is not the expected one (RFC 8725 3.11); compared without case */
    JWS_NO_MEMORY,
};

/* Checks the signature of token and the header's typ (typ absent: any or none will do); on JWS_OK
 * *payload is the claims object, in the arena. A token without kid must be by the only key of its
 * alg. No time or claim is checked. Never fetches or uses jku, x5u, jwk, x5c. Refuses tokens over
 * TOKEN_MAX. */
enum jws_error keyring_verify(const struct keyring *ring, struct str token, struct str typ,
                              struct arena *arena, json **payload);
/* The claims without any check, for error bodies; NULL when they cannot be read. */
json *jws_peek(struct str token, struct arena *arena);

#endif
