/* Random texts that stand for something stored (codes, tokens, cookies): only their digests are
 * kept. */
#ifndef SIGNET_DOMAIN_OPAQUE_H
#define SIGNET_DOMAIN_OPAQUE_H

#include "base/arena.h"

#define OPAQUE_LENGTH 43 /* base64url of 256 random bits */

/* {NULL,0} when memory is out. */
struct str opaque_new(struct arena *arena);
/* What is stored of it: base64url of its SHA-256. {NULL,0} when memory is out. */
struct str opaque_digest(struct arena *arena, struct str text);

#endif
