/* Keys: what is made, read and published, and what must not be. Key material is of the RFCs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/keyring.h"

/* RFC 7638 3.1 */
#define RSA_N                                                                                      \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"      \
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"     \
    "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"            \
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RSA_THUMBPRINT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
/* RFC 7515 A.3 */
#define EC_X   "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y   "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_KEY "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\""
#define EC_PEM                                                                                     \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"                           \
    "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"                           \
    "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"                                   \
    "-----END PRIVATE KEY-----\n"
#define EC_SEC1_PEM                                                                                \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"                           \
    "focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"
/* The same private half beside another key's public one. */
#define EC_MIXED_PEM                                                                               \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEvQTugVPRXNmWoF1OFL7w+cH+WusMnqSDMfexFjpBuNRZ44nvUEYg\n"                           \
    "mjAA3MOB3reWtO94dv1OsxZtMzWWlf9NDg==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"
/* RFC 8037 A.1 to A.3 */
#define OKP_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define OKP_PEM                                                                                    \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                           \
    "-----END PRIVATE KEY-----\n"
#define OKP_THUMBPRINT "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4 << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return ERR_peek_error() == 0 ? 0 : -1; /* a TLS connection would take it for its own */
}

static struct jwk *from_text(const char *text)
{
    json *object;
    assert_int_equal(json_parse(arena, str_of(text), &object, NULL), JSON_OK);
    return jwk_from_public(object);
}

static void expect_kid(struct jwk *key, const char *kid)
{
    assert_non_null(key);
    assert_true(str_eq(jwk_kid(key), str_of(kid)));
    jwk_unref(key);
}

static struct str public_text(const struct jwk *key)
{
    struct buf buf = buf_new(arena, 65536);
    struct json_out out = json_out(&buf);
    jwk_put_public(key, &out);
    return buf_view(&buf);
}

static void names(void **state)
{
    (void)state;
    enum jwk_alg alg;
    for (int i = 0; i < JWK_ALGS; i++) {
        assert_true(jwk_alg_find(str_of(jwk_alg_name((enum jwk_alg)i)), &alg));
        assert_int_equal(alg, i);
    }
    const char *const others[] = {"none", "None", "HS256", "es256", "RS384", "ES256K", "ES25", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(jwk_alg_find(str_of(others[i]), &alg));
    assert_false(jwk_alg_find(STR_NONE, &alg));
}

static void thumbprints(void **state)
{
    (void)state;
    expect_kid(from_text("{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\",\"alg\":\"RS256\"}"),
               RSA_THUMBPRINT);
    expect_kid(from_text("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP_X "\"}"),
               OKP_THUMBPRINT);
    expect_kid(from_text("{" EC_KEY "}"), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

static void others_name_their_keys(void **state)
{
    (void)state;
    expect_kid(from_text("{" EC_KEY ",\"kid\":\"2011-04-29\",\"use\":\"sig\"}"), "2011-04-29");
}

static void algorithm_of_others(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum jwk_alg alg;
    } rows[] = {
        {"{" EC_KEY "}", JWK_ES256},
        {"{" EC_KEY ",\"alg\":\"ES256\"}", JWK_ES256},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\"}", JWK_RS256},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\",\"alg\":\"PS256\"}", JWK_PS256},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AA" RSA_N "\",\"alg\":\"HS256\"}", JWK_ALGS},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP_X "\"}", JWK_EDDSA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct jwk *key = from_text(rows[i].text);
        assert_int_equal(key ? jwk_algorithm(key) : JWK_ALGS, rows[i].alg);
        jwk_unref(key);
    }
}

static void refuses_others_bad_keys(void **state)
{
    (void)state;
    const char *const texts[] = {
        "{}",
        "[]",
        "\"EC\"",
        "{" EC_KEY ",\"alg\":\"ES384\"}",
        "{" EC_KEY ",\"alg\":\"RS256\"}",
        "{" EC_KEY ",\"alg\":1}",
        "{" EC_KEY ",\"use\":\"enc\"}",
        "{" EC_KEY ",\"use\":null}",
        "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "=\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"AQAB\"}",
        /* off the curve */
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" OKP_X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
        "{\"kty\":\"oct\",\"k\":\"" OKP_X "\",\"alg\":\"HS256\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQ\",\"n\":\"" RSA_N "\"}",   /* e = 1: anyone signs */
        "{\"kty\":\"RSA\",\"e\":\"AQAA\",\"n\":\"" RSA_N "\"}", /* e even */
        "{\"kty\":\"RSA\",\"e\":\"" RSA_N "\",\"n\":\"" RSA_N "\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_null(from_text(texts[i]));
}

/* RFC 7517 4.5: kid has no form of its own, but a bound it must have. */
static void bounds_a_kid(void **state)
{
    (void)state;
    for (int n = 256; n <= 257; n++) {
        struct str text = arena_printf(arena, "{" EC_KEY ",\"kid\":\"%0*d\"}", n, 1);
        struct jwk *key = from_text(text.p);
        assert_int_equal(key != NULL, n == 256);
        jwk_unref(key);
    }
}

static struct str rsa_text(size_t bytes)
{
    char *n = arena_bytes(arena, bytes * 4 / 3);
    memset(n, 'v', bytes * 4 / 3); /* high and low bit set */
    return arena_printf(arena, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%.*s\"}",
                        (int)(bytes * 4 / 3), n);
}

static void bounds_a_modulus(void **state)
{
    (void)state;
    assert_null(from_text(rsa_text(255).p));
    assert_null(from_text(rsa_text(1026).p));
    struct jwk *key = from_text(rsa_text(1023).p);
    assert_non_null(key);
    jwk_unref(key);
}

static void publishes(void **state)
{
    (void)state;
    struct jwk *key = jwk_from_pem(STR(EC_PEM), JWK_ES256);
    assert_non_null(key);
    struct str expected = STR(
        "{\"kty\":\"EC\",\"use\":\"sig\",\"kid\":\"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U\","
        "\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}");
    assert_true(str_eq(public_text(key), expected));
    jwk_unref(key);
    key = jwk_from_pem(STR(OKP_PEM), JWK_EDDSA);
    assert_non_null(key);
    expected = STR("{\"kty\":\"OKP\",\"use\":\"sig\",\"kid\":\"" OKP_THUMBPRINT
                   "\",\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"x\":\"" OKP_X "\"}");
    assert_true(str_eq(public_text(key), expected));
    jwk_unref(key);
}

/* Whatever the algorithm: the public text has exactly these members, and reads back as the key. */
static void publishes_no_private_member(void **state)
{
    (void)state;
    const char *const members[JWK_ALGS] = {
        [JWK_ES256] = "kty use kid alg crv x y ", [JWK_ES384] = "kty use kid alg crv x y ",
        [JWK_ES512] = "kty use kid alg crv x y ", [JWK_RS256] = "kty use kid alg e n ",
        [JWK_PS256] = "kty use kid alg e n ",     [JWK_EDDSA] = "kty use kid alg crv x ",
    };
    for (int i = 0; i < JWK_ALGS; i++) {
        struct jwk *key = jwk_generate((enum jwk_alg)i);
        assert_non_null(key);
        struct str text = public_text(key);
        json *object, *name;
        assert_int_equal(json_parse(arena, text, &object, NULL), JSON_OK);
        struct buf seen = buf_new(arena, 4096);
        yyjson_obj_iter iter = yyjson_obj_iter_with(object);
        while ((name = yyjson_obj_iter_next(&iter)))
            buf_printf(&seen, "%s ", yyjson_get_str(name));
        assert_true(str_eq(buf_view(&seen), str_of(members[i])));
        struct jwk *again = jwk_from_public(object);
        assert_non_null(again);
        assert_true(str_eq(public_text(again), text));
        jwk_unref(again);
        jwk_unref(key);
    }
}

static void pem_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++) {
        struct jwk *key = jwk_generate((enum jwk_alg)i);
        struct str pem = jwk_private_pem(key, arena);
        assert_true(str_starts(pem, STR("-----BEGIN PRIVATE KEY-----\n")));
        struct jwk *again = jwk_from_pem(pem, (enum jwk_alg)i);
        assert_non_null(again);
        assert_true(str_eq(jwk_kid(key), jwk_kid(again)));
        assert_true(str_eq(pem, jwk_private_pem(again, arena)));
        jwk_unref(again);
        for (int other = 0; other < JWK_ALGS; other++) {
            struct jwk *wrong = jwk_from_pem(pem, (enum jwk_alg)other);
            bool rsa =
                (i == JWK_RS256 || i == JWK_PS256) && (other == JWK_RS256 || other == JWK_PS256);
            assert_int_equal(wrong != NULL, i == other || rsa);
            jwk_unref(wrong);
        }
        jwk_unref(key);
    }
}

static void public_keys_have_no_pem(void **state)
{
    (void)state;
    struct jwk *key = from_text("{" EC_KEY "}");
    assert_null(jwk_private_pem(key, arena).p);
    jwk_unref(key);
}

static void reads_the_older_pem(void **state)
{
    (void)state;
    expect_kid(jwk_from_pem(STR(EC_SEC1_PEM), JWK_ES256),
               "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

/* pkey's PEM, encrypted if a password is given, public if not private; takes pkey. */
static struct str pem_of(EVP_PKEY *pkey, char *password, bool is_private)
{
    char *text;
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password ? EVP_aes_256_cbc() : NULL;
    assert_non_null(pkey);
    assert_int_equal(is_private
                         ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, NULL, 0, NULL, password)
                         : PEM_write_bio_PUBKEY(bio, pkey),
                     1);
    long n = BIO_get_mem_data(bio, &text);
    struct str pem = arena_str(arena, (struct str){text, (size_t)n});
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return pem;
}

static void refuses_bad_pem(void **state)
{
    (void)state;
    char password[] = "password";
    EVP_PKEY *pss = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &pss), 1);
    EVP_PKEY_CTX_free(ctx);
    const struct {
        struct str pem;
        enum jwk_alg alg;
    } rows[] = {
        {STR_NONE, JWK_ES256},
        {STR("not PEM"), JWK_ES256},
        {STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), JWK_ES256},
        {STR(EC_MIXED_PEM), JWK_ES256},
        {pem_of(EVP_EC_gen("P-256"), NULL, false), JWK_ES256},
        {pem_of(EVP_EC_gen("P-256"), password, true), JWK_ES256}, /* and nobody is asked for it */
        {pem_of(EVP_EC_gen("secp256k1"), NULL, true), JWK_ES256},
        {pem_of(EVP_RSA_gen(1024), NULL, true), JWK_RS256},
        {pem_of(pss, NULL, true), JWK_RS256},
        {pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), NULL, true), JWK_EDDSA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_null(jwk_from_pem(rows[i].pem, rows[i].alg));
}

static void ring_publishes_all(void **state)
{
    (void)state;
    struct jwk *keys[] = {jwk_generate(JWK_ES256), jwk_generate(JWK_RS256),
                          jwk_generate(JWK_EDDSA)};
    struct keyring *ring = keyring_new(keys, 3, 1);
    assert_non_null(ring);
    assert_ptr_equal(keyring_current(ring), keys[1]);
    json *set;
    assert_int_equal(json_parse(arena, keyring_jwks(ring), &set, NULL), JSON_OK);
    json *list = json_get(set, STR("keys"));
    assert_int_equal(yyjson_obj_size(set), 1);
    assert_int_equal(yyjson_arr_size(list), 3);
    for (size_t i = 0; i < 3; i++) {
        struct str text = json_text(arena, yyjson_arr_get(list, i));
        assert_true(str_eq(text, public_text(keys[i])));
        jwk_unref(keys[i]); /* the ring has its own reference */
    }
    assert_int_equal(jwk_algorithm(keyring_current(ring)), JWK_RS256);
    assert_ptr_equal(keyring_ref(ring), ring);
    keyring_unref(ring);
    assert_int_equal(jwk_algorithm(keyring_current(ring)), JWK_RS256);
    keyring_unref(ring);
    keyring_unref(NULL);
    jwk_unref(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names),
        TEST(thumbprints),
        TEST(others_name_their_keys),
        TEST(algorithm_of_others),
        TEST(refuses_others_bad_keys),
        TEST(bounds_a_kid),
        TEST(bounds_a_modulus),
        TEST(publishes),
        TEST(publishes_no_private_member),
        TEST(pem_round_trip),
        TEST(public_keys_have_no_pem),
        TEST(reads_the_older_pem),
        TEST(refuses_bad_pem),
        TEST(ring_publishes_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
