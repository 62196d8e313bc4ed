/* A tenant's cookie keys in the database: the newest signs, the one before it still verifies. */
#ifndef SIGNET_DOMAIN_COOKIE_KEYS_H
#define SIGNET_DOMAIN_COOKIE_KEYS_H

#include "domain/tenant.h"

#define COOKIE_KEY_SIZE 32

/* Makes a key; all but the one before it go. Within a writing transaction. */
enum err cookie_keys_rotate(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                            int64_t now);

#endif
