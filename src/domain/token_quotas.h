/* How many tokens an application may get in an hour and in a day (tokensPerHour, tokensPerDay of
 * customClientMetadata): over restarts, and over all servers of a database. */
#ifndef SIGNET_DOMAIN_TOKEN_QUOTAS_H
#define SIGNET_DOMAIN_TOKEN_QUOTAS_H

#include "domain/ctx.h"

/* What this process has taken out of the quotas in advance, so that not each token is a write: a
 * hundredth of an hour's, a thousandth of a day's. What is left of that at the end of a process or
 * of an hour is lost to the application. */
struct token_quotas;
struct token_quotas *token_quotas_new(void);         /* NULL when memory is out */
void token_quotas_free(struct token_quotas *quotas); /* takes NULL */

/* One token of app's. ERR_NEEDS_WRITER when the database must be asked and ctx->db cannot write;
 * ERR_TOKEN_QUOTA when the hour's or the day's are used up. The last thing before the token is
 * made: what a request took in vain is not given back. */
enum err token_quota_take(struct ctx *ctx, const struct app *app);

/* Those of the server's limits (limits.c). */
struct token_quotas *limits_quotas(struct limits *limits);

#endif
