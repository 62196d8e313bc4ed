/* How many connections each address has open; shared by the loop threads. */
#ifndef SIGNET_HTTP_PEERS_H
#define SIGNET_HTTP_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* An IPv4 address, or the /64 that an IPv6 address is in. */
struct peer {
    uint64_t key;
};

struct peers;

/* For at most max connections in all, limit of one peer. NULL when memory is out. */
struct peers *peers_new(size_t max, int limit);
void peers_free(struct peers *peers); /* takes NULL */

struct peer peer_of(const struct sockaddr *address);

/* Counts a connection; false when the peer has its share already (and nothing was counted). */
bool peers_add(struct peers *peers, struct peer peer);
void peers_remove(struct peers *peers, struct peer peer);

#endif
