/* Roles, and who holds them. */
#ifndef SIGNET_DOMAIN_ROLES_H
#define SIGNET_DOMAIN_ROLES_H

#include "domain/id_list.h"
#include "store/crud.h"

/* The role for machines that every tenant starts with; it holds the Management API's scope `all`.
 */
#define ROLE_MANAGEMENT_NAME "Logto Management API access"
#define ROLE_TYPE_USER       "User"
#define ROLE_TYPE_MACHINE    "MachineToMachine"

extern const struct field role_fields[];
extern const struct entity role_entity;
enum { ROLE_ID = 0, ROLE_TYPE = 3 }; /* columns of its rows */

/* The id of the role that the tenant started with; {NULL,0} when there is none, or no longer. */
enum err role_management_id(struct db_conn *conn, struct arena *arena, struct str *id);
/* Whether the application holds that role. */
enum err application_is_admin(struct db_conn *conn, struct str application, struct arena *arena,
                              bool *admin);

/* Gives the roles to the application; ones it has already are ERR_DB_UNIQUE, unknown ones
 * ERR_DB_FOREIGN_KEY. */
enum err application_roles_insert(struct db_conn *conn, struct str application,
                                  const struct id_list *roles, int64_t now, struct arena *arena);
/* Takes one role away; *found tells whether the application had it. */
enum err application_role_delete(struct db_conn *conn, struct str application, struct str role,
                                 bool *found);

#endif
