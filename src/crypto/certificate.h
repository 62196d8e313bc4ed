/* Certificates that a key of ours signs for itself (RFC 5280). */
#ifndef SIGNET_CRYPTO_CERTIFICATE_H
#define SIGNET_CRYPTO_CERTIFICATE_H

#include "base/arena.h"
#include "crypto/digest.h"

struct certificate_new {
    const char *common_name;
    int years;          /* how long it is valid, from now on */
    struct str key_pem; /* PKCS#8; wipe it after use */
    struct str pem;     /* the certificate */
    int64_t not_after;  /* ms since 1970 */
};
/* Makes an RSA key of 3072 bits and its certificate, which takes some 100 ms; texts in the arena.
 * False when memory is out or the time cannot be told in a certificate. */
bool certificate_make(struct arena *arena, int64_t now, struct certificate_new *new);

/* SHA-256 of the certificate's DER form. False when pem is none. */
bool certificate_fingerprint(struct str pem, uint8_t out[SHA256_SIZE]);

#endif
