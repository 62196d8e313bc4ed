/* Browsers that someone has signed in with before: what strangers get wrong elsewhere locks none of
 * them out. */
#ifndef SIGNET_DOMAIN_KNOWN_DEVICES_H
#define SIGNET_DOMAIN_KNOWN_DEVICES_H

#include "domain/ctx.h"

/* Has the browser remember, by a cookie for half a year, that this user signed in with it; it
 * remembers the last one. The cookie opens nothing. */
enum err known_device_set(struct ctx *ctx, struct str user_id);
/* Whether the browser of the request remembers this user. */
bool known_device_is(struct ctx *ctx, struct str user_id);

#endif
