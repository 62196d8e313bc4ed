/* Digests of passwords as other systems have made them, told by an expression. */
#include "crypto/password.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/evp.h"

#define PBKDF2_ITERATIONS_MAX 10000000
#define PBKDF2_LENGTH_MAX     1024
#define SCRYPT_LENGTH         32
#define SCRYPT_ROUNDS_MAX     64
#define SCRYPT_COST_MAX       24 /* of two, as a power */

struct expression {
    struct str name, digest;
    json *arguments;
};

static bool is_pbkdf2(struct str name)
{
    return str_eq(name, STR("pbkdf2")) || str_eq(name, STR("pbkdf2Sync"));
}

static bool is_scrypt(struct str name)
{
    return str_eq(name, STR("firebase-scrypt"));
}

static struct str argument(const struct expression *e, size_t i)
{
    return json_str(yyjson_arr_get(e->arguments, i));
}

/* The number at the start of an argument, as JavaScript's parseInt reads it. */
static bool number(const struct expression *e, size_t i, uint64_t max, uint64_t *out)
{
    struct str text = argument(e, i);
    uint64_t value = 0;
    size_t at = 0;
    for (; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++) {
        value = value * 10 + (uint64_t)(text.p[at] - '0');
        if (value > max)
            return false;
    }
    *out = value;
    return at > 0 && value > 0;
}

static bool read_arguments(json *arguments)
{
    bool has_password = false;
    size_t index, max;
    json *item;
    yyjson_arr_foreach(arguments, index, max, item)
    {
        if (!yyjson_is_str(item))
            return false;
        has_password |= str_eq(json_str(item), STR("@"));
    }
    return has_password;
}

static bool read_expression(struct arena *arena, struct str text, struct expression *e)
{
    json *root = NULL;
    if (json_parse(arena, text, &root, NULL) != JSON_OK || yyjson_arr_size(root) != 3)
        return false;
    e->name = json_str(yyjson_arr_get(root, 0));
    e->arguments = yyjson_arr_get(root, 1);
    e->digest = json_str(yyjson_arr_get(root, 2));
    return e->name.p && e->digest.p && read_arguments(e->arguments);
}

/* NULL when OpenSSL has no such digest, or one of any length. */
static EVP_MD *fetch_digest(struct arena *arena, struct str name)
{
    char *text = arena_cstr(arena, name);
    EVP_MD *md = text && name.n < 64 ? EVP_MD_fetch(NULL, text, NULL) : NULL;
    ERR_clear_error();
    if (!md || !(EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF))
        return md;
    EVP_MD_free(md);
    return NULL;
}

/* The salt's bytes; {NULL,0} when it says "hex:" and is not. */
static struct str pbkdf2_salt(struct arena *arena, struct str salt)
{
    if (!str_starts(salt, STR("hex:")))
        return salt;
    size_t n = 0;
    char *bytes = arena_bytes(arena, salt.n);
    if (!bytes || salt.n == 4 || !hex_decode(str_from(salt, 4), bytes, salt.n, &n))
        return STR_NONE;
    return (struct str){bytes, n};
}

enum password_legacy password_legacy_check(struct arena *arena, struct str digest, struct str *name)
{
    struct expression e;
    if (!read_expression(arena, digest, &e))
        return LEGACY_FORMAT;
    if (is_scrypt(e.name))
        return LEGACY_OK;
    if (is_pbkdf2(e.name))
        return pbkdf2_salt(arena, argument(&e, 0)).p ? LEGACY_OK : LEGACY_FORMAT;
    EVP_MD *md = fetch_digest(arena, e.name);
    EVP_MD_free(md);
    if (md)
        return LEGACY_OK;
    *name = e.name;
    return LEGACY_ALGORITHM;
}

/* The bounds that the two functions which verify keep to. */
const char *password_legacy_fault(struct arena *arena, struct str digest)
{
    struct expression e;
    uint64_t first, second;
    if (!read_expression(arena, digest, &e))
        return NULL;
    if (is_pbkdf2(e.name) && (!number(&e, 1, PBKDF2_ITERATIONS_MAX, &first) ||
                              !number(&e, 2, PBKDF2_LENGTH_MAX, &second)))
        return "has iterations that are not 1 to 10000000, or a length that is not 1 to 1024";
    if (is_scrypt(e.name) &&
        (!number(&e, 3, SCRYPT_ROUNDS_MAX, &first) || !number(&e, 4, SCRYPT_COST_MAX, &second) ||
         128 * first * (((uint64_t)1 << second) + 4) > PASSWORD_MEMORY_MAX)) /* OpenSSL's sum */
        return "takes more than 128 MiB of memory, or does not tell how much";
    return NULL;
}

static bool is_hex_of(struct arena *arena, const void *bytes, size_t n, struct str text)
{
    char *hex = arena_bytes(arena, 2 * n);
    if (!hex)
        return false;
    hex_encode(bytes, n, hex);
    return str_eq_secret((struct str){hex, 2 * n}, text);
}

static bool verify_plain(struct arena *arena, const struct expression *e, struct str password)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    size_t index, max;
    json *item;
    EVP_MD *md = fetch_digest(arena, e->name);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL);
    yyjson_arr_foreach(e->arguments, index, max, item)
    {
        struct str part = str_eq(json_str(item), STR("@")) ? password : json_str(item);
        good = good && EVP_DigestUpdate(ctx, part.p, part.n);
    }
    good = good && EVP_DigestFinal_ex(ctx, bytes, &n);
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
    return good && is_hex_of(arena, bytes, n, e->digest);
}

static bool verify_pbkdf2(struct arena *arena, const struct expression *e, struct str password)
{
    uint64_t iterations, length;
    struct str salt = argument(e, 0);
    salt = pbkdf2_salt(arena, str_eq(salt, STR("@")) ? password : salt);
    uint8_t bytes[PBKDF2_LENGTH_MAX];
    if (!salt.p || !number(e, 1, PBKDF2_ITERATIONS_MAX, &iterations) ||
        !number(e, 2, PBKDF2_LENGTH_MAX, &length))
        return false;
    EVP_MD *md = fetch_digest(arena, argument(e, 3));
    bool good = md && PKCS5_PBKDF2_HMAC(password.p, (int)password.n, (const uint8_t *)salt.p,
                                        (int)salt.n, (int)iterations, md, (int)length, bytes);
    EVP_MD_free(md);
    return good && is_hex_of(arena, bytes, (size_t)length, e->digest);
}

/* ---- Firebase: AES-256-CTR of the project's signer key under a key that scrypt makes ---- */

/* Both alphabets of base64 decoded; {NULL,0} when it is neither. */
static struct str decode_base64(struct arena *arena, struct str text)
{
    size_t n = 0;
    char *plain = arena_bytes(arena, text.n + 1), *bytes = arena_bytes(arena, text.n + 1);
    if (!plain || !bytes)
        return STR_NONE;
    for (size_t i = 0; i < text.n; i++)
        plain[i] = (char)(text.p[i] == '-' ? '+' : text.p[i] == '_' ? '/' : text.p[i]);
    if (!base64_decode((struct str){plain, text.n}, bytes, text.n + 1, &n))
        return STR_NONE;
    return (struct str){bytes, n};
}

static bool scrypt(struct str password, struct str salt, uint64_t cost, uint64_t rounds,
                   uint8_t key[SCRYPT_LENGTH])
{
    uint64_t n = (uint64_t)1 << cost, p = 1, memory = PASSWORD_MEMORY_MAX;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)password.p,
                                          password.n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.p, salt.n),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &rounds),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool good = ctx && EVP_KDF_derive(ctx, key, SCRYPT_LENGTH, params) > 0;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    ERR_clear_error();
    return good;
}

static bool encrypt(const uint8_t key[SCRYPT_LENGTH], struct str plain, uint8_t *out)
{
    static const uint8_t iv[16];
    int n = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool good = ctx && EVP_EncryptInit_ex2(ctx, EVP_aes_256_ctr(), key, iv, NULL) &&
                EVP_EncryptUpdate(ctx, out, &n, (const uint8_t *)plain.p, (int)plain.n);
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

static bool verify_scrypt(struct arena *arena, const struct expression *e, struct str password)
{
    uint8_t key[SCRYPT_LENGTH];
    uint64_t rounds, cost;
    struct str salt = decode_base64(arena, argument(e, 0));
    struct str signer = decode_base64(arena, argument(e, 1));
    struct str separator = decode_base64(arena, argument(e, 2));
    if (!salt.p || !signer.p || !separator.p || !number(e, 3, SCRYPT_ROUNDS_MAX, &rounds) ||
        !number(e, 4, SCRYPT_COST_MAX, &cost))
        return false;
    struct buf salted = buf_new(arena, SIZE_MAX), encoded = buf_new(arena, SIZE_MAX);
    buf_str(&salted, salt);
    buf_str(&salted, separator);
    uint8_t *out = arena_alloc(arena, signer.n + 1);
    struct str whole = buf_view(&salted);
    bool good =
        out && whole.p && scrypt(password, whole, cost, rounds, key) && encrypt(key, signer, out);
    wipe(key, sizeof(key));
    if (!good)
        return false;
    base64_encode(&encoded, out, signer.n);
    return str_eq_secret(buf_view(&encoded), e->digest);
}

bool password_legacy_verify(struct arena *arena, struct str password, struct str digest)
{
    struct expression e;
    if (!read_expression(arena, digest, &e))
        return false;
    if (is_scrypt(e.name))
        return verify_scrypt(arena, &e, password);
    if (is_pbkdf2(e.name))
        return verify_pbkdf2(arena, &e, password);
    return verify_plain(arena, &e, password);
}
