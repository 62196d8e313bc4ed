/* Raw signatures: EVP contexts kept with the key, and the two forms of an ECDSA signature. */
#include "crypto/signature.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#define FIELD_MAX 66                        /* P-521 */
#define DER_MAX   (3 + 2 * (3 + FIELD_MAX)) /* both numbers with a sign byte */

/* Contexts are kept in the key, not in the thread: they end with the key, so none can be mistaken
 * for another key's and no private half outlives its last reference. A thread has one slot number;
 * two threads with the same one cost a new context now and then, nothing else. */
static unsigned thread_slot(void)
{
    static atomic_uint threads;
    static _Thread_local unsigned number;
    if (number == 0)
        number = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % KEY_SLOTS;
    return number - 1;
}

static bool prepare_rsa(EVP_PKEY_CTX *ctx, enum jwk_alg alg)
{
    bool pss = alg == JWK_PS256;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_CTX_set_signature_md(ctx, evp_digest(key_types[alg].digest)) > 0 &&
           /* RFC 7518 3.5: the salt is as long as the digest. */
           (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static EVP_PKEY_CTX *context_new(const struct jwk *key, bool sign)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx && (sign ? EVP_PKEY_sign_init(ctx) : EVP_PKEY_verify_init(ctx)) > 0 &&
        (key_types[key->alg].family != KEY_RSA || prepare_rsa(ctx, key->alg)))
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

static _Atomic(EVP_PKEY_CTX *) *context_slot(const struct jwk *key, bool sign)
{
    struct key_slot *slot = &key->slots[thread_slot()];
    return sign ? &slot->sign : &slot->verify;
}

static EVP_PKEY_CTX *context_take(const struct jwk *key, bool sign)
{
    EVP_PKEY_CTX *ctx =
        atomic_exchange_explicit(context_slot(key, sign), NULL, memory_order_acquire);
    return ctx ? ctx : context_new(key, sign);
}

/* One that failed for lack of memory may stay without what it lacks: it is not kept. */
static void context_put(const struct jwk *key, bool sign, EVP_PKEY_CTX *ctx, bool sound)
{
    if (!sound) {
        EVP_PKEY_CTX_free(ctx);
        return;
    }
    EVP_PKEY_CTX_free(atomic_exchange_explicit(context_slot(key, sign), ctx, memory_order_acq_rel));
}

/* Reads one INTEGER off *der into size bytes, big-endian. */
static bool get_integer(const uint8_t **der, const uint8_t *end, uint8_t *out, size_t size)
{
    const uint8_t *in = *der;
    if (end - in < 3 || in[0] != 0x02 || in[1] == 0 || in[1] >= 0x80 || end - in - 2 < in[1])
        return false;
    size_t n = in[1];
    in += 2;
    *der = in + n;
    if (in[0] == 0 && n > 1) { /* the sign byte of a number with the high bit set */
        in++;
        n--;
    }
    if (n > size)
        return false;
    memset(out, 0, size - n);
    memcpy(out + size - n, in, n);
    return true;
}

/* SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 2.2.3) to r || s (RFC 7518 3.4). */
static bool raw_from_der(const uint8_t *der, size_t n, uint8_t *raw, size_t field)
{
    const uint8_t *end = der + n;
    bool long_form = n > 2 && der[1] == 0x81;
    const uint8_t *body = der + (long_form ? 3 : 2);
    if (n < 8 || der[0] != 0x30 || body[-1] != end - body)
        return false;
    return get_integer(&body, end, raw, field) && get_integer(&body, end, raw + field, field) &&
           body == end;
}

static uint8_t *put_integer(uint8_t *out, const uint8_t *number, size_t size)
{
    while (size > 1 && *number == 0) {
        number++;
        size--;
    }
    bool sign = *number & 0x80;
    *out++ = 0x02;
    *out++ = (uint8_t)(size + sign);
    if (sign)
        *out++ = 0;
    memcpy(out, number, size);
    return out + size;
}

/* r || s to DER; returns its length. */
static size_t der_from_raw(const uint8_t *raw, size_t field, uint8_t der[DER_MAX])
{
    uint8_t body[DER_MAX], *end = put_integer(body, raw, field), *out = der;
    end = put_integer(end, raw + field, field);
    size_t n = (size_t)(end - body);
    *out++ = 0x30;
    if (n >= 0x80)
        *out++ = 0x81;
    *out++ = (uint8_t)n;
    memcpy(out, body, n);
    return (size_t)(out - der) + n;
}

/* EVP's one-shot is the only way to Ed25519; its context cannot be used again in every OpenSSL 3.
 */
static bool ed25519_make(const struct jwk *key, struct str input, uint8_t *out)
{
    size_t n = key->signature_size;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(ctx, out, &n, (const uint8_t *)input.p, input.n) == 1 &&
              n == key->signature_size;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool ed25519_check(const struct jwk *key, struct str input, const uint8_t *signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestVerify(ctx, signature, key->signature_size, (const uint8_t *)input.p,
                               input.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool digest_make(const struct jwk *key, struct str input, uint8_t out[SIGNATURE_MAX])
{
    const struct key_type *type = &key_types[key->alg];
    uint8_t hash[EVP_MAX_MD_SIZE], der[DER_MAX];
    bool raw = type->family == KEY_RSA;
    size_t n = raw ? SIGNATURE_MAX : sizeof der;
    size_t hash_n = evp_hash(type->digest, input, hash);
    if (key->nettle)
        return nettle_sign(key->nettle, hash, out);
    EVP_PKEY_CTX *ctx = context_take(key, true);
    if (!ctx)
        return false;
    bool ok = EVP_PKEY_sign(ctx, raw ? out : der, &n, hash, hash_n) == 1;
    context_put(key, true, ctx, ok);
    return ok && (raw ? n == key->signature_size : raw_from_der(der, n, out, type->field));
}

static bool digest_check(const struct jwk *key, struct str input, const uint8_t *signature)
{
    const struct key_type *type = &key_types[key->alg];
    uint8_t hash[EVP_MAX_MD_SIZE], der[DER_MAX];
    size_t n = key->signature_size;
    if (type->family == KEY_EC) {
        n = der_from_raw(signature, type->field, der);
        signature = der;
    }
    size_t hash_n = evp_hash(type->digest, input, hash);
    EVP_PKEY_CTX *ctx = context_take(key, false);
    if (!ctx)
        return false;
    int result = EVP_PKEY_verify(ctx, signature, n, hash, hash_n);
    context_put(key, false, ctx, result >= 0);
    return result == 1;
}

/* OpenSSL's errors are left behind in the thread, where a TLS connection would find them. */
static bool clean(bool ok)
{
    if (!ok)
        ERR_clear_error();
    return ok;
}

bool signature_make(const struct jwk *key, struct str input, uint8_t out[SIGNATURE_MAX])
{
    if (!key->is_private)
        return false;
    return clean(key_types[key->alg].family == KEY_OKP ? ed25519_make(key, input, out)
                                                       : digest_make(key, input, out));
}

bool signature_check(const struct jwk *key, struct str input, const uint8_t *signature)
{
    errno = 0; /* whatever allocates in there sets it */
    return clean(key_types[key->alg].family == KEY_OKP ? ed25519_check(key, input, signature)
                                                       : digest_check(key, input, signature));
}

bool signature_check_der(const struct jwk *key, struct str input, struct str signature)
{
    const struct key_type *type = &key_types[key->alg];
    const uint8_t *bytes = (const uint8_t *)signature.p;
    uint8_t raw[2 * FIELD_MAX];
    if (type->family != KEY_EC)
        return signature.n == key->signature_size && signature_check(key, input, bytes);
    return signature.n >= 8 && signature.n <= DER_MAX &&
           raw_from_der(bytes, signature.n, raw, type->field) && signature_check(key, input, raw);
}
