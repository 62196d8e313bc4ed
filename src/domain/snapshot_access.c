/* Resources, scopes and roles of a snapshot: one arena, read as a whole when any of them changes.
 */
#include <stdlib.h>

#include "domain/snapshot_map.h"
#include "domain/snapshot_parts.h"

/* Positions of an array's elements by hash, with free places between; 0 is free. */
struct index {
    uint32_t *places;
    size_t mask;
};

struct access_part {
    _Atomic uint32_t refs;
    struct arena *arena; /* holds this, too */
    uint64_t seed;
    struct resource_entry *resources;
    struct role_entry *roles;
    size_t resource_count, role_count;
    struct index by_indicator, by_role;
    const struct resource_entry *default_resource;
};

/* Two texts: a scope under its resource, a scope id under its role. */
struct pair {
    struct str owner, id, name;
};
struct pairs {
    struct pair *list;
    size_t count;
};

static int text_order(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = text_order(x->owner, y->owner);
    return order ? order : text_order(x->name, y->name);
}

/* Reads page after page: sql's first two columns identify a row and are its parameters $1 and $2.
 */
static enum err read_pages(struct db_conn *conn, const char *sql, struct arena *arena,
                           bool (*each)(void *arg, const struct db_rows *rows, size_t row),
                           void *arg)
{
    struct db_rows rows = {0};
    struct db_value last[2] = {db_text_value(STR("")), db_text_value(STR(""))};
    do {
        enum err err = db_query(conn, sql, last, 2, arena, &rows);
        if (err)
            return err;
        for (size_t i = 0; i < rows.count; i++) {
            if (!each(arg, &rows, i))
                return ERR_NO_MEMORY;
        }
        if (rows.count)
            memcpy(last, db_at(&rows, rows.count - 1, 0), sizeof(last));
    } while (rows.count);
    return OK;
}

/* Room for one more element; lists double. */
static void *grown(struct arena *arena, void *list, size_t count, size_t size)
{
    if (count & (count - 1) || (count && count < 8))
        return list;
    if (!count)
        return arena_alloc_array(arena, 8, size);
    return arena_grow(arena, list, count * size, 2 * count * size);
}

static bool each_resource(void *arg, const struct db_rows *rows, size_t row)
{
    struct access_part *part = arg;
    struct resource_entry *list =
        grown(part->arena, part->resources, part->resource_count, sizeof(*list));
    if (!list)
        return false;
    part->resources = list;
    list[part->resource_count++] = (struct resource_entry){
        .indicator = db_text(rows, row, 0),
        .id = db_text(rows, row, 1),
        .access_token_ttl = db_int(rows, row, 2),
        .is_default = db_int(rows, row, 3) != 0,
    };
    return true;
}

static bool each_role(void *arg, const struct db_rows *rows, size_t row)
{
    struct access_part *part = arg;
    struct role_entry *list = grown(part->arena, part->roles, part->role_count, sizeof(*list));
    if (!list)
        return false;
    part->roles = list;
    list[part->role_count++] = (struct role_entry){
        .name = db_text(rows, row, 0),
        .id = db_text(rows, row, 1),
        .for_machines = str_eq(db_text(rows, row, 2), STR("MachineToMachine")),
    };
    return true;
}

static bool each_pair(void *arg, const struct db_rows *rows, size_t row)
{
    struct pairs *pairs = arg;
    struct pair *list = grown(rows->arena, pairs->list, pairs->count, sizeof(*list));
    if (!list)
        return false;
    pairs->list = list;
    list[pairs->count++] =
        (struct pair){db_text(rows, row, 0), db_text(rows, row, 2), db_text(rows, row, 1)};
    return true;
}

static enum err read_pairs(struct db_conn *conn, const char *sql, struct arena *arena,
                           struct pairs *pairs)
{
    *pairs = (struct pairs){0};
    enum err err = read_pages(conn, sql, arena, each_pair, pairs);
    if (!err && pairs->count)
        qsort(pairs->list, pairs->count, sizeof(*pairs->list), pair_order);
    return err;
}

/* The sorted pairs of owner; they follow each other. */
static const struct pair *pairs_of(const struct pairs *pairs, struct str owner, size_t *count)
{
    size_t low = 0, high = pairs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_order(pairs->list[middle].owner, owner) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < pairs->count && str_eq(pairs->list[end].owner, owner))
        end++;
    *count = end - low;
    return pairs->list + low;
}

static bool give_scopes(struct access_part *part, const struct pairs *pairs)
{
    for (size_t i = 0; i < part->resource_count; i++) {
        struct resource_entry *resource = &part->resources[i];
        const struct pair *pair = pairs_of(pairs, resource->id, &resource->scope_count);
        struct scope_entry *scopes =
            ARENA_ARRAY(part->arena, struct scope_entry, resource->scope_count);
        if (!scopes)
            return false;
        for (size_t at = 0; at < resource->scope_count; at++)
            scopes[at] = (struct scope_entry){pair[at].id, pair[at].name};
        resource->scopes = scopes;
        if (resource->is_default)
            part->default_resource = resource;
    }
    return true;
}

static bool give_scope_ids(struct access_part *part, const struct pairs *pairs)
{
    for (size_t i = 0; i < part->role_count; i++) {
        struct role_entry *role = &part->roles[i];
        const struct pair *pair = pairs_of(pairs, role->id, &role->scope_count);
        struct str *ids = ARENA_ARRAY(part->arena, struct str, role->scope_count);
        if (!ids)
            return false;
        for (size_t at = 0; at < role->scope_count; at++)
            ids[at] = pair[at].name;
        role->scope_ids = ids;
    }
    return true;
}

static bool index_new(struct arena *arena, size_t count, struct index *index)
{
    size_t places = 8;
    while (places < 2 * count)
        places *= 2;
    index->places = ARENA_ARRAY(arena, uint32_t, places);
    index->mask = places - 1;
    return index->places != NULL;
}

static void index_put(struct index *index, uint64_t hash, size_t position)
{
    size_t at = (size_t)hash & index->mask;
    while (index->places[at])
        at = (at + 1) & index->mask;
    index->places[at] = (uint32_t)position + 1;
}

static bool make_indexes(struct access_part *part)
{
    if (!index_new(part->arena, part->resource_count, &part->by_indicator) ||
        !index_new(part->arena, part->role_count, &part->by_role))
        return false;
    for (size_t i = 0; i < part->resource_count; i++)
        index_put(&part->by_indicator, map_hash(part->seed, part->resources[i].indicator), i);
    for (size_t i = 0; i < part->role_count; i++)
        index_put(&part->by_role, map_hash(part->seed, part->roles[i].id), i);
    return true;
}

static enum err read_part(struct db_conn *conn, struct access_part *part)
{
    struct pairs scopes, grants;
    enum err err = read_pages(conn,
                              "SELECT indicator, id, access_token_ttl, is_default FROM resources "
                              "WHERE (indicator, id) > ($1, $2) ORDER BY indicator, id "
                              "LIMIT " SNAPSHOT_PAGE,
                              part->arena, each_resource, part);
    if (!err)
        err = read_pages(conn,
                         "SELECT name, id, type FROM roles WHERE (name, id) > ($1, $2) "
                         "ORDER BY name, id LIMIT " SNAPSHOT_PAGE,
                         part->arena, each_role, part);
    if (!err)
        err = read_pairs(conn,
                         "SELECT resource_id, name, id FROM scopes "
                         "WHERE (resource_id, name) > ($1, $2) ORDER BY resource_id, name "
                         "LIMIT " SNAPSHOT_PAGE,
                         part->arena, &scopes);
    if (!err)
        err = read_pairs(conn,
                         "SELECT role_id, scope_id, scope_id FROM roles_scopes "
                         "WHERE (role_id, scope_id) > ($1, $2) ORDER BY role_id, scope_id "
                         "LIMIT " SNAPSHOT_PAGE,
                         part->arena, &grants);
    if (err)
        return err;
    bool complete = give_scopes(part, &scopes) && give_scope_ids(part, &grants);
    return complete && make_indexes(part) ? OK : ERR_NO_MEMORY;
}

enum err access_part_load(struct db_conn *conn, uint64_t seed, struct access_part **out)
{
    struct arena *arena = arena_new(SNAPSHOT_ARENA_MAX);
    struct access_part *part = arena ? ARENA_NEW(arena, struct access_part) : NULL;
    if (!part) {
        arena_free(arena);
        return ERR_NO_MEMORY;
    }
    atomic_init(&part->refs, 1);
    part->arena = arena;
    part->seed = seed;
    enum err err = read_part(conn, part);
    if (err)
        arena_free(arena);
    else
        *out = part;
    return err;
}

struct access_part *access_part_ref(struct access_part *part)
{
    atomic_fetch_add_explicit(&part->refs, 1, memory_order_relaxed);
    return part;
}

void access_part_unref(struct access_part *part)
{
    if (part && atomic_fetch_sub_explicit(&part->refs, 1, memory_order_acq_rel) == 1)
        arena_free(part->arena);
}

const struct resource_entry *access_part_resource(const struct access_part *part,
                                                  struct str indicator)
{
    const struct index *index = &part->by_indicator;
    size_t at = (size_t)map_hash(part->seed, indicator) & index->mask;
    for (; index->places[at]; at = (at + 1) & index->mask) {
        const struct resource_entry *resource = &part->resources[index->places[at] - 1];
        if (str_eq(resource->indicator, indicator))
            return resource;
    }
    return NULL;
}

const struct resource_entry *access_part_default(const struct access_part *part)
{
    return part->default_resource;
}

const struct role_entry *access_part_role(const struct access_part *part, struct str id)
{
    const struct index *index = &part->by_role;
    size_t at = (size_t)map_hash(part->seed, id) & index->mask;
    for (; index->places[at]; at = (at + 1) & index->mask) {
        const struct role_entry *role = &part->roles[index->places[at] - 1];
        if (str_eq(role->id, id))
            return role;
    }
    return NULL;
}
