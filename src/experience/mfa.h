/* Second factors of a sign-in: what the user is to get by it, and what it must not end without. */
#ifndef SIGNET_EXPERIENCE_MFA_H
#define SIGNET_EXPERIENCE_MFA_H

#include "experience/factor.h"

#define MFA_MAX_PENDING 5 /* a TOTP, backup codes and some passkeys */
#define MFA_TRIES       5 /* wrong codes in one sign-in */

struct experience;

/* A factor that the user is to get at the end: what user_mfa_insert takes. */
struct pending_factor {
    enum factor factor;
    struct str sealed; /* as mfa_seal makes it */
};

struct mfa {
    bool enabled, skipped, suggestion_skipped, passkey_skipped; /* said in this sign-in */
    bool trusts; /* the browser is to be trusted from its end on */
    struct pending_factor pending[MFA_MAX_PENDING];
    size_t count;
    /* These two outlive a new beginning of the sign-in. */
    int64_t failures;     /* wrong codes and signatures */
    struct str challenge; /* of a passkey of whomever, base64url; {NULL,0}: none is open */
};

/* From the state of a sign-in, and into it: members of the object that is open. */
void mfa_parse(json *state, struct mfa *out);
void mfa_render(struct json_out *out, const struct mfa *mfa);
/* The part that the browser may see. */
void mfa_show(struct json_out *out, const struct mfa *mfa);

/* Secrets that wait in the state of a sign-in, under its uid. */
enum err mfa_seal(struct ctx *ctx, const struct experience *experience, struct str plain,
                  struct str *sealed);
enum err mfa_open(struct ctx *ctx, const struct experience *experience, struct str sealed,
                  json **opened);

/* ---- Tries: few in one sign-in, and counted for the user over all of them ---- */

/* ERR_TOO_MANY_ATTEMPTS. */
enum err mfa_may_try(struct ctx *ctx, const struct experience *experience);
/* Counts what mfa_may_try let through; err is the refusal, and returned. */
enum err mfa_failed(struct ctx *ctx, struct experience *experience, enum err err);
enum err mfa_succeeded(struct ctx *ctx, const struct experience *experience);

/* ---- Rules: ERR_MFA_… and ERR_USER_…MFA, with what the pages need to go on ---- */

/* At a sign-in: a factor has been shown, if the user must show one and the browser is not trusted,
 * which is not enough for a sign-in that brings new factors. */
enum err mfa_check_verified(struct ctx *ctx, const struct experience *experience);
/* The same, whether the browser is trusted or not. */
enum err mfa_check_shown(struct ctx *ctx, const struct experience *experience);
/* A passkey is made or declined, where passkeys sign in. */
enum err mfa_check_passkey(struct ctx *ctx, struct experience *experience);
/* The tenant has this factor, so that a user may get it. */
enum err mfa_check_factor(struct ctx *ctx, enum factor factor);
/* The user has, will have, or may do without the factors that the tenant asks for. */
enum err mfa_check_fulfilled(struct ctx *ctx, struct experience *experience);
/* Whether the user may decline: ERR_MFA_NOT_OPTIONAL. */
enum err mfa_check_optional(struct ctx *ctx, const struct experience *experience);
/* Whether the user has one of these, or will. */
enum err mfa_has_any(struct ctx *ctx, const struct experience *experience, factor_set set,
                     bool *has);

/* That the browser may be trusted for what was shown: not a backup code. A new factor will do. */
enum err mfa_check_trust(struct ctx *ctx, const struct experience *experience);
/* Trusts the browser, if that was wished; notes that a trusted one was signed in with. On the
 * writer's connection. */
enum err mfa_trust(struct ctx *ctx, struct experience *experience);
/* Gives the user what is pending. On the writer's connection. */
enum err mfa_write(struct ctx *ctx, struct experience *experience);

#endif
