/* Raw signatures as JWS carries them (RFC 7518 3, RFC 8037 3.1); only for the files of crypto/. */
#ifndef SIGNET_CRYPTO_SIGNATURE_H
#define SIGNET_CRYPTO_SIGNATURE_H

#include "crypto/key.h"

#define SIGNATURE_MAX (KEY_RSA_MAX_BITS / 8)

/* Signs input; out has key->signature_size bytes then. False when key has no private half or
 * OpenSSL fails (memory, random bytes). */
bool signature_make(const struct jwk *key, struct str input, uint8_t out[SIGNATURE_MAX]);

/* Whether signature is key's over input. Its length must be key->signature_size.
 * errno is ENOMEM when it is false because memory is out, which says nothing of the signature. */
bool signature_check(const struct jwk *key, struct str input, const uint8_t *signature);

/* The same for a signature as X.509 and WebAuthn carry it: an ECDSA one in DER (RFC 3279 2.2.3), of
 * whatever length it claims. */
bool signature_check_der(const struct jwk *key, struct str input, struct str signature);

#endif
