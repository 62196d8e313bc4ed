/* What an application asks for, as pages say it. */
#ifndef SIGNET_EXPERIENCE_CONSENT_H
#define SIGNET_EXPERIENCE_CONSENT_H

#include "domain/page.h"

/* An item of a list for each of the scopes (blank-separated) that say something about the user. */
void consent_put_items(struct ctx *ctx, struct str scope);

#endif
