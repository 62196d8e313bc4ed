/* Failed sign-ins, counted by account and by address, over restarts. */
#ifndef SIGNET_EXPERIENCE_LOCKOUT_H
#define SIGNET_EXPERIENCE_LOCKOUT_H

#include "domain/ctx.h"

/* Whom an attempt counts against. */
struct attempt {
    struct str account, address;
    struct str password;    /* {NULL,0}: not one that other identifiers could be tried for */
    bool known;             /* the address does not count */
    struct str type, value; /* the identifier for who is told of a lock; type {NULL,0}: nobody */
};

/* identifier: as it was given, so that unknown users count like known ones. The type is the
 * caller's to set. */
enum err attempt_of(struct ctx *ctx, struct str identifier, struct attempt *out);
/* The same for the password of the user with the identifier (user_id {NULL,0}: nobody has it). It
 * has a count besides the identifier's, one for all identifiers of the user. known: this very
 * user has signed in with the browser before: its attempts have a count of their own, which nobody
 * else can use up, and what others do at the same address does not lock it out. */
enum err attempt_of_password(struct ctx *ctx, struct str identifier, struct str user_id, bool known,
                             struct attempt *out);

/* ERR_TOO_MANY_ATTEMPTS while account or address is locked: then not even the right password is
 * told from a wrong one. */
enum err attempt_check(struct ctx *ctx, const struct attempt *attempt);
/* Whether the password is locked, under whatever identifier it was tried. To say so would tell that
 * two identifiers are of one user: it is to be answered as a wrong password is, and counted. */
enum err attempt_find_lock(struct ctx *ctx, const struct attempt *attempt, bool *locked);
/* Counts a failure, which stays though the request is refused; err is the refusal. Guesses that run
 * side by side are all counted, as each is looked at on the writer's connection. */
enum err attempt_failed(struct ctx *ctx, const struct attempt *attempt, enum err err);
/* The account's count begins anew. */
enum err attempt_succeeded(struct ctx *ctx, const struct attempt *attempt);

#endif
