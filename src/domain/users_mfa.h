/* Second factors of users. What would let others use one is sealed in the database. */
#ifndef SIGNET_DOMAIN_USERS_MFA_H
#define SIGNET_DOMAIN_USERS_MFA_H

#include "crypto/totp.h"
#include "domain/ctx.h"

#define MFA_TOTP        "Totp"
#define MFA_WEBAUTHN    "WebAuthn"
#define MFA_BACKUP_CODE "BackupCode"
#define BACKUP_CODES    10

/* Rows of a user's factors, oldest first. */
enum { MFA_ID, MFA_TYPE, MFA_SEALED, MFA_CREATED_AT, MFA_LAST_USED_AT, MFA_USER, MFA_CREDENTIAL };
enum err user_mfa_list(struct ctx *ctx, struct str user, struct db_rows *rows);
/* The passkey with this credential id (base64url), whosever it is; no row: there is none. */
enum err user_mfa_find_credential(struct ctx *ctx, struct str credential, struct db_rows *rows);

/* What a row holds, as JSON:
 *   Totp        {"secret":"BASE32"}
 *   WebAuthn    {"rpId":"…","credentialId":"base64url","publicKey":"base64url of a COSE_Key",
 *                "transports":[…],"agent":"…","name":"…"}   (name: only when it was given one)
 *   BackupCode  {"codes":[{"digest":"…"},{"digest":"…","usedAt":1700000000000}]}
 * ERR_INTERNAL when it was sealed with another key. */
enum err user_mfa_open(struct ctx *ctx, const struct db_rows *rows, size_t row, json **out);

/* How many of the codes in what user_mfa_open gives are not used up. */
size_t mfa_remaining_codes(json *opened);

enum err user_mfa_insert(struct ctx *ctx, struct str user, struct str type, struct str data);
/* The same for a passkey, by its credential id (base64url) and its first count of signatures. */
enum err user_mfa_insert_passkey(struct ctx *ctx, struct str user, struct str data,
                                 struct str credential, int64_t counter);
/* A factor has been used, with this step of a TOTP or count of a passkey. *later is false, and
 * nothing is written, when it has been used with this one or a later one before; a passkey that
 * never counts stays at 0. */
enum err user_mfa_advance(struct ctx *ctx, struct str id, int64_t counter, bool *later);
/* Gives a passkey this name, in place of an earlier one. ERR_NO_RECORD: the user has no passkey
 * with this id. */
enum err user_mfa_rename(struct ctx *ctx, struct str user, struct str id, struct str name);
/* What is kept of a passkey, with this name. {NULL,0} when memory is out. */
struct str mfa_passkey_named(struct arena *arena, json *opened, struct str name);
/* Uses up one of the user's backup codes; *used is false when it is none that is left. */
enum err user_mfa_use_code(struct ctx *ctx, struct str user, struct str code, bool *used);
/* All sets of backup codes of the user. */
enum err user_mfa_delete_codes(struct ctx *ctx, struct str user);
/* *found tells whether the user had it. What was trusted for it is trusted no longer. */
enum err user_mfa_delete(struct ctx *ctx, struct str user, struct str id, bool *found);

/* ---- Backup codes: ten hexadecimal digits; upper and lower case are the same ---- */

/* Ten new ones. ERR_NO_MEMORY. */
enum err mfa_codes_make(struct ctx *ctx, struct str codes[BACKUP_CODES]);
/* What is kept of them: digests alone. {NULL,0} when memory is out. */
struct str mfa_codes_data(struct ctx *ctx, const struct str codes[BACKUP_CODES]);
bool mfa_code_is_valid(struct str code);

/* ---- What authenticators show ---- */

/* What a user (a row of user_entity) is called, and by what they sign in, for people. */
struct str mfa_user_identifier(struct ctx *ctx, const struct db_rows *user);
struct str mfa_user_name(struct ctx *ctx, const struct db_rows *user);
/* The host of this server's address: what authenticators know it by. A slice of origin. */
struct str mfa_service(struct str origin);
/* Appends an image of the key of a TOTP as a data: URL. ERR_NO_MEMORY. */
enum err mfa_put_totp_image(struct ctx *ctx, struct buf *out, const struct db_rows *user,
                            struct str secret);

#endif
