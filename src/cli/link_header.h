/* The header Link: RFC 8288. */
#ifndef SIGNET_CLI_LINK_HEADER_H
#define SIGNET_CLI_LINK_HEADER_H

#include "base/arena.h"

/* The address of the first link with the relation type (lower case); {NULL,0} when there is none. A
 * slice of header. */
struct str link_header_find(struct str header, struct str relation);

/* The link's address as seen from base, an absolute http or https URL; without a fragment. {NULL,0}
 * for an address of another scheme. RFC 3986 5.2; dot segments are left as they are. */
struct str link_header_resolve(struct arena *arena, struct str base, struct str link);

#endif
