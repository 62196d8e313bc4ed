/* What a token without the scope `all` may hand on: nothing beyond what it holds itself. */
#ifndef SIGNET_API_REACH_H
#define SIGNET_API_REACH_H

#include "domain/ctx.h"
#include "domain/id_list.h"

/* Each is OK when the caller holds `all`, or every Management API scope that
 *  - the application has by its roles, those in organizations as well,
 *  - one of the roles, or of the organization roles, has,
 *  - is among the scopes (ids);
 * else ERR_FORBIDDEN names one it lacks. Without this, write:applications would be `all`: its
 * holder could give itself a role, or a secret of an application that has one. */
enum err reach_check_application(struct ctx *ctx, struct str application);
enum err reach_check_roles(struct ctx *ctx, const struct id_list *roles);
enum err reach_check_organization_roles(struct ctx *ctx, const struct id_list *roles);
/* Of organization roles for a user, whichever way they come to it: ERR_DB_CONSTRAINT as well, when
 * one is for applications. */
enum err reach_check_member_roles(struct ctx *ctx, const struct id_list *roles);
enum err reach_check_scopes(struct ctx *ctx, const struct id_list *scopes);

/* ERR_ROLE_MANAGEMENT_SCOPE when one of the scopes (ids) is of the Management API: users get none
 * of them, by no kind of role. Without this whoever may set a user's password could be that user.
 */
enum err reach_check_user_scopes(struct ctx *ctx, const struct id_list *scopes);

/* The same question as of reach_check_application without a refusal. */
enum err reach_of_application(struct ctx *ctx, struct str application, bool *within);

#endif
