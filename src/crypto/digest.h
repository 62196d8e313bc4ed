/* Digests and MACs. */
#ifndef SIGNET_CRYPTO_DIGEST_H
#define SIGNET_CRYPTO_DIGEST_H

#include "base/buf.h"

#define SHA1_SIZE   20
#define SHA256_SIZE 32

/* One-shot; they allocate nothing and cannot fail. */
void sha1(struct str data, uint8_t out[SHA1_SIZE]);
void sha256(struct str data, uint8_t out[SHA256_SIZE]);
void sha256_two(struct str a, struct str b, uint8_t out[SHA256_SIZE]); /* of a followed by b */
void hmac_sha1(struct str key, struct str data, uint8_t out[SHA1_SIZE]);
void hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_SIZE]);

/* An entity tag for body, quotes included: "<length in hex>-<27 characters of base64 SHA-1>", the
 * form that Logto's clients have cached. Appends to out. RFC 9110 8.8.3 */
void digest_put_etag(struct buf *out, struct str body);

/* Overwrites memory that held a secret; not optimised away. */
void wipe(void *p, size_t n);

#endif
