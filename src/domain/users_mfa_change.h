/* Second factors of users, as those change them who may: an operator, or the user. */
#ifndef SIGNET_DOMAIN_USERS_MFA_CHANGE_H
#define SIGNET_DOMAIN_USERS_MFA_CHANGE_H

#include "domain/users_mfa.h"

/* Answers with the array of a user's factors, and the rows of one in a reply. */
enum err user_mfa_answer_list(struct ctx *ctx, struct str user);
extern const struct field user_mfa_reply[];

/* ERR_USER_TOTP: there is one already. */
enum err user_mfa_check_no_totp(struct ctx *ctx, struct str user);
/* Gives the user this secret. ERR_USER_TOTP_SECRET. */
enum err user_mfa_add_totp(struct ctx *ctx, struct str user, struct str secret);
/* Gives the user these codes (an array of ten), or new ones when wanted is NULL.
 * ERR_USER_BACKUP_CODES: there are some; _ALONE: there is no other factor; _FORMAT. */
enum err user_mfa_add_codes(struct ctx *ctx, struct str user, json *wanted,
                            struct str codes[BACKUP_CODES]);

#endif
