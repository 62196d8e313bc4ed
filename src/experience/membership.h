/* Organizations that users join by signing in. */
#ifndef SIGNET_EXPERIENCE_MEMBERSHIP_H
#define SIGNET_EXPERIENCE_MEMBERSHIP_H

#include "domain/ctx.h"

/* Those of a JSON array of ids (text; {NULL,0}: none). All are on the writer's connection. */
enum err membership_join(struct ctx *ctx, struct str organizations, struct str user_id);
/* Those that take in whoever comes through an enterprise connector. */
enum err membership_join_by_connector(struct ctx *ctx, struct str connector_id, struct str user_id);
/* Those that take in whoever has an email address of their domain; the address has been shown to be
 * the user's. */
enum err membership_join_by_email(struct ctx *ctx, struct str email, struct str user_id);

#endif
