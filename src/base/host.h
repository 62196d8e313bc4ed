/* Names of hosts. */
#ifndef SIGNET_BASE_HOST_H
#define SIGNET_BASE_HOST_H

#include "base/str.h"

/* Whether it is this machine by name or number: localhost and what ends in .localhost (RFC 6761
 * 6.3), 127.0.0.0/8 in four numbers, ::1 with or without brackets (RFC 8252 7.3). */
bool host_is_loopback(struct str host);

#endif
