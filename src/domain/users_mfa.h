/* Second factors of users. What would let others use one is sealed in the database. */
#ifndef SIGNET_DOMAIN_USERS_MFA_H
#define SIGNET_DOMAIN_USERS_MFA_H

#include "crypto/totp.h"
#include "domain/ctx.h"

#define MFA_TOTP        "Totp"
#define MFA_BACKUP_CODE "BackupCode"
#define BACKUP_CODES    10

/* Rows of a user's factors, oldest first. */
enum { MFA_ID, MFA_TYPE, MFA_SEALED, MFA_CREATED_AT, MFA_LAST_USED_AT };
enum err user_mfa_list(struct ctx *ctx, struct str user, struct db_rows *rows);

/* What a row holds, as JSON:
 *   Totp        {"secret":"BASE32"}
 *   BackupCode  {"codes":[{"digest":"…"},{"digest":"…","usedAt":1700000000000}]}
 * ERR_INTERNAL when it was sealed with another key. */
enum err user_mfa_open(struct ctx *ctx, const struct db_rows *rows, size_t row, json **out);

/* How many of the codes in what user_mfa_open gives are not used up. */
size_t mfa_remaining_codes(json *opened);

enum err user_mfa_insert(struct ctx *ctx, struct str user, struct str type, struct str data);
/* *found tells whether the user had it. */
enum err user_mfa_delete(struct ctx *ctx, struct str user, struct str id, bool *found);

/* The digest under which a backup code is kept; upper and lower case are the same. {NULL,0} when
 * memory is out. */
struct str mfa_code_digest(struct arena *arena, struct str code);

#endif
