/* Signing in with an enterprise's identity provider. */
#ifndef SIGNET_EXPERIENCE_SSO_H
#define SIGNET_EXPERIENCE_SSO_H

#include "experience/social.h"

extern const struct verification_kind sso_verification; /* keeps a struct social_own */

/* As social_verification_begin; asks for slow work, then for the writer. */
enum err sso_verification_begin(struct ctx *ctx, struct experience *experience,
                                struct str connector_id, const struct social_trip *wanted,
                                struct verification *made, struct str *url);

/* What came back: {NULL,0} where there is none. */
struct sso_answer {
    struct str code, state, issuer;
};
/* As social_verification_end. */
enum err sso_verification_end(struct ctx *ctx, struct experience *experience,
                              struct verification *what, const struct sso_answer *answer);

/* A link to the page that finds an enterprise's provider, when there are some. */
enum err sso_put_link(struct ctx *ctx);

#endif
