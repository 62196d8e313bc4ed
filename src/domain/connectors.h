/* Connectors: how messages are sent, and the providers that users sign in with. */
#ifndef SIGNET_DOMAIN_CONNECTORS_H
#define SIGNET_DOMAIN_CONNECTORS_H

#include "domain/ctx.h"
#include "domain/sign_in_rules.h"

/* A kind of connector. Texts are NULL where it has none. */
struct connector_factory {
    const char *id, *type, *target, *name; /* type: Email, Sms, Social */
    const char *platform;
    bool standard; /* there may be several, each with a target of its own */
    bool keeps_tokens;
    const char *authorization_url, *scope; /* OAuth 2 providers with a fixed address */
    const char *form_items;                /* JSON: what its config is made of */
};
/* The row after the last one has no id. */
extern const struct connector_factory connector_factories[];
const struct connector_factory *connector_factory_find(struct str id); /* NULL: there is none */
/* Checks a config: what the form items say. Fails with zod's issues. */
enum err connector_check_config(struct ctx *ctx, const struct connector_factory *factory,
                                json *config);
/* name, description, logo, logoDark, readme, formItems, platform…: what a factory and a connector
 * of it show alike, into an opened object. metadata (may be NULL) goes over it. */
void connector_put_metadata(struct json_out *out, const struct connector_factory *factory,
                            json *metadata, bool short_form);

extern const struct entity connector_entity;
enum {
    CONNECTOR_ID,
    CONNECTOR_FACTORY,
    CONNECTOR_TYPE,
    CONNECTOR_TARGET,
    CONNECTOR_SYNC,
    CONNECTOR_TOKENS,
    CONNECTOR_SEALED,
    CONNECTOR_METADATA,
};

/* ERR_NOT_FOUND when there is none. */
enum err connector_get(struct ctx *ctx, struct str id, struct db_rows *rows);
/* The config as JSON text. */
enum err connector_open_config(struct ctx *ctx, struct str id, struct str sealed,
                               struct str *config);
enum err connector_seal_config(struct ctx *ctx, struct str id, struct str config,
                               struct str *sealed);
/* Whether there is a connector for email and for text messages. */
enum err connectors_find_means(struct ctx *ctx, struct sign_in_means *means);
/* The targets (texts) that a social connector has, as a stored list. */
enum err connectors_filter_targets(struct ctx *ctx, json *targets, struct str *out);
/* The array of social connectors with these targets, as sign-in pages need them. */
enum err connectors_put_social(struct ctx *ctx, json *targets);

#endif
