/* Subjects of a token exchange: what stands for a user without being an access token. */
#ifndef SIGNET_DOMAIN_SUBJECTS_H
#define SIGNET_DOMAIN_SUBJECTS_H

#include "domain/ctx.h"

#define SUBJECT_TOKEN_PREFIX                                                                       \
    "sub_" /* of tokens that the Management API makes to act for a user                            \
            */

/* Uses a subject token up; one UPDATE decides, so of many at once one wins. On the writer's
 * connection. context is the JSON that it was made with. ERR_OAUTH_INVALID_GRANT: unknown, expired
 * or used before. */
enum err subject_token_consume(struct ctx *ctx, struct str text, struct str *user_id,
                               struct str *context);

/* The user of a personal access token. ERR_OAUTH_INVALID_GRANT: unknown or expired. */
enum err personal_access_token_find(struct ctx *ctx, struct str text, struct str *user_id);

#endif
