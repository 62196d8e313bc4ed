/* Assertions of clients. */
#include "crypto/client_assertion.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "base/json.h"
#include "crypto/digest.h"

#define CLAIMS_MAX ((size_t)64 * 1024)
#define LIFETIME   60 /* seconds */

struct str client_assertion_claims(struct arena *arena, struct str client_id, struct str audience,
                                   int64_t now)
{
    char jti[ID_LENGTH];
    struct buf text = buf_new(arena, CLAIMS_MAX);
    struct json_out out = json_out(&text);
    id_random(jti, sizeof jti);
    json_open_object(&out);
    JSON_STR(&out, "iss", client_id);
    JSON_STR(&out, "sub", client_id);
    JSON_STR(&out, "aud", audience);
    JSON_STR(&out, "jti", ((struct str){jti, sizeof jti}));
    JSON_INT(&out, "iat", now);
    JSON_INT(&out, "exp", now + LIFETIME);
    json_close_object(&out);
    return buf_view(&text);
}

struct str client_assertion_by_secret(struct arena *arena, struct str secret, struct str claims)
{
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    struct buf jwt = buf_new(arena, 2 * CLAIMS_MAX);
    uint8_t mac[SHA256_SIZE];
    base64url_put(&jwt, header, sizeof header - 1);
    buf_byte(&jwt, '.');
    base64url_put(&jwt, claims.p, claims.n);
    hmac_sha256(secret, buf_view(&jwt), mac);
    buf_byte(&jwt, '.');
    base64url_put(&jwt, mac, sizeof mac);
    return claims.p ? buf_view(&jwt) : STR_NONE;
}
