/* The shared map: a trie over the hash, 64 ways a level, with small leaves; nodes are counted. */
#include "domain/snapshot_map.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LEVEL_BITS = 6,
    WAYS = 1 << LEVEL_BITS,
    LAST_LEVEL = 60,  /* the hash is used up: the leaf there grows instead of splitting */
    LEAF_TARGET = 32, /* entries of a leaf before it is split */
    LEAF_STEP = 8,
};

struct map_node {
    _Atomic uint32_t refs;
    bool is_leaf;
};

struct branch {
    struct map_node node;
    struct map_node *children[WAYS];
};

struct slot {
    uint64_t hash;
    struct map_entry *entry;
};

struct leaf {
    struct map_node node;
    uint32_t count, capacity;
    struct slot slots[];
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t map_hash(uint64_t seed, struct str text)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t hash = seed ^ (text.n * odd), word;
    for (; text.n >= sizeof(word); text = str_from(text, sizeof(word))) {
        memcpy(&word, text.p, sizeof(word));
        hash = mix(hash ^ word, odd);
    }
    word = 0;
    if (text.n)
        memcpy(&word, text.p, text.n);
    return mix(hash ^ word, odd ^ seed);
}

struct map map_new(uint64_t seed)
{
    return (struct map){NULL, 0, seed};
}

static void node_ref(struct map_node *node)
{
    atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
}

static void entry_unref(struct map_entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1)
        free(entry);
}

static void node_unref(struct map_node *node)
{
    if (!node || atomic_fetch_sub_explicit(&node->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (node->is_leaf) {
        struct leaf *leaf = (struct leaf *)node;
        for (size_t i = 0; i < leaf->count; i++)
            entry_unref(leaf->slots[i].entry);
    } else {
        struct branch *branch = (struct branch *)node;
        for (size_t i = 0; i < WAYS; i++)
            node_unref(branch->children[i]); /* at most eleven levels deep */
    }
    free(node);
}

struct map map_share(const struct map *map)
{
    if (map->root)
        node_ref(map->root);
    return *map;
}

void map_drop(struct map *map)
{
    node_unref(map->root);
    *map = map_new(map->seed);
}

static struct leaf *leaf_new(size_t capacity)
{
    struct leaf *leaf = malloc(sizeof(*leaf) + capacity * sizeof(struct slot));
    if (!leaf)
        return NULL;
    atomic_init(&leaf->node.refs, 1);
    leaf->node.is_leaf = true;
    leaf->count = 0;
    leaf->capacity = (uint32_t)capacity;
    return leaf;
}

static struct branch *branch_new(void)
{
    struct branch *branch = calloc(1, sizeof(*branch));
    if (branch)
        atomic_init(&branch->node.refs, 1);
    return branch;
}

/* A copy with room for `room` more entries. */
static struct map_node *leaf_copy(const struct leaf *old, size_t room)
{
    struct leaf *leaf = leaf_new((old->count + room + LEAF_STEP - 1) / LEAF_STEP * LEAF_STEP);
    if (!leaf)
        return NULL;
    for (; leaf->count < old->count; leaf->count++) {
        leaf->slots[leaf->count] = old->slots[leaf->count];
        atomic_fetch_add_explicit(&old->slots[leaf->count].entry->refs, 1, memory_order_relaxed);
    }
    return &leaf->node;
}

static struct map_node *branch_copy(const struct branch *old)
{
    struct branch *branch = branch_new();
    if (!branch)
        return NULL;
    for (size_t i = 0; i < WAYS; i++) {
        branch->children[i] = old->children[i];
        if (branch->children[i])
            node_ref(branch->children[i]);
    }
    return &branch->node;
}

static bool replace_node(struct map_node **at, struct map_node *with)
{
    if (!with)
        return false;
    node_unref(*at);
    *at = with;
    return true;
}

/* Makes *at this version's alone. Its parent is so already, hence one reference means just that. */
static bool node_own(struct map_node **at)
{
    struct map_node *node = *at;
    if (atomic_load_explicit(&node->refs, memory_order_acquire) == 1)
        return true;
    return replace_node(at, node->is_leaf ? leaf_copy((struct leaf *)node, 0)
                                          : branch_copy((struct branch *)node));
}

static size_t way(uint64_t hash, unsigned level)
{
    return (size_t)(hash >> level) & (WAYS - 1);
}

/* The slot of key, or leaf->count. */
static size_t leaf_find(const struct leaf *leaf, uint64_t hash, struct str key)
{
    size_t i = 0;
    while (i < leaf->count &&
           (leaf->slots[i].hash != hash || !str_eq(leaf->slots[i].entry->key, key)))
        i++;
    return i;
}

const struct map_entry *map_find(const struct map *map, struct str key)
{
    uint64_t hash = map_hash(map->seed, key);
    const struct map_node *node = map->root;
    for (unsigned level = 0; node && !node->is_leaf; level += LEVEL_BITS)
        node = ((const struct branch *)node)->children[way(hash, level)];
    if (!node)
        return NULL;
    const struct leaf *leaf = (const struct leaf *)node;
    size_t at = leaf_find(leaf, hash, key);
    return at < leaf->count ? leaf->slots[at].entry : NULL;
}

/* Appends to an owned leaf, which moves when it is full. */
static bool leaf_append(struct map_node **at, struct slot slot)
{
    struct leaf *leaf = (struct leaf *)*at;
    if (leaf->count == leaf->capacity && !replace_node(at, leaf_copy(leaf, 1)))
        return false;
    leaf = (struct leaf *)*at;
    leaf->slots[leaf->count++] = slot;
    return true;
}

/* Turns the owned leaf at *at into a branch of leaves. */
static bool leaf_split(struct map_node **at, unsigned level)
{
    const struct leaf *leaf = (const struct leaf *)*at;
    struct branch *branch = branch_new();
    if (!branch)
        return false;
    for (size_t i = 0; i < leaf->count; i++) {
        struct slot slot = leaf->slots[i];
        struct map_node **child = &branch->children[way(slot.hash, level)];
        if (!*child)
            *child = (struct map_node *)leaf_new(LEAF_STEP);
        if (!*child || !leaf_append(child, slot)) {
            node_unref(&branch->node);
            return false;
        }
        atomic_fetch_add_explicit(&slot.entry->refs, 1, memory_order_relaxed);
    }
    return replace_node(at, &branch->node);
}

/* True when the owned leaf had the key and holds entry now. */
static bool leaf_replace(struct leaf *leaf, struct slot slot)
{
    size_t i = leaf_find(leaf, slot.hash, slot.entry->key);
    if (i == leaf->count)
        return false;
    entry_unref(leaf->slots[i].entry);
    leaf->slots[i] = slot;
    return true;
}

bool map_put(struct map *map, struct map_entry *entry)
{
    struct slot slot = {map_hash(map->seed, entry->key), entry};
    struct map_node **at = &map->root;
    for (unsigned level = 0;; level += LEVEL_BITS) {
        if (!*at)
            *at = (struct map_node *)leaf_new(LEAF_STEP);
        if (!*at || !node_own(at))
            break;
        if ((*at)->is_leaf) {
            struct leaf *leaf = (struct leaf *)*at;
            if (leaf_replace(leaf, slot))
                return true;
            if (leaf->count < LEAF_TARGET || level >= LAST_LEVEL) {
                if (!leaf_append(at, slot))
                    break;
                map->count++;
                return true;
            }
            if (!leaf_split(at, level))
                break;
        }
        at = &((struct branch *)*at)->children[way(slot.hash, level)];
    }
    entry_unref(entry);
    return false;
}

bool map_remove(struct map *map, struct str key)
{
    if (!map_find(map, key))
        return true;
    uint64_t hash = map_hash(map->seed, key);
    struct map_node **at = &map->root;
    for (unsigned level = 0; node_own(at); level += LEVEL_BITS) {
        if ((*at)->is_leaf) {
            struct leaf *leaf = (struct leaf *)*at;
            size_t i = leaf_find(leaf, hash, key);
            assert(i < leaf->count);
            entry_unref(leaf->slots[i].entry);
            leaf->slots[i] = leaf->slots[--leaf->count];
            map->count--;
            return true;
        }
        at = &((struct branch *)*at)->children[way(hash, level)];
    }
    return false;
}
