/* Tokens: the RFCs' examples, every algorithm there and back, and the forgeries that must fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

#define CLAIMS STR("{\"iss\":\"https://id.example.com/oidc\",\"sub\":\"abc\"}")
#define AT     STR("at+jwt")

static struct arena *arena;
static struct jwk *keys[JWK_ALGS];      /* one of each algorithm, made once: RSA is slow to make */
static struct keyring *rings[JWK_ALGS]; /* all keys; rings[i] signs with keys[i] */

static int make_keys(void **state)
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

static int free_keys(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++) {
        keyring_unref(rings[i]);
        jwk_unref(keys[i]);
    }
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(8 << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return ERR_peek_error() == 0 ? 0 : -1; /* a TLS connection would take it for its own */
}

static struct str b64(struct str text)
{
    char *out = arena_bytes(arena, BASE64URL_LENGTH(text.n) + 1);
    assert_non_null(out);
    return (struct str){out, base64url_encode(text.p, text.n, out)};
}

/* header and payload as given, signed by the ring's current key. */
static struct str sign(const struct keyring *ring, const char *header, struct str payload)
{
    struct buf out = buf_new(arena, 65536);
    struct str encoded = b64(str_of(header));
    struct str dotted = arena_printf(arena, "%.*s.", STR_ARG(encoded));
    assert_true(keyring_sign(ring, dotted, payload, &out));
    return buf_view(&out);
}

static struct str access_token(const struct keyring *ring)
{
    struct buf out = buf_new(arena, 65536);
    assert_true(keyring_sign(ring, keyring_at_header(ring), CLAIMS, &out));
    return buf_view(&out);
}

static enum jws_error verify(const struct keyring *ring, struct str token)
{
    json *payload = NULL;
    enum jws_error error = keyring_verify(ring, token, AT, arena, &payload);
    assert_int_equal(payload != NULL, error == JWS_OK);
    return error;
}

static struct keyring *ring_of(const char *jwk)
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

static void header_of_access_tokens(void **state)
{
    (void)state;
    struct str header = keyring_at_header(rings[JWK_ES384]);
    char text[256];
    size_t n;
    assert_true(str_ends(header, STR(".")));
    header.n--;
    assert_true(base64url_decode(header, text, sizeof text, &n));
    struct str expected =
        arena_printf(arena, "{\"alg\":\"ES384\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"}",
                     STR_ARG(jwk_kid(keys[JWK_ES384])));
    assert_true(str_eq((struct str){text, n}, expected));
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

/* What was in the buffer stays before the token; what does not fit is not begun. */
static void appends(void **state)
{
    (void)state;
    struct buf out = buf_new(arena, 4096);
    BUF_LIT(&out, "{\"access_token\":\"");
    assert_true(keyring_sign(rings[0], keyring_at_header(rings[0]), CLAIMS, &out));
    assert_true(str_starts(buf_view(&out), STR("{\"access_token\":\"ey")));
    assert_int_equal(verify(rings[0], str_from(buf_view(&out), 17)), JWS_OK);
    struct buf small = buf_new(arena, 100);
    assert_false(keyring_sign(rings[0], keyring_at_header(rings[0]), CLAIMS, &small));
    assert_true(small.failed);
    assert_int_equal(small.n, 0);
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

static struct str with_signature(struct str token, const void *bytes, size_t n)
{
    struct str signature = b64((struct str){bytes, n});
    size_t end = token.n;
    while (token.p[end - 1] != '.')
        end--;
    return arena_printf(arena, "%.*s%.*s", (int)end, token.p, STR_ARG(signature));
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

static const char *header(const char *alg, enum jwk_alg key, const char *more)
{
    return arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"%s}", alg,
                        STR_ARG(jwk_kid(keys[key])), more)
        .p;
}

static void refuses_another_alg(void **state)
{
    (void)state;
    for (int i = 0; i < JWK_ALGS; i++) {
        for (int other = 0; other < JWK_ALGS; other++) {
            const char *text = header(jwk_alg_name((enum jwk_alg)other), (enum jwk_alg)i, "");
            assert_int_equal(verify(rings[0], sign(rings[i], text, CLAIMS)),
                             i == other ? JWS_OK : JWS_NO_KEY);
        }
    }
}

static void refuses_unknown_algs(void **state)
{
    (void)state;
    const char *const names[] = {"none", "None",  "NONE",   "nOnE",   "HS256", "HS512",  "RS384",
                                 "RS1",  "es256", "ES256 ", "ES256K", "dir",   "RSA1_5", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = header(names[i], JWK_ES256, "");
        assert_int_equal(verify(rings[0], sign(rings[JWK_ES256], text, CLAIMS)), JWS_NOT_SUPPORTED);
        struct str bare =
            arena_printf(arena, "%.*s.%.*s.", STR_ARG(b64(str_of(text))), STR_ARG(b64(CLAIMS)));
        assert_int_equal(verify(rings[0], bare), JWS_NOT_SUPPORTED);
    }
}

/* RFC 8725 2.1: the published key, used as a secret. */
static void refuses_hmac_by_the_public_key(void **state)
{
    (void)state;
    uint8_t mac[SHA256_SIZE];
    struct buf buf = buf_new(arena, 65536);
    struct json_out out = json_out(&buf);
    jwk_put_public(keys[JWK_RS256], &out);
    const char *const algs[] = {"HS256", "RS256", "EdDSA"};
    const enum jws_error errors[] = {JWS_NOT_SUPPORTED, JWS_INVALID, JWS_NO_KEY};
    for (size_t i = 0; i < 3; i++) {
        struct str input =
            arena_printf(arena, "%.*s.%.*s", STR_ARG(b64(str_of(header(algs[i], JWK_RS256, "")))),
                         STR_ARG(b64(CLAIMS)));
        hmac_sha256(buf_view(&buf), input, mac);
        struct str token = arena_printf(arena, "%.*s.", STR_ARG(input));
        assert_int_equal(verify(rings[0], with_signature(token, mac, sizeof mac)), errors[i]);
    }
}

static void refuses_bad_headers(void **state)
{
    (void)state;
    const struct {
        const char *header;
        enum jws_error error;
    } rows[] = {
        {header("ES256", JWK_ES256, ""), JWS_OK},
        {header("ES256", JWK_ES256, ",\"x\":{\"y\":[1]}"), JWS_OK},
        {header("ES256", JWK_ES256, ",\"crit\":[\"exp\"],\"exp\":1"), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"crit\":[\"b64\"],\"b64\":false"), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"crit\":[]"), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"crit\":null"), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"alg\":\"ES256\""), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"\\u0061lg\":\"none\""), JWS_INVALID},
        {header("ES256", JWK_ES256, ",\"typ\":\"at+jwt\""), JWS_INVALID},
        {header("ES256", JWK_ES256, "} {"), JWS_INVALID},
        {"{\"typ\":\"at+jwt\"}", JWS_INVALID},
        {"{\"typ\":\"at+jwt\",\"alg\":[\"ES256\"]}", JWS_INVALID},
        {"{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":1}", JWS_INVALID},
        {"{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":null}", JWS_INVALID},
        {"{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":\"\"}", JWS_NO_KEY},
        {"{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":\"other\"}", JWS_NO_KEY},
        {"\"ES256\"", JWS_INVALID},
        {"[]", JWS_INVALID},
        {"", JWS_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(verify(rings[0], sign(rings[JWK_ES256], rows[i].header, CLAIMS)),
                         rows[i].error);
}

/* A stranger's key in the header, by which the token would be good. */
static void refuses_a_key_brought_along(void **state)
{
    (void)state;
    struct jwk *own = jwk_generate(JWK_ES256);
    struct keyring *ring = keyring_new(&own, 1, 0);
    struct buf buf = buf_new(arena, 4096);
    BUF_LIT(&buf, ",\"jku\":\"https://evil.example/jwks\",\"jwk\":");
    struct json_out out = json_out(&buf);
    jwk_put_public(own, &out);
    buf_byte(&buf, '\0');
    const char *text = header("ES256", JWK_ES256, buf_view(&buf).p);
    assert_int_equal(verify(rings[0], sign(ring, text, CLAIMS)), JWS_BAD_SIGNATURE);
    keyring_unref(ring);
    jwk_unref(own);
}

static void without_kid_only_one_key_may_fit(void **state)
{
    (void)state;
    struct str token = sign(rings[JWK_ES256], "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", CLAIMS);
    assert_int_equal(verify(rings[0], token), JWS_OK);
    struct jwk *two[] = {keys[JWK_ES256], jwk_generate(JWK_ES256), keys[JWK_RS256]};
    struct keyring *ring = keyring_new(two, 3, 0);
    assert_int_equal(verify(ring, token), JWS_NO_KEY);
    assert_int_equal(verify(ring, access_token(rings[JWK_ES256])), JWS_OK);
    token = sign(rings[JWK_RS256], "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", CLAIMS);
    assert_int_equal(verify(ring, token), JWS_OK);
    token = sign(rings[JWK_EDDSA], "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}", CLAIMS);
    assert_int_equal(verify(ring, token), JWS_NO_KEY);
    keyring_unref(ring);
    jwk_unref(two[1]);
}

static void types(void **state)
{
    (void)state;
    const struct {
        const char *header;
        struct str typ;
        enum jws_error error;
    } rows[] = {
        {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", STR("at+jwt"), JWS_OK},
        {"{\"alg\":\"ES256\",\"typ\":\"AT+JWT\"}", STR("at+jwt"), JWS_OK},
        {"{\"alg\":\"ES256\",\"typ\":\"application/at+jwt\"}", STR("at+jwt"), JWS_OK},
        {"{\"alg\":\"ES256\",\"typ\":\"Application/AT+jwt\"}", STR("at+jwt"), JWS_OK},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}", STR_NONE, JWS_OK},
        {"{\"alg\":\"ES256\"}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\"}", STR_NONE, JWS_OK},
        {"{\"alg\":\"ES256\",\"typ\":[\"at+jwt\"]}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\",\"typ\":\"\"}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\",\"typ\":\"application/\"}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\",\"typ\":\"text/at+jwt\"}", STR("at+jwt"), JWS_BAD_TYPE},
        {"{\"alg\":\"ES256\",\"typ\":\"at+jwtx\"}", STR("at+jwt"), JWS_BAD_TYPE},
    };
    json *claims;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str token = sign(rings[JWK_ES256], rows[i].header, CLAIMS);
        assert_int_equal(keyring_verify(rings[0], token, rows[i].typ, arena, &claims),
                         rows[i].error);
    }
}

static void refuses_bad_shapes(void **state)
{
    (void)state;
    struct str token = access_token(rings[JWK_ES256]);
    const struct str tokens[] = {
        STR_NONE,
        STR(""),
        STR("."),
        STR(".."),
        STR("..."),
        STR("e30.e30.e30"),
        arena_printf(arena, "%.*s.", STR_ARG(token)),
        arena_printf(arena, "%.*s=", STR_ARG(token)),
        arena_printf(arena, "%.*s\n", STR_ARG(token)),
        arena_printf(arena, " %.*s", STR_ARG(token)),
        arena_printf(arena, ".%.*s", STR_ARG(token)),
        (struct str){token.p, keyring_at_header(rings[JWK_ES256]).n - 1},
        str_from(token, keyring_at_header(rings[JWK_ES256]).n),
    };
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        assert_int_equal(verify(rings[0], tokens[i]), JWS_INVALID);
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

static void refuses_bad_payloads(void **state)
{
    (void)state;
    const char *const payloads[] = {
        "", "[]", "1", "\"text\"", "{", "{}x", "{\"sub\":\"a\",\"sub\":\"b\"}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        struct str token =
            sign(rings[JWK_ES256], header("ES256", JWK_ES256, ""), str_of(payloads[i]));
        assert_int_equal(verify(rings[0], token), JWS_INVALID);
        assert_null(jws_peek(token, arena));
    }
}

/* 16384 characters pass, one more does not; neither is a matter of the signature. */
static void bounds_a_token(void **state)
{
    (void)state;
    struct str empty = sign(rings[0], header("ES256", JWK_ES256, ""), STR("{\"a\":\"\"}"));
    size_t room = (16384 - empty.n) / 4 * 3;
    for (size_t more = 0; more < 4; more++) {
        size_t n = room + more;
        char *filler = arena_bytes(arena, n);
        memset(filler, 'a', n);
        struct str payload = arena_printf(arena, "{\"a\":\"%.*s\"}", (int)n, filler);
        struct str token = sign(rings[0], header("ES256", JWK_ES256, ""), payload);
        assert_in_range(token.n, 16384 - 4, 16384 + 4);
        assert_int_equal(verify(rings[0], token), token.n <= 16384 ? JWS_OK : JWS_INVALID);
        assert_int_equal(jws_peek(token, arena) != NULL, token.n <= 16384);
    }
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    struct str token = access_token(rings[JWK_ES256]);
    struct arena *small = arena_new(16);
    json *claims;
    assert_int_equal(keyring_verify(rings[0], token, AT, small, &claims), JWS_NO_MEMORY);
    arena_free(small);
}

static void peeks(void **state)
{
    (void)state;
    struct str token = access_token(rings[JWK_ES256]);
    json *claims = jws_peek(token, arena);
    assert_true(str_eq(json_text(arena, claims), CLAIMS));
    claims = jws_peek(STR("!!.eyJhIjoxfQ.!!"), arena);
    assert_int_equal(yyjson_get_int(json_get(claims, STR("a"))), 1);
    assert_null(jws_peek(STR("eyJhIjoxfQ"), arena));
    assert_null(jws_peek(STR("a.eyJhIjoxfQ"), arena));
    assert_null(jws_peek(STR_NONE, arena));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rfc_7515_examples),
        TEST(rfc_8037_example),
        TEST(header_of_access_tokens),
        TEST(round_trips),
        TEST(appends),
        TEST(public_keys_do_not_sign),
        TEST(refuses_any_change),
        TEST(refuses_a_changed_signature),
        TEST(refuses_extreme_signatures),
        TEST(refuses_wrong_lengths),
        TEST(refuses_another_alg),
        TEST(refuses_unknown_algs),
        TEST(refuses_hmac_by_the_public_key),
        TEST(refuses_bad_headers),
        TEST(refuses_a_key_brought_along),
        TEST(without_kid_only_one_key_may_fit),
        TEST(types),
        TEST(refuses_bad_shapes),
        TEST(refuses_another_spelling),
        TEST(refuses_bad_payloads),
        TEST(bounds_a_token),
        TEST(says_when_memory_is_out),
        TEST(peeks),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
