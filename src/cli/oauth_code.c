/* Authorization code, with and without PKCE. RFC 6749 4.1, RFC 7636, RFC 8252, RFC 9207 */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "cli/browser.h"
#include "cli/callback.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "crypto/digest.h"

#define DEFAULT_CALLBACK "http://127.0.0.1/callback"
#define DEFAULT_WAIT     300
#define RANDOM_BYTES     32
#define ADDRESS_MAX      16384

struct code_flow {
    struct oauth *oauth;
    struct callback callback;
    struct callback_answer answer;
    struct str state, verifier; /* verifier: absent without PKCE */
};

static struct str encoded(struct arena *arena, const uint8_t bytes[RANDOM_BYTES])
{
    char *text = arena_bytes(arena, BASE64URL_LENGTH(RANDOM_BYTES));
    return (struct str){text, text ? base64url_encode(bytes, RANDOM_BYTES, text) : 0};
}

static struct str random_text(struct arena *arena)
{
    uint8_t bytes[RANDOM_BYTES];
    random_bytes(bytes, sizeof bytes);
    return encoded(arena, bytes);
}

/* RFC 7636 4.2 */
static void add_challenge(struct oauth_form *form, const struct code_flow *flow)
{
    struct str method = profile_get_or(flow->oauth->profile, SET_CHALLENGE_METHOD, STR("S256"));
    struct str challenge = flow->verifier;
    uint8_t hash[SHA256_SIZE];
    if (!flow->verifier.p)
        return;
    sha256(flow->verifier, hash);
    if (str_eq(method, STR("S256")))
        challenge = encoded(flow->oauth->arena, hash);
    oauth_form_add(form, "code_challenge", challenge);
    oauth_form_add(form, "code_challenge_method", method);
}

static int authorization_url(struct code_flow *flow, struct str *url)
{
    struct oauth *oauth = flow->oauth;
    const struct profile *profile = oauth->profile;
    struct oauth_form form;
    struct str scope = profile_get(profile, SET_SCOPE);
    int status = oauth_url(oauth, SET_AUTH_URL, "authorization_endpoint", url);
    if (status)
        return status;
    oauth_form_open(&form, oauth, "GET", *url);
    oauth_form_add(&form, "response_type", STR("code"));
    oauth_form_add(&form, "client_id", profile_get(profile, SET_CLIENT_ID));
    oauth_form_add(&form, "redirect_uri", flow->callback.uri);
    oauth_form_add(&form, "state", flow->state);
    oauth_form_add(&form, "scope", scope.n ? scope : STR_NONE);
    oauth_form_add_all(&form, profile, "resource", SET_RESOURCE);
    oauth_form_add_all(&form, profile, "audience", SET_AUDIENCE);
    add_challenge(&form, flow);
    status = oauth_form_params(&form, oauth, SET_AUTH_PARAM);
    *url = oauth_form_url(&form, oauth->arena);
    return status;
}

/* Where this program cannot listen, the person brings the address that the browser ended at. */
static int ask_for_address(struct code_flow *flow)
{
    char *text = arena_bytes(flow->oauth->arena, ADDRESS_MAX);
    fputs("Then paste the address that the browser ended at: ", stderr);
    bool got = text && fgets(text, ADDRESS_MAX, stdin);
    struct str address = got ? str_of(text) : STR_NONE;
    while (address.n && (text[address.n - 1] == '\n' || text[address.n - 1] == '\r'))
        address.n--;
    if (callback_read(flow->oauth->arena, address, &flow->answer))
        return CLI_OK;
    fputs("signet: that address has no code: paste all of it, from http to the end\n", stderr);
    return CLI_INTERACTION;
}

/* The answer must be to our request (state) and from the server that was asked (iss, RFC 9207 2.4).
 */
static int check_answer(struct code_flow *flow)
{
    const struct callback_answer *answer = &flow->answer;
    struct str issuer = flow->oauth->issuer;
    if (!str_eq_secret(answer->state, flow->state)) {
        fputs("signet: the browser brought an answer to another request: run it again\n", stderr);
        return CLI_REFUSED;
    }
    if (answer->issuer.p && issuer.p && !str_eq(answer->issuer, issuer)) {
        fputs("signet: the answer is from another server than the one asked: check --issuer\n",
              stderr);
        return CLI_REFUSED;
    }
    if (answer->error.n)
        return oauth_refused(flow->oauth, answer->error, answer->error_description);
    return CLI_OK;
}

static int get_code(struct code_flow *flow)
{
    struct oauth *oauth = flow->oauth;
    int64_t wait = profile_int(oauth->profile, SET_WAIT, DEFAULT_WAIT) * 1000;
    struct str url;
    int status = authorization_url(flow, &url);
    if (status)
        return status;
    browser_open(oauth->arena, profile_get(oauth->profile, SET_BROWSER),
                 "Sign in with the browser at this address:", url);
    status = flow->callback.socket_count
                 ? callback_wait(&flow->callback, clock_monotonic_ms() + wait, &flow->answer)
                 : ask_for_address(flow);
    return status ? status : check_answer(flow);
}

/* RFC 6749 4.1.3 */
static int redeem(struct code_flow *flow)
{
    struct oauth *oauth = flow->oauth;
    struct oauth_form form;
    int status = oauth_form_grant(&form, oauth, "authorization_code");
    if (status)
        return status;
    oauth_form_add(&form, "code", flow->answer.code);
    oauth_form_add(&form, "redirect_uri", flow->callback.uri);
    oauth_form_add(&form, "code_verifier", flow->verifier);
    oauth_form_add_all(&form, oauth->profile, "resource", SET_RESOURCE);
    status = oauth_form_params(&form, oauth, SET_TOKEN_PARAM);
    return status ? status : oauth_token_request(oauth, &form, false);
}

int oauth_grant_code(struct oauth *oauth)
{
    struct code_flow flow = {.oauth = oauth};
    const struct profile *profile = oauth->profile;
    bool pkce = str_eq(profile_get(profile, SET_GRANT), STR("authorization_code_pkce"));
    flow.state = profile_get_or(profile, SET_STATE, random_text(oauth->arena));
    if (pkce)
        flow.verifier = profile_get_or(profile, SET_CODE_VERIFIER, random_text(oauth->arena));
    struct str uri = profile_get_or(profile, SET_CALLBACK_URL, STR(DEFAULT_CALLBACK));
    int status = callback_open(&flow.callback, oauth->arena, uri);
    if (!status)
        status = get_code(&flow);
    callback_close(&flow.callback);
    return status ? status : redeem(&flow);
}
