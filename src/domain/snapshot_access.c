/* Resources, scopes and roles of a snapshot, those of organizations as well: one arena, read as a
 * whole when any of them changes. */
#include <stdlib.h>

#include "domain/snapshot_map.h"
#include "domain/snapshot_parts.h"

/* Positions of an array's elements by hash, with free places between; 0 is free. */
struct index {
    uint32_t *places;
    size_t mask;
};

struct role_list {
    struct arena *arena;
    struct role_entry *list;
    size_t count;
    struct index by_id;
};

struct access_part {
    _Atomic uint32_t refs;
    struct arena *arena; /* holds this, too */
    uint64_t seed;
    struct resource_entry *resources;
    size_t resource_count;
    struct index by_indicator;
    struct role_list roles, organization_roles;
    const struct resource_entry *default_resource;
    struct resource_entry organization_scopes;
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
    struct role_list *roles = arg;
    struct role_entry *list = grown(roles->arena, roles->list, roles->count, sizeof(*list));
    if (!list)
        return false;
    roles->list = list;
    list[roles->count++] = (struct role_entry){
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

/* Adds the rows to pairs. */
static enum err read_pairs(struct db_conn *conn, const char *sql, struct arena *arena,
                           struct pairs *pairs)
{
    return read_pages(conn, sql, arena, each_pair, pairs);
}

static void sort_pairs(struct pairs *pairs)
{
    if (pairs->count)
        qsort(pairs->list, pairs->count, sizeof(*pairs->list), pair_order);
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

static bool give_scopes_to(struct resource_entry *resource, const struct pairs *pairs,
                           struct arena *arena)
{
    const struct pair *pair = pairs_of(pairs, resource->id, &resource->scope_count);
    struct scope_entry *scopes = ARENA_ARRAY(arena, struct scope_entry, resource->scope_count);
    if (!scopes)
        return false;
    for (size_t at = 0; at < resource->scope_count; at++)
        scopes[at] = (struct scope_entry){pair[at].id, pair[at].name};
    resource->scopes = scopes;
    return true;
}

static bool give_scopes(struct access_part *part, struct pairs *pairs)
{
    sort_pairs(pairs);
    for (size_t i = 0; i < part->resource_count; i++) {
        if (!give_scopes_to(&part->resources[i], pairs, part->arena))
            return false;
        if (part->resources[i].is_default)
            part->default_resource = &part->resources[i];
    }
    return true;
}

static bool give_scope_ids(struct role_list *roles, struct pairs *pairs)
{
    sort_pairs(pairs);
    for (size_t i = 0; i < roles->count; i++) {
        struct role_entry *role = &roles->list[i];
        const struct pair *pair = pairs_of(pairs, role->id, &role->scope_count);
        struct str *ids = ARENA_ARRAY(roles->arena, struct str, role->scope_count);
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

static bool index_roles(struct role_list *roles, uint64_t seed)
{
    if (!index_new(roles->arena, roles->count, &roles->by_id))
        return false;
    for (size_t i = 0; i < roles->count; i++)
        index_put(&roles->by_id, map_hash(seed, roles->list[i].id), i);
    return true;
}

static bool make_indexes(struct access_part *part)
{
    if (!index_new(part->arena, part->resource_count, &part->by_indicator))
        return false;
    for (size_t i = 0; i < part->resource_count; i++)
        index_put(&part->by_indicator, map_hash(part->seed, part->resources[i].indicator), i);
    return index_roles(&part->roles, part->seed) &&
           index_roles(&part->organization_roles, part->seed);
}

static enum err read_resources(struct db_conn *conn, struct access_part *part)
{
    struct pairs scopes = {0};
    enum err err = read_pages(conn,
                              "SELECT indicator, id, access_token_ttl, is_default FROM resources "
                              "WHERE (indicator, id) > ($1, $2) ORDER BY indicator, id "
                              "LIMIT " SNAPSHOT_PAGE,
                              part->arena, each_resource, part);
    if (!err)
        err = read_pairs(conn,
                         "SELECT resource_id, name, id FROM scopes "
                         "WHERE (resource_id, name) > ($1, $2) ORDER BY resource_id, name "
                         "LIMIT " SNAPSHOT_PAGE,
                         part->arena, &scopes);
    if (err)
        return err;
    return give_scopes(part, &scopes) ? OK : ERR_NO_MEMORY;
}

static enum err read_roles(struct db_conn *conn, struct role_list *roles)
{
    struct pairs grants = {0};
    enum err err = read_pages(conn,
                              "SELECT name, id, type FROM roles WHERE (name, id) > ($1, $2) "
                              "ORDER BY name, id LIMIT " SNAPSHOT_PAGE,
                              roles->arena, each_role, roles);
    if (!err)
        err = read_pairs(conn,
                         "SELECT role_id, scope_id, scope_id FROM roles_scopes "
                         "WHERE (role_id, scope_id) > ($1, $2) ORDER BY role_id, scope_id "
                         "LIMIT " SNAPSHOT_PAGE,
                         roles->arena, &grants);
    if (err)
        return err;
    return give_scope_ids(roles, &grants) ? OK : ERR_NO_MEMORY;
}

/* A role's organization scopes and its scopes of resources become one list: ids tell them apart. */
static enum err read_organization_roles(struct db_conn *conn, struct role_list *roles)
{
    struct pairs grants = {0};
    enum err err =
        read_pages(conn,
                   "SELECT name, id, type FROM organization_roles WHERE (name, id) > ($1, $2) "
                   "ORDER BY name, id LIMIT " SNAPSHOT_PAGE,
                   roles->arena, each_role, roles);
    if (!err)
        err = read_pairs(conn,
                         "SELECT organization_role_id, organization_scope_id, "
                         "organization_scope_id FROM organization_role_scopes "
                         "WHERE (organization_role_id, organization_scope_id) > ($1, $2) "
                         "ORDER BY organization_role_id, organization_scope_id "
                         "LIMIT " SNAPSHOT_PAGE,
                         roles->arena, &grants);
    if (!err)
        err = read_pairs(conn,
                         "SELECT organization_role_id, scope_id, scope_id "
                         "FROM organization_role_resource_scopes "
                         "WHERE (organization_role_id, scope_id) > ($1, $2) "
                         "ORDER BY organization_role_id, scope_id LIMIT " SNAPSHOT_PAGE,
                         roles->arena, &grants);
    if (err)
        return err;
    return give_scope_ids(roles, &grants) ? OK : ERR_NO_MEMORY;
}

static enum err read_organization_scopes(struct db_conn *conn, struct access_part *part)
{
    struct pairs scopes = {0};
    enum err err = read_pairs(conn,
                              "SELECT '', name, id FROM organization_scopes "
                              "WHERE ('', name) > ($1, $2) ORDER BY name LIMIT " SNAPSHOT_PAGE,
                              part->arena, &scopes);
    if (err)
        return err;
    part->organization_scopes = (struct resource_entry){
        .id = STR(""), .indicator = STR(""), .access_token_ttl = ORGANIZATION_TOKEN_TTL};
    sort_pairs(&scopes);
    return give_scopes_to(&part->organization_scopes, &scopes, part->arena) ? OK : ERR_NO_MEMORY;
}

static enum err read_part(struct db_conn *conn, struct access_part *part)
{
    part->roles.arena = part->organization_roles.arena = part->arena;
    enum err err = read_resources(conn, part);
    if (!err)
        err = read_roles(conn, &part->roles);
    if (!err)
        err = read_organization_roles(conn, &part->organization_roles);
    if (!err)
        err = read_organization_scopes(conn, part);
    if (err)
        return err;
    return make_indexes(part) ? OK : ERR_NO_MEMORY;
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

const struct resource_entry *access_part_organization_scopes(const struct access_part *part)
{
    return &part->organization_scopes;
}

static const struct role_entry *find_role(const struct role_list *roles, uint64_t seed,
                                          struct str id)
{
    const struct index *index = &roles->by_id;
    size_t at = (size_t)map_hash(seed, id) & index->mask;
    for (; index->places[at]; at = (at + 1) & index->mask) {
        const struct role_entry *role = &roles->list[index->places[at] - 1];
        if (str_eq(role->id, id))
            return role;
    }
    return NULL;
}

const struct role_entry *access_part_role(const struct access_part *part, struct str id)
{
    return find_role(&part->roles, part->seed, id);
}

const struct role_entry *access_part_organization_role(const struct access_part *part,
                                                       struct str id)
{
    return find_role(&part->organization_roles, part->seed, id);
}
