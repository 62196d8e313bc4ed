/* When secrets of applications were last used. */
#include "domain/secret_use.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What this process knows to be noted: a few places for each secret, by its digest. A place holds
 * 32 bits of the digest and the period (of SECRET_USE_MS). Whoever is pushed out is noted again. */
#define SETS    ((size_t)4096)
#define PLACES  ((size_t)4)
#define WAITING 10000 /* uses that wait for the database to come back; more are not told */
static _Atomic uint64_t known[SETS][PLACES];

struct secret_use {
    struct secret_use *next;
    int64_t at; /* ms */
    struct str app_id, name;
    char text[];
};

static struct {
    pthread_mutex_t lock;
    struct secret_use *first;
    size_t count;
} waiting[TENANT_ADMIN + 1] = {[TENANT_DEFAULT] = {.lock = PTHREAD_MUTEX_INITIALIZER},
                               [TENANT_ADMIN] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

/* Each secret has its own turn of the period, so that not all are noted at once. */
static uint64_t entry_of(const struct app_secret *secret, int64_t now)
{
    uint32_t mark;
    memcpy(&mark, secret->digest + sizeof mark, sizeof mark);
    return (uint64_t)mark << 32 | (uint32_t)((now + mark % SECRET_USE_MS) / SECRET_USE_MS);
}

static _Atomic uint64_t *set_of(const struct app_secret *secret)
{
    uint32_t mark;
    memcpy(&mark, secret->digest, sizeof mark);
    return known[mark % SETS];
}

static bool is_known(const struct app_secret *secret, int64_t now)
{
    uint64_t entry = entry_of(secret, now);
    _Atomic uint64_t *set = set_of(secret);
    for (size_t i = 0; i < PLACES; i++)
        if (atomic_load_explicit(&set[i], memory_order_relaxed) == entry)
            return true;
    return false;
}

/* In its own old place, else in that of the one noted longest ago. */
static void remember(const struct app_secret *secret, int64_t now)
{
    uint64_t entry = entry_of(secret, now);
    _Atomic uint64_t *set = set_of(secret), *place = set;
    for (size_t i = 0; i < PLACES; i++) {
        uint64_t each = atomic_load_explicit(&set[i], memory_order_relaxed);
        if (each >> 32 == entry >> 32) {
            place = &set[i];
            break;
        }
        if ((uint32_t)each < (uint32_t)atomic_load_explicit(place, memory_order_relaxed))
            place = &set[i];
    }
    atomic_store_explicit(place, entry, memory_order_relaxed);
}

static struct secret_use *use_new(struct str app_id, struct str name, int64_t now)
{
    struct secret_use *use = malloc(sizeof(*use) + app_id.n + name.n);
    if (!use)
        return NULL;
    memcpy(use->text, app_id.p, app_id.n);
    memcpy(use->text + app_id.n, name.p, name.n);
    use->at = now;
    use->app_id = (struct str){use->text, app_id.n};
    use->name = (struct str){use->text + app_id.n, name.n};
    return use;
}

/* False: too many wait. Takes the use over if not. */
static bool push(int tag, struct secret_use *use)
{
    pthread_mutex_lock(&waiting[tag].lock);
    bool fits = waiting[tag].count < WAITING;
    if (fits) {
        use->next = waiting[tag].first;
        waiting[tag].first = use;
        waiting[tag].count++;
    }
    pthread_mutex_unlock(&waiting[tag].lock);
    return fits;
}

void secret_use_note(const struct tenant *tenant, const struct app *app,
                     const struct app_secret *secret, int64_t now)
{
    if (is_known(secret, now))
        return;
    remember(secret, now);
    struct secret_use *use = use_new(app->id, secret->name, now);
    if (use && !push(tenant->tag, use))
        free(use);
}

struct secret_use *secret_uses_take(const struct tenant *tenant)
{
    pthread_mutex_lock(&waiting[tenant->tag].lock);
    struct secret_use *uses = waiting[tenant->tag].first;
    waiting[tenant->tag].first = NULL;
    waiting[tenant->tag].count = 0;
    pthread_mutex_unlock(&waiting[tenant->tag].lock);
    return uses;
}

enum err secret_uses_store(struct db_conn *conn, const struct secret_use *uses)
{
    enum err err = OK;
    for (const struct secret_use *use = uses; use && !err; use = use->next)
        err = db_exec(conn,
                      "UPDATE application_secrets SET last_used_at = $1"
                      " WHERE application_id = $2 AND name = $3"
                      " AND (last_used_at IS NULL OR last_used_at < $4)",
                      DB_PARAMS(db_int_value(use->at), db_text_value(use->app_id),
                                db_text_value(use->name), db_int_value(use->at - SECRET_USE_MS)),
                      NULL);
    return err;
}

void secret_uses_end(const struct tenant *tenant, struct secret_use *uses, bool stored)
{
    while (uses) {
        struct secret_use *next = uses->next;
        if (stored || !push(tenant->tag, uses))
            free(uses);
        uses = next;
    }
}
