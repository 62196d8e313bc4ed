/* Cookies of the sign-in. RFC 6265 */
#ifndef SIGNET_DOMAIN_COOKIES_H
#define SIGNET_DOMAIN_COOKIES_H

#include "domain/ctx.h"

/* The cookie's value; {NULL,0} when there is none. Over HTTPS the name has the prefix __Host-, so
 * that no sibling host can plant it; the admin tenant's have admin before them, too. */
struct str cookie_get(const struct ctx *ctx, struct str name);
/* Adds a Set-Cookie header: Path=/, HttpOnly, SameSite=Lax, over HTTPS Secure. seconds 0 deletes
 * the cookie. */
enum err cookie_set(struct ctx *ctx, struct str name, struct str value, int64_t seconds);

#endif
