/* Failed sign-ins, counted by account and by address, over restarts. */
#ifndef SIGNET_EXPERIENCE_LOCKOUT_H
#define SIGNET_EXPERIENCE_LOCKOUT_H

#include "domain/ctx.h"

/* Whom an attempt counts against. */
struct attempt {
    struct str account, address;
    bool known;             /* the address does not count */
    struct str type, value; /* the identifier for who is told of a lock; type {NULL,0}: nobody */
};

/* identifier: as it was given, so that unknown users count like known ones. known: this very
 * user has signed in with the browser before: its attempts have a count of their own, which nobody
 * else can use up, and what others do at the same address does not lock it out. The type is the
 * caller's to set. */
enum err attempt_of(struct ctx *ctx, struct str identifier, bool known, struct attempt *out);

/* ERR_TOO_MANY_ATTEMPTS while account or address is locked: then not even the right password is
 * told from a wrong one. */
enum err attempt_check(struct ctx *ctx, const struct attempt *attempt);
/* Counts a failure, which stays though the request is refused; err is the refusal. Guesses that run
 * side by side are all counted, as each is looked at on the writer's connection. */
enum err attempt_failed(struct ctx *ctx, const struct attempt *attempt, enum err err);
/* The account's count begins anew. */
enum err attempt_succeeded(struct ctx *ctx, const struct attempt *attempt);

#endif
