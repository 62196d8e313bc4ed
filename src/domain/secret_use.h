/* When secrets of applications last got a token, to within SECRET_USE_MS: so that a secret that is
 * to be replaced is seen to be out of use before it is deleted. Noted in memory, stored by the
 * tenant's poll thread: no token waits for it. */
#ifndef SIGNET_DOMAIN_SECRET_USE_H
#define SIGNET_DOMAIN_SECRET_USE_H

#include "domain/tenant.h"

#define SECRET_USE_MS ((int64_t)5 * 60 * 1000)

/* A token was issued for the secret. Any thread; now in ms. */
void secret_use_note(const struct tenant *tenant, const struct app *app,
                     const struct app_secret *secret, int64_t now);

struct secret_use; /* a list of uses that are not stored yet */
/* All that wait; NULL: none. The caller owns them until secret_uses_end. */
struct secret_use *secret_uses_take(const struct tenant *tenant);
/* On the writer's connection; a use as recent that is stored already stays. */
enum err secret_uses_store(struct db_conn *conn, const struct secret_use *uses);
/* Frees them; those that could not be stored wait again. */
void secret_uses_end(const struct tenant *tenant, struct secret_use *uses, bool stored);

#endif
