/* What users have settled about factors and passkeys. */
#ifndef SIGNET_DOMAIN_USER_CONFIGS_H
#define SIGNET_DOMAIN_USER_CONFIGS_H

#include "domain/ctx.h"

extern const struct field user_config_fields[]; /* body and reply */

/* What is stored, as an object. ERR_NOT_FOUND. */
enum err user_config_get(struct ctx *ctx, struct str user, json **config);
/* Answers with it, what is left open as false. */
enum err user_config_answer(struct ctx *ctx, struct str user);
/* Lays the checked body over it and answers with the result; rows is the user's new row. */
enum err user_config_patch(struct ctx *ctx, struct str user, struct db_rows *rows);
/* Lays changes (JSON text) over one part of it, "mfa" or "passkeySignIn", which is ours. */
enum err user_config_set(struct ctx *ctx, struct str user, struct str part, struct str changes,
                         struct db_rows *rows);

#endif
