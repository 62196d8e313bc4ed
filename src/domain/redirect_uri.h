/* Which texts may be registered as a redirect URI. */
#ifndef SIGNET_DOMAIN_REDIRECT_URI_H
#define SIGNET_DOMAIN_REDIRECT_URI_H

#include "base/str.h"

/* True for an absolute URI that a client may register (RFC 6749 3.1.2): http and https with an
 * authority, without user information and "." or ".." segments; a '*' stands for part of the host
 * (one with a dot) or of the path; any other scheme for native applications (RFC 8252 7.1). Never
 * with a fragment, and no scheme that a browser runs or opens locally (javascript, data, file …).
 */
bool redirect_uri_is_valid(struct str uri);
/* Whether it may be registered for answers that carry a code: valid, and no plain HTTP but to the
 * user's own machine (RFC 8252 8.3), unless redirect_uri_let_http has been called before. */
bool redirect_uri_may_register(struct str uri);
/* At start-up, before there are threads. */
void redirect_uri_let_http(bool all);

/* Whether uri, from an authorization request, is the registered one (RFC 9700 4.1.3): byte for
 * byte, but that a '*' of the registered one stands for characters of one label of the host or of
 * one segment of the path, and that the port of a loopback address is free when native (RFC
 * 8252 7.3).
 */
bool redirect_uri_matches(struct str registered, struct str uri, bool native);

#endif
