/* Fuzzes what reads tokens of strangers: keyring_verify and jws_peek over arbitrary bytes. The keys
 * are public examples of RFC 7515 and RFC 8037, so that the corpus holds tokens that verify. */
#include <assert.h>
#include <stdlib.h>

#include "crypto/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const KEYS[] = {
    /* RFC 7515 A.3 */
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":"
    "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHv"
    "RVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
    /* RFC 7515 A.2 */
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"kid\":\"b\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
    "wWJcyQoT"
    "bji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b3269"
    "0r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmt"
    "dVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
    "TW9gb54h4FRWyuXpoQ\"}",
    /* RFC 8037 A.2 */
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"c\",\"x\":\"11qYAYKxCrfVS_"
    "7TyWQHOg7hcvPapiMlrwIaa"
    "PcHURo\"}",
};
#define COUNT (sizeof KEYS / sizeof KEYS[0])

static struct keyring *make_ring(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct jwk *keys[COUNT];
    json *object;
    for (size_t i = 0; i < COUNT; i++) {
        if (json_parse(arena, str_of(KEYS[i]), &object, NULL) != JSON_OK ||
            !(keys[i] = jwk_from_public(object)))
            abort();
    }
    struct keyring *ring = keyring_new(keys, COUNT, 0);
    for (size_t i = 0; i < COUNT; i++)
        jwk_unref(keys[i]);
    arena_free(arena);
    return ring;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keyring *ring;
    if (!ring)
        ring = make_ring();
    struct arena *arena = arena_new(4 << 20);
    struct str token = {(const char *)data, size};
    json *claims = NULL;
    enum jws_error error = keyring_verify(ring, token, STR_NONE, arena, &claims);
    /* What verifies can be read without verifying, and is an object. */
    json *peeked = jws_peek(token, arena);
    assert(error != JWS_OK || (yyjson_is_obj(claims) && yyjson_equals(claims, peeked)));
    assert(error == JWS_OK || !claims);
    arena_free(arena);
    return 0;
}
