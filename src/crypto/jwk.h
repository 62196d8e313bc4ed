/* Signing keys: JWK (RFC 7517), made, read and written. Private keys leave only sealed. */
#ifndef SIGNET_CRYPTO_JWK_H
#define SIGNET_CRYPTO_JWK_H

#include "base/json.h"

enum jwk_alg { JWK_ES256, JWK_ES384, JWK_ES512, JWK_RS256, JWK_PS256, JWK_EDDSA, JWK_ALGS };

struct jwk; /* immutable, reference counted, safe to share between threads */

const char *jwk_alg_name(enum jwk_alg alg); /* "ES256" … (RFC 7518 3.1) */
bool jwk_alg_find(struct str name, enum jwk_alg *alg);

/* A new key: EC on the algorithm's curve, RSA 2048 (3072 for PS256 is not needed), Ed25519.
 * NULL on failure. */
struct jwk *jwk_generate(enum jwk_alg alg);
struct jwk *jwk_ref(struct jwk *key);
void jwk_unref(struct jwk *key); /* takes NULL */

enum jwk_alg jwk_algorithm(const struct jwk *key);
struct str jwk_kid(const struct jwk *key); /* RFC 7638 thumbprint, base64url, 43 characters */

/* Appends the public key as {"kty","use":"sig","kid","alg","crv","x","y"} or {…,"e","n"}; never a
 * private member (RFC 7517 4). */
void jwk_put_public(const struct jwk *key, struct json_out *out);

/* PKCS#8 PEM of the private key, for the vault; {NULL,0} on failure. Wipe it after use. */
struct str jwk_private_pem(const struct jwk *key, struct arena *arena);
/* From PEM; NULL when it is no private key that fits alg (curve, RSA ≥ 2048 bit). */
struct jwk *jwk_from_pem(struct str pem, enum jwk_alg alg);
/* A public key from a JWK object (for verifying others' tokens), under the object's kid when it has
 * one. RSA without alg is RS256. NULL when it is not usable: another kty, curve or alg, use other
 * than sig, a point off the curve, RSA outside 2048 to 8192 bit. */
struct jwk *jwk_from_public(json *object);

#endif
