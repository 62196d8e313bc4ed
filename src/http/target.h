/* The request target and the Host rules: RFC 9112 3.2, RFC 3986 3.2. */
#ifndef SIGNET_HTTP_TARGET_H
#define SIGNET_HTTP_TARGET_H

#include "http/http.h"

/* host or host:port; an IPv6 address in brackets; no user information, no percent-encoding. */
bool target_is_authority(struct str s);

/* Splits target into request->path, ->query and, for the absolute form, ->host (else untouched).
 * NULL, or one line that says what is wrong. request->method must be set. */
const char *target_parse(struct str target, struct http_request *request);

#endif
