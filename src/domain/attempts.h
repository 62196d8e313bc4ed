/* Failed sign-ins: under which names they are counted, and how they are forgotten. */
#ifndef SIGNET_DOMAIN_ATTEMPTS_H
#define SIGNET_DOMAIN_ATTEMPTS_H

#include "domain/ctx.h"

/* Under what the failures of an identifier are counted: one that was typed differently but means
 * the same has the same. STR_NONE when memory is out. */
struct str attempt_identifier(struct ctx *ctx, struct str identifier);
/* The same of a user's password, whatever identifier it was tried with: by strangers, and by a
 * browser that has signed this very user in. */
struct str attempt_password(struct ctx *ctx, struct str user_id);
struct str attempt_known(struct ctx *ctx, struct str user_id);

/* Forgets the failures of an identifier and of the password of whoever has it, so that whoever was
 * locked for them no longer is. On the writer's connection. */
enum err attempts_forget(struct ctx *ctx, struct str identifier);

#endif
