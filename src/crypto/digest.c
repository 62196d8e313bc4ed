/* Digests and MACs. OpenSSL's own functions for each digest are deprecated in favour of EVP, whose
 * contexts need memory that may not be there; these need none, and so cannot fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/encoding.h"
#include "crypto/evp.h"

#define BLOCK_SIZE ((size_t)64) /* of SHA-1 and SHA-256 */

static void hash_sha1(struct str a, struct str b, uint8_t *out)
{
    SHA_CTX ctx;
    SHA1_Init(&ctx);
    SHA1_Update(&ctx, a.p, a.n);
    SHA1_Update(&ctx, b.p, b.n);
    SHA1_Final(out, &ctx);
    wipe(&ctx, sizeof ctx);
}

static void hash_sha256(struct str a, struct str b, uint8_t *out)
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, a.p, a.n);
    SHA256_Update(&ctx, b.p, b.n);
    SHA256_Final(out, &ctx);
    wipe(&ctx, sizeof ctx);
}

static void hash_sha384(struct str a, struct str b, uint8_t *out)
{
    SHA512_CTX ctx;
    SHA384_Init(&ctx);
    SHA384_Update(&ctx, a.p, a.n);
    SHA384_Update(&ctx, b.p, b.n);
    SHA384_Final(out, &ctx);
    wipe(&ctx, sizeof ctx);
}

static void hash_sha512(struct str a, struct str b, uint8_t *out)
{
    SHA512_CTX ctx;
    SHA512_Init(&ctx);
    SHA512_Update(&ctx, a.p, a.n);
    SHA512_Update(&ctx, b.p, b.n);
    SHA512_Final(out, &ctx);
    wipe(&ctx, sizeof ctx);
}

/* hash: of a followed by b. */
static const struct {
    const EVP_MD *(*evp)(void);
    void (*hash)(struct str a, struct str b, uint8_t *out);
    size_t size;
} digests[EVP_DIGESTS] = {
    [EVP_SHA1] = {EVP_sha1, hash_sha1, SHA1_SIZE},
    [EVP_SHA256] = {EVP_sha256, hash_sha256, SHA256_SIZE},
    [EVP_SHA384] = {EVP_sha384, hash_sha384, SHA384_DIGEST_LENGTH},
    [EVP_SHA512] = {EVP_sha512, hash_sha512, SHA512_DIGEST_LENGTH},
};

const EVP_MD *evp_digest(enum evp_digest which)
{
    return digests[which].evp();
}

size_t evp_hash(enum evp_digest which, struct str data, uint8_t out[EVP_MAX_MD_SIZE])
{
    digests[which].hash(data, STR_NONE, out);
    return digests[which].size;
}

void sha1(struct str data, uint8_t out[SHA1_SIZE])
{
    hash_sha1(data, STR_NONE, out);
}

void sha256(struct str data, uint8_t out[SHA256_SIZE])
{
    hash_sha256(data, STR_NONE, out);
}

void sha256_two(struct str a, struct str b, uint8_t out[SHA256_SIZE])
{
    hash_sha256(a, b, out);
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

/* RFC 2104 2. out may not be part of data. */
static void hmac_of(enum evp_digest which, struct str key, struct str data, uint8_t *out)
{
    uint8_t inner[BLOCK_SIZE] = {0}, outer[BLOCK_SIZE], hash[SHA256_SIZE];
    if (key.n > BLOCK_SIZE)
        digests[which].hash(key, STR_NONE, inner);
    else if (key.n)
        memcpy(inner, key.p, key.n);
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    digests[which].hash((struct str){(char *)inner, BLOCK_SIZE}, data, hash);
    digests[which].hash((struct str){(char *)outer, BLOCK_SIZE},
                        (struct str){(char *)hash, digests[which].size}, out);
    wipe(inner, sizeof inner);
    wipe(outer, sizeof outer);
}

void hmac_sha1(struct str key, struct str data, uint8_t out[SHA1_SIZE])
{
    hmac_of(EVP_SHA1, key, data, out);
}

void hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_SIZE])
{
    hmac_of(EVP_SHA256, key, data, out);
}

void wipe(void *p, size_t n)
{
    if (p)
        OPENSSL_cleanse(p, n);
}
