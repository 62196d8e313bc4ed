/* Link headers of lists (RFC 8288). */
#ifndef SIGNET_DOMAIN_LINK_H
#define SIGNET_DOMAIN_LINK_H

#include "domain/ctx.h"

/* Adds a link to the request's own address with the parameter set in its query (form: the query,
 * parsed). Without /api, as Logto's. Where the query is long, none but "next": heads that are too
 * large for the client would hide the answer. */
void link_add(struct ctx *ctx, const struct form *form, struct str name, struct str value,
              const char *relation);

#endif
