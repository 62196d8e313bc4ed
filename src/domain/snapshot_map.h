/* A map from text to entries whose versions share what they have in common: a changed key costs a
 * copy of the few nodes on its way, however many keys there are. */
#ifndef SIGNET_DOMAIN_SNAPSHOT_MAP_H
#define SIGNET_DOMAIN_SNAPSHOT_MAP_H

#include <stdatomic.h>

#include "base/str.h"

/* The head of what is stored: one piece of malloc's memory, key included, freed with free(). */
struct map_entry {
    _Atomic uint32_t refs;
    struct str key;
};

struct map_node;

/* A version. Only its owner changes it; entries and nodes that others share are never touched. */
struct map {
    struct map_node *root;
    size_t count;
    uint64_t seed;
};

/* Hash of text under a seed that strangers do not know, so that they cannot make keys collide. */
uint64_t map_hash(uint64_t seed, struct str text);

struct map map_new(uint64_t seed);
struct map map_share(const struct map *map); /* a second version with the same content */
void map_drop(struct map *map);

/* NULL when the key is not there. The entry lives as long as the version. */
const struct map_entry *map_find(const struct map *map, struct str key);
/* Takes entry (refs 1), in place of one with the same key. False when memory is out: the entry is
 * freed and the version must be dropped. */
bool map_put(struct map *map, struct map_entry *entry);
/* Nothing happens when the key is not there. False when memory is out: the version must be dropped.
 */
bool map_remove(struct map *map, struct str key);

#endif
