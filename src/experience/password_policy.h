/* Which passwords people may choose. */
#ifndef SIGNET_EXPERIENCE_PASSWORD_POLICY_H
#define SIGNET_EXPERIENCE_PASSWORD_POLICY_H

#include "domain/ctx.h"

/* ERR_PASSWORD_REJECTED, with every reason in the data, as Logto names them. username may be
 * absent. */
enum err password_check(struct ctx *ctx, struct str password, struct str username);

#endif
