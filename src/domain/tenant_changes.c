/* Changes: noted in their transaction, read into the snapshot once that is committed. */
#include "domain/tenant_changes.h"

#include <stdlib.h>

#include "base/log.h"
#include "domain/ctx.h"
#include "domain/outbox.h"

static const char *const kind_names[] = {
    [CHANGE_APPLICATION] = "application",
    [CHANGE_ACCESS] = "access",
    [CHANGE_KEYS] = "keys",
    [CHANGE_SCRIPTS] = "scripts",
    [CHANGE_REVOKED] = "revoked",
    [CHANGE_MEMBERSHIP] = "membership",
    [CHANGE_OPERATORS] = "operators",
};

bool change_kind_find(struct str name, enum change_kind *out)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++) {
        if (str_eq(name, str_of(kind_names[i]))) {
            *out = (enum change_kind)i;
            return true;
        }
    }
    return false;
}

static bool append(struct change_list *changes, struct change change)
{
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity ? 2 * changes->capacity : 16;
        struct change *list = realloc(changes->list, capacity * sizeof(*list));
        if (!list)
            return false;
        changes->list = list;
        changes->capacity = capacity;
    }
    changes->list[changes->count++] = change;
    return true;
}

bool change_list_add(struct change_list *changes, struct db_conn *conn, enum change_kind kind,
                     struct str entity)
{
    struct change change = {conn, kind, strndup(entity.p, entity.n)};
    if (change.entity && append(changes, change))
        return true;
    free(change.entity);
    return false;
}

void change_list_free(struct change_list *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        free(changes->list[i].entity);
    free(changes->list);
    *changes = (struct change_list){0};
}

struct tenant_pending *tenant_pending_new(void)
{
    struct tenant_pending *pending = calloc(1, sizeof(*pending));
    if (!pending)
        return NULL;
    id_random(pending->origin, sizeof(pending->origin));
    pthread_mutex_init(&pending->refreshing, NULL);
    return pending;
}

void tenant_pending_free(struct tenant_pending *pending)
{
    if (!pending)
        return;
    change_list_free(&pending->changes);
    pthread_mutex_destroy(&pending->refreshing);
    free(pending);
}

enum err tenant_note(struct tenant *tenant, struct db_conn *conn, int64_t now,
                     enum change_kind kind, struct str entity)
{
    struct tenant_pending *pending = tenant->pending;
    char id[ID_ORDERED_LENGTH];
    id_ordered(id, now);
    enum err err =
        db_exec(conn,
                "INSERT INTO changes (id, origin, kind, entity, created_at) "
                "VALUES ($1, $2, $3, $4, $5)",
                DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                          db_text_value((struct str){pending->origin, sizeof(pending->origin)}),
                          db_text_value(str_of(kind_names[kind])), db_text_value(entity),
                          db_int_value(now)),
                NULL);
    if (err)
        return err;
    pthread_mutex_lock(&tenant->lock);
    bool added = change_list_add(&pending->changes, conn, kind, entity);
    pthread_mutex_unlock(&tenant->lock);
    return added ? OK : ERR_NO_MEMORY;
}

enum err change_note(struct ctx *ctx, enum change_kind kind, struct str entity)
{
    return tenant_note(ctx->tenant, ctx->db, ctx->now, kind, entity);
}

/* Moves the pending changes of conn to out. One that finds no memory stays pending. */
static void take(struct tenant *tenant, const struct db_conn *conn, struct change_list *out)
{
    struct change_list *pending = &tenant->pending->changes;
    pthread_mutex_lock(&tenant->lock);
    size_t kept = 0;
    for (size_t i = 0; i < pending->count; i++) {
        struct change change = pending->list[i];
        if (change.conn != conn || !append(out, change))
            pending->list[kept++] = change;
    }
    pending->count = kept;
    pthread_mutex_unlock(&tenant->lock);
}

void tenant_return_committed(struct tenant *tenant, struct change_list *changes)
{
    pthread_mutex_lock(&tenant->lock);
    struct change_list *pending = &tenant->pending->changes;
    pending->everything |= changes->everything;
    for (size_t i = 0; i < changes->count; i++) {
        changes->list[i].conn = NULL;
        if (append(pending, changes->list[i]))
            changes->list[i].entity = NULL;
        else
            pending->everything = true;
    }
    pthread_mutex_unlock(&tenant->lock);
}

void tenant_take_committed(struct tenant *tenant, struct change_list *out)
{
    take(tenant, NULL, out);
    pthread_mutex_lock(&tenant->lock);
    out->everything |= tenant->pending->changes.everything;
    tenant->pending->changes.everything = false;
    pthread_mutex_unlock(&tenant->lock);
}

void tenant_committed(void *arg, struct db_conn *conn)
{
    struct tenant *tenant = arg;
    struct change_list changes = {0};
    take(tenant, conn, &changes);
    enum err err = changes.count ? tenant_apply(tenant, conn, &changes) : OK;
    if (err) {
        log_error("tenant %.*s: a change is stored but not in effect yet (%s); it is tried again",
                  STR_ARG(tenant->id), error_info(err)->text);
        tenant_return_committed(tenant, &changes);
    }
    change_list_free(&changes);
    outbox_committed(tenant);
}

/* The entities of apps, jtis and memberships; each array has room for all changes. */
static void sort_out(const struct change_list *changes, struct snapshot_changes *out,
                     struct str *apps, struct str *jtis, struct str *memberships)
{
    *out = (struct snapshot_changes){.apps = apps, .jtis = jtis, .memberships = memberships};
    for (size_t i = 0; i < changes->count; i++) {
        struct str entity = str_of(changes->list[i].entity);
        switch (changes->list[i].kind) {
        case CHANGE_APPLICATION:
            apps[out->app_count++] = entity;
            break;
        case CHANGE_ACCESS:
            out->access = true;
            break;
        case CHANGE_KEYS:
            out->keys = true;
            break;
        case CHANGE_SCRIPTS:
            out->scripts = true;
            break;
        case CHANGE_REVOKED:
            if (entity.n)
                jtis[out->jti_count++] = entity;
            else
                out->revoked = true;
            break;
        case CHANGE_MEMBERSHIP:
            memberships[out->membership_count++] = entity;
            break;
        case CHANGE_OPERATORS:
            out->operators = true;
            break;
        }
    }
    if (changes->everything)
        out->access = out->keys = out->scripts = out->revoked = out->operators = out->all_apps =
            out->all_memberships = true;
}

static enum err refresh(struct tenant *tenant, struct db_conn *conn,
                        const struct snapshot_changes *changes)
{
    struct snapshot *old = tenant->snapshot, *new; /* only replaced under `refreshing` */
    enum err err = snapshot_refresh(old, changes, conn, tenant->vault, &new);
    if (err)
        return err;
    pthread_mutex_lock(&tenant->lock);
    tenant->snapshot = new;
    atomic_fetch_add(&tenant->version, 1);
    pthread_mutex_unlock(&tenant->lock);
    snapshot_unref(old);
    return OK;
}

enum err tenant_apply(struct tenant *tenant, struct db_conn *conn,
                      const struct change_list *changes)
{
    struct snapshot_changes sorted;
    struct str *entities = calloc(3 * changes->count + 1, sizeof(*entities));
    if (!entities)
        return ERR_NO_MEMORY;
    sort_out(changes, &sorted, entities, entities + changes->count, entities + 2 * changes->count);
    pthread_mutex_lock(&tenant->pending->refreshing);
    bool begun = db_is_embedded(tenant->db) && db_begin(conn) == OK;
    enum err err = refresh(tenant, conn, &sorted);
    if (begun)
        db_rollback(conn);
    pthread_mutex_unlock(&tenant->pending->refreshing);
    free(entities);
    return err;
}
