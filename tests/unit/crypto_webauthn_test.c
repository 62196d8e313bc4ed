/* Passkeys: a software authenticator against the relying party's checks, one thing wrong at a time.
 */
#include "crypto_tokens.h"

#include <openssl/ecdsa.h>

#include "crypto/signature.h"
#include "crypto/webauthn.h"

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define ORIGIN    "https://id.example.com"
#define ID        STR("credential-1")

static const struct webauthn_ceremony expected = {STR_INIT(CHALLENGE), STR_INIT(ORIGIN),
                                                  STR_INIT("id.example.com")};

/* What an answer is made of; a test changes one thing. */
struct answer {
    enum jwk_alg alg;
    const char *type, *challenge, *origin, *more; /* of the client data */
    struct str rp_id;
    unsigned flags;
    uint32_t counter;
    struct str format;
    bool self;          /* packed: signed by the credential's own key */
    struct str tail;    /* behind the authenticator data */
    struct str key_alg; /* CBOR of the alg in the key; absent: the right one */
};

static const struct answer usual = {.alg = JWK_ES256,
                                    .challenge = CHALLENGE,
                                    .origin = ORIGIN,
                                    .more = "",
                                    .rp_id = STR_INIT("id.example.com"),
                                    .flags = 0x45,
                                    .counter = 7,
                                    .format = STR_INIT("none")};

static struct str client_data(const struct answer *answer, const char *type)
{
    return arena_printf(arena, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}",
                        answer->type ? answer->type : type, answer->challenge, answer->origin,
                        answer->more);
}

static void put_bytes(struct buf *out, struct str bytes)
{
    buf_byte(out, 0x59);
    buf_byte(out, (char)(bytes.n >> 8));
    buf_byte(out, (char)bytes.n);
    buf_str(out, bytes);
}

/* A byte string in its shortest form. */
static void put_short(struct buf *out, struct str bytes)
{
    if (bytes.n > 255) {
        put_bytes(out, bytes);
        return;
    }
    if (bytes.n < 24) {
        buf_byte(out, (char)(0x40 + bytes.n));
    } else {
        buf_byte(out, 0x58);
        buf_byte(out, (char)bytes.n);
    }
    buf_str(out, bytes);
}

static void put_member(struct buf *out, json *public, struct str name)
{
    uint8_t bytes[1024];
    size_t n;
    assert_true(base64url_decode(json_str(json_get(public, name)), bytes, sizeof(bytes), &n));
    put_short(out, (struct str){(char *)bytes, n});
}

static void put_cose(struct buf *out, const struct answer *answer)
{
    struct buf text = buf_new(arena, 8192);
    struct json_out json_text = json_out(&text);
    json *public;
    jwk_put_public(keys[answer->alg], &json_text);
    assert_int_equal(json_parse(arena, buf_view(&text), &public, NULL), JSON_OK);
    if (answer->alg == JWK_ES256) {
        BUF_LIT(out, "\xa5\x01\x02\x03");
        buf_str(out, answer->key_alg.p ? answer->key_alg : STR("\x26"));
        BUF_LIT(out, "\x20\x01\x21");
        put_member(out, public, STR("x"));
        buf_byte(out, 0x22);
        put_member(out, public, STR("y"));
    } else if (answer->alg == JWK_RS256) {
        BUF_LIT(out, "\xa4\x01\x03\x03\x39\x01\x00\x20");
        put_member(out, public, STR("n"));
        buf_byte(out, 0x21);
        put_member(out, public, STR("e"));
    } else {
        BUF_LIT(out, "\xa4\x01\x01\x03\x27\x20\x06\x21");
        put_member(out, public, STR("x"));
    }
}

static struct str data_of(const struct answer *answer)
{
    struct buf out = buf_new(arena, 8192);
    uint8_t hash[SHA256_SIZE];
    sha256(answer->rp_id, hash);
    buf_put(&out, hash, sizeof(hash));
    buf_byte(&out, (char)answer->flags);
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(&out, (char)(answer->counter >> shift));
    if (answer->flags & 0x40) {
        buf_put(&out, (uint8_t[16]){0}, 16);
        buf_byte(&out, 0);
        buf_byte(&out, (char)ID.n);
        buf_str(&out, ID);
        put_cose(&out, answer);
    }
    buf_str(&out, answer->tail);
    return buf_view(&out);
}

static struct str to_der(const uint8_t *raw)
{
    unsigned char *der = NULL;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int n = i2d_ECDSA_SIG(signature, &der);
    assert_true(n > 0);
    struct str copy = arena_str(arena, (struct str){(char *)der, (size_t)n});
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return copy;
}

static struct str sign_by(enum jwk_alg alg, struct str data, struct str client)
{
    uint8_t hash[SHA256_SIZE], raw[SIGNATURE_MAX];
    struct buf input = buf_new(arena, 8192);
    sha256(client, hash);
    buf_str(&input, data);
    buf_put(&input, hash, sizeof(hash));
    assert_true(signature_make(keys[alg], buf_view(&input), raw));
    if (alg == JWK_ES256)
        return to_der(raw);
    return arena_str(arena, (struct str){(char *)raw, keys[alg]->signature_size});
}

static struct str attestation_of(const struct answer *answer, struct str client)
{
    struct buf out = buf_new(arena, 8192);
    struct str data = data_of(answer);
    BUF_LIT(&out, "\xa3\143fmt");
    buf_byte(&out, (char)(0x60 + answer->format.n));
    buf_str(&out, answer->format);
    BUF_LIT(&out, "\147attStmt");
    if (answer->self) {
        BUF_LIT(&out, "\xa2\143alg\x26\143sig");
        put_short(&out, sign_by(answer->alg, data, client));
    } else {
        BUF_LIT(&out, "\xa0");
    }
    BUF_LIT(&out, "\150authData");
    put_short(&out, data);
    return buf_view(&out);
}

static enum webauthn_fault attempt(const struct answer *answer, struct webauthn_credential *out)
{
    struct str client = client_data(answer, "webauthn.create");
    return webauthn_register(arena, &expected, client, attestation_of(answer, client), out);
}

static struct str key_bytes(enum jwk_alg alg)
{
    struct answer answer = usual;
    struct webauthn_credential made = {0};
    answer.alg = alg;
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_OK);
    return made.public_key;
}

static enum webauthn_fault use(const struct answer *answer, enum jwk_alg signer, uint32_t *counter)
{
    struct answer plain = *answer;
    plain.flags &= ~0x40u;
    struct str client = client_data(&plain, "webauthn.get"), data = data_of(&plain);
    return webauthn_assert(arena, &expected, key_bytes(answer->alg), client, data,
                           sign_by(signer, data, client), counter);
}

static void every_algorithm(void **state)
{
    (void)state;
    const enum jwk_alg algs[] = {JWK_ES256, JWK_RS256, JWK_EDDSA};
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = usual;
        struct webauthn_credential made = {0};
        uint32_t counter = 0;
        answer.alg = algs[i];
        assert_int_equal(attempt(&answer, &made), WEBAUTHN_OK);
        assert_true(str_eq(made.id, ID));
        assert_int_equal(made.counter, 7);
        assert_int_equal(use(&answer, algs[i], &counter), WEBAUTHN_OK);
        assert_int_equal(counter, 7);
        counter = 0;
        assert_int_equal(use(&answer, algs[(i + 1) % 3], &counter), WEBAUTHN_SIGNATURE);
        assert_int_equal(counter, 0);
    }
}

static void own_attestation(void **state)
{
    (void)state;
    struct answer answer = usual;
    struct webauthn_credential made = {0};
    answer.format = STR("packed");
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_ATTESTATION); /* without a statement */
    answer.self = true;
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_OK);
    struct str client = client_data(&answer, "webauthn.create");
    struct str other = client_data(&answer, "webauthn.get");
    assert_int_equal(
        webauthn_register(arena, &expected, client, attestation_of(&answer, other), &made),
        WEBAUTHN_SIGNATURE);
    answer.format = STR("none");
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_ATTESTATION);
    answer.format = STR("fido-u2f");
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_ATTESTATION);
}

/* Each row is refused in both ceremonies for its reason. */
static void one_thing_wrong(void **state)
{
    (void)state;
    struct {
        enum webauthn_fault fault;
        struct answer answer;
    } rows[12];
    size_t n = 0;
#define ROW(why, member, value)                                                                    \
    rows[n].fault = why, rows[n].answer = usual, rows[n++].answer.member = value
    ROW(WEBAUTHN_TYPE, type, "payment.get");
    ROW(WEBAUTHN_CHALLENGE, challenge, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9");
    ROW(WEBAUTHN_CHALLENGE, challenge, "");
    ROW(WEBAUTHN_ORIGIN, origin, "https://id.example.com:444");
    ROW(WEBAUTHN_ORIGIN, origin, "http://id.example.com");
    ROW(WEBAUTHN_ORIGIN, more, ",\"crossOrigin\":true");
    ROW(WEBAUTHN_ORIGIN, more, ",\"topOrigin\":\"https://evil.example\"");
    ROW(WEBAUTHN_CLIENT_DATA, more, ",\"type\":\"webauthn.get\"");
    ROW(WEBAUTHN_RP, rp_id, STR("example.com"));
    ROW(WEBAUTHN_NOT_PRESENT, flags, 0x44);
    ROW(WEBAUTHN_NOT_VERIFIED, flags, 0x41);
    ROW(WEBAUTHN_BACKUP, flags, 0x55);
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        struct webauthn_credential made = {0};
        uint32_t counter = 0;
        assert_int_equal(attempt(&rows[i].answer, &made), rows[i].fault);
        assert_int_equal(use(&rows[i].answer, JWK_ES256, &counter), rows[i].fault);
        assert_null(made.id.p);
    }
}

static void wrong_data(void **state)
{
    (void)state;
    struct answer answer = usual;
    struct webauthn_credential made = {0};
    answer.flags = 0x05; /* no credential in it */
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_DATA);
    answer.flags = 0xc5; /* extensions are said to be there */
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_DATA);
    answer.tail = STR("\xa1\153hmac-secret\xf5");
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_OK);
    answer.flags = 0x45; /* there, though not said */
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_DATA);
    answer = usual;
    answer.key_alg = STR("\x38\x22"); /* ES384 was not asked for */
    assert_int_equal(attempt(&answer, &made), WEBAUTHN_KEY);
    struct str client = client_data(&usual, "webauthn.create");
    assert_int_equal(webauthn_register(arena, &expected, client, STR("\xa0"), &made),
                     WEBAUTHN_ATTESTATION);
    assert_int_equal(webauthn_register(arena, &expected, client, STR_NONE, &made),
                     WEBAUTHN_ATTESTATION);
    struct webauthn_ceremony none = expected;
    none.challenge = STR("");
    answer = usual;
    answer.challenge = "";
    client = client_data(&answer, "webauthn.create");
    assert_int_equal(
        webauthn_register(arena, &none, client, attestation_of(&answer, client), &made),
        WEBAUTHN_CHALLENGE);
}

/* No byte of a signature or of what is signed may change. */
static void signatures(void **state)
{
    (void)state;
    struct answer answer = usual;
    answer.flags = 0x05;
    uint32_t counter = 0;
    struct str key = key_bytes(JWK_ES256), client = client_data(&answer, "webauthn.get");
    struct str data = data_of(&answer), signature = sign_by(JWK_ES256, data, client);
    for (size_t n = 0; n < signature.n; n++) {
        struct str cut = arena_str(arena, (struct str){signature.p, n});
        assert_int_equal(webauthn_assert(arena, &expected, key, client, data, cut, &counter),
                         WEBAUTHN_SIGNATURE);
    }
    answer.counter = 8;
    assert_int_equal(
        webauthn_assert(arena, &expected, key, client, data_of(&answer), signature, &counter),
        WEBAUTHN_SIGNATURE);
    assert_int_equal(webauthn_assert(arena, &expected, key, client, data, STR_NONE, &counter),
                     WEBAUTHN_SIGNATURE);
    assert_int_equal(webauthn_assert(arena, &expected, key, client, data, signature, &counter),
                     WEBAUTHN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_algorithm), TEST(own_attestation), TEST(one_thing_wrong),
        TEST(wrong_data),      TEST(signatures),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
