/* Token buckets, each one word: the upper bits say whose it is, the lower ones when it will be full
 * again (the generic cell rate algorithm). A word changes by one compare-and-swap. */
#include "base/buckets.h"

#include <stdatomic.h>
#include <stdlib.h>

#define SETS      ((size_t)1 << 15)
#define WAYS      ((size_t)8) /* a line of the processor's cache */
#define TIME_BITS 42 /* microseconds; they wrap after 50 days, which `ahead` sees through */
#define TIME_MASK (((uint64_t)1 << TIME_BITS) - 1)
#define TRIES     16

struct buckets {
    _Atomic uint64_t words[SETS * WAYS];
};

struct buckets *buckets_new(void)
{
    return calloc(1, sizeof(struct buckets));
}

void buckets_free(struct buckets *buckets)
{
    free(buckets);
}

/* How far the word's time lies in the future, at most capacity_us; one that is farther, or past,
 * belongs to a bucket that is full. */
static int64_t ahead(uint64_t word, int64_t now_us, int64_t capacity_us)
{
    int64_t distance = (int64_t)((word - (uint64_t)now_us) & TIME_MASK);
    return word && distance <= capacity_us ? distance : 0;
}

/* The word of the owner, or the one in its set that is best given away. */
static _Atomic uint64_t *find(_Atomic uint64_t *set, uint64_t owner, int64_t now_us,
                              int64_t capacity_us, uint64_t *old)
{
    size_t best = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < WAYS; i++) {
        uint64_t word = atomic_load_explicit(&set[i], memory_order_relaxed);
        if (word >> TIME_BITS == owner && word) {
            *old = word;
            return &set[i];
        }
        int64_t distance = ahead(word, now_us, capacity_us);
        if (distance < least) {
            least = distance;
            best = i;
            *old = word;
        }
    }
    return &set[best];
}

static void describe(const struct bucket_rule *rule, int64_t filling, int64_t lacking,
                     struct bucket_state *state)
{
    int64_t capacity = rule->interval_us * rule->burst;
    *state = (struct bucket_state){.left = (capacity - filling) / rule->interval_us,
                                   .full_us = filling,
                                   .retry_us = lacking > 0 ? lacking : 0};
}

bool buckets_take(struct buckets *buckets, uint64_t hash, const struct bucket_rule *rule,
                  int64_t amount, int64_t now_us, struct bucket_state *state)
{
    _Atomic uint64_t *set = &buckets->words[(hash & (SETS - 1)) * WAYS];
    uint64_t owner = hash >> TIME_BITS, old = 0;
    int64_t capacity = rule->interval_us * rule->burst, cost = rule->interval_us * amount;
    for (int i = 0; i < TRIES; i++) {
        _Atomic uint64_t *word = find(set, owner, now_us, capacity, &old);
        int64_t filling = old >> TIME_BITS == owner ? ahead(old, now_us, capacity) : 0;
        int64_t lacking = filling + (amount ? cost : rule->interval_us) - capacity;
        if (lacking > 0 || !amount) {
            describe(rule, filling, lacking, state);
            return lacking <= 0;
        }
        uint64_t fresh = owner << TIME_BITS | ((uint64_t)(now_us + filling + cost) & TIME_MASK);
        if (atomic_compare_exchange_weak_explicit(word, &old, fresh, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            describe(rule, filling + cost, 0, state);
            return true;
        }
    }
    /* Many threads want the same set this very moment: one token more does no harm. */
    describe(rule, 0, 0, state);
    return true;
}
