/* Operators: users of the admin tenant whose role opens the Management API of the default tenant,
 * and the console that they sign in to. */
#ifndef SIGNET_DOMAIN_OPERATORS_H
#define SIGNET_DOMAIN_OPERATORS_H

#include "domain/tenant.h"

#define CONSOLE_ID "admin-console" /* client_id of the console */

/* The API that operators' tokens are for, and the two roles: the one opens all of it, the other
 * lets one look at all but secrets (scope OPERATOR_READ). */
#define OPERATOR_RESOURCE  "https://default.logto.app/api"
#define OPERATOR_ROLE_ALL  "default-admin-role"
#define OPERATOR_ROLE_READ "default-viewer-role"
#define OPERATOR_READ      "read"

/* Within a writing transaction of the admin tenant: makes the operators' role, and the console as
 * an application at this tenant's address. Doing it again changes only the addresses. */
enum err operators_seed(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                        int64_t now);
/* Gives the user the role: the one for all, or the one for looking. */
enum err operator_appoint(struct db_conn *conn, struct str user_id, bool all, int64_t now);
/* Takes both roles from the user. */
enum err operator_dismiss(struct db_conn *conn, struct str user_id);

#endif
