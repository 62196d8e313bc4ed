/* Inside of struct jwk; only for the files of crypto/. */
#ifndef SIGNET_CRYPTO_KEY_H
#define SIGNET_CRYPTO_KEY_H

#include <stdalign.h>
#include <stdatomic.h>

#include "crypto/evp.h"
#include "crypto/keyring.h"
#include "crypto/nettle.h"

#define KEY_RSA_MIN_BITS 2048
#define KEY_RSA_MAX_BITS                                                                           \
    8192 /* a verification with more takes longer than a stranger may ask for */
#define KEY_KID_MAX 256
#define KEY_SLOTS   16

enum key_family { KEY_EC, KEY_RSA, KEY_OKP };

/* What an algorithm asks of its key. */
struct key_type {
    const char *alg;
    enum key_family family;
    const char *crv;   /* JWK's name of the curve; NULL for RSA */
    const char *group; /* OpenSSL's name of the curve, or of the key's kind */
    size_t field;      /* bytes of a coordinate; signatures are twice that; 0 for RSA */
    enum evp_digest digest;
};
extern const struct key_type key_types[JWK_ALGS];

/* Contexts ready for the next operation; a slot is taken by exchanging NULL in. On a cache line of
 * its own, so that threads with different slots do not disturb each other. */
struct key_slot {
    alignas(64) _Atomic(EVP_PKEY_CTX *) sign;
    _Atomic(EVP_PKEY_CTX *) verify;
};

struct jwk {
    atomic_uint refs;
    enum jwk_alg alg;
    bool is_private;
    EVP_PKEY *pkey;
    size_t signature_size;
    struct str kid;
    struct str first, second;  /* base64url of x and y, of n and e, or of x alone */
    char *text;                /* what kid, first and second lie in */
    struct key_slot *slots;    /* KEY_SLOTS of them */
    struct nettle_key *nettle; /* signs for JWK_ES384 where it is not NULL */
};

/* A key around pkey, which it takes (and frees on failure). kid absent: the thumbprint. NULL when
 * memory is out or pkey does not fit alg. */
struct jwk *key_new(EVP_PKEY *pkey, enum jwk_alg alg, bool is_private, struct str kid);

/* Writes first, second and kid of key; false when memory is out. In jwk_public.c. */
bool key_describe(struct jwk *key, struct str kid);

/* The ring's key for alg that is named kid; with kid absent, its only key for alg, if there is just
 * one. NULL otherwise. In keyring.c. */
const struct jwk *keyring_find(const struct keyring *ring, enum jwk_alg alg, struct str kid);

#endif
