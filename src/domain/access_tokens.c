/* Access tokens that come back to us. */
#include "domain/access_tokens.h"

static const struct token_fault faults[] = {
    [JWS_OK] = {NULL, NULL, NULL, false},
    [JWS_INVALID] = {"ERR_JWS_INVALID", "JWSInvalid", NULL, false},
    [JWS_NOT_SUPPORTED] = {"ERR_JOSE_NOT_SUPPORTED", "JOSENotSupported", NULL, false},
    [JWS_NO_KEY] = {"ERR_JWKS_NO_MATCHING_KEY", "JWKSNoMatchingKey", NULL, false},
    [JWS_BAD_SIGNATURE] = {"ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
                           "JWSSignatureVerificationFailed", NULL, false},
    [JWS_BAD_TYPE] = {"ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", "typ", false},
    [JWS_NO_MEMORY] = {"ERR_JOSE_GENERIC", "JOSEError", NULL, true},
};

static struct token_fault bad_claim(const char *claim)
{
    return (struct token_fault){"ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed",
                                claim, false};
}

struct token_fault access_token_read(const struct snapshot *snapshot, struct arena *arena,
                                     struct str token, struct access_token *out)
{
    json *claims = NULL;
    enum jws_error error =
        keyring_verify(snapshot_keys(snapshot), token, STR("at+jwt"), arena, &claims);
    if (error)
        return faults[error];
    *out = (struct access_token){
        .jti = json_str(json_get(claims, STR("jti"))),
        .subject = json_str(json_get(claims, STR("sub"))),
        .client_id = json_str(json_get(claims, STR("client_id"))),
        .scope = json_str(json_get(claims, STR("scope"))),
        .issuer = json_str(json_get(claims, STR("iss"))),
        .audience = json_str(json_get(claims, STR("aud"))),
        .issued_at = yyjson_get_sint(json_get(claims, STR("iat"))),
        .expires_at = yyjson_get_sint(json_get(claims, STR("exp"))),
        .claims = claims,
    };
    struct {
        const char *name;
        bool there;
    } const needed[] = {{"jti", out->jti.n > 0},
                        {"iss", out->issuer.n > 0},
                        {"sub", out->subject.n > 0},
                        {"client_id", out->client_id.n > 0},
                        {"exp", yyjson_is_int(json_get(claims, STR("exp")))}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].there)
            return bad_claim(needed[i].name);
    return faults[JWS_OK];
}

static bool has_audience(const struct access_token *token, struct str audience)
{
    json *claim = json_get(token->claims, STR("aud"));
    if (!yyjson_is_arr(claim))
        return str_eq(token->audience, audience);
    yyjson_arr_iter items = yyjson_arr_iter_with(claim);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (str_eq(json_str(item), audience))
            return true;
    return false;
}

struct token_fault access_token_check(const struct access_token *token, struct str issuer,
                                      struct str audience, int64_t now)
{
    if (!str_eq(token->issuer, issuer))
        return bad_claim("iss");
    if (!has_audience(token, audience))
        return bad_claim("aud");
    json *not_before = json_get(token->claims, STR("nbf"));
    if (not_before && yyjson_get_sint(not_before) > now / 1000)
        return bad_claim("nbf");
    if (token->expires_at <= now / 1000)
        return (struct token_fault){"ERR_JWT_EXPIRED", "JWTExpired", "exp", false};
    return faults[JWS_OK];
}

bool access_token_is_of_machine(const struct access_token *token)
{
    return str_eq(token->subject, token->client_id);
}

bool access_token_is_live(const struct snapshot *home, const struct access_token *token)
{
    return !snapshot_is_revoked(home, token->jti) &&
           (!access_token_is_of_machine(token) || snapshot_app(home, token->client_id));
}
