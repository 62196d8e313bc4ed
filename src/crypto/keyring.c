/* A tenant's signing keys and the bytes made of them once: JWKS and access-token header. */
#include "crypto/keyring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/key.h"

#define PUBLIC_MAX 4096 /* one key in the JWKS, with room: RSA 8192 is 1.8 KiB */

struct keyring {
    atomic_uint refs;
    size_t count, current;
    struct buf jwks, jwks_etag, at_header, id_header, logout_header;
    struct jwk *keys[];
};

static void build_jwks(struct keyring *ring)
{
    ring->jwks = buf_new(NULL, (ring->count + 1) * PUBLIC_MAX);
    struct json_out out = json_out(&ring->jwks);
    json_open_object(&out);
    json_key(&out, STR("keys"));
    json_open_array(&out);
    for (size_t i = 0; i < ring->count; i++)
        jwk_put_public(ring->keys[i], &out);
    json_close_array(&out);
    json_close_object(&out);
    ring->jwks_etag = buf_new(NULL, 128);
    if (!ring->jwks.failed)
        digest_put_etag(&ring->jwks_etag, buf_view(&ring->jwks));
}

/* The encoded header with a '.' behind it. typ {NULL,0}: none. RFC 7515 3.1 */
static void build_header(const struct keyring *ring, struct str typ, struct buf *header)
{
    const struct jwk *key = ring->keys[ring->current];
    struct buf text = buf_new(NULL, PUBLIC_MAX);
    struct json_out out = json_out(&text);
    json_open_object(&out);
    JSON_STR(&out, "alg", str_of(jwk_alg_name(jwk_algorithm(key))));
    if (typ.p)
        JSON_STR(&out, "typ", typ);
    JSON_STR(&out, "kid", jwk_kid(key));
    json_close_object(&out);
    *header = buf_new(NULL, PUBLIC_MAX);
    size_t n = BASE64URL_LENGTH(text.n);
    if (!text.failed && buf_reserve(header, n + 1)) {
        base64url_encode(text.p, text.n, header->p);
        header->p[n] = '.';
        header->n = n + 1;
    } else {
        header->failed = true;
    }
    buf_free(&text);
}

struct keyring *keyring_new(struct jwk *const *keys, size_t count, size_t current)
{
    assert(current < count);
    struct keyring *ring = calloc(1, sizeof *ring + count * sizeof(struct jwk *));
    if (!ring)
        return NULL;
    atomic_init(&ring->refs, 1);
    ring->count = count;
    ring->current = current;
    for (size_t i = 0; i < count; i++)
        ring->keys[i] = jwk_ref(keys[i]);
    build_jwks(ring);
    build_header(ring, STR("at+jwt"), &ring->at_header); /* RFC 9068 2.1 */
    build_header(ring, STR_NONE, &ring->id_header);
    build_header(ring, STR("logout+jwt"), &ring->logout_header); /* Back-Channel Logout 2.4 */
    if (ring->jwks.failed || ring->jwks_etag.failed || ring->at_header.failed ||
        ring->id_header.failed || ring->logout_header.failed) {
        keyring_unref(ring);
        return NULL;
    }
    return ring;
}

struct keyring *keyring_ref(struct keyring *ring)
{
    atomic_fetch_add_explicit(&ring->refs, 1, memory_order_relaxed);
    return ring;
}

void keyring_unref(struct keyring *ring)
{
    if (!ring || atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < ring->count; i++)
        jwk_unref(ring->keys[i]);
    buf_free(&ring->jwks);
    buf_free(&ring->jwks_etag);
    buf_free(&ring->at_header);
    buf_free(&ring->id_header);
    buf_free(&ring->logout_header);
    free(ring);
}

struct str keyring_jwks_etag(const struct keyring *ring)
{
    return buf_view(&ring->jwks_etag);
}

struct str keyring_jwks(const struct keyring *ring)
{
    return buf_view(&ring->jwks);
}

const struct jwk *keyring_current(const struct keyring *ring)
{
    return ring->keys[ring->current];
}

struct str keyring_at_header(const struct keyring *ring)
{
    return buf_view(&ring->at_header);
}

struct str keyring_id_header(const struct keyring *ring)
{
    return buf_view(&ring->id_header);
}

struct str keyring_logout_header(const struct keyring *ring)
{
    return buf_view(&ring->logout_header);
}

const struct jwk *keyring_find(const struct keyring *ring, enum jwk_alg alg, struct str kid)
{
    const struct jwk *found = NULL;
    for (size_t i = 0; i < ring->count; i++) {
        const struct jwk *key = ring->keys[i];
        if (jwk_algorithm(key) != alg)
            continue;
        if (kid.p && str_eq(kid, jwk_kid(key)))
            return key;
        if (!kid.p && found)
            return NULL;
        if (!kid.p)
            found = key;
    }
    return found;
}
