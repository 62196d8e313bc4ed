/* Failed sign-ins: under which names they are counted, and how they are forgotten. */
#ifndef SIGNET_DOMAIN_ATTEMPTS_H
#define SIGNET_DOMAIN_ATTEMPTS_H

#include "domain/ctx.h"

/* Under what the failures of an identifier are counted: one that was typed differently but means
 * the same has the same. known: by a browser that has a session of this very user. STR_NONE when
 * memory is out. */
struct str attempt_account(struct ctx *ctx, struct str identifier, bool known);

/* Forgets the failures of an identifier, so that whoever was locked for them no longer is. On the
 * writer's connection. */
enum err attempts_forget(struct ctx *ctx, struct str identifier);

#endif
