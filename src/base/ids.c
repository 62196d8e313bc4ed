/* Identifiers and secrets of fixed shape, from the kernel's random bytes. */
#include "base/ids.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define POOL_SIZE 4096

struct pool {
    size_t left; /* unused bytes, at the end of bytes */
    unsigned generation;
    unsigned char bytes[POOL_SIZE];
};

static _Thread_local struct pool pool;
/* Counts forks: a pool filled before the last one is shared with another process. */
static _Atomic unsigned generation = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void after_fork(void)
{
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

static void watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, after_fork) != 0)
        abort();
}

static void from_kernel(unsigned char *out, size_t n)
{
    while (n) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        out += got;
        n -= (size_t)got;
    }
}

static void refill(void)
{
    pthread_once(&once, watch_forks);
    pool.generation = atomic_load_explicit(&generation, memory_order_relaxed);
    from_kernel(pool.bytes, POOL_SIZE);
    pool.left = POOL_SIZE;
}

void random_bytes(void *out, size_t n)
{
    if (n > POOL_SIZE / 4) {
        from_kernel(out, n);
        return;
    }
    if (pool.left < n || pool.generation != atomic_load_explicit(&generation, memory_order_relaxed))
        refill();
    unsigned char *from = pool.bytes + POOL_SIZE - pool.left;
    memcpy(out, from, n);
    explicit_bzero(from, n);
    pool.left -= n;
}

static const char ALPHABET[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Bytes from the largest multiple of size on are thrown away: the rest falls evenly. */
static void random_characters(char *out, size_t n, unsigned size)
{
    const unsigned limit = 256 / size * size;
    unsigned char bytes[64];
    for (size_t i = 0; i < n;) {
        size_t batch = n - i < sizeof bytes ? n - i : sizeof bytes;
        random_bytes(bytes, batch);
        for (size_t j = 0; j < batch; j++) {
            if (bytes[j] < limit)
                out[i++] = ALPHABET[bytes[j] % size];
        }
    }
    explicit_bzero(bytes, sizeof bytes);
}

void id_random(char *out, size_t n)
{
    random_characters(out, n, 36);
}

void secret_random(char *out, size_t n)
{
    random_characters(out, n, 62);
}

/* An id starts with a number: its millisecond, and which id of this millisecond it is. */
#define TIME_DIGITS    ID_BOUND_LENGTH
#define COUNTER_DIGITS 3
#define COUNTER_RANGE  ((int64_t)36 * 36 * 36)
#define TIME_RANGE     ((int64_t)101559956668416) /* 36^9 */

/* A clock that stands still, steps back or is asked by another thread takes the next number. */
static int64_t next_number(int64_t now_ms)
{
    static _Atomic int64_t last;
    int64_t wanted = (now_ms < 0 ? 0 : now_ms % TIME_RANGE) * COUNTER_RANGE;
    int64_t seen = atomic_load_explicit(&last, memory_order_relaxed);
    int64_t next;
    do {
        next = wanted > seen ? wanted : seen + 1;
    } while (!atomic_compare_exchange_weak_explicit(&last, &seen, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return next;
}

void id_ordered(char *out, int64_t now_ms)
{
    int64_t number = next_number(now_ms);
    for (size_t i = TIME_DIGITS + COUNTER_DIGITS; i-- > 0; number /= 36)
        out[i] = ALPHABET[number % 36];
    id_random(out + TIME_DIGITS + COUNTER_DIGITS, ID_LENGTH - TIME_DIGITS - COUNTER_DIGITS);
}

void id_ordered_bound(char *out, int64_t ms)
{
    int64_t number = ms < 0 ? 0 : ms >= TIME_RANGE ? TIME_RANGE - 1 : ms;
    for (size_t i = TIME_DIGITS; i-- > 0; number /= 36)
        out[i] = ALPHABET[number % 36];
}
