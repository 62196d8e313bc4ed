/* Sessions and grants of one user, as answers. */
#ifndef SIGNET_DOMAIN_USER_SESSIONS_H
#define SIGNET_DOMAIN_USER_SESSIONS_H

#include "domain/ctx.h"

extern const struct field user_session_fields[], user_sessions_fields[]; /* replies */
extern const struct field user_grants_fields[];
extern const struct field user_session_end_query[], user_grants_query[];

/* {"sessions":[…]} of those that are active; with current (a session's uid), each says whether it
 * is that one. */
enum err user_sessions_answer(struct ctx *ctx, struct str user, struct str current);
/* ERR_NO_SESSION when the user has none with this uid. */
enum err user_session_answer(struct ctx *ctx, struct str user, struct str uid);
/* The query's revokeGrantsTarget names grants that end beside those that end with any session.
 * ERR_NO_SESSION. */
enum err user_session_end(struct ctx *ctx, struct str user, struct str uid);

/* {"grants":[…]} of those that are active, of the kind of application in the query's appType. */
enum err user_grants_answer(struct ctx *ctx, struct str user);
/* ERR_NO_GRANT. */
enum err user_grant_end(struct ctx *ctx, struct str user, struct str id);

#endif
