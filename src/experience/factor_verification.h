/* What verifications of second factors keep, and have in common. */
#ifndef SIGNET_EXPERIENCE_FACTOR_VERIFICATION_H
#define SIGNET_EXPERIENCE_FACTOR_VERIFICATION_H

#include "experience/experience.h"

struct factor_own {
    struct str user_id;   /* whose it is; {NULL,0}: a passkey tells */
    struct str challenge; /* of a passkey, base64url; {NULL,0}: none is open */
    bool registers;       /* the challenge is for a new passkey */
    struct str sealed;    /* of a new factor: what the user gets; it proves nothing yet */
};

enum err factor_own_parse(struct ctx *ctx, json *stored, struct verification *what);
void factor_own_render(struct json_out *out, const struct verification *what);
void factor_own_show(struct json_out *out, const struct verification *what);
bool factor_own_proves(const struct verification *what, struct str user_id);

/* Rows of a kind's table. */
#define FACTOR_KIND(name)                                                                          \
    .type = STR_INIT(name), .parse = factor_own_parse, .render = factor_own_render,                \
    .show = factor_own_show

/* The sign-in, of somebody who is identified: ERR_IDENTIFIER_NOT_FOUND. */
enum err factor_load(struct ctx *ctx, struct experience *out);
/* Their verification of this kind and id: ERR_VERIFICATION_NOT_FOUND. */
enum err factor_get(struct ctx *ctx, struct experience *experience,
                    const struct verification_kind *kind, struct str id, struct verification **out,
                    struct factor_own **own);

/* The kinds whose new factors the profile takes. */
extern const struct verification_kind totp_verification;
extern const struct verification_kind web_authn_verification;
extern const struct verification_kind backup_code_verification;

#endif
