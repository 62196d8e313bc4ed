/* What every tenant starts with, and the memory of what was made once. */
#ifndef SIGNET_DOMAIN_SEED_H
#define SIGNET_DOMAIN_SEED_H

#include "domain/tenant.h"

#define MANAGEMENT_RESOURCE_ID "management-api"

/* Makes what is missing of the built-in resources, their scopes (`all`, and on the default tenant
 * read:AREA and write:AREA for each area of the Management API's routes), the role that holds
 * `all`, and the first signing key. Role and key are made once: what was deleted since stays so.
 * Several processes may do it at once. */
enum err seed_tenant(struct tenant *tenant, struct db_conn *conn, struct arena *arena);

/* Within a writing transaction: remembers value under name unless something is remembered already.
 * Of several processes one gets *claimed true. */
enum err seed_claim(struct db_conn *conn, struct str name, struct str value, int64_t now,
                    bool *claimed);
/* Remembers value in place of an earlier one. */
enum err seed_set(struct db_conn *conn, struct str name, struct str value, int64_t now);
/* {NULL,0} when nothing is remembered. */
enum err seed_find(struct db_conn *conn, struct arena *arena, struct str name, struct str *value);

#endif
