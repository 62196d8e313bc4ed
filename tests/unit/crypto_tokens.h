/* What the tests of tokens share: one key of each algorithm, and tokens made to order. */
#ifndef SIGNET_TESTS_CRYPTO_TOKENS_H
#define SIGNET_TESTS_CRYPTO_TOKENS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

#define CLAIMS     STR("{\"iss\":\"https://id.example.com/oidc\",\"sub\":\"abc\"}")
#define AT         STR("at+jwt")
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct arena *arena;
static struct jwk *keys[JWK_ALGS];      /* one of each algorithm, made once: RSA is slow to make */
static struct keyring *rings[JWK_ALGS]; /* all keys; rings[i] signs with keys[i] */

static inline int make_keys(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++)
        if (!(keys[i] = jwk_generate((enum jwk_alg)i)))
            return -1;
    for (size_t i = 0; i < JWK_ALGS; i++)
        if (!(rings[i] = keyring_new(keys, JWK_ALGS, i)))
            return -1;
    return 0;
}

static inline int free_keys(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++) {
        keyring_unref(rings[i]);
        jwk_unref(keys[i]);
    }
    return 0;
}

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new(8 << 20);
    return arena ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return ERR_peek_error() == 0 ? 0 : -1; /* a TLS connection would take it for its own */
}

static inline struct str b64(struct str text)
{
    char *out = arena_bytes(arena, BASE64URL_LENGTH(text.n) + 1);
    assert_non_null(out);
    return (struct str){out, base64url_encode(text.p, text.n, out)};
}

/* header and payload as given, signed by the ring's current key. */
static inline struct str sign(const struct keyring *ring, const char *header, struct str payload)
{
    struct buf out = buf_new(arena, 65536);
    struct str encoded = b64(str_of(header));
    struct str dotted = arena_printf(arena, "%.*s.", STR_ARG(encoded));
    assert_true(keyring_sign(ring, dotted, payload, &out));
    return buf_view(&out);
}

static inline struct str access_token(const struct keyring *ring)
{
    struct buf out = buf_new(arena, 65536);
    assert_true(keyring_sign(ring, keyring_at_header(ring), CLAIMS, &out));
    return buf_view(&out);
}

static inline enum jws_error verify(const struct keyring *ring, struct str token)
{
    json *payload = NULL;
    enum jws_error error = keyring_verify(ring, token, AT, arena, &payload);
    assert_int_equal(payload != NULL, error == JWS_OK);
    return error;
}

static inline struct keyring *ring_of(const char *jwk)
{
    json *object;
    assert_int_equal(json_parse(arena, str_of(jwk), &object, NULL), JSON_OK);
    struct jwk *key = jwk_from_public(object);
    assert_non_null(key);
    struct keyring *ring = keyring_new(&key, 1, 0);
    jwk_unref(key);
    assert_non_null(ring);
    return ring;
}

static inline struct str with_signature(struct str token, const void *bytes, size_t n)
{
    struct str signature = b64((struct str){bytes, n});
    size_t end = token.n;
    while (token.p[end - 1] != '.')
        end--;
    return arena_printf(arena, "%.*s%.*s", (int)end, token.p, STR_ARG(signature));
}

static inline const char *header(const char *alg, enum jwk_alg key, const char *more)
{
    return arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"%s}", alg,
                        STR_ARG(jwk_kid(keys[key])), more)
        .p;
}

#endif
