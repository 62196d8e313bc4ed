/* Relations between organizations, their roles, and who or what belongs to them: tables that hold
 * nothing but the ids of both sides. */
#ifndef SIGNET_DOMAIN_ORGANIZATION_RELATION_H
#define SIGNET_DOMAIN_ORGANIZATION_RELATION_H

#include "domain/id_list.h"

struct relation {
    const char *columns; /* as for db_insert_rows: the owner's columns, then the member's */
    size_t owners;       /* how many columns the owner is: 1 or 2 */
    const char *held;    /* SELECT of all members of an owner */
    const char *drop;    /* DELETE of one member */
};
#define RELATION(table, owner, member)                                                             \
    {                                                                                              \
        table " (" owner ", " member ")", 1,                                                       \
            "SELECT " member " FROM " table " WHERE " owner " = $1",                               \
            "DELETE FROM " table " WHERE " owner " = $1 AND " member " = $2"                       \
    }
#define RELATION_OF_PAIR(table, owner, second, member)                                             \
    {                                                                                              \
        table " (" owner ", " second ", " member ")", 2,                                           \
            "SELECT " member " FROM " table " WHERE " owner " = $1 AND " second " = $2",           \
            "DELETE FROM " table " WHERE " owner " = $1 AND " second " = $2 AND " member " = $3"   \
    }

extern const struct relation organization_role_scopes, organization_role_resource_scopes,
    organization_applications, organization_application_roles, organization_jit_roles,
    organization_jit_email_domains, organization_users, organization_user_roles,
    organization_invitation_roles;

/* owner: as many ids as the relation has owner columns. */

/* Those of ids that the owner does not have yet become its members, and *added (may be NULL).
 * ERR_DB_FOREIGN_KEY: one side does not exist. ERR_DB_CONFLICT: another request added one. */
enum err relation_add(struct db_conn *conn, const struct relation *relation,
                      const struct str *owner, const struct id_list *ids, struct arena *arena,
                      struct id_list *added);
/* ids become the owner's only members. What stays is not touched, so that what hangs on it stays,
 * too. *removed and *added may be NULL. Errors as relation_add. */
enum err relation_replace(struct db_conn *conn, const struct relation *relation,
                          const struct str *owner, const struct id_list *ids, struct arena *arena,
                          struct id_list *added, struct id_list *removed);
enum err relation_remove(struct db_conn *conn, const struct relation *relation,
                         const struct str *owner, struct str member, bool *found);

/* ERR_DB_CONSTRAINT when one of ids is of another type than wanted; unknown ids are nobody's
 * concern here. sql is "SELECT type FROM … WHERE id". */
enum err relation_check_type(struct db_conn *conn, const char *sql, const struct id_list *ids,
                             struct str wanted, struct arena *arena);
#define RELATION_ROLE_TYPE        "SELECT type FROM organization_roles WHERE id"
#define RELATION_APPLICATION_TYPE "SELECT type FROM applications WHERE id"

#endif
