/* When secrets of applications were last used, to within SECRET_USE_MS: so that a secret that is to
 * be replaced is seen to be out of use before it is deleted. */
#ifndef SIGNET_DOMAIN_SECRET_USE_H
#define SIGNET_DOMAIN_SECRET_USE_H

#include "domain/ctx.h"

#define SECRET_USE_MS ((int64_t)5 * 60 * 1000)

/* Whether this process has stored a use of the secret within SECRET_USE_MS: then there is nothing
 * to write. */
bool secret_use_is_noted(const struct app_secret *secret, int64_t now);
/* Stores that it was used now, on the writer's connection, unless a use as recent is stored. */
enum err secret_use_note(struct ctx *ctx, const struct app *app, const struct app_secret *secret);

#endif
