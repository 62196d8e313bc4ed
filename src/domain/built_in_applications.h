/* Applications that every tenant has and nobody manages: those of the server's own pages. */
#ifndef SIGNET_DOMAIN_BUILT_IN_APPLICATIONS_H
#define SIGNET_DOMAIN_BUILT_IN_APPLICATIONS_H

#include "domain/tenant.h"

struct built_in_application {
    struct str id, name, description;
    struct str path; /* of its page on the tenant's endpoint, where users come back to as well */
};
extern const struct built_in_application account_application, demo_application;

/* Makes them in the users' tenant, or gives them the endpoint's addresses; within a writing
 * transaction. ERR_DB_UNIQUE is no answer: an application that has the id already becomes it. */
enum err built_in_applications_seed(struct tenant *tenant, struct db_conn *conn,
                                    struct arena *arena, int64_t now);

#endif
