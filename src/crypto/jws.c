/* JWS in compact form (RFC 7515 7.1): making tokens and checking them. */
#include <errno.h>

#include "base/encoding.h"
#include "crypto/keyring.h"
#include "crypto/signature.h"

size_t keyring_token_size(const struct keyring *ring, struct str header_b64_dot, size_t payload_n)
{
    return header_b64_dot.n + BASE64URL_LENGTH(payload_n) + 1 +
           BASE64URL_LENGTH(keyring_current(ring)->signature_size);
}

bool keyring_sign(const struct keyring *ring, struct str header_b64_dot, struct str payload,
                  struct buf *out)
{
    const struct jwk *key = keyring_current(ring);
    size_t start = out->n, payload_n = BASE64URL_LENGTH(payload.n);
    size_t input_n = header_b64_dot.n + payload_n;
    size_t signature_n = BASE64URL_LENGTH(key->signature_size);
    uint8_t signature[SIGNATURE_MAX];
    if (!buf_reserve(out, input_n + 1 + signature_n))
        return false;
    char *token = out->p + start;
    memcpy(token, header_b64_dot.p, header_b64_dot.n);
    base64url_encode(payload.p, payload.n, token + header_b64_dot.n);
    if (!signature_make(key, (struct str){token, input_n}, signature)) {
        out->failed = true;
        return false;
    }
    token[input_n] = '.';
    base64url_encode(signature, key->signature_size, token + input_n + 1);
    out->n = start + input_n + 1 + signature_n;
    return true;
}

/* The three parts, still encoded, and what is signed: the first two with their dot. */
struct parts {
    struct str header, payload, signature, input;
};

static bool split(struct str token, struct parts *out)
{
    if (token.n > TOKEN_MAX)
        return false;
    size_t first = str_find(token, '.');
    struct str rest = str_from(token, first + 1);
    size_t second = str_find(rest, '.');
    if (first == token.n || second == rest.n)
        return false;
    out->header = (struct str){token.p, first};
    out->payload = (struct str){rest.p, second};
    out->signature = str_from(rest, second + 1);
    out->input = (struct str){token.p, first + 1 + second};
    return true;
}

static enum jws_error read_object(struct arena *arena, struct str encoded, json **out)
{
    json *value;
    size_t n;
    char *text = arena_bytes(arena, encoded.n + 1);
    if (!text)
        return JWS_NO_MEMORY;
    if (!base64url_decode(encoded, text, encoded.n, &n))
        return JWS_INVALID;
    enum json_error error = json_parse(arena, (struct str){text, n}, &value, NULL);
    if (error == JSON_NO_MEMORY)
        return JWS_NO_MEMORY;
    if (error != JSON_OK || !yyjson_is_obj(value))
        return JWS_INVALID;
    *out = value;
    return JWS_OK;
}

/* A header member that, when it is there, must be a string. */
static bool read_text(json *header, struct str name, struct str *out)
{
    json *value = json_get(header, name);
    *out = json_str(value);
    return !value || out->p;
}

/* The key that the header names, by our own record of what each key is for. No header parameter
 * brings a key along or tells where one is (RFC 8725 3.10): jwk, jku, x5c and x5u are not read. */
static enum jws_error find_key(const struct keyring *ring, json *header, const struct jwk **out)
{
    enum jwk_alg alg;
    struct str name, kid;
    /* RFC 7515 4.1.11: no extension is understood here, so none may be critical. */
    if (!read_text(header, STR("alg"), &name) || !name.p || !read_text(header, STR("kid"), &kid) ||
        json_get(header, STR("crit")))
        return JWS_INVALID;
    if (!jwk_alg_find(name, &alg))
        return JWS_NOT_SUPPORTED;
    *out = keyring_find(ring, alg, kid);
    return *out ? JWS_OK : JWS_NO_KEY;
}

/* RFC 7515 4.1.9: "application/" may be left out, and case does not matter. */
static bool type_is(json *header, struct str expected)
{
    const struct str prefix = STR("application/");
    struct str typ = json_str(json_get(header, STR("typ")));
    if (typ.n > prefix.n && str_eq_nocase((struct str){typ.p, prefix.n}, prefix))
        typ = str_from(typ, prefix.n);
    return !expected.p || (typ.p && str_eq_nocase(typ, expected));
}

enum jws_error keyring_verify(const struct keyring *ring, struct str token, struct str typ,
                              struct arena *arena, json **payload)
{
    struct parts parts;
    json *header;
    const struct jwk *key;
    uint8_t signature[SIGNATURE_MAX];
    size_t n;
    if (!split(token, &parts))
        return JWS_INVALID;
    enum jws_error error = read_object(arena, parts.header, &header);
    if (!error)
        error = find_key(ring, header, &key);
    if (error)
        return error;
    if (parts.signature.n != BASE64URL_LENGTH(key->signature_size) ||
        !base64url_decode(parts.signature, signature, sizeof signature, &n))
        return JWS_INVALID;
    if (!type_is(header, typ))
        return JWS_BAD_TYPE;
    if (!signature_check(key, parts.input, signature))
        return errno == ENOMEM ? JWS_NO_MEMORY : JWS_BAD_SIGNATURE;
    return read_object(arena, parts.payload, payload);
}

json *jws_peek(struct str token, struct arena *arena)
{
    struct parts parts;
    json *payload;
    return split(token, &parts) && !read_object(arena, parts.payload, &payload) ? payload : NULL;
}
