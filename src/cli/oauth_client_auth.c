/* How a client proves who it is. RFC 6749 2.3, RFC 7521 4.2, RFC 7523 2.2, OpenID Connect Core 9.
 */
#include "base/clock.h"
#include "base/encoding.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/secret.h"
#include "crypto/client_assertion.h"
#include "crypto/keyring.h"

#define ASSERTION_MAX 8192
#define KEY_FILE_MAX  65536

static int need_secret(struct oauth *oauth)
{
    if (profile_get(oauth->profile, SET_CLIENT_SECRET).n)
        return CLI_OK;
    return secret_from_prompt(oauth->profile, SET_CLIENT_SECRET);
}

/* RFC 6749 2.3.1: id and secret are form-encoded before they are joined. */
static int send_basic(struct oauth *oauth, struct oauth_form *form)
{
    struct buf pair = buf_new(oauth->arena, KEY_FILE_MAX), header = pair;
    int status = need_secret(oauth);
    if (status)
        return status;
    percent_encode(&pair, profile_get(oauth->profile, SET_CLIENT_ID));
    buf_byte(&pair, ':');
    percent_encode(&pair, profile_get(oauth->profile, SET_CLIENT_SECRET));
    BUF_LIT(&header, "Basic ");
    base64_encode(&header, pair.p, pair.n);
    return http_call_header(&form->call, oauth->arena, STR("Authorization"), buf_view(&header))
               ? CLI_OK
               : cli_fail("the client's id and secret do not fit into a header");
}

static int send_body(struct oauth *oauth, struct oauth_form *form)
{
    int status = need_secret(oauth);
    oauth_form_add(form, "client_id", profile_get(oauth->profile, SET_CLIENT_ID));
    oauth_form_add(form, "client_secret", profile_get(oauth->profile, SET_CLIENT_SECRET));
    return status;
}

static int send_none(struct oauth *oauth, struct oauth_form *form)
{
    oauth_form_add(form, "client_id", profile_get(oauth->profile, SET_CLIENT_ID));
    return CLI_OK;
}

static struct str assertion_claims(struct oauth *oauth, const struct oauth_form *form)
{
    return client_assertion_claims(
        oauth->arena, profile_get(oauth->profile, SET_CLIENT_ID),
        profile_get_or(oauth->profile, SET_CLIENT_AUDIENCE, form->call.url), clock_now_ms() / 1000);
}

static int send_assertion(struct oauth_form *form, struct oauth *oauth, struct str assertion)
{
    if (!assertion.p)
        return cli_fail("the client's assertion cannot be made");
    oauth_form_add(form, "client_id", profile_get(oauth->profile, SET_CLIENT_ID));
    oauth_form_add(form, "client_assertion_type", STR(CLIENT_ASSERTION_TYPE));
    oauth_form_add(form, "client_assertion", assertion);
    return CLI_OK;
}

static int send_secret_jwt(struct oauth *oauth, struct oauth_form *form)
{
    int status = need_secret(oauth);
    if (status)
        return status;
    struct str secret = profile_get(oauth->profile, SET_CLIENT_SECRET);
    return send_assertion(
        form, oauth,
        client_assertion_by_secret(oauth->arena, secret, assertion_claims(oauth, form)));
}

/* The key under the algorithm that was asked for, else under the first that fits. */
static struct jwk *read_key(struct oauth *oauth, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file ? arena_bytes(oauth->arena, KEY_FILE_MAX) : NULL;
    struct str pem = {text, text ? fread(text, 1, KEY_FILE_MAX, file) : 0};
    struct str wanted = profile_get(oauth->profile, SET_CLIENT_KEY_ALG);
    struct jwk *key = NULL;
    if (file)
        fclose(file);
    for (int alg = 0; pem.n && !key && alg < JWK_ALGS; alg++) {
        if (!wanted.n || str_eq(wanted, str_of(jwk_alg_name((enum jwk_alg)alg))))
            key = jwk_from_pem(pem, (enum jwk_alg)alg);
    }
    if (text)
        wipe(text, pem.n);
    return key;
}

static struct str sign(struct oauth *oauth, const struct oauth_form *form, struct jwk *key)
{
    struct arena *arena = oauth->arena;
    struct str kid = profile_get(oauth->profile, SET_CLIENT_KEY_ID);
    struct buf header = buf_new(arena, ASSERTION_MAX), encoded = header, jwt = header;
    struct json_out out = json_out(&header);
    json_open_object(&out);
    JSON_STR(&out, "alg", str_of(jwk_alg_name(jwk_algorithm(key))));
    JSON_STR(&out, "typ", STR("JWT"));
    if (kid.n) /* a server that knows the key under no or another name must find it by alg */
        JSON_STR(&out, "kid", kid);
    json_close_object(&out);
    base64url_put(&encoded, header.p, header.n);
    buf_byte(&encoded, '.');
    struct keyring *ring = keyring_new(&key, 1, 0);
    bool ok = ring && keyring_sign(ring, buf_view(&encoded), assertion_claims(oauth, form), &jwt);
    keyring_unref(ring);
    return ok ? buf_view(&jwt) : STR_NONE;
}

static int send_key_jwt(struct oauth *oauth, struct oauth_form *form)
{
    struct str path = profile_get(oauth->profile, SET_CLIENT_KEY);
    if (!path.n) {
        fputs("signet: private_key_jwt needs the client's key: give --client-key FILE\n", stderr);
        return CLI_USAGE;
    }
    struct jwk *key = read_key(oauth, path.p);
    if (!key) {
        fprintf(stderr,
                "signet: '%.*s' holds no usable private key: give a PEM file with an EC, RSA or "
                "Ed25519 key, and the --client-key-alg that fits it\n",
                STR_ARG(path));
        return CLI_USAGE;
    }
    int status = send_assertion(form, oauth, sign(oauth, form, key));
    jwk_unref(key);
    return status;
}

static const struct method {
    struct str name;
    int (*send)(struct oauth *oauth, struct oauth_form *form);
} methods[] = {
    {STR_INIT("basic"), send_basic},
    {STR_INIT("body"), send_body},
    {STR_INIT("none"), send_none},
    {STR_INIT("private_key_jwt"), send_key_jwt},
    {STR_INIT("client_secret_jwt"), send_secret_jwt},
};

/* What a profile that does not say it means. A client of its own rights cannot be public. */
static struct str usual_method(const struct profile *profile)
{
    struct str grant = profile_get_or(profile, SET_GRANT, STR("client_credentials"));
    if (profile_get(profile, SET_CLIENT_KEY).n)
        return STR("private_key_jwt");
    bool own = str_eq(grant, STR("client_credentials"));
    return own || profile_get(profile, SET_CLIENT_SECRET).n ? STR("basic") : STR("none");
}

int oauth_authenticate(struct oauth *oauth, struct oauth_form *form)
{
    struct str how = profile_get_or(oauth->profile, SET_CLIENT_AUTH, usual_method(oauth->profile));
    if (!profile_get(oauth->profile, SET_CLIENT_ID).n) {
        fputs("signet: which client? Give --client-id ID\n", stderr);
        return CLI_USAGE;
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (str_eq(methods[i].name, how))
            return methods[i].send(oauth, form);
    }
    return cli_fail("there is no client authentication '%.*s'", STR_ARG(how));
}
