/* Connectors: how messages are sent, and the providers that users sign in with. */
#ifndef SIGNET_DOMAIN_CONNECTORS_H
#define SIGNET_DOMAIN_CONNECTORS_H

#include "domain/ctx.h"
#include "domain/sign_in_rules.h"

/* Whether there is a connector for email and for text messages. */
enum err connectors_find_means(struct ctx *ctx, struct sign_in_means *means);
/* The targets (texts) that a social connector has, as a stored list. */
enum err connectors_filter_targets(struct ctx *ctx, json *targets, struct str *out);

#endif
