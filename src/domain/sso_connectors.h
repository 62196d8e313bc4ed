/* Enterprise connectors: identity providers of organizations. */
#ifndef SIGNET_DOMAIN_SSO_CONNECTORS_H
#define SIGNET_DOMAIN_SSO_CONNECTORS_H

#include "domain/ctx.h"

/* A kind of identity provider. The row after the last one has no name. */
struct sso_provider {
    const char *name; /* as Logto's: "OIDC", "AzureAD", … */
    const char *type; /* "oidc" or "saml" */
    const char *title, *description;
    const struct field *config; /* rows of its config */
    /* Of those that are signed in with by OpenID Connect: */
    const char *issuer;    /* NULL: the config says it */
    const char *extra;     /* parameters of the authorization request */
    const char *authority; /* an email address counts only beside this claim; NULL: it always does
                            */
    bool directories;      /* one issuer may stand for many directories */
};
extern const struct sso_provider sso_providers[];
const struct sso_provider *sso_provider_find(struct str name); /* NULL: there is none */
/* Checks a config (an object) by the provider's rows. */
enum err sso_check_config(struct ctx *ctx, const struct sso_provider *provider, json *config);
/* What is kept of it: the members that the rows know. "{}" when config is NULL. */
struct str sso_clean_config(struct ctx *ctx, const struct sso_provider *provider, json *config);
/* The domains in small letters, as a JSON array. Refuses those that are there twice, or that anyone
 * can have an address at. */
enum err sso_read_domains(struct ctx *ctx, json *domains, struct str *out);

extern const struct entity sso_connector_entity;
enum {
    SSO_ID,
    SSO_PROVIDER,
    SSO_NAME,
    SSO_SEALED,
    SSO_DOMAINS,
    SSO_BRANDING,
    SSO_SYNC,
    SSO_TOKENS,
    SSO_CREATED_AT,
};
extern const struct field sso_connector_fields[]; /* of answers and bodies */
/* Of the connector in the one row: whether it speaks SAML, and whether its requests are signed. */
bool sso_is_saml(const struct db_rows *rows);
enum err sso_signs_requests(struct ctx *ctx, const struct db_rows *rows, bool *signs);
/* ERR_SSO_KEY_NEEDED: by this config requests would be signed, but the connector has no key in use.
 * config may be NULL. */
enum err sso_check_signing(struct ctx *ctx, const struct sso_provider *provider, struct str id,
                           json *config);

#define SSO_LOGO                                                                                   \
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"          \
    "%3Cpath d='M4 21V5l8-3 8 3v16z' fill='none' stroke='%23777' stroke-width='2'/%3E%3C/svg%3E"

#define SSO_CONFIG "sso_connectors|config" /* place of a sealed config (domain/sealed.h) */
/* What is stored of a connector, as members of the answer's open object. */
enum err sso_put_members(struct ctx *ctx, const struct db_rows *rows, size_t row);

#endif
