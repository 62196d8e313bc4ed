/* Sign-in at other providers, as their client: OAuth 2.0 and OpenID Connect code flow, with what
 * each known provider does in its own way as data. */
#ifndef SIGNET_DOMAIN_SOCIAL_H
#define SIGNET_DOMAIN_SOCIAL_H

#include "domain/connectors.h"

/* Where a provider's answer has what, as paths ("data.id"); NULL: nowhere. */
struct social_mapping {
    const char *id, *email, *email_verified, *name, *avatar;
};

/* A provider as the tenant has set it up. */
struct social_provider {
    struct str target;
    struct str authorization_url, token_url;
    struct str userinfo_url;     /* {NULL,0}: the ID token says all */
    struct str issuer, jwks_url; /* of ID tokens; absent: there are none, or they are not looked at
                                  */
    struct str client_id, client_secret, scope;
    struct str extra;   /* more of the authorization request: "prompt=login"; {NULL,0}: nothing */
    bool basic;         /* the secret goes in the Authorization header */
    bool asserts;       /* an assertion signed with the secret (HS256) goes in its place */
    bool basic_alone;   /* and the client's id does not go in the body besides */
    bool pkce;          /* RFC 7636 */
    bool trusts_email;  /* an address counts as verified though the provider does not say so */
    bool any_directory; /* "{tenantid}" in the issuer stands for the token's own directory (tid) */
    bool merges;        /* userinfo is laid over the claims of the ID token */
    bool names_itself;  /* each answer comes with `iss` (RFC 9207) */
    struct social_mapping mapping;
    bool keeps_tokens; /* enableTokenStorage */
    bool syncs;        /* syncProfile */
};

/* ERR_SOCIAL_CONNECTOR when there is no such connector; ERR_CONNECTOR_UNAVAILABLE when its kind
 * cannot be used; ERR_CONNECTOR_CONFIG when its config lacks something. */
enum err social_open(struct ctx *ctx, struct str connector_id, struct social_provider *out);

/* Fills in the addresses of the provider whose issuer is known, from its discovery document (OpenID
 * Connect Discovery 4). Asks for slow work, as social_finish does. ERR_SOCIAL_DISCOVERY. */
enum err social_discover(struct ctx *ctx, struct social_provider *provider);

/* One way there and back: made for one browser, kept with its sign-in. */
struct social_trip {
    struct str redirect_uri, state, nonce, verifier;
};

/* Fills trip (redirect_uri and state are the caller's) and gives the address to send the browser
 * to. */
enum err social_start(struct ctx *ctx, const struct social_provider *provider,
                      struct social_trip *trip, struct str *url);

/* Who came back. Absent texts are {NULL,0}. */
struct social_identity {
    struct str id;
    struct str email; /* verified by the provider, else absent */
    struct str name, avatar;
    struct str details; /* JSON: {"id", …, "rawData"} as it is kept with the user */
    json *claims;       /* all that it said */
    json *tokens;       /* the token endpoint's answer */
};

/* Gives the code for tokens and reads who it is. Asks for slow work (ERR_NEEDS_SLOW) when the
 * handler runs for the first time. ERR_SOCIAL_CODE, ERR_SOCIAL_ANSWER, ERR_SOCIAL_ID_TOKEN. */
enum err social_finish(struct ctx *ctx, const struct social_provider *provider,
                       const struct social_trip *trip, struct str code,
                       struct social_identity *out);

/* New tokens for a refresh token (RFC 6749 6): the token endpoint's answer. Asks for slow work, as
 * social_finish does. ERR_KEPT_TOKENS_EXPIRED. */
enum err social_refresh(struct ctx *ctx, const struct social_provider *provider,
                        struct str refresh_token, json **tokens);

#endif
