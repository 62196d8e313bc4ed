/* Signature check with the keys that the issuer publishes. RFC 7515 5.2, RFC 7517 5 */
#include "cli/token_verify.h"

#include "cli/terminal.h"
#include "crypto/keyring.h"

#define KEYS_MAX 64

static bool fetch_keys(struct oauth *oauth, struct str url, json **keys, struct str *why)
{
    struct http_call call = oauth_call(oauth, "GET", url);
    struct http_reply reply;
    json *set = NULL;
    if (!http_client_send(&call, oauth->arena, &reply, why))
        return false;
    bool good = reply.status == 200 && json_parse(oauth->arena, reply.body, &set, NULL) == JSON_OK;
    *keys = json_get(set, STR("keys"));
    if (good && yyjson_is_arr(*keys))
        return true;
    *why = arena_printf(oauth->arena, "%.*s holds no keys", STR_ARG(url));
    return false;
}

/* A ring of those keys that this program can use; NULL when there is none. */
static struct keyring *make_ring(json *keys)
{
    struct jwk *usable[KEYS_MAX];
    size_t count = 0, i, n;
    json *object;
    yyjson_arr_foreach(keys, i, n, object)
    {
        struct jwk *key = count < KEYS_MAX ? jwk_from_public(object) : NULL;
        if (key)
            usable[count++] = key;
    }
    struct keyring *ring = count ? keyring_new(usable, count, 0) : NULL;
    for (size_t k = 0; k < count; k++)
        jwk_unref(usable[k]);
    return ring;
}

static const char *words(enum jws_error error)
{
    switch (error) {
    case JWS_OK:
        return "";
    case JWS_INVALID:
        return "it is no well-formed JWT";
    case JWS_NOT_SUPPORTED:
        return "its algorithm is none that this program trusts";
    case JWS_NO_KEY:
        return "the issuer publishes no such key";
    case JWS_BAD_SIGNATURE:
        return "the signature is wrong: do not trust this token";
    case JWS_BAD_TYPE:
        return "its type is wrong";
    case JWS_NO_MEMORY:
        return "memory is out";
    }
    return "";
}

bool token_verify(struct oauth *oauth, struct str token, struct str *why)
{
    struct arena *arena = oauth->arena;
    json *keys, *claims = NULL;
    if (!oauth_discover(oauth)) {
        *why = oauth->why;
        return false;
    }
    struct str url = json_str(json_get(oauth->metadata, STR("jwks_uri")));
    if (!url.n) {
        *why = STR("the issuer publishes no keys");
        return false;
    }
    if (!fetch_keys(oauth, url, &keys, why))
        return false;
    struct keyring *ring = make_ring(keys);
    *why = STR("the issuer publishes no key that this program can use");
    if (!ring)
        return false;
    enum jws_error error = keyring_verify(ring, token, STR_NONE, arena, &claims);
    keyring_unref(ring);
    *why =
        error ? str_of(words(error)) : arena_printf(arena, "with the keys of %.*s", STR_ARG(url));
    if (!error && !str_eq(json_str(json_get(claims, STR("iss"))), oauth->issuer)) {
        *why = arena_printf(arena, "its iss is not %.*s", STR_ARG(oauth->issuer));
        return false;
    }
    return !error;
}
