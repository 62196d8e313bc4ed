/* Signatures: the RFCs' examples, every algorithm there and back, and what is no signature. */
#include "crypto_tokens.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/signature.h"

/* What RFC 7515 A.2 and A.3 sign: its payload has line ends, so it is no work of ours. */
#define RFC_PAYLOAD                                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"   \
    "VlfQ"
#define RFC_EC_JWK                                                                                 \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","     \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
#define RFC_ES256                                                                                  \
    "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD                                                            \
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define RFC_RSA_JWK                                                                                \
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W2" \
    "6mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47"  \
    "soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTB" \
    "QY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9" \
    "gb54h4FRWyuXpoQ\"}"
#define RFC_RS256                                                                                  \
    "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD                                                            \
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp" \
    "5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHl" \
    "b1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9Q" \
    "OYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

static void rfc_7515_examples(void **state)
{
    (void)state;
    const struct str rows[][2] = {{STR_INIT(RFC_EC_JWK), STR_INIT(RFC_ES256)},
                                  {STR_INIT(RFC_RSA_JWK), STR_INIT(RFC_RS256)}};
    for (size_t i = 0; i < 2; i++) {
        struct keyring *ring = ring_of(rows[i][0].p);
        json *claims = NULL;
        assert_int_equal(keyring_verify(ring, rows[i][1], STR_NONE, arena, &claims), JWS_OK);
        assert_true(str_eq(json_str(json_get(claims, STR("iss"))), STR("joe")));
        /* its header has no typ */
        assert_int_equal(keyring_verify(ring, rows[i][1], AT, arena, &claims), JWS_BAD_TYPE);
        keyring_unref(ring);
    }
}

/* ES384 is nettle's work where that is there; OpenSSL checks each signature, and no two are alike.
 */
static void es384_by_nettle(void **state)
{
    (void)state;
    enum { KEYS = 20, TEXTS = 20 };
    static uint8_t made[KEYS * TEXTS][SIGNATURE_MAX];
    for (int i = 0; i < KEYS; i++) {
        struct jwk *key = jwk_generate(JWK_ES384);
        assert_non_null(key);
        assert_non_null(key->nettle);
        for (int j = 0; j < TEXTS; j++) {
            uint8_t *signature = made[i * TEXTS + j];
            struct str text = {"a text of some length", (size_t)j};
            assert_true(signature_make(key, text, signature));
            assert_true(signature_check(key, text, signature));
            signature[j] ^= 1;
            assert_false(signature_check(key, text, signature));
            for (int k = 0; k < i * TEXTS + j; k++)
                assert_memory_not_equal(made[k], signature, NETTLE_P384_FIELD);
        }
        jwk_unref(key);
    }
}

/* RFC 8037 A.4: Ed25519 has one signature a text, so ours must be the same to the last bit. */
static void rfc_8037_example(void **state)
{
    (void)state;
    struct str pem = STR("-----BEGIN PRIVATE KEY-----\n"
                         "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                         "-----END PRIVATE KEY-----\n");
    struct jwk *key = jwk_from_pem(pem, JWK_EDDSA);
    struct keyring *ring = keyring_new(&key, 1, 0);
    struct str token = sign(ring, "{\"alg\":\"EdDSA\"}", STR("Example of Ed25519 signing"));
    assert_true(str_eq(
        token, STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                   "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvp"
                   "Ar_MuM0KAg")));
    json *claims;
    /* good signature, but the payload is no JSON */
    assert_int_equal(keyring_verify(ring, token, STR_NONE, arena, &claims), JWS_INVALID);
    keyring_unref(ring);
    jwk_unref(key);
}

static void round_trips(void **state)
{
    (void)state;
    const size_t sizes[JWK_ALGS] = {64, 96, 132, 256, 256, 64};
    for (int i = 0; i < JWK_ALGS; i++) {
        for (int repeat = 0; repeat < 3; repeat++) { /* kept contexts, from the second on */
            struct str token = access_token(rings[i]);
            json *claims;
            assert_int_equal(keyring_verify(rings[0], token, AT, arena, &claims), JWS_OK);
            assert_true(str_eq(json_text(arena, claims), CLAIMS));
            size_t first = str_find(token, '.');
            size_t second = first + 1 + str_find(str_from(token, first + 1), '.');
            assert_int_equal(token.n - second - 1, BASE64URL_LENGTH(sizes[i]));
        }
    }
}

static void public_keys_do_not_sign(void **state)
{
    (void)state;
    struct keyring *ring = ring_of(RFC_EC_JWK);
    struct buf out = buf_new(arena, 4096);
    assert_false(keyring_sign(ring, keyring_at_header(ring), CLAIMS, &out));
    assert_true(out.failed);
    keyring_unref(ring);
}

/* One bit of any byte: nothing of a token may be changed. */
static void refuses_any_change(void **state)
{
    (void)state;
    struct str token = access_token(rings[JWK_ES256]);
    char *text = arena_cstr(arena, token);
    for (size_t i = 0; i < token.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            assert_int_not_equal(verify(rings[0], (struct str){text, token.n}), JWS_OK);
            text[i] = (char)(text[i] ^ (1 << bit));
        }
    }
    assert_int_equal(verify(rings[0], (struct str){text, token.n}), JWS_OK);
}

static void refuses_a_changed_signature(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++) {
        struct str token = access_token(rings[i]);
        char *text = arena_cstr(arena, token);
        char *at = text + token.n - 20;
        *at = *at == 'A' ? 'B' : 'A';
        assert_int_equal(verify(rings[0], (struct str){text, token.n}), JWS_BAD_SIGNATURE);
    }
}

/* Zero, the group's order and all ones for r and s (CVE-2022-21449), of the right length. */
static void refuses_extreme_signatures(void **state)
{
    (void)state;
    uint8_t bytes[256];
    const uint8_t order[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                             0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                             0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    const size_t sizes[JWK_ALGS] = {64, 96, 132, 256, 256, 64};
    for (int i = 0; i < JWK_ALGS; i++) {
        struct str token = access_token(rings[i]);
        for (int fill = 0; fill < 256; fill += 255) {
            memset(bytes, fill, sizeof bytes);
            assert_int_equal(verify(rings[0], with_signature(token, bytes, sizes[i])),
                             JWS_BAD_SIGNATURE);
        }
    }
    memcpy(bytes, order, 32);
    memcpy(bytes + 32, order, 32);
    struct str token = access_token(rings[JWK_ES256]);
    assert_int_equal(verify(rings[0], with_signature(token, bytes, 64)), JWS_BAD_SIGNATURE);
}

/* DER drops the zeros a number begins with, one signature in 128 has one; JWS keeps them. */
static void pads_short_numbers(void **state)
{
    (void)state;
    bool seen = false;
    for (int i = 0; i < 20000 && !seen; i++) {
        uint8_t bytes[64];
        size_t n;
        struct str token = access_token(rings[JWK_ES256]);
        struct str signature = str_from(token, token.n - BASE64URL_LENGTH(sizeof bytes));
        assert_true(base64url_decode(signature, bytes, sizeof bytes, &n));
        seen = bytes[0] == 0 || bytes[32] == 0;
        assert_int_equal(verify(rings[0], token), JWS_OK);
        arena_reset(arena);
    }
    assert_true(seen);
}

/* A PSS signature of input by key's private half, made without us. */
static size_t sign_pss(const struct jwk *key, struct str input, int salt, uint8_t out[256])
{
    struct str pem = jwk_private_pem(key, arena);
    size_t n = 256;
    EVP_PKEY_CTX *options;
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, &options, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &n, (const uint8_t *)input.p, input.n), 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return n;
}

/* RFC 7518 3.5: the salt is as long as the digest; no other length is PS256. */
static void salt_is_as_long_as_the_digest(void **state)
{
    (void)state;
    const int salts[] = {32, 0, 31, 33, RSA_PSS_SALTLEN_MAX};
    for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++) {
        uint8_t bytes[256];
        struct str token = access_token(rings[JWK_PS256]);
        struct str input = {token.p, token.n - BASE64URL_LENGTH(sizeof bytes) - 1};
        size_t n = sign_pss(keys[JWK_PS256], input, salts[i], bytes);
        assert_int_equal(verify(rings[0], with_signature(token, bytes, n)),
                         i == 0 ? JWS_OK : JWS_BAD_SIGNATURE);
    }
}

/* A byte less, a byte more, none, and DER, which many libraries make. */
static void refuses_wrong_lengths(void **state)
{
    (void)state;
    const size_t sizes[JWK_ALGS] = {64, 96, 132, 256, 256, 64};
    uint8_t bytes[1100] = {0x30, 0x44, 0x02, 0x20, 1};
    for (int i = 0; i < JWK_ALGS; i++) {
        struct str token = access_token(rings[i]);
        const size_t wrong[] = {0, 1, sizes[i] - 1, sizes[i] + 1, 2 * sizes[i], sizeof bytes};
        for (size_t j = 0; j < sizeof wrong / sizeof wrong[0]; j++)
            assert_int_equal(verify(rings[0], with_signature(token, bytes, wrong[j])), JWS_INVALID);
    }
    assert_int_equal(verify(rings[0], with_signature(access_token(rings[0]), bytes, 70)),
                     JWS_INVALID);
}

/* The last character of an ES256 signature carries four bits that must be zero: setting one gives
 * another text for the same bytes, by which a list of revoked tokens could be passed. */
static void refuses_another_spelling(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct str token = access_token(rings[JWK_ES256]);
    char *text = arena_cstr(arena, token), *last = text + token.n - 1;
    *last = strchr(alphabet, *last)[1];
    assert_int_equal(verify(rings[0], (struct str){text, token.n}), JWS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rfc_7515_examples),
        TEST(es384_by_nettle),
        TEST(rfc_8037_example),
        TEST(round_trips),
        TEST(public_keys_do_not_sign),
        TEST(refuses_any_change),
        TEST(refuses_a_changed_signature),
        TEST(refuses_extreme_signatures),
        TEST(pads_short_numbers),
        TEST(salt_is_as_long_as_the_digest),
        TEST(refuses_wrong_lengths),
        TEST(refuses_another_spelling),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
