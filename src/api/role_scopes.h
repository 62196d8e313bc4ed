/* Giving scopes to roles. */
#ifndef SIGNET_API_ROLE_SCOPES_H
#define SIGNET_API_ROLE_SCOPES_H

#include "domain/ctx.h"
#include "domain/id_list.h"

/* Gives the scopes to the role in row 0 of role (as role_entity reads it), once it is sure that all
 * of them exist, that the role may hold them and that the caller may hand them on. The role must
 * have none of them yet. */
enum err role_scopes_add(struct ctx *ctx, const struct db_rows *role, const struct id_list *scopes);
/* Tells webhooks of the scopes that the role has, which was made with them. */
enum err role_scopes_tell(struct ctx *ctx, const struct db_rows *role);

#endif
