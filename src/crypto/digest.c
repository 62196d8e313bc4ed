/* Digests and MACs on EVP. */
#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/evp.h"

static const char *const names[EVP_DIGESTS] = {"SHA1", "SHA256", "SHA384", "SHA512"};

/* A fetch by name costs more than a short digest, so each is done once. */
static EVP_MD *digests[EVP_DIGESTS];
static EVP_MAC *hmac;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    log_error("OpenSSL failed: %s", what);
    abort();
}

static void fetch(void)
{
    for (int i = 0; i < EVP_DIGESTS; i++) {
        digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
        must(digests[i], names[i]);
    }
    hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    must(hmac, "HMAC");
}

const EVP_MD *evp_digest(enum evp_digest which)
{
    pthread_once(&fetched, fetch);
    return digests[which];
}

/* EVP_Digest makes and frees a context: 30 ns, not worth one kept by each thread. */
size_t evp_hash(enum evp_digest which, struct str data, uint8_t out[EVP_MAX_MD_SIZE])
{
    unsigned n = 0;
    must(EVP_Digest(data.p, data.n, out, &n, evp_digest(which), NULL), names[which]);
    return n;
}

void sha1(struct str data, uint8_t out[SHA1_SIZE])
{
    must(EVP_Digest(data.p, data.n, out, NULL, evp_digest(EVP_SHA1), NULL), "SHA1");
}

void digest_put_etag(struct buf *out, struct str body)
{
    uint8_t digest[SHA1_SIZE];
    sha1(body, digest);
    buf_printf(out, "\"%zx-", body.n);
    base64_encode(out, digest, sizeof digest);
    if (out->failed)
        return;
    out->n--; /* the '=' of 20 bytes */
    buf_byte(out, '"');
}

void sha256(struct str data, uint8_t out[SHA256_SIZE])
{
    must(EVP_Digest(data.p, data.n, out, NULL, evp_digest(EVP_SHA256), NULL), "SHA256");
}

void sha256_two(struct str a, struct str b, uint8_t out[SHA256_SIZE])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx && EVP_DigestInit_ex2(ctx, evp_digest(EVP_SHA256), NULL) &&
             EVP_DigestUpdate(ctx, a.p, a.n) && EVP_DigestUpdate(ctx, b.p, b.n) &&
             EVP_DigestFinal_ex(ctx, out, NULL),
         "SHA256");
    EVP_MD_CTX_free(ctx);
}

static void hmac_of(enum evp_digest which, struct str key, struct str data, uint8_t *out,
                    size_t size)
{
    char name[8] = {0};
    memcpy(name, names[which], strlen(names[which]));
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    /* A NULL key means "the one set before" to EVP_MAC_init, so an empty one needs an address. */
    const uint8_t *bytes = (const uint8_t *)(key.n ? key.p : "");
    pthread_once(&fetched, fetch);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
    must(ctx && EVP_MAC_init(ctx, bytes, key.n, params) &&
             EVP_MAC_update(ctx, (const uint8_t *)data.p, data.n) &&
             EVP_MAC_final(ctx, out, NULL, size),
         "HMAC");
    EVP_MAC_CTX_free(ctx);
}

void hmac_sha1(struct str key, struct str data, uint8_t out[SHA1_SIZE])
{
    hmac_of(EVP_SHA1, key, data, out, SHA1_SIZE);
}

void hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_SIZE])
{
    hmac_of(EVP_SHA256, key, data, out, SHA256_SIZE);
}

void wipe(void *p, size_t n)
{
    if (p)
        OPENSSL_cleanse(p, n);
}
