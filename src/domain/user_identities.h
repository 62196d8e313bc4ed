/* Accounts at social providers, linked to users: the table beside the users' own objects makes sure
 * that one account belongs to one user, and finds that user. */
#ifndef SIGNET_DOMAIN_USER_IDENTITIES_H
#define SIGNET_DOMAIN_USER_IDENTITIES_H

#include "domain/users.h"

/* Whose the account is; {NULL,0}: nobody's. */
enum err user_identity_find(struct ctx *ctx, struct str target, struct str identity,
                            struct str *user_id);
/* What the user has, as an object: {"github":{"userId":"…","details":{…}}}. ERR_NOT_FOUND. */
enum err user_identities_get(struct ctx *ctx, struct str user_id, json **identities);
/* Links it, in place of an earlier one at the target. value is its object as JSON text. rows is
 * the user's new row. ERR_USER_IDENTITY when it is another user's. */
enum err user_identity_link(struct ctx *ctx, struct str user_id, struct str target,
                            struct str identity, struct str value, struct db_rows *rows);
/* ERR_USER_NO_IDENTITY when the user has none at the target. */
enum err user_identity_unlink(struct ctx *ctx, struct str user_id, struct str target,
                              struct db_rows *rows);

#endif
