/* Link headers of lists (RFC 8288). */
#ifndef SIGNET_DOMAIN_LINK_H
#define SIGNET_DOMAIN_LINK_H

#include "domain/ctx.h"

/* Adds a link to the request's own address with the parameter set in its query (form: the query,
 * parsed). Without /api, as Logto's. */
void link_add(struct ctx *ctx, const struct form *form, struct str name, struct str value,
              const char *relation);

#endif
