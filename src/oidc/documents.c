/* The published documents: discovery (OpenID Connect Discovery 4, RFC 8414) and JWKS (RFC 7517). */
#include <pthread.h>

#include "domain/user_access.h"
#include "oidc/token.h"

/* Endpoints a discovery document may name: listed when their route exists. */
static const struct {
    struct str member, path;
} endpoints[] = {
    {STR_INIT("authorization_endpoint"), STR_INIT("/oidc/auth")},
    {STR_INIT("device_authorization_endpoint"), STR_INIT("/oidc/device/auth")},
    {STR_INIT("end_session_endpoint"), STR_INIT("/oidc/session/end")},
    {STR_INIT("jwks_uri"), STR_INIT("/oidc/jwks")},
    {STR_INIT("token_endpoint"), STR_INIT("/oidc/token")},
    {STR_INIT("userinfo_endpoint"), STR_INIT("/oidc/me")},
    {STR_INIT("introspection_endpoint"), STR_INIT("/oidc/token/introspection")},
    {STR_INIT("revocation_endpoint"), STR_INIT("/oidc/token/revocation")},
};

enum { ENDPOINTS = sizeof endpoints / sizeof *endpoints };

static bool served[ENDPOINTS]; /* whether the program has the endpoint's route */
static pthread_once_t looked_up = PTHREAD_ONCE_INIT;

static void note_route(const struct route *route, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < ENDPOINTS; i++)
        served[i] |= str_eq(route->path, endpoints[i].path);
}

static void look_up(void)
{
    routes_each(note_route, NULL);
}

static void put_endpoints(struct ctx *ctx, struct json_out *out)
{
    pthread_once(&looked_up, look_up);
    for (size_t i = 0; i < ENDPOINTS; i++) {
        if (!served[i])
            continue;
        json_key(out, endpoints[i].member);
        json_put_str(out, arena_printf(ctx->arena, "%.*s%.*s", STR_ARG(ctx->origin),
                                       STR_ARG(endpoints[i].path)));
    }
}

static void put_grants(struct json_out *out)
{
    json_key(out, STR("grant_types_supported"));
    json_open_array(out);
    for (size_t i = 0; grants[i]; i++)
        json_put_str(out, grants[i]->type);
    json_close_array(out);
}

static void put_words(struct json_out *out, struct str name, const char *const *words)
{
    json_key(out, name);
    json_open_array(out);
    for (; *words; words++)
        json_put_str(out, str_of(*words));
    json_close_array(out);
}

static enum err discovery_handle(struct ctx *ctx)
{
    struct json_out *out = &ctx->answer.json;
    const struct jwk *key = keyring_current(snapshot_keys(ctx->snapshot));
    ctx->answer.cacheable = true;
    json_open_object(out);
    put_endpoints(ctx, out);
    JSON_STR(out, "issuer", ctx->issuer);
    put_grants(out);
    JSON_RAW(out, "response_types_supported", STR("[\"code\"]"));
    JSON_RAW(out, "response_modes_supported", STR("[\"form_post\",\"fragment\",\"query\"]"));
    JSON_RAW(out, "code_challenge_methods_supported", STR("[\"S256\"]"));
    JSON_RAW(out, "prompt_values_supported", STR("[\"none\",\"login\",\"consent\"]"));
    JSON_BOOL(out, "authorization_response_iss_parameter_supported", true);
    put_words(out, STR("scopes_supported"), openid_scopes);
    put_words(out, STR("claims_supported"), openid_claims);
    JSON_RAW(out, "claim_types_supported", STR("[\"normal\"]"));
    JSON_RAW(out, "subject_types_supported", STR("[\"public\"]"));
    JSON_RAW(out, "token_endpoint_auth_methods_supported",
             STR("[\"client_secret_basic\",\"client_secret_post\",\"none\"]"));
    json_key(out, STR("id_token_signing_alg_values_supported"));
    json_open_array(out);
    json_put_str(out, str_of(jwk_alg_name(jwk_algorithm(key))));
    json_close_array(out);
    JSON_BOOL(out, "backchannel_logout_supported", true);
    JSON_BOOL(out, "backchannel_logout_session_supported", true);
    JSON_BOOL(out, "claims_parameter_supported", false);
    JSON_BOOL(out, "request_uri_parameter_supported", false);
    json_close_object(out);
    return OK;
}

static enum err jwks_handle(struct ctx *ctx)
{
    ctx->answer.cacheable = true;
    ctx->answer.etag = keyring_jwks_etag(snapshot_keys(ctx->snapshot));
    ctx->answer.content_type = STR("application/jwk-set+json; charset=utf-8");
    buf_str(&ctx->answer.body, keyring_jwks(snapshot_keys(ctx->snapshot)));
    return OK;
}

#define DOCUMENT(path_text, text, function)                                                        \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(path_text), .guard = GUARD_PUBLIC,                  \
        .run = RUN_INLINE, .status = 200, .reply = REPLY_FREE, .summary = text, .handle = function \
    }

ROUTES(oidc_documents) = {
    DOCUMENT("/oidc/.well-known/openid-configuration", "OpenID provider metadata",
             discovery_handle),
    DOCUMENT("/oidc/.well-known/oauth-authorization-server", "Authorization server metadata",
             discovery_handle),
    DOCUMENT("/.well-known/oauth-authorization-server/oidc",
             "Authorization server metadata at the address that RFC 8414 3 gives",
             discovery_handle),
    DOCUMENT("/.well-known/openid-configuration/oidc",
             "The same for OpenID clients that use RFC 8414's address", discovery_handle),
    DOCUMENT("/oidc/jwks", "Public signing keys", jwks_handle),
    ROUTES_END,
};
