/* Identifiers and secrets of fixed shape, from the kernel's random bytes. */
#ifndef SIGNET_BASE_IDS_H
#define SIGNET_BASE_IDS_H

#include "base/str.h"

#define ID_LENGTH         21 /* most entities: [a-z0-9] */
#define ID_SHORT_LENGTH   12 /* users, organizations, connectors */
#define ID_ORDERED_LENGTH 21 /* id_ordered */
#define SECRET_LENGTH     32 /* application secrets: [A-Za-z0-9], 190 bits */

/* n random bytes, buffered per thread (the buffer is wiped as it is used, and after fork). Never
 * fails: the process ends when the kernel has no random bytes. */
void random_bytes(void *out, size_t n);

/* Uniformly chosen characters without modulo bias; no NUL is added. */
void id_random(char *out, size_t n);     /* [a-z0-9] */
void secret_random(char *out, size_t n); /* [A-Za-z0-9] */

/* ID_LENGTH characters [a-z0-9] that sort by time: 9 characters of base-36 milliseconds, then a
 * per-process counter and random characters; ids made by one process are strictly increasing. */
void id_ordered(char *out, int64_t now_ms);

/* The smallest text that sorts with such ids at the given millisecond: an id made then or later is
 * not below it. (One made earlier may be above it, when the clock had stepped back.) */
#define ID_BOUND_LENGTH 9
void id_ordered_bound(char *out, int64_t ms);

#endif
