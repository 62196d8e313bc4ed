/* One-time passwords by time: six digits a step of 30 seconds (RFC 6238), by HMAC-SHA-1, as all
 * authenticators make them. */
#ifndef SIGNET_CRYPTO_TOTP_H
#define SIGNET_CRYPTO_TOTP_H

#include "base/str.h"

/* 160 bits as base32 (RFC 4226 4 R6, RFC 4648 6). */
#define TOTP_SECRET_LENGTH 32
void totp_secret_random(char out[TOTP_SECRET_LENGTH]);
/* 16 to 32 characters of base32, padded or whole. */
bool totp_secret_is_valid(struct str secret);

/* Whether code belongs to the step of now (ms since 1970), the one before or the one after (RFC
 * 6238 5.2). *step is its number: who has used a step takes none that is not later. */
bool totp_find_step(struct str secret, struct str code, int64_t now, int64_t *step);

#endif
