/* Passkeys of a sign-in: what the browser is asked, and what it answers. */
#ifndef SIGNET_EXPERIENCE_PASSKEY_H
#define SIGNET_EXPERIENCE_PASSKEY_H

#include "domain/users_mfa.h"
#include "experience/factor_verification.h"

/* A new challenge, base64url. */
enum err passkey_challenge(struct ctx *ctx, struct str *out);

/* Writes the member registrationOptions (PublicKeyCredentialCreationOptionsJSON). */
enum err passkey_put_registration(struct ctx *ctx, struct str user_id, struct str challenge);
/* The same for a user who is yet to be made, with this id. */
enum err passkey_put_first_registration(struct ctx *ctx, struct str user_id, struct str username,
                                        struct str challenge);
/* Writes the member authenticationOptions (PublicKeyCredentialRequestOptionsJSON); user_id absent:
 * any passkey that the browser has will do. */
enum err passkey_put_authentication(struct ctx *ctx, struct str user_id, struct str challenge);
/* ERR_MFA_NO_PASSKEY: the user, or nobody ({NULL,0}), has none. */
enum err passkey_check_exists(struct ctx *ctx, struct str user_id);

/* Rows of the two payloads in bodies. */
extern const struct field passkey_registration_fields[];
extern const struct field passkey_assertion_fields[];

/* Checks the answer to a registration: *data is what is kept of it, as JSON; ERR_MFA_WEBAUTHN with
 * the reason. */
enum err passkey_register(struct ctx *ctx, struct str challenge, json *payload, struct str *data);
/* Gives the user what passkey_register made; ERR_MFA_WEBAUTHN when somebody has it already. */
enum err passkey_insert(struct ctx *ctx, struct str user_id, json *data);
/* Checks the answer to an authentication by the passkey of this row (user_mfa_find_credential), and
 * counts its use. ERR_MFA_WEBAUTHN. */
enum err passkey_assert(struct ctx *ctx, const struct db_rows *passkey, struct str challenge,
                        json *payload);

/* Whether a passkey has signed in the user of this sign-in: that is two factors at once, as it
 * verifies who holds it. */
bool passkey_has_signed_in(const struct experience *experience);

#endif
