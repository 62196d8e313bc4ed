/* ES384 by nettle, which is loaded by the first key that needs it. Its numbers are GMP's, which
 * ends the process where it gets no memory: here it gets all from pools that are there before. */
#include "crypto/nettle.h"

#include <stdalign.h>
#include <stdlib.h>

#include <gmp.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "base/library.h"
#include "crypto/digest.h"

#define SIGN_MEMORY ((size_t)64 * 1024) /* several times what a signature takes */
#define KEY_MEMORY  ((size_t)512)
#define ALIGNMENT   16

/* nettle's names are macros for these. */
static struct {
    __typeof__(nettle_get_secp_384r1) *curve;
    __typeof__(ecc_scalar_init) *scalar_init;
    __typeof__(ecc_scalar_set) *scalar_set;
    __typeof__(ecdsa_sign) *sign;
    __typeof__(mpz_init2) *init;
    __typeof__(mpz_import) *import;
    __typeof__(mpz_export) *export;
    __typeof__(mp_set_memory_functions) *set_memory;
} api;

/* What GMP allocates from; nothing is given back but all at once. */
struct pool {
    uint8_t *bytes;
    size_t used, size;
};
static _Thread_local struct pool *pool;

/* GMP's caller can't be told of a failure; sizes are known, and the pools larger. Without a pool it
 * is some other library that computes. */
static void *take(size_t n)
{
    if (pool)
        n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *at = pool ? NULL : malloc(n);
    if (at)
        return at;
    if (!pool || n > pool->size - pool->used)
        abort();
    at = pool->bytes + pool->used;
    pool->used += n;
    return at;
}

static void *take_more(void *old, size_t old_n, size_t n)
{
    void *at = take(n);
    memcpy(at, old, old_n < n ? old_n : n);
    if (!pool)
        free(old);
    return at;
}

static void leave(void *at, size_t n)
{
    (void)n;
    if (!pool)
        free(at);
}

static const char *load(void)
{
    static const struct library_function functions[] = {
        {"nettle_get_secp_384r1", &api.curve},
        {"nettle_ecc_scalar_init", &api.scalar_init},
        {"nettle_ecc_scalar_set", &api.scalar_set},
        {"nettle_ecdsa_sign", &api.sign},
        {"__gmpz_init2", &api.init},
        {"__gmpz_import", &api.import},
        {"__gmpz_export", &api.export},
        {"__gmp_set_memory_functions", &api.set_memory},
        {NULL, NULL}};
    const char *why = library_load("libhogweed.so.6", functions);
    if (!why)
        api.set_memory(take, take_more, leave);
    return why;
}

struct nettle_key {
    struct ecc_scalar scalar;
    struct pool pool;
    alignas(ALIGNMENT) uint8_t memory[KEY_MEMORY];
};

/* The private number into the scalar. */
static bool set_scalar(struct nettle_key *key, const EVP_PKEY *pkey)
{
    BIGNUM *number = NULL;
    uint8_t bytes[NETTLE_P384_FIELD];
    bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
              BN_bn2binpad(number, bytes, sizeof bytes) == sizeof bytes;
    if (ok) {
        mpz_t value;
        pool = &key->pool;
        api.init(value, sizeof bytes * 8);
        api.import(value, sizeof bytes, 1, 1, 1, 0, bytes);
        api.scalar_init(&key->scalar, api.curve());
        ok = api.scalar_set(&key->scalar, value) == 1;
        pool = NULL;
    }
    wipe(bytes, sizeof bytes);
    BN_clear_free(number);
    return ok;
}

struct nettle_key *nettle_key_new(const EVP_PKEY *pkey)
{
    static struct library library = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct nettle_key *key =
        library_need(&library, load) ? NULL : aligned_alloc(ALIGNMENT, sizeof *key);
    if (!key)
        return NULL;
    key->pool = (struct pool){key->memory, 0, sizeof key->memory};
    if (set_scalar(key, pkey))
        return key;
    nettle_key_free(key);
    return NULL;
}

void nettle_key_free(struct nettle_key *key)
{
    if (key)
        wipe(key, sizeof *key);
    free(key);
}

/* nettle asks until what it gets is below the curve's order: a failure must not be zeros. */
static void random_bytes(void *failed, size_t n, uint8_t *out)
{
    if (RAND_priv_bytes(out, (int)n) == 1)
        return;
    *(bool *)failed = true;
    memset(out, 1, n);
}

/* Big-endian, to its full width. */
static void put_number(const mpz_t number, uint8_t out[NETTLE_P384_FIELD])
{
    uint8_t bytes[NETTLE_P384_FIELD];
    size_t n = 0;
    api.export(bytes, &n, 1, 1, 1, 0, number);
    memset(out, 0, NETTLE_P384_FIELD - n);
    memcpy(out + NETTLE_P384_FIELD - n, bytes, n);
}

bool nettle_sign(const struct nettle_key *key, const uint8_t digest[NETTLE_P384_FIELD],
                 uint8_t out[2 * NETTLE_P384_FIELD])
{
    alignas(ALIGNMENT) uint8_t memory[SIGN_MEMORY];
    struct pool mine = {memory, 0, sizeof memory};
    struct dsa_signature signature;
    bool failed = false;
    pool = &mine;
    api.init(signature.r, NETTLE_P384_FIELD * 8);
    api.init(signature.s, NETTLE_P384_FIELD * 8);
    api.sign(&key->scalar, &failed, random_bytes, NETTLE_P384_FIELD, digest, &signature);
    put_number(signature.r, out);
    put_number(signature.s, out + NETTLE_P384_FIELD);
    pool = NULL;
    wipe(memory, mine.used); /* the nonce was in there */
    return !failed;
}
