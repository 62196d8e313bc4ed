/* Encryption of secrets at rest: AES-256-GCM, and the key's place in memory. */
#include "crypto/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/ids.h"
#include "base/log.h"
#include "crypto/digest.h"

/* sealed, before base64url:  version 1 | nonce 12 | ciphertext | tag 16 */
#define VERSION    1
#define NONCE_SIZE 12
#define HEAD_SIZE  (1 + NONCE_SIZE)
#define TAG_SIZE   16
#define FRAME_SIZE (HEAD_SIZE + TAG_SIZE)
#define SECRET_MAX ((size_t)1 << 20) /* keys, credentials, seeds: all far smaller */

struct vault {
    EVP_CIPHER *cipher;
    uint8_t *key; /* a page of its own: neither swapped nor dumped */
    size_t page;
};

/* Memory may not be lockable (RLIMIT_MEMLOCK 0); a server that serves is worth more than a refusal,
 * so the operator is told and it goes on. */
static uint8_t *secret_page(size_t page)
{
    void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (mlock(p, page) != 0)
        log_warn("cannot lock the encryption key in memory: %s", strerror(errno));
    if (madvise(p, page, MADV_DONTDUMP) != 0)
        log_warn("cannot keep the encryption key out of core dumps: %s", strerror(errno));
    return p;
}

struct vault *vault_new(const uint8_t key[VAULT_KEY_SIZE])
{
    struct vault *vault = calloc(1, sizeof *vault);
    if (!vault)
        return NULL;
    vault->page = (size_t)sysconf(_SC_PAGESIZE);
    vault->key = secret_page(vault->page);
    vault->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!vault->key || !vault->cipher) {
        vault_free(vault);
        return NULL;
    }
    memcpy(vault->key, key, VAULT_KEY_SIZE);
    return vault;
}

void vault_free(struct vault *vault)
{
    if (!vault)
        return;
    if (vault->key) {
        wipe(vault->key, VAULT_KEY_SIZE);
        munmap(vault->key, vault->page);
    }
    EVP_CIPHER_free(vault->cipher);
    free(vault);
}

struct vault *vault_from_hex(struct str hex)
{
    uint8_t key[VAULT_KEY_SIZE];
    size_t n;
    struct vault *vault = NULL;
    if (hex.n == 2 * sizeof key && hex_decode(hex, key, sizeof key, &n))
        vault = vault_new(key);
    wipe(key, sizeof key);
    return vault;
}

static const uint8_t *bytes(struct str s)
{
    return (const uint8_t *)(s.n ? s.p : "");
}

/* Writes head and tag around the ciphertext into frame (FRAME_SIZE + plain.n bytes). The context
 * given to OpenSSL holds the expanded key; freeing it wipes it. */
static bool encrypt(const struct vault *vault, struct str context, struct str plain, uint8_t *frame)
{
    int n;
    frame[0] = VERSION;
    random_bytes(frame + 1, NONCE_SIZE);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok =
        ctx && EVP_EncryptInit_ex2(ctx, vault->cipher, vault->key, frame + 1, NULL) &&
        EVP_EncryptUpdate(ctx, NULL, &n, bytes(context), (int)context.n) &&
        EVP_EncryptUpdate(ctx, frame + HEAD_SIZE, &n, bytes(plain), (int)plain.n) &&
        EVP_EncryptFinal_ex(ctx, frame + HEAD_SIZE + n, &n) &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, frame + HEAD_SIZE + plain.n);
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bool vault_seal(struct vault *vault, struct str context, struct str plain, struct buf *out)
{
    size_t n = FRAME_SIZE + plain.n, text_n = BASE64URL_LENGTH(n);
    if (plain.n > SECRET_MAX || context.n > SECRET_MAX || !buf_reserve(out, text_n))
        return false;
    uint8_t *frame = malloc(n);
    if (!frame)
        return false;
    bool ok = encrypt(vault, context, plain, frame);
    if (ok)
        out->n += base64url_encode(frame, n, out->p + out->n);
    else
        ERR_clear_error();
    free(frame);
    return ok;
}

/* Decrypts in place. What comes out before the tag is checked is no secret to show: it is wiped. */
static bool decrypt(const struct vault *vault, struct str context, uint8_t *frame, size_t plain_n)
{
    int n;
    uint8_t *text = frame + HEAD_SIZE;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && EVP_DecryptInit_ex2(ctx, vault->cipher, vault->key, frame + 1, NULL) &&
              EVP_DecryptUpdate(ctx, NULL, &n, bytes(context), (int)context.n) &&
              EVP_DecryptUpdate(ctx, text, &n, text, (int)plain_n) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, text + plain_n) &&
              EVP_DecryptFinal_ex(ctx, text + plain_n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) {
        wipe(text, plain_n);
        ERR_clear_error();
    }
    return ok;
}

struct str vault_unseal(struct vault *vault, struct arena *arena, struct str context,
                        struct str sealed)
{
    size_t n;
    if (sealed.n < BASE64URL_LENGTH(FRAME_SIZE) || context.n > SECRET_MAX ||
        sealed.n > BASE64URL_LENGTH(FRAME_SIZE + SECRET_MAX))
        return STR_NONE;
    uint8_t *frame = (uint8_t *)arena_bytes(arena, sealed.n);
    if (!frame || !base64url_decode(sealed, frame, sealed.n, &n) || frame[0] != VERSION ||
        !decrypt(vault, context, frame, n - FRAME_SIZE))
        return STR_NONE;
    frame[n - TAG_SIZE] = '\0';
    return (struct str){(const char *)frame + HEAD_SIZE, n - FRAME_SIZE};
}
