/* Secrets of rows, encrypted at rest under the installation's key. */
#ifndef SIGNET_DOMAIN_SEALED_H
#define SIGNET_DOMAIN_SEALED_H

#include "domain/ctx.h"

/* place says which table and column ("connectors|config"), id which row: what was sealed for one
 * opens for no other. The texts made are in the request's arena. ERR_NO_MEMORY, also for a plain
 * {NULL,0}. */
enum err sealed_make(struct ctx *ctx, const char *place, struct str id, struct str plain,
                     struct str *sealed);
/* ERR_INTERNAL: it was not made here for this. */
enum err sealed_open(struct ctx *ctx, const char *place, struct str id, struct str sealed,
                     struct str *plain);

#endif
