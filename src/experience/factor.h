/* Second factors: which there are, which the tenant and a user have. */
#ifndef SIGNET_EXPERIENCE_FACTOR_H
#define SIGNET_EXPERIENCE_FACTOR_H

#include "domain/ctx.h"

/* In the order in which they are offered. */
enum factor {
    FACTOR_WEBAUTHN,
    FACTOR_TOTP,
    FACTOR_PHONE,
    FACTOR_EMAIL,
    FACTOR_BACKUP_CODE,
    FACTORS,
};
/* As the API names them, NULL-ended: "WebAuthn" … */
extern const char *const factor_names[];
bool factor_find(struct str name, enum factor *out);

/* Sets of factors. */
typedef unsigned factor_set;
static inline factor_set factor_in(enum factor factor)
{
    return 1u << factor;
}
#define FACTOR_PRIMARY (factor_in(FACTOR_BACKUP_CODE) - 1) /* all that may stand alone */

/* Writes the array of names. */
void factor_put_names(struct json_out *out, factor_set set);

/* What the tenant asks for, from its sign-in experience. */
struct factor_policy {
    factor_set factors;
    bool mandatory;       /* nobody may skip */
    bool no_prompt;       /* nobody is asked to set one up */
    bool only_at_sign_in; /* nor is who has just registered */
    bool organizations;   /* members of organizations that want it must */
    bool passkeys;        /* a passkey signs in */
    bool passkey_button;  /* and there is a button for it */
    bool passkey_offer;   /* who has none is asked to make one */
    factor_set sign_up;   /* FACTOR_EMAIL, FACTOR_PHONE: what people register with */
};
enum err factor_policy_load(struct ctx *ctx, struct factor_policy *out);

/* What a user has, of the tenant's factors, and has settled about them. */
struct factor_user {
    factor_set factors;
    bool passkey; /* has one, whether it is a factor or not */
    struct str email, phone;
    bool enabled_known, enabled, skipped, skips_at_sign_in, suggestion_skipped, passkey_skipped;
    bool required; /* by an organization */
};
/* ERR_NOT_FOUND when there is no such user. */
enum err factor_user_load(struct ctx *ctx, const struct factor_policy *policy, struct str user_id,
                          struct factor_user *out);

#endif
