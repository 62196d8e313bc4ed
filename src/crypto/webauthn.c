/* Checking what authenticators answer. */
#include "crypto/webauthn.h"

#include "base/encoding.h"
#include "crypto/cbor.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

#define FLAG_PRESENT    0x01
#define FLAG_VERIFIED   0x04
#define FLAG_BACKUPABLE 0x08
#define FLAG_BACKED_UP  0x10
#define FLAG_CREDENTIAL 0x40
#define FLAG_EXTENSIONS 0x80

#define HEAD_SIZE   37 /* rpIdHash, flags, counter */
#define AAGUID_SIZE 16
#define FIELD_SIZE  32 /* of a coordinate */
#define KEY_MAX     2048

static const char *const texts[] = {
    [WEBAUTHN_OK] = "it is right",
    [WEBAUTHN_CLIENT_DATA] = "the client data cannot be read",
    [WEBAUTHN_TYPE] = "the answer is one of another ceremony",
    [WEBAUTHN_CHALLENGE] = "the answer is to another challenge",
    [WEBAUTHN_ORIGIN] = "the answer comes from another origin",
    [WEBAUTHN_ATTESTATION] = "the attestation cannot be read or was not asked for",
    [WEBAUTHN_DATA] = "the authenticator data cannot be read",
    [WEBAUTHN_RP] = "the answer is for another relying party",
    [WEBAUTHN_NOT_PRESENT] = "nobody was present",
    [WEBAUTHN_NOT_VERIFIED] = "the user was not verified",
    [WEBAUTHN_BACKUP] = "the flags of a backup contradict each other",
    [WEBAUTHN_KEY] = "the public key is not of an algorithm that was asked for",
    [WEBAUTHN_SIGNATURE] = "the signature is not the key's",
    [WEBAUTHN_NO_MEMORY] = "memory is out",
};

const char *webauthn_fault_text(enum webauthn_fault fault)
{
    return texts[fault];
}

/* ---- Client data ---- */

static enum webauthn_fault check_client_data(struct arena *arena, struct str bytes, struct str type,
                                             const struct webauthn_ceremony *expected)
{
    json *data;
    if (json_parse(arena, bytes, &data, NULL) != JSON_OK || !yyjson_is_obj(data))
        return WEBAUTHN_CLIENT_DATA;
    if (!str_eq(json_str(json_get(data, STR("type"))), type))
        return WEBAUTHN_TYPE;
    if (expected->challenge.n < WEBAUTHN_CHALLENGE_SIZE ||
        !str_eq_secret(json_str(json_get(data, STR("challenge"))), expected->challenge))
        return WEBAUTHN_CHALLENGE;
    if (!str_eq(json_str(json_get(data, STR("origin"))), expected->origin) ||
        yyjson_is_true(json_get(data, STR("crossOrigin"))) || json_get(data, STR("topOrigin")))
        return WEBAUTHN_ORIGIN;
    return WEBAUTHN_OK;
}

/* ---- Authenticator data (6.1): rpIdHash 32, flags 1, counter 4, then as the flags say
 * aaguid 16, length 2, credential id, COSE key; extensions ---- */

struct authenticator_data {
    unsigned flags;
    uint32_t counter;
    struct str hash;
    struct str credential_id, public_key; /* {NULL,0} without FLAG_CREDENTIAL */
};

static bool take(struct str *rest, size_t n, struct str *out)
{
    if (rest->n < n)
        return false;
    *out = (struct str){rest->p, n};
    *rest = str_from(*rest, n);
    return true;
}

static bool take_credential(struct str *rest, struct authenticator_data *out)
{
    struct str aaguid, length;
    struct cbor key;
    if (!take(rest, AAGUID_SIZE, &aaguid) || !take(rest, 2, &length))
        return false;
    size_t n = (size_t)(uint8_t)length.p[0] << 8 | (uint8_t)length.p[1];
    if (n == 0 || n > WEBAUTHN_CREDENTIAL_MAX || !take(rest, n, &out->credential_id) ||
        !cbor_read(rest, &key))
        return false;
    out->public_key = key.whole;
    return key.kind == CBOR_MAP && key.whole.n <= KEY_MAX;
}

static bool parse_data(struct str bytes, struct authenticator_data *out)
{
    struct str rest = bytes, head;
    struct cbor extensions;
    *out = (struct authenticator_data){0};
    if (!take(&rest, HEAD_SIZE, &head))
        return false;
    out->hash = (struct str){head.p, SHA256_SIZE};
    out->flags = (uint8_t)head.p[SHA256_SIZE];
    for (size_t i = SHA256_SIZE + 1; i < HEAD_SIZE; i++)
        out->counter = out->counter << 8 | (uint8_t)head.p[i];
    if ((out->flags & FLAG_CREDENTIAL) && !take_credential(&rest, out))
        return false;
    if ((out->flags & FLAG_EXTENSIONS) &&
        (!cbor_read(&rest, &extensions) || extensions.kind != CBOR_MAP))
        return false;
    return rest.n == 0;
}

static enum webauthn_fault check_data(const struct authenticator_data *data, struct str rp_id)
{
    uint8_t hash[SHA256_SIZE];
    sha256(rp_id, hash);
    if (!str_eq(data->hash, (struct str){(char *)hash, sizeof(hash)}))
        return WEBAUTHN_RP;
    if (!(data->flags & FLAG_PRESENT))
        return WEBAUTHN_NOT_PRESENT;
    if (!(data->flags & FLAG_VERIFIED))
        return WEBAUTHN_NOT_VERIFIED;
    if ((data->flags & FLAG_BACKED_UP) && !(data->flags & FLAG_BACKUPABLE))
        return WEBAUTHN_BACKUP;
    return WEBAUTHN_OK;
}

/* ---- Keys ---- */

/* Keys of a COSE_Key map, as their bytes. */
#define COSE_KTY STR("\x01")
#define COSE_ALG STR("\x03")
#define COSE_1   STR("\x20") /* crv, or an RSA key's n */

const int webauthn_algorithms[] = {-7, -257, -8, 0};

/* The bytes of kty, alg and crv, and the same as JWK; parts are x and y, or n and e. */
static const struct algorithm {
    struct str kty, alg, crv; /* crv absent: RSA */
    const char *jwk;
    struct str part_keys[2]; /* the second absent: there is one part */
    const char *part_names[2];
    size_t part_size; /* 0: any */
} algorithms[] = {
    {STR_INIT("\x02"),
     STR_INIT("\x26"),
     STR_INIT("\x01"),
     "\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\"",
     {STR_INIT("\x21"), STR_INIT("\x22")},
     {"x", "y"},
     FIELD_SIZE},
    {STR_INIT("\x03"),
     STR_INIT("\x39\x01\x00"),
     {NULL, 0},
     "\"kty\":\"RSA\",\"alg\":\"RS256\"",
     {STR_INIT("\x20"), STR_INIT("\x21")},
     {"n", "e"},
     0},
    {STR_INIT("\x01"),
     STR_INIT("\x27"),
     STR_INIT("\x06"),
     "\"kty\":\"OKP\",\"alg\":\"EdDSA\",\"crv\":\"Ed25519\"",
     {STR_INIT("\x21"), {NULL, 0}},
     {"x", NULL},
     FIELD_SIZE},
};

static bool has(const struct cbor *map, struct str key, struct str value)
{
    struct cbor found;
    return cbor_find(map, key, &found) && str_eq(found.whole, value);
}

static const struct algorithm *algorithm_of(const struct cbor *key)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
        const struct algorithm *each = &algorithms[i];
        if (has(key, COSE_KTY, each->kty) && has(key, COSE_ALG, each->alg) &&
            (!each->crv.p || has(key, COSE_1, each->crv)))
            return each;
    }
    return NULL;
}

static bool put_part(struct buf *out, const struct cbor *key, struct str part, const char *name,
                     size_t size)
{
    struct cbor value;
    char text[BASE64URL_LENGTH(KEY_MAX)];
    if (!cbor_find(key, part, &value) || value.kind != CBOR_BYTES || value.text.n > KEY_MAX ||
        (size && value.text.n != size))
        return false;
    size_t n = base64url_encode(value.text.p, value.text.n, text);
    buf_printf(out, ",\"%s\":\"%.*s\"", name, (int)n, text);
    return true;
}

/* NULL: not usable. Not the caller's for longer than jwk_unref. */
static struct jwk *key_of(struct arena *arena, struct str cose)
{
    struct str rest = cose;
    struct cbor map;
    json *object;
    struct buf jwk = buf_new(arena, (size_t)8 * 1024);
    if (!cbor_read(&rest, &map) || rest.n)
        return NULL;
    const struct algorithm *algorithm = algorithm_of(&map);
    if (!algorithm)
        return NULL;
    buf_printf(&jwk, "{%s", algorithm->jwk);
    for (size_t i = 0; i < 2 && algorithm->part_keys[i].p; i++)
        if (!put_part(&jwk, &map, algorithm->part_keys[i], algorithm->part_names[i],
                      algorithm->part_size))
            return NULL;
    buf_byte(&jwk, '}');
    if (jwk.failed || json_parse(arena, buf_view(&jwk), &object, NULL) != JSON_OK)
        return NULL;
    return jwk_from_public(object);
}

/* What is signed: the authenticator data, then the digest of the client data. */
static enum webauthn_fault check_signature(struct arena *arena, struct str cose, struct str data,
                                           struct str client_data, struct str signature)
{
    uint8_t hash[SHA256_SIZE];
    struct buf input = buf_new(arena, SIZE_MAX);
    struct jwk *key = key_of(arena, cose);
    if (!key)
        return WEBAUTHN_KEY;
    sha256(client_data, hash);
    buf_str(&input, data);
    buf_put(&input, hash, sizeof(hash));
    bool right = !input.failed && signature_check_der(key, buf_view(&input), signature);
    jwk_unref(key);
    return right ? WEBAUTHN_OK : WEBAUTHN_SIGNATURE;
}

/* ---- Attestation (8.2, 8.7) ---- */

/* Keys of its maps, as their bytes. */
#define ATT_FORMAT    STR("\143fmt")
#define ATT_STATEMENT STR("\147attStmt")
#define ATT_DATA      STR("\150authData")
#define ATT_ALG       STR("\143alg")
#define ATT_SIGNATURE STR("\143sig")

static enum webauthn_fault check_attestation(struct arena *arena, const struct cbor *format,
                                             const struct cbor *statement, struct str data,
                                             struct str public_key, struct str client_data)
{
    struct str rest = public_key;
    struct cbor signature, algorithm, key, key_algorithm;
    if (str_eq(format->text, STR("none")))
        return statement->number == 0 ? WEBAUTHN_OK : WEBAUTHN_ATTESTATION;
    if (!str_eq(format->text, STR("packed")) || statement->number != 2 ||
        !cbor_find(statement, ATT_SIGNATURE, &signature) || signature.kind != CBOR_BYTES ||
        !cbor_find(statement, ATT_ALG, &algorithm) || !cbor_read(&rest, &key) ||
        !cbor_find(&key, COSE_ALG, &key_algorithm) || !str_eq(algorithm.whole, key_algorithm.whole))
        return WEBAUTHN_ATTESTATION;
    return check_signature(arena, public_key, data, client_data, signature.text);
}

static bool open_attestation(struct str bytes, struct cbor *format, struct cbor *statement,
                             struct cbor *data)
{
    struct str rest = bytes;
    struct cbor object;
    return cbor_read(&rest, &object) && rest.n == 0 && cbor_find(&object, ATT_FORMAT, format) &&
           format->kind == CBOR_TEXT && cbor_find(&object, ATT_STATEMENT, statement) &&
           statement->kind == CBOR_MAP && cbor_find(&object, ATT_DATA, data) &&
           data->kind == CBOR_BYTES;
}

/* ---- The two ceremonies ---- */

enum webauthn_fault webauthn_register(struct arena *arena, const struct webauthn_ceremony *expected,
                                      struct str client_data, struct str attestation,
                                      struct webauthn_credential *out)
{
    struct cbor format, statement, bytes;
    struct authenticator_data data;
    enum webauthn_fault fault =
        check_client_data(arena, client_data, STR("webauthn.create"), expected);
    if (fault)
        return fault;
    if (!open_attestation(attestation, &format, &statement, &bytes))
        return WEBAUTHN_ATTESTATION;
    if (!parse_data(bytes.text, &data) || !data.credential_id.p)
        return WEBAUTHN_DATA;
    if ((fault = check_data(&data, expected->rp_id)))
        return fault;
    struct jwk *key = key_of(arena, data.public_key);
    if (!key)
        return WEBAUTHN_KEY;
    jwk_unref(key);
    fault = check_attestation(arena, &format, &statement, bytes.text, data.public_key, client_data);
    if (!fault)
        *out = (struct webauthn_credential){data.credential_id, data.public_key, data.counter};
    return fault;
}

enum webauthn_fault webauthn_assert(struct arena *arena, const struct webauthn_ceremony *expected,
                                    struct str public_key, struct str client_data,
                                    struct str authenticator_data, struct str signature,
                                    uint32_t *counter)
{
    struct authenticator_data data;
    enum webauthn_fault fault =
        check_client_data(arena, client_data, STR("webauthn.get"), expected);
    if (fault)
        return fault;
    if (!parse_data(authenticator_data, &data))
        return WEBAUTHN_DATA;
    if ((fault = check_data(&data, expected->rp_id)) ||
        (fault = check_signature(arena, public_key, authenticator_data, client_data, signature)))
        return fault;
    *counter = data.counter;
    return WEBAUTHN_OK;
}
