/* Snapshots: parts that are shared between versions, counted, and replaced one by one. */
#include "domain/snapshot.h"

#include <stdlib.h>

#include "domain/signing_keys.h"
#include "domain/snapshot_parts.h"

struct snapshot {
    _Atomic uint32_t refs;
    struct map apps, revoked, memberships;
    struct access_part *access;
    struct keyring *keys;
    struct scripts_part *scripts;
    struct operators_part *operators;
};

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
    return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->refs, 1, memory_order_acq_rel) != 1)
        return;
    map_drop(&snapshot->apps);
    map_drop(&snapshot->revoked);
    map_drop(&snapshot->memberships);
    access_part_unref(snapshot->access);
    keyring_unref(snapshot->keys);
    scripts_part_unref(snapshot->scripts);
    operators_part_unref(snapshot->operators);
    free(snapshot);
}

static struct snapshot *snapshot_new(uint64_t seed)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return NULL;
    atomic_init(&snapshot->refs, 1);
    snapshot->apps = map_new(seed);
    snapshot->revoked = map_new(seed);
    snapshot->memberships = map_new(seed);
    return snapshot;
}

/* A version with the same parts. */
static struct snapshot *snapshot_copy(const struct snapshot *old)
{
    struct snapshot *snapshot = snapshot_new(old->apps.seed);
    if (!snapshot)
        return NULL;
    snapshot->apps = map_share(&old->apps);
    snapshot->revoked = map_share(&old->revoked);
    snapshot->memberships = map_share(&old->memberships);
    snapshot->access = access_part_ref(old->access);
    snapshot->keys = keyring_ref(old->keys);
    snapshot->scripts = scripts_part_ref(old->scripts);
    snapshot->operators = operators_part_ref(old->operators);
    return snapshot;
}

enum err snapshot_load(struct db_conn *conn, struct vault *vault, struct snapshot **out)
{
    uint64_t seed;
    random_bytes(&seed, sizeof(seed));
    struct snapshot *snapshot = snapshot_new(seed);
    if (!snapshot)
        return ERR_NO_MEMORY;
    enum err err = signing_keys_load(conn, vault, &snapshot->keys);
    if (!err)
        err = scripts_part_load(conn, vault, &snapshot->scripts);
    if (!err)
        err = operators_part_load(conn, &snapshot->operators);
    if (!err)
        err = access_part_load(conn, seed, &snapshot->access);
    if (!err)
        err = apps_load(conn, &snapshot->apps);
    if (!err)
        err = revoked_load(conn, &snapshot->revoked);
    if (!err)
        err = memberships_load(conn, &snapshot->memberships);
    if (err)
        snapshot_unref(snapshot);
    else
        *out = snapshot;
    return err;
}

static enum err refresh_keys(struct snapshot *snapshot, struct db_conn *conn, struct vault *vault)
{
    struct keyring *keys;
    enum err err = signing_keys_load(conn, vault, &keys);
    if (!err) {
        keyring_unref(snapshot->keys);
        snapshot->keys = keys;
    }
    return err;
}

static enum err refresh_scripts(struct snapshot *snapshot, struct db_conn *conn,
                                struct vault *vault)
{
    struct scripts_part *scripts;
    enum err err = scripts_part_load(conn, vault, &scripts);
    if (!err) {
        scripts_part_unref(snapshot->scripts);
        snapshot->scripts = scripts;
    }
    return err;
}

static enum err refresh_operators(struct snapshot *snapshot, struct db_conn *conn)
{
    struct operators_part *operators;
    enum err err = operators_part_load(conn, &operators);
    if (!err) {
        operators_part_unref(snapshot->operators);
        snapshot->operators = operators;
    }
    return err;
}

static enum err refresh_access(struct snapshot *snapshot, struct db_conn *conn)
{
    struct access_part *access;
    enum err err = access_part_load(conn, snapshot->apps.seed, &access);
    if (!err) {
        access_part_unref(snapshot->access);
        snapshot->access = access;
    }
    return err;
}

static enum err refresh_apps(struct snapshot *snapshot, const struct snapshot_changes *changes,
                             struct db_conn *conn)
{
    if (changes->all_apps) {
        map_drop(&snapshot->apps);
        return apps_load(conn, &snapshot->apps);
    }
    enum err err = OK;
    for (size_t i = 0; !err && i < changes->app_count; i++)
        err = apps_refresh(conn, changes->apps[i], &snapshot->apps);
    return err;
}

static enum err refresh_revoked(struct snapshot *snapshot, const struct snapshot_changes *changes,
                                struct db_conn *conn)
{
    if (changes->revoked) {
        map_drop(&snapshot->revoked);
        return revoked_load(conn, &snapshot->revoked);
    }
    enum err err = OK;
    for (size_t i = 0; !err && i < changes->jti_count; i++)
        err = revoked_refresh(conn, changes->jtis[i], &snapshot->revoked);
    return err;
}

static enum err refresh_memberships(struct snapshot *snapshot,
                                    const struct snapshot_changes *changes, struct db_conn *conn)
{
    if (changes->all_memberships) {
        map_drop(&snapshot->memberships);
        return memberships_load(conn, &snapshot->memberships);
    }
    enum err err = OK;
    for (size_t i = 0; !err && i < changes->membership_count; i++)
        err = memberships_refresh(conn, changes->memberships[i], &snapshot->memberships);
    return err;
}

enum err snapshot_refresh(struct snapshot *old, const struct snapshot_changes *changes,
                          struct db_conn *conn, struct vault *vault, struct snapshot **out)
{
    struct snapshot *snapshot = snapshot_copy(old);
    if (!snapshot)
        return ERR_NO_MEMORY;
    enum err err = changes->keys ? refresh_keys(snapshot, conn, vault) : OK;
    if (!err && changes->scripts)
        err = refresh_scripts(snapshot, conn, vault);
    if (!err && (changes->operators || changes->access))
        err = refresh_operators(snapshot, conn);
    if (!err && changes->access)
        err = refresh_access(snapshot, conn);
    if (!err)
        err = refresh_apps(snapshot, changes, conn);
    if (!err)
        err = refresh_revoked(snapshot, changes, conn);
    if (!err)
        err = refresh_memberships(snapshot, changes, conn);
    if (err)
        snapshot_unref(snapshot);
    else
        *out = snapshot;
    return err;
}

const struct app *snapshot_app(const struct snapshot *snapshot, struct str id)
{
    const struct map_entry *entry = map_find(&snapshot->apps, id);
    return entry ? &((const struct app_entry *)entry)->app : NULL;
}

const struct resource_entry *snapshot_resource(const struct snapshot *snapshot,
                                               struct str indicator)
{
    return access_part_resource(snapshot->access, indicator);
}

const struct resource_entry *snapshot_default_resource(const struct snapshot *snapshot)
{
    return access_part_default(snapshot->access);
}

const struct role_entry *snapshot_role(const struct snapshot *snapshot, struct str id)
{
    return access_part_role(snapshot->access, id);
}

const struct resource_entry *snapshot_organization_scopes(const struct snapshot *snapshot)
{
    return access_part_organization_scopes(snapshot->access);
}

const struct role_entry *snapshot_organization_role(const struct snapshot *snapshot, struct str id)
{
    return access_part_organization_role(snapshot->access, id);
}

struct str snapshot_membership(const struct snapshot *snapshot, struct str organization,
                               struct str application)
{
    return memberships_find(&snapshot->memberships, organization, application);
}

struct keyring *snapshot_keys(const struct snapshot *snapshot)
{
    return snapshot->keys;
}

const struct script_entry *snapshot_script(const struct snapshot *snapshot, bool machine)
{
    return scripts_part_find(snapshot->scripts, machine);
}

struct str snapshot_operator(const struct snapshot *snapshot, struct str user_id,
                             struct arena *arena)
{
    return operators_part_scope(snapshot->operators, user_id, arena);
}

bool snapshot_is_revoked(const struct snapshot *snapshot, struct str jti)
{
    return map_find(&snapshot->revoked, jti) != NULL;
}
