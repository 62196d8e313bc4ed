/* Invitations of operators. One of `signet init` makes an account with full access; one that an
 * operator gives sets the password of an account that is there already. Only digests are kept. */
#ifndef SIGNET_DOMAIN_OPERATOR_INVITATIONS_H
#define SIGNET_DOMAIN_OPERATOR_INVITATIONS_H

#include "domain/ctx.h"

#define OPERATOR_INVITATION_MS ((int64_t)24 * 3600 * 1000)

/* Whose password the invitation sets; {NULL,0}: it makes an account. It says nothing about whether
 * the invitation is good. */
struct str operator_invitation_user(struct str token);

/* What the token alone decides, so that nothing is kept between asking a browser for a passkey and
 * getting it: the challenge, base64url, and the id of the account that the invitation makes. Nobody
 * knows them who does not know the token, which is good once. {NULL,0} when memory is out. */
struct str operator_invitation_challenge(struct arena *arena, struct str token);
struct str operator_invitation_new_id(struct arena *arena, struct str token);

/* Makes an invitation for the user, good for OPERATOR_INVITATION_MS, in the place of those made for
 * the same user before. The token lives in the request's arena. */
enum err operator_invitation_make(struct ctx *ctx, struct str user_id, struct str *token);
/* Ends those of the user. */
enum err operator_invitation_end(struct ctx *ctx, struct str user_id);

/* ERR_INVITATION_NOT_VALID when it is unknown, used or expired. */
enum err operator_invitation_check(struct ctx *ctx, struct str token);
/* The same, and uses it: one UPDATE decides, so of several at once one gets it. */
enum err operator_invitation_use(struct ctx *ctx, struct str token);

#endif
