/* Getting tokens as a client. RFC 6749, 7523, 7636, 8252, 8414, 8628, 8693, 8707, OpenID Connect.
 */
#ifndef SIGNET_CLI_OAUTH_H
#define SIGNET_CLI_OAUTH_H

#include "base/json.h"
#include "cli/http_client.h"
#include "cli/profile.h"

struct oauth {
    struct profile *profile;
    struct arena *arena;
    bool looked;       /* discovery was tried */
    json *metadata;    /* what it brought, or NULL */
    struct str issuer; /* as the server spells it; absent when unknown */
    struct str why;    /* discovery failed: a sentence */
    bool quiet;        /* refusals are not printed: there is another way to try */
};

/* Functions that return int give an exit status and print one line when it is not CLI_OK. */

/* A call with the profile's certificates, time limit and rules. */
struct http_call oauth_call(const struct oauth *oauth, const char *method, struct str url);

/* ---- Discovery (oauth_discovery.c) ---- */
/* The address: the profile's own setting, else the metadata's member. */
int oauth_url(struct oauth *oauth, enum setting setting, const char *member, struct str *url);
/* Fetches the metadata unless it was tried; false: see oauth->why. RFC 8414 3, OpenID Connect
 * Discovery 4. */
bool oauth_discover(struct oauth *oauth);

/* ---- Requests (oauth_form.c, oauth_client_auth.c) ---- */
struct oauth_form {
    struct buf body, query;
    struct http_call call;
};
void oauth_form_open(struct oauth_form *form, struct oauth *oauth, const char *method,
                     struct str url);
/* Adds a parameter; an absent value adds nothing. */
void oauth_form_add(struct oauth_form *form, const char *name, struct str value);
/* Adds a parameter for each value of the setting. */
void oauth_form_add_all(struct oauth_form *form, const struct profile *profile, const char *name,
                        enum setting setting);
/* Adds the parameters of a setting like token-param: NAME=VALUE[,in=body|url|header]. */
int oauth_form_params(struct oauth_form *form, struct oauth *oauth, enum setting setting);
/* Proves who the client is, as the profile says. RFC 6749 2.3, RFC 7523 2.2. */
int oauth_authenticate(struct oauth *oauth, struct oauth_form *form);
/* url and what is in query, joined. */
struct str oauth_form_url(const struct oauth_form *form, struct arena *arena);

/* ---- Answers (oauth_answer.c) ---- */
struct oauth_answer {
    json *json;       /* an object */
    struct str error; /* OAuth error code; absent: none */
    long http_status;
};
/* Sends the form. CLI_OK also for an OAuth error, which is the caller's to judge. */
int oauth_send(struct oauth *oauth, struct oauth_form *form, struct oauth_answer *answer);
/* Prints what the error means and what to change; the exit status for it. */
int oauth_refused(const struct oauth *oauth, struct str error, struct str description);
int oauth_answer_refused(const struct oauth *oauth, const struct oauth_answer *answer);
/* A number of seconds in an answer; fallback when there is none or it is negative. At most a
 * hundred years. */
int64_t oauth_answer_seconds(const struct oauth_answer *answer, struct str member,
                             int64_t fallback);
/* Puts a token answer into the profile. A refresh token stays when keep_refresh is set and no new
 * one came. */
int oauth_keep(struct oauth *oauth, const struct oauth_answer *answer, bool keep_refresh);
/* Sends a token request with the client's proof, and keeps what comes. */
int oauth_token_request(struct oauth *oauth, struct oauth_form *form, bool keep_refresh);

/* ---- Grants (oauth_grant.c, oauth_code.c, oauth_device.c) ---- */
/* Gets a token by the profile's grant. */
int oauth_get_token(struct oauth *oauth);
/* Gets one by the refresh token. RFC 6749 6 */
int oauth_refresh(struct oauth *oauth);
/* Gets one without anybody's help: by the refresh token, else by the grant where that is the
 * client's own. CLI_INTERACTION when somebody must sign in. */
int oauth_renew(struct oauth *oauth);
/* Whether the profile's token will still be good in a moment. */
bool oauth_is_fresh(const struct profile *profile);
int oauth_grant_code(struct oauth *oauth);
int oauth_grant_device(struct oauth *oauth);
/* Opens the token URL's form with its grant type. */
int oauth_form_grant(struct oauth_form *form, struct oauth *oauth, const char *grant_type);

#endif
