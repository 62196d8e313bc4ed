/* Authorization requests on their way. RFC 6749 4.1, OpenID Connect Core 3.1.2 */
#ifndef SIGNET_OIDC_AUTHORIZE_H
#define SIGNET_OIDC_AUTHORIZE_H

#include "domain/interactions.h"
#include "domain/sessions.h"
#include "oidc/request.h"

/* How the answer reaches the client. OAuth 2.0 Multiple Response Type Encoding Practices 2.1,
 * OAuth 2.0 Form Post Response Mode */
enum reply_mode { REPLY_IN_QUERY, REPLY_IN_FRAGMENT, REPLY_BY_FORM_POST };

/* Where the answer goes. Until a check has proven client and address nothing is redirected. */
struct reply_to {
    const struct app *app;
    struct str redirect_uri, state;
    bool proven;
    enum reply_mode mode;
};

struct authorization {
    struct form form;
    struct reply_to reply;
    struct str scope;     /* what remains of the requested, without repeats */
    struct str resources; /* blank-separated */
    struct str hint_user; /* of id_token_hint; {NULL,0}: none */
    int64_t max_age;      /* seconds; -1: none */
    struct str device;    /* digest of the device code that it is for; {NULL,0}: none */
};

/* The mode that response_mode names; absent: the query. False: no mode of ours. */
bool authorize_reply_mode(struct str text, enum reply_mode *mode);

/* The checks of a request, in their order (authorize_checks.c). */
enum err authorize_check(struct ctx *ctx, struct authorization *request);
/* The ones of a device's request, whose client has shown who it is: there is no address to go back
 * to. */
enum err authorize_check_device(struct ctx *ctx, struct authorization *request);

/* What an interaction keeps of a checked request: the JSON that authorize_finish reads. */
struct str authorize_params(struct ctx *ctx, const struct authorization *request);
/* reply_to of such JSON. ERR_OAUTH_UNKNOWN_CLIENT when the application is gone. */
enum err authorize_reply_to(struct ctx *ctx, json *params, struct reply_to *out);

/* The user has signed in and agreed: a grant, a code, and the redirect with it; a device fetches
 * what it gets by itself. */
enum err authorize_finish(struct ctx *ctx, const struct reply_to *reply, json *params,
                          const struct session *session);

/* Whether the user must be asked before the application gets what params ask for. */
enum err authorize_needs_consent(struct ctx *ctx, const struct app *app, json *params,
                                 const struct session *session, bool *needed);

/* The user has refused. */
enum err authorize_reject(struct ctx *ctx, json *params);

/* Answers a request that fail() has refused: redirected with error, state and iss (RFC 9207) once
 * the address is proven, else shown. */
enum err authorize_refuse(struct ctx *ctx, const struct reply_to *reply, enum err err);

/* Whether word is among the prompts. */
bool authorize_prompts(const struct authorization *request, struct str word);

#endif
