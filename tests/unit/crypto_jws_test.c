/* Tokens: what their header may say, what shape they may have, and the known forgeries. */
#include "crypto_tokens.h"

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
    const struct CMUnitTest tests[] = {
        TEST(header_of_access_tokens),
        TEST(appends),
        TEST(refuses_another_alg),
        TEST(refuses_unknown_algs),
        TEST(refuses_hmac_by_the_public_key),
        TEST(refuses_bad_headers),
        TEST(refuses_a_key_brought_along),
        TEST(without_kid_only_one_key_may_fit),
        TEST(types),
        TEST(refuses_bad_shapes),
        TEST(refuses_bad_payloads),
        TEST(bounds_a_token),
        TEST(says_when_memory_is_out),
        TEST(peeks),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
