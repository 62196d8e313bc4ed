/* Signing keys: making, reading and keeping them. Their public form is in jwk_public.c. */
#include "crypto/jwk.h"

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/digest.h"
#include "crypto/key.h"

#define PEM_MAX 65536

/* RFC 7518 3.1 and RFC 8037 3.1. */
const struct key_type key_types[JWK_ALGS] = {
    [JWK_ES256] = {"ES256", KEY_EC, "P-256", "prime256v1", 32, EVP_SHA256},
    [JWK_ES384] = {"ES384", KEY_EC, "P-384", "secp384r1", 48, EVP_SHA384},
    [JWK_ES512] = {"ES512", KEY_EC, "P-521", "secp521r1", 66, EVP_SHA512},
    [JWK_RS256] = {"RS256", KEY_RSA, NULL, "RSA", 0, EVP_SHA256},
    [JWK_PS256] = {"PS256", KEY_RSA, NULL, "RSA", 0, EVP_SHA256},
    [JWK_EDDSA] = {"EdDSA", KEY_OKP, "Ed25519", "ED25519", 32, EVP_SHA512},
};

const char *jwk_alg_name(enum jwk_alg alg)
{
    return key_types[alg].alg;
}

bool jwk_alg_find(struct str name, enum jwk_alg *alg)
{
    for (int i = 0; i < JWK_ALGS; i++) {
        if (str_eq(name, str_of(key_types[i].alg))) {
            *alg = (enum jwk_alg)i;
            return true;
        }
    }
    return false;
}

/* Whether the public half carried in the file belongs to the private one: if not, no token that the
 * key signs would verify against what is published. */
static bool halves_match(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool ok = ctx && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static bool fits(EVP_PKEY *pkey, const struct key_type *type, bool is_private)
{
    char group[32];
    size_t n;
    int bits = EVP_PKEY_get_bits(pkey);
    switch (type->family) {
    case KEY_EC:
        return EVP_PKEY_is_a(pkey, "EC") &&
               EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 &&
               str_eq((struct str){group, n}, str_of(type->group)) &&
               (!is_private || halves_match(pkey));
    case KEY_RSA: /* a key bound to PSS is of another kind, "RSA-PSS" */
        return EVP_PKEY_is_a(pkey, "RSA") && bits >= KEY_RSA_MIN_BITS && bits <= KEY_RSA_MAX_BITS;
    case KEY_OKP:
        return EVP_PKEY_is_a(pkey, "ED25519");
    }
    return false;
}

static struct key_slot *slots_new(void)
{
    struct key_slot *slots = aligned_alloc(alignof(struct key_slot), KEY_SLOTS * sizeof *slots);
    for (int i = 0; slots && i < KEY_SLOTS; i++) {
        atomic_init(&slots[i].sign, NULL);
        atomic_init(&slots[i].verify, NULL);
    }
    return slots;
}

static void slots_free(struct key_slot *slots)
{
    for (int i = 0; slots && i < KEY_SLOTS; i++) {
        EVP_PKEY_CTX_free(atomic_load_explicit(&slots[i].sign, memory_order_relaxed));
        EVP_PKEY_CTX_free(atomic_load_explicit(&slots[i].verify, memory_order_relaxed));
    }
    free(slots);
}

/* The last reference's owner frees; the contexts go first, since they refer to pkey. OpenSSL wipes
 * the private parts as it frees them. */
static void key_free(struct jwk *key)
{
    slots_free(key->slots);
    nettle_key_free(key->nettle);
    EVP_PKEY_free(key->pkey);
    free(key->text);
    free(key);
}

struct jwk *key_new(EVP_PKEY *pkey, enum jwk_alg alg, bool is_private, struct str kid)
{
    const struct key_type *type = &key_types[alg];
    struct jwk *key = calloc(1, sizeof *key);
    if (!key) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    atomic_init(&key->refs, 1);
    key->alg = alg;
    key->is_private = is_private;
    key->pkey = pkey;
    key->slots = slots_new();
    if (!key->slots || !pkey || !fits(pkey, type, is_private) || !key_describe(key, kid)) {
        ERR_clear_error(); /* what is left there would be taken for a TLS connection's error */
        key_free(key);
        return NULL;
    }
    if (alg == JWK_ES384 && is_private)
        key->nettle = nettle_key_new(pkey);
    ERR_clear_error();
    key->signature_size = type->field ? 2 * type->field : (size_t)EVP_PKEY_get_size(pkey);
    return key;
}

struct jwk *jwk_generate(enum jwk_alg alg)
{
    const struct key_type *type = &key_types[alg];
    EVP_PKEY *pkey = NULL;
    switch (type->family) {
    case KEY_EC:
        pkey = EVP_EC_gen(type->group);
        break;
    case KEY_RSA:
        pkey = EVP_RSA_gen(KEY_RSA_MIN_BITS);
        break;
    case KEY_OKP:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, type->group);
        break;
    }
    return key_new(pkey, alg, true, STR_NONE);
}

struct jwk *jwk_ref(struct jwk *key)
{
    atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

void jwk_unref(struct jwk *key)
{
    if (key && atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) == 1)
        key_free(key);
}

enum jwk_alg jwk_algorithm(const struct jwk *key)
{
    return key->alg;
}

struct str jwk_kid(const struct jwk *key)
{
    return key->kid;
}

struct str jwk_private_pem(const struct jwk *key, struct arena *arena)
{
    struct str pem = STR_NONE;
    char *text = NULL;
    BIO *bio = key->is_private ? BIO_new(BIO_s_mem()) : NULL; /* BIO_free wipes what it held */
    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
        long n = BIO_get_mem_data(bio, &text);
        if (n > 0)
            pem = arena_str(arena, (struct str){text, (size_t)n});
    }
    BIO_free(bio);
    return pem;
}

/* Without this, OpenSSL asks the terminal for an encrypted key's password. */
static int no_password(char *out, int size, int writing, void *arg)
{
    (void)out, (void)size, (void)writing, (void)arg;
    return -1;
}

struct jwk *jwk_from_pem(struct str pem, enum jwk_alg alg)
{
    if (pem.n == 0 || pem.n > PEM_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    return key_new(pkey, alg, true, STR_NONE);
}
