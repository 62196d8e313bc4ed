/* What the files of crypto/ share of OpenSSL; not for others. */
#ifndef SIGNET_CRYPTO_EVP_H
#define SIGNET_CRYPTO_EVP_H

#include <openssl/evp.h>

#include "base/str.h"

enum evp_digest { EVP_SHA1, EVP_SHA256, EVP_SHA384, EVP_SHA512, EVP_DIGESTS };

/* The digest as the functions of OpenSSL take it; never NULL. */
const EVP_MD *evp_digest(enum evp_digest which);

/* Digest of data; returns its length. Allocates nothing and cannot fail. */
size_t evp_hash(enum evp_digest which, struct str data, uint8_t out[EVP_MAX_MD_SIZE]);

#endif
