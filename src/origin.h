/* Where a request came from and which public address it was sent to, behind proxies or not. */
#ifndef SIGNET_ORIGIN_H
#define SIGNET_ORIGIN_H

#include "domain/ctx.h"

/* Sets ctx->origin, ctx->issuer and ctx->address: from the settings, or, when the peer is a trusted
 * proxy, from X-Forwarded-Host, -Proto and -For. False when memory is out. */
bool origin_set(struct ctx *ctx);

#endif
