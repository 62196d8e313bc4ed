/* API resources and their scopes. */
#ifndef SIGNET_DOMAIN_RESOURCES_H
#define SIGNET_DOMAIN_RESOURCES_H

#include "store/crud.h"

#define RESOURCE_DEFAULT_TTL 3600 /* seconds an access token for a resource lives */

extern const struct field resource_fields[];
extern const struct entity resource_entity;
enum { RESOURCE_ID = 0, RESOURCE_INDICATOR = 2 }; /* columns of its rows */
extern const struct field scope_fields[];
extern const struct entity scope_entity;
enum { SCOPE_ID = 0, SCOPE_RESOURCE_ID = 1 }; /* columns of its rows */

/* True for the indicator of a Management API, any tenant's: https://TENANT.logto.app/api. Those are
 * the server's own: neither renamed nor deleted, and out of reach of users' roles. */
bool resource_is_management(struct str indicator);

/* True for what only the server's own tokens are for: an organization, the operators' accounts. */
bool resource_is_reserved(struct str indicator);

/* Whether a resource has this indicator. */
enum err resource_exists(struct db_conn *conn, struct str indicator, struct arena *arena,
                         bool *exists);

#endif
