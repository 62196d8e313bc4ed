/* The grants that need nobody's help, and the table of all grants. */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/secret.h"

#define EXCHANGE     "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define MARGIN_MS    30000 /* a token this close to its end may not survive the way to the API */

int oauth_form_grant(struct oauth_form *form, struct oauth *oauth, const char *grant_type)
{
    struct str url;
    int status = oauth_url(oauth, SET_TOKEN_URL, "token_endpoint", &url);
    if (status)
        return status;
    oauth_form_open(form, oauth, "POST", url);
    oauth_form_add(form, "grant_type", str_of(grant_type));
    return CLI_OK;
}

/* What a token request says about the token it wants. */
static int add_wishes(struct oauth_form *form, struct oauth *oauth)
{
    struct str scope = profile_get(oauth->profile, SET_SCOPE);
    oauth_form_add(form, "scope", scope.n ? scope : STR_NONE);
    oauth_form_add_all(form, oauth->profile, "resource", SET_RESOURCE);
    oauth_form_add_all(form, oauth->profile, "audience", SET_AUDIENCE);
    return oauth_form_params(form, oauth, SET_TOKEN_PARAM);
}

/* RFC 6749 4.4 */
static int client_credentials(struct oauth *oauth)
{
    struct oauth_form form;
    int status = oauth_form_grant(&form, oauth, "client_credentials");
    if (!status)
        status = add_wishes(&form, oauth);
    return status ? status : oauth_token_request(oauth, &form, false);
}

/* RFC 6749 4.3; gone from OAuth 2.1 */
static int password(struct oauth *oauth)
{
    struct oauth_form form;
    fputs("signet: warning: the grant password is unsafe: it hands the user's password to this "
          "program. Use authorization_code_pkce or device_code where the server has them\n",
          stderr);
    if (!profile_get(oauth->profile, SET_USERNAME).n) {
        fputs("signet: whose password? Give --username NAME\n", stderr);
        return CLI_USAGE;
    }
    int status = oauth_form_grant(&form, oauth, "password");
    if (!status && !profile_get(oauth->profile, SET_PASSWORD).n)
        status = secret_from_prompt(oauth->profile, SET_PASSWORD);
    if (status)
        return status;
    oauth_form_add(&form, "username", profile_get(oauth->profile, SET_USERNAME));
    oauth_form_add(&form, "password", profile_get(oauth->profile, SET_PASSWORD));
    status = add_wishes(&form, oauth);
    return status ? status : oauth_token_request(oauth, &form, false);
}

/* RFC 8693 2.1 */
static int exchange(struct oauth *oauth)
{
    const struct profile *profile = oauth->profile;
    struct str subject = profile_get(profile, SET_SUBJECT_TOKEN);
    struct str actor = profile_get(profile, SET_ACTOR_TOKEN), type = STR(ACCESS_TOKEN);
    struct oauth_form form;
    if (!subject.n) {
        fputs("signet: which token is to be exchanged? Give --subject-token-stdin, -file or -env\n",
              stderr);
        return CLI_USAGE;
    }
    int status = oauth_form_grant(&form, oauth, EXCHANGE);
    if (status)
        return status;
    oauth_form_add(&form, "subject_token", subject);
    oauth_form_add(&form, "subject_token_type",
                   profile_get_or(profile, SET_SUBJECT_TOKEN_TYPE, type));
    oauth_form_add(&form, "actor_token", actor);
    if (actor.p)
        oauth_form_add(&form, "actor_token_type",
                       profile_get_or(profile, SET_ACTOR_TOKEN_TYPE, type));
    oauth_form_add(&form, "requested_token_type", profile_get(profile, SET_REQUESTED_TOKEN_TYPE));
    status = add_wishes(&form, oauth);
    return status ? status : oauth_token_request(oauth, &form, false);
}

/* The scopes are the grant's own. The resource is named again, since a grant for several needs it
 * to tell which one the new token is for (RFC 8707 2.2). */
int oauth_refresh(struct oauth *oauth)
{
    struct oauth_form form;
    struct str token = profile_get(oauth->profile, SET_REFRESH_TOKEN);
    struct str url = profile_get(oauth->profile, SET_REFRESH_URL);
    if (!token.n) {
        fputs("signet: there is no refresh token: get a new token without --refresh, and have the "
              "server issue refresh tokens to this client\n",
              stderr);
        return CLI_REFUSED;
    }
    int status = url.n ? CLI_OK : oauth_url(oauth, SET_TOKEN_URL, "token_endpoint", &url);
    if (status)
        return status;
    oauth_form_open(&form, oauth, "POST", url);
    oauth_form_add(&form, "grant_type", STR("refresh_token"));
    oauth_form_add(&form, "refresh_token", token);
    oauth_form_add_all(&form, oauth->profile, "resource", SET_RESOURCE);
    status = oauth_form_params(&form, oauth, SET_REFRESH_PARAM);
    return status ? status : oauth_token_request(oauth, &form, true);
}

static const struct grant {
    struct str name;
    int (*run)(struct oauth *oauth);
    bool alone; /* needs no person and nothing that works once */
} grants[] = {
    {STR_INIT("client_credentials"), client_credentials, true},
    {STR_INIT("authorization_code"), oauth_grant_code, false},
    {STR_INIT("authorization_code_pkce"), oauth_grant_code, false},
    {STR_INIT("device_code"), oauth_grant_device, false},
    {STR_INIT("refresh_token"), oauth_refresh, false},
    {STR_INIT("token_exchange"), exchange, true},
    {STR_INIT("password"), password, true},
};

static const struct grant *find_grant(const struct oauth *oauth)
{
    struct str name = profile_get_or(oauth->profile, SET_GRANT, STR("client_credentials"));
    size_t i = 0;
    while (!str_eq(grants[i].name, name)) /* profile_check lets no other name in */
        i++;
    return &grants[i];
}

int oauth_get_token(struct oauth *oauth)
{
    return find_grant(oauth)->run(oauth);
}

bool oauth_is_fresh(const struct profile *profile)
{
    int64_t expires = profile_int(profile, SET_EXPIRES_AT, INT64_MAX);
    return profile_get(profile, SET_ACCESS_TOKEN).n && expires > clock_now_ms() + MARGIN_MS;
}

int oauth_renew(struct oauth *oauth)
{
    const struct grant *grant = find_grant(oauth);
    int status = CLI_REFUSED;
    if (profile_get(oauth->profile, SET_REFRESH_TOKEN).n) {
        oauth->quiet = grant->alone;
        status = oauth_refresh(oauth);
        oauth->quiet = false;
        if (status != CLI_REFUSED || !grant->alone)
            return status;
    }
    if (grant->alone)
        return grant->run(oauth);
    fprintf(stderr,
            "signet: the token has expired and cannot be refreshed: run signet token --profile "
            "%.*s to sign in\n",
            STR_ARG(oauth->profile->name));
    return CLI_INTERACTION;
}
