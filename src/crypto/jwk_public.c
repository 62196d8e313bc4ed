/* The public form of keys: JWK members, thumbprint, and keys read from others' JWKs. */
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/key.h"

#define NUMBER_MAX  (KEY_RSA_MAX_BITS / 8)
#define MEMBERS_MAX 4096 /* n of the longest key takes 1366 characters */

static const struct str kty_names[] = {
    [KEY_EC] = STR_INIT("EC"),
    [KEY_RSA] = STR_INIT("RSA"),
    [KEY_OKP] = STR_INIT("OKP"),
};

/* The numbers that make a public key: x and y, n and e, or x alone. */
struct numbers {
    uint8_t first[NUMBER_MAX], second[NUMBER_MAX];
    size_t first_n, second_n;
};

/* A number of pkey, big-endian, in width bytes, or in as few as it needs when width is 0 (RFC 7518
 * 2, Base64urlUInt). Returns the length; 0 on failure. */
static size_t get_number(const EVP_PKEY *pkey, const char *param, size_t width,
                         uint8_t out[NUMBER_MAX])
{
    BIGNUM *bn = NULL;
    int n = -1;
    if (EVP_PKEY_get_bn_param(pkey, param, &bn) == 1) {
        n = width ? (int)width : BN_num_bytes(bn);
        n = n <= NUMBER_MAX ? BN_bn2binpad(bn, out, n) : -1;
    }
    BN_free(bn);
    return n > 0 ? (size_t)n : 0;
}

static bool get_numbers(const EVP_PKEY *pkey, const struct key_type *type, struct numbers *out)
{
    switch (type->family) {
    case KEY_EC: /* RFC 7518 6.2.1.2: always as wide as the field */
        out->first_n = get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, type->field, out->first);
        out->second_n = get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, type->field, out->second);
        return out->first_n && out->second_n;
    case KEY_RSA:
        out->first_n = get_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0, out->first);
        out->second_n = get_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0, out->second);
        return out->first_n && out->second_n;
    case KEY_OKP:
        out->first_n = sizeof out->first;
        out->second_n = 0;
        return EVP_PKEY_get_raw_public_key(pkey, out->first, &out->first_n) == 1;
    }
    return false;
}

/* RFC 7638 3.2 and RFC 8037 2: the required members, in the order of their names. */
static bool thumbprint(const struct jwk *key, char out[BASE64URL_LENGTH(SHA256_SIZE)])
{
    const struct key_type *type = &key_types[key->alg];
    uint8_t hash[SHA256_SIZE];
    struct buf buf = buf_new(NULL, MEMBERS_MAX);
    struct json_out object = json_out(&buf);
    json_open_object(&object);
    switch (type->family) {
    case KEY_EC:
        JSON_STR(&object, "crv", str_of(type->crv));
        JSON_STR(&object, "kty", STR("EC"));
        JSON_STR(&object, "x", key->first);
        JSON_STR(&object, "y", key->second);
        break;
    case KEY_RSA:
        JSON_STR(&object, "e", key->second);
        JSON_STR(&object, "kty", STR("RSA"));
        JSON_STR(&object, "n", key->first);
        break;
    case KEY_OKP:
        JSON_STR(&object, "crv", str_of(type->crv));
        JSON_STR(&object, "kty", STR("OKP"));
        JSON_STR(&object, "x", key->first);
        break;
    }
    json_close_object(&object);
    bool ok = !buf.failed;
    if (ok) {
        sha256(buf_view(&buf), hash);
        base64url_encode(hash, sizeof hash, out);
    }
    buf_free(&buf);
    return ok;
}

bool key_describe(struct jwk *key, struct str kid)
{
    struct numbers numbers;
    if (!get_numbers(key->pkey, &key_types[key->alg], &numbers))
        return false;
    size_t first = BASE64URL_LENGTH(numbers.first_n), second = BASE64URL_LENGTH(numbers.second_n);
    size_t kid_n = kid.p ? kid.n : BASE64URL_LENGTH(SHA256_SIZE);
    char *text = malloc(first + second + kid_n);
    if (!text)
        return false;
    key->text = text;
    base64url_encode(numbers.first, numbers.first_n, text);
    base64url_encode(numbers.second, numbers.second_n, text + first);
    key->first = (struct str){text, first};
    key->second = (struct str){text + first, second};
    key->kid = (struct str){text + first + second, kid_n};
    if (!kid.p)
        return thumbprint(key, text + first + second);
    memcpy(text + first + second, kid.p, kid.n);
    return true;
}

void jwk_put_public(const struct jwk *key, struct json_out *out)
{
    const struct key_type *type = &key_types[key->alg];
    json_open_object(out);
    JSON_STR(out, "kty", kty_names[type->family]);
    JSON_STR(out, "use", STR("sig"));
    JSON_STR(out, "kid", key->kid);
    JSON_STR(out, "alg", str_of(type->alg));
    switch (type->family) {
    case KEY_EC:
        JSON_STR(out, "crv", str_of(type->crv));
        JSON_STR(out, "x", key->first);
        JSON_STR(out, "y", key->second);
        break;
    case KEY_OKP:
        JSON_STR(out, "crv", str_of(type->crv));
        JSON_STR(out, "x", key->first);
        break;
    case KEY_RSA:
        JSON_STR(out, "e", key->second);
        JSON_STR(out, "n", key->first);
        break;
    }
    json_close_object(out);
}

static EVP_PKEY *pkey_from(const char *kind, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* A member that is a number; returns its length, 0 when it is missing or not base64url. */
static size_t read_number(json *object, struct str name, uint8_t out[NUMBER_MAX])
{
    size_t n = 0;
    struct str text = json_str(json_get(object, name));
    return text.p && base64url_decode(text, out, NUMBER_MAX, &n) ? n : 0;
}

/* As an uncompressed point (SEC 1 2.3.3); OpenSSL refuses one that is not on the curve. */
static EVP_PKEY *read_ec(json *object, const struct key_type *type)
{
    uint8_t x[NUMBER_MAX], y[NUMBER_MAX], point[1 + 2 * 66] = {0x04};
    size_t field = type->field;
    if (read_number(object, STR("x"), x) != field || read_number(object, STR("y"), y) != field)
        return NULL;
    memcpy(point + 1, x, field);
    memcpy(point + 1 + field, y, field);
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (build &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, type->group, 0) &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * field))
        pkey = pkey_from("EC", build);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

/* e is odd, above 1 and at most 64 bits wide: a longer one only makes verification slow. */
static EVP_PKEY *read_rsa(json *object)
{
    uint8_t n[NUMBER_MAX], e[NUMBER_MAX];
    size_t n_size = read_number(object, STR("n"), n), e_size = read_number(object, STR("e"), e);
    if (n_size == 0 || e_size == 0)
        return NULL;
    EVP_PKEY *pkey = NULL;
    BIGNUM *n_bn = BN_bin2bn(n, (int)n_size, NULL), *e_bn = BN_bin2bn(e, (int)e_size, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (build && n_bn && e_bn && BN_is_odd(n_bn) && BN_is_odd(e_bn) && !BN_is_one(e_bn) &&
        BN_num_bits(e_bn) <= 64 && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n_bn) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e_bn))
        pkey = pkey_from("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(n_bn);
    BN_free(e_bn);
    return pkey;
}

static EVP_PKEY *read_okp(json *object, const struct key_type *type)
{
    uint8_t x[NUMBER_MAX];
    if (read_number(object, STR("x"), x) != type->field)
        return NULL;
    return EVP_PKEY_new_raw_public_key_ex(NULL, type->group, NULL, x, type->field);
}

/* The algorithm that kty, crv and alg agree on; alg may be missing, and is RS256 for RSA then. */
static bool find_type(json *object, enum jwk_alg *alg)
{
    struct str kty = json_str(json_get(object, STR("kty")));
    struct str crv = json_str(json_get(object, STR("crv")));
    json *named = json_get(object, STR("alg"));
    for (int i = 0; i < JWK_ALGS; i++) {
        const struct key_type *type = &key_types[i];
        if (str_eq(kty, kty_names[type->family]) &&
            (!type->crv || str_eq(crv, str_of(type->crv))) &&
            (!named || str_eq(json_str(named), str_of(type->alg)))) {
            *alg = (enum jwk_alg)i;
            return true;
        }
    }
    return false;
}

struct jwk *jwk_from_public(json *object)
{
    enum jwk_alg alg;
    EVP_PKEY *pkey = NULL;
    json *use = json_get(object, STR("use"));
    struct str kid = json_str(json_get(object, STR("kid")));
    if (!find_type(object, &alg) || kid.n > KEY_KID_MAX ||
        (use && !str_eq(json_str(use), STR("sig"))))
        return NULL;
    switch (key_types[alg].family) {
    case KEY_EC:
        pkey = read_ec(object, &key_types[alg]);
        break;
    case KEY_RSA:
        pkey = read_rsa(object);
        break;
    case KEY_OKP:
        pkey = read_okp(object, &key_types[alg]);
        break;
    }
    return key_new(pkey, alg, false, kid);
}
