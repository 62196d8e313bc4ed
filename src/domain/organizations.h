/* Organizations, and the template that all of them share: their roles and scopes. */
#ifndef SIGNET_DOMAIN_ORGANIZATIONS_H
#define SIGNET_DOMAIN_ORGANIZATIONS_H

#include "domain/ctx.h"
#include "domain/row_index.h"

/* What an organization token is for: this and the organization's id. */
#define ORGANIZATION_URN "urn:logto:organization:"
/* The resource that a client names to ask for scopes of organizations. */
#define ORGANIZATION_RESOURCE "urn:logto:resource:organizations"

extern const struct field organization_fields[];
extern const struct field organization_with_roles_fields[]; /* with somebody's roles in it */
extern const struct field organization_featured_fields[];   /* with some of its users */
extern const struct entity organization_entity;
extern const struct field organization_scope_fields[];
extern const struct entity organization_scope_entity;
extern const struct field organization_role_fields[];
extern const struct entity organization_role_entity;
/* Columns of their rows. */
enum {
    ORGANIZATION_ID = 0,
    ORGANIZATION_SCOPE_ID = 0,
    ORGANIZATION_ROLE_ID = 0,
    ORGANIZATION_ROLE_TYPE = 3
};

/* Roles as lists show them: {"id","name"}. */
extern const struct field organization_role_short_fields[];
extern const struct field organization_role_short_item;
#define ORGANIZATION_ROLES_FIELD                                                                   \
    {                                                                                              \
        .name = STR_INIT("organizationRoles"), .type = FIELD_ARRAY,                                \
        .item = &organization_role_short_item, .doc = "The roles held in the organization."        \
    }

/* The roles that a page of members has in an organization, or one member in a page of
 * organizations. sql selects (holder, role id, role name) FROM … JOIN organization_roles r …, and
 * ends in "WHERE OWNER = $1 AND HOLDER"; holders are at most a page of 100 rows. */
enum err organization_roles_held(struct ctx *ctx, const char *sql, struct str owner,
                                 const struct db_rows *holders, size_t id_column,
                                 struct row_index *index);
/* "organizationRoles":[…] of one holder. */
void organization_roles_put(struct json_out *out, const struct row_index *index, struct str holder);
/* Answers with organizations, each with what index has for its id. */
void organization_list_put(struct ctx *ctx, const struct db_rows *rows,
                           const struct row_index *index);

/* The query's `q` as a filter: any of the columns has it as a part; false when there is none. sql
 * is the condition with $1 for the pattern: ORGANIZATION_MATCH("name"). */
#define ORGANIZATION_MATCH(column) "fold_case(" column ") LIKE fold_case($1) ESCAPE '\\'"
bool organization_match(struct ctx *ctx, const char *sql, struct db_value *pattern,
                        struct crud_filter *filter);

/* ---- What the token endpoint sees: notes for the snapshot, inside the change's transaction ----
 */

/* The application came to the organization, left it, or has other roles there. */
enum err organization_note_membership(struct ctx *ctx, struct str organization,
                                      struct str application);
/* All that the organization, or the application, is in; to be called before it is deleted. */
enum err organization_note_deletion(struct ctx *ctx, struct str organization);
enum err organization_note_application_deletion(struct ctx *ctx, struct str application);

/* crud with the answers of Logto for organizations and all that belongs to them: for what is not
 * there, DELETE and this GET say ERR_NOT_FOUND, PATCH ERR_NOT_EXISTS. */
enum err organization_part_get(struct ctx *ctx, const struct entity *entity, struct str id,
                               struct db_rows *rows);
enum err organization_part_patch(struct ctx *ctx, const struct entity *entity, struct str id,
                                 struct db_rows *rows);
enum err organization_part_delete(struct ctx *ctx, const struct entity *entity, struct str id);
/* Inserts the body with a new id of id_length characters; now fills created_at when it is not 0. */
enum err organization_part_insert(struct ctx *ctx, const struct entity *entity, size_t id_length,
                                  int64_t now, struct db_rows *rows);

#endif
