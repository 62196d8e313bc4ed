/* Sign-in at the identity providers of enterprises, by OpenID Connect. */
#ifndef SIGNET_DOMAIN_SSO_H
#define SIGNET_DOMAIN_SSO_H

#include "domain/social.h"
#include "domain/sso_connectors.h"

/* A connector as the tenant has set it up. */
struct sso {
    struct str id;
    const struct sso_provider *kind;
    json *domains;                 /* of its people's email addresses, in small letters */
    bool syncs, keeps_tokens;      /* syncProfile, enableTokenStorage */
    struct str issuer;             /* as the config has it: accounts are known by it */
    struct social_provider client; /* its addresses are known once sso_discover has filled them in
                                    */
};

/* ERR_NOT_EXISTS_WITH_ID; ERR_CONNECTOR_UNAVAILABLE when its kind cannot be signed in with (SAML);
 * ERR_CONNECTOR_CONFIG when its config lacks something. */
enum err sso_open(struct ctx *ctx, struct str id, struct sso *out);
/* Fills in the provider's addresses, as social_discover does: asks for slow work. */
enum err sso_discover(struct ctx *ctx, struct sso *sso);

/* The addresses of the provider as they were when the way there began. */
struct sso_place {
    struct str issuer, token_url, userinfo_url, jwks_url;
};
void sso_return_to(struct sso *sso, const struct sso_place *place);

/* Ends a way there and back, as social_finish does. An email address comes out only when the
 * provider has verified it and it is of one of the connector's domains: about others an
 * enterprise's provider has nothing to say. */
enum err sso_finish(struct ctx *ctx, const struct sso *sso, const struct social_trip *trip,
                    struct str code, struct social_identity *out);

/* Connectors that can be signed in with: single sign-on is on, the config complete, and there are
 * domains. */
struct sso_shown {
    struct str id, name, logo, dark_logo;
};
struct sso_list {
    struct sso_shown *items;
    size_t count;
};
/* Those of the domain of an email address; {NULL,0}: all. */
enum err sso_list(struct ctx *ctx, struct str email, struct sso_list *out);
/* An array of objects as the public sign-in experience has them. */
void sso_list_put(struct json_out *out, const struct sso_list *list);
/* ERR_SSO_NEEDED, with a list, when there is a connector for the domain of the address. */
enum err sso_check_free(struct ctx *ctx, struct str email);

#endif
