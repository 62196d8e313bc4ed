/* Operators: users of the admin tenant whose role opens the Management API of the default tenant,
 * and the console that they sign in to. */
#ifndef SIGNET_DOMAIN_OPERATORS_H
#define SIGNET_DOMAIN_OPERATORS_H

#include "domain/tenant.h"

#define CONSOLE_ID "admin-console" /* client_id of the console */

/* Within a writing transaction of the admin tenant: makes the operators' role, and the console as
 * an application at this tenant's address. Doing it again changes only the addresses. */
enum err operators_seed(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                        int64_t now);
/* Gives the user the role. */
enum err operator_appoint(struct db_conn *conn, struct str user_id, int64_t now);

#endif
