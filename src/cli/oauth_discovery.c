/* Where a server's endpoints are. RFC 8414 3, OpenID Connect Discovery 1.0 4. */
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/terminal.h"

#define OPENID          "/.well-known/openid-configuration"
#define OAUTH           "/.well-known/oauth-authorization-server"
#define DEFAULT_TIMEOUT 30

struct http_call oauth_call(const struct oauth *oauth, const char *method, struct str url)
{
    const struct profile *profile = oauth->profile;
    return (struct http_call){
        .method = method,
        .url = url,
        .ca_file = profile_get(profile, SET_CA_FILE).p,
        .timeout_s = profile_int(profile, SET_TIMEOUT, DEFAULT_TIMEOUT),
        .allow_http = str_eq(profile_get(profile, SET_ALLOW_HTTP), STR("yes")),
    };
}

/* The issuer that the user means: without a final slash or the discovery document's own path. */
static struct str trimmed(struct str issuer)
{
    if (str_ends(issuer, STR(OPENID)))
        issuer.n -= sizeof OPENID - 1;
    while (issuer.n && issuer.p[issuer.n - 1] == '/')
        issuer.n--;
    return issuer;
}

/* What is wrong with an answer that should be metadata; absent: nothing. */
static struct str objection(const struct http_reply *reply, struct arena *arena, struct str url,
                            json **out)
{
    if (reply->status >= 300 && reply->status < 400)
        return arena_printf(
            arena, "%.*s redirects to %.*s: give the issuer that it really has", STR_ARG(url),
            STR_ARG(terminal_safe(arena, http_reply_header(reply, STR("location")))));
    if (reply->status != 200)
        return arena_printf(arena, "%.*s answers %ld: check --issuer, or give --token-url",
                            STR_ARG(url), reply->status);
    if (json_parse(arena, reply->body, out, NULL) != JSON_OK || !yyjson_is_obj(*out))
        return arena_printf(
            arena, "%.*s is not JSON (%.*s): check --issuer, or give --token-url", STR_ARG(url),
            STR_ARG(terminal_safe(arena, http_reply_header(reply, STR("content-type")))));
    return STR_NONE;
}

/* Tries one address. Stops (true) when metadata came, or no answer at all: then the other addresses
 * of the same host will not answer either. */
static bool try_url(struct oauth *oauth, struct str url, struct str issuer)
{
    struct http_call call = oauth_call(oauth, "GET", url);
    struct http_reply reply;
    struct str why;
    json *metadata = NULL;
    if (!http_client_send(&call, oauth->arena, &reply, &why)) {
        oauth->why = why;
        return true;
    }
    why = objection(&reply, oauth->arena, url, &metadata);
    if (why.p) {
        if (!oauth->why.p)
            oauth->why = why;
        return false;
    }
    struct str told = json_str(json_get(metadata, STR("issuer")));
    if (!str_eq(trimmed(told), issuer)) { /* RFC 8414 3.3 */
        oauth->why = arena_printf(oauth->arena,
                                  "the server at %.*s calls itself %.*s: give that as --issuer if "
                                  "you trust it",
                                  STR_ARG(url), STR_ARG(terminal_safe(oauth->arena, told)));
        return true;
    }
    oauth->metadata = metadata;
    oauth->issuer = told;
    return true;
}

bool oauth_discover(struct oauth *oauth)
{
    struct arena *arena = oauth->arena;
    struct str issuer = trimmed(profile_get(oauth->profile, SET_ISSUER));
    if (oauth->looked)
        return oauth->metadata != NULL;
    oauth->looked = true;
    struct str origin = http_url_origin(issuer);
    if (!origin.p) {
        oauth->why = issuer.n ? arena_printf(arena,
                                             "'%.*s' is no http:// or https:// URL: check "
                                             "--issuer",
                                             STR_ARG(issuer))
                              : STR("no issuer is known: give --issuer");
        return false;
    }
    struct str path = str_from(issuer, origin.n);
    struct str below = arena_printf(arena, "%.*s/oidc", STR_ARG(issuer));
    bool done =
        try_url(oauth, arena_printf(arena, "%.*s" OPENID, STR_ARG(issuer)), issuer) ||
        try_url(oauth, arena_printf(arena, "%.*s" OAUTH "%.*s", STR_ARG(origin), STR_ARG(path)),
                issuer) ||
        try_url(oauth, arena_printf(arena, "%.*s" OPENID, STR_ARG(below)), below);
    return done && oauth->metadata;
}

int oauth_url(struct oauth *oauth, enum setting setting, const char *member, struct str *url)
{
    const char *name = setting_rows[setting].name;
    *url = profile_get(oauth->profile, setting);
    if (url->n && !http_url_origin(*url).p) {
        fprintf(stderr, "signet: '%.*s' is no http:// or https:// URL: check --%s\n", STR_ARG(*url),
                name);
        return CLI_USAGE;
    }
    if (url->n)
        return CLI_OK;
    if (!profile_get(oauth->profile, SET_ISSUER).n) {
        fprintf(stderr, "signet: which server? Give --issuer URL, or --%s URL\n", name);
        return CLI_USAGE;
    }
    if (!oauth_discover(oauth)) {
        fprintf(stderr, "signet: %.*s\n", STR_ARG(oauth->why));
        return http_url_origin(profile_get(oauth->profile, SET_ISSUER)).p ? CLI_NETWORK : CLI_USAGE;
    }
    *url = json_str(json_get(oauth->metadata, str_of(member)));
    if (url->n)
        return CLI_OK;
    fprintf(stderr,
            "signet: the server's metadata has no %s: choose another --grant, or give --%s\n",
            member, name);
    return CLI_USAGE;
}
