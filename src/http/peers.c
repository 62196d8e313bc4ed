/* How many connections each address has open: one hash table under one lock, taken twice a
 * connection. */
#include "http/peers.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"

struct slot {
    uint64_t key;
    int64_t count; /* 0: the slot is free */
};

struct peers {
    pthread_mutex_t lock;
    int limit;
    size_t mask;
    uint64_t seed; /* so that nobody can choose addresses that collide */
    struct slot slots[];
};

struct peers *peers_new(size_t max, int limit)
{
    size_t size = 16;
    while (size < max * 2)
        size *= 2;
    struct peers *peers = calloc(1, sizeof *peers + size * sizeof *peers->slots);
    if (!peers)
        return NULL;
    pthread_mutex_init(&peers->lock, NULL);
    peers->limit = limit;
    peers->mask = size - 1;
    random_bytes(&peers->seed, sizeof peers->seed);
    return peers;
}

void peers_free(struct peers *peers)
{
    if (!peers)
        return;
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

struct peer peer_of(const struct sockaddr *address)
{
    struct peer peer = {0};
    if (address->sa_family == AF_INET6) {
        memcpy(&peer.key, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof peer.key);
    } else if (address->sa_family == AF_INET) {
        /* ::/32 with these bits is no network of IPv6, so the two do not meet. */
        peer.key = ((const struct sockaddr_in *)address)->sin_addr.s_addr;
        peer.key = peer.key << 32;
    }
    return peer;
}

/* A mixer of the splitmix kind. */
static size_t home_of(const struct peers *peers, uint64_t key)
{
    uint64_t x = key ^ peers->seed;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (size_t)(x ^ x >> 31) & peers->mask;
}

/* The slot of key, or the free one where it belongs. There is always one: the table is twice as big
 * as there can be connections. */
static size_t find(const struct peers *peers, uint64_t key)
{
    size_t i = home_of(peers, key);
    while (peers->slots[i].count && peers->slots[i].key != key)
        i = (i + 1) & peers->mask;
    return i;
}

bool peers_add(struct peers *peers, struct peer peer)
{
    pthread_mutex_lock(&peers->lock);
    struct slot *slot = &peers->slots[find(peers, peer.key)];
    bool fits = slot->count < peers->limit;
    if (fits) {
        slot->key = peer.key;
        slot->count++;
    }
    pthread_mutex_unlock(&peers->lock);
    return fits;
}

/* Moves back what stood behind the emptied slot only because that was taken. */
static void close_gap(struct peers *peers, size_t gap)
{
    for (size_t i = (gap + 1) & peers->mask; peers->slots[i].count; i = (i + 1) & peers->mask) {
        size_t distance = (i - home_of(peers, peers->slots[i].key)) & peers->mask;
        if (distance >= ((i - gap) & peers->mask)) {
            peers->slots[gap] = peers->slots[i];
            peers->slots[i].count = 0;
            gap = i;
        }
    }
}

void peers_remove(struct peers *peers, struct peer peer)
{
    pthread_mutex_lock(&peers->lock);
    size_t i = find(peers, peer.key);
    assert(peers->slots[i].count > 0);
    if (--peers->slots[i].count == 0)
        close_gap(peers, i);
    pthread_mutex_unlock(&peers->lock);
}
