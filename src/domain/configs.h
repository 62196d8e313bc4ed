/* Settings of a tenant that are one JSON value each, encrypted at rest: scripts have secrets. */
#ifndef SIGNET_DOMAIN_CONFIGS_H
#define SIGNET_DOMAIN_CONFIGS_H

#include "domain/ctx.h"

/* Names, as Logto's. */
#define CONFIG_ADMIN_CONSOLE    "adminConsole"
#define CONFIG_SESSION          "oidc.session"
#define CONFIG_ID_TOKEN         "idToken"
#define CONFIG_CIMD             "cimd"
#define CONFIG_JWT_ACCESS_TOKEN "jwt.accessToken"
#define CONFIG_JWT_CREDENTIALS  "jwt.clientCredentials"
#define CONFIG_SESSION_TTL      1209600  /* seconds, when nothing is set */
#define CONFIG_SESSION_TTL_MAX  31536000 /* seconds: a year */
#define CONFIG_ID_TOKEN_UNTOUCHED                                                                  \
    "{\"enabledExtendedClaims\":[\"roles\",\"organizations\",\"organization_roles\"]}"

/* The stored value, or NULL. */
enum err config_find(struct ctx *ctx, struct str name, json **value);
/* Stores text (JSON) in place of what was there; *made (may be NULL): nothing was. */
enum err config_put(struct ctx *ctx, struct str name, struct str text, bool *made);
enum err config_delete(struct ctx *ctx, struct str name, bool *found);

/* The text that is sealed in a row; {NULL,0} when another key sealed it. */
struct str config_open(struct vault *vault, struct arena *arena, struct str name,
                       struct str sealed);

/* The object old (may be NULL) with the rows' members as the body has them where it does. */
struct str config_merge(struct ctx *ctx, const struct field *fields, json *old, json *body);

#endif
