/* Token buckets in a table of fixed size that all threads share without a lock: how often something
 * happens, by a key that strangers choose. */
#ifndef SIGNET_BASE_BUCKETS_H
#define SIGNET_BASE_BUCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* A bucket holds `burst` tokens and gets one back each interval_us. */
struct bucket_rule {
    int64_t interval_us, burst;
};

struct bucket_state {
    int64_t left;     /* tokens that are there now */
    int64_t full_us;  /* until it is full again */
    int64_t retry_us; /* until there is a token; 0: there is one */
};

struct buckets;
/* Two megabytes; NULL when memory is out. A key takes eight bytes while its bucket is not full.
 * With more such keys than fit, those whose bucket is nearest to full are forgotten first. */
struct buckets *buckets_new(void);
void buckets_free(struct buckets *buckets); /* takes NULL */

/* Takes `amount` (0: only looks) tokens out of the bucket of hash, which should be keyed with a
 * secret, at now_us of the monotonic clock. False: there are too few, and none is taken. */
bool buckets_take(struct buckets *buckets, uint64_t hash, const struct bucket_rule *rule,
                  int64_t amount, int64_t now_us, struct bucket_state *state);

#endif
