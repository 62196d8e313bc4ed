/* The poll thread: reads what other processes changed, lets due keys sign, counts what the audit
 * log got, deletes old rows. */
#include "domain/tenant_poll.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/activity.h"
#include "domain/secret_use.h"
#include "domain/signing_keys.h"
#include "domain/tenant_changes.h"

/* A change is dated by its process but seen when its transaction commits, so each poll looks back
 * this far and leaves out what it has seen already. Servers' clocks must agree to half of it. */
#define LOOK_BACK_MS     ((int64_t)10000)
#define KEEP_MS          ((int64_t)3600 * 1000) /* how long rows of `changes` stay */
#define PURGE_MS         ((int64_t)60 * 1000)   /* between two purges */
#define CODE_KEEP_MS     ((int64_t)3600 * 1000) /* so that a code that comes back is known as used */
#define FAILURES_KEEP_MS ((int64_t)24 * 3600 * 1000)
#define COUNTS_KEEP_MS   ((int64_t)400 * 24 * 3600 * 1000)
#define ROWS_MAX         "50000" /* more changes than this: everything is read again */
enum { ROWS_LIMIT = 50000, PURGE_BATCH = 1000 };

/* The ids of changes that were found by one poll, sorted. */
struct seen {
    struct arena *arena;
    struct str *ids;
    size_t count;
};

struct tenant_poll {
    struct tenant *tenant;
    struct db_conn *conn;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bool failing; /* the last poll failed: said once */
    bool warned;  /* about another server's clock: said once */
    struct seen seen;
    int64_t polled_at; /* wall clock, ms: changes dated LOOK_BACK_MS before are in the snapshot */
    int64_t purge_at;  /* monotonic, ms */
};

static int id_order(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static bool was_seen(const struct seen *seen, struct str id)
{
    return seen->count && bsearch(&id, seen->ids, seen->count, sizeof(id), id_order);
}

/* The ids of rows, in rows' arena. */
static bool remember(const struct db_rows *rows, struct seen *out)
{
    out->ids = ARENA_ARRAY(rows->arena, struct str, rows->count);
    if (!out->ids)
        return false;
    for (size_t i = 0; i < rows->count; i++)
        out->ids[i] = db_text(rows, i, 0);
    out->count = rows->count;
    if (out->count)
        qsort(out->ids, out->count, sizeof(*out->ids), id_order);
    return true;
}

static void check_clock(struct tenant_poll *poll, int64_t created_at, int64_t now)
{
    if (poll->warned || created_at <= now + LOOK_BACK_MS / 2)
        return;
    poll->warned = true;
    log_warn(
        "tenant %.*s: another server's clock is %lld s ahead of this one's; its changes may be "
        "seen late: synchronise the clocks",
        STR_ARG(poll->tenant->id), (long long)(created_at - now) / 1000);
}

/* Adds the rows that are new to changes. */
static bool pick_new(struct tenant_poll *poll, const struct db_rows *rows, int64_t now,
                     struct change_list *changes)
{
    changes->everything |= rows->count >= ROWS_LIMIT;
    for (size_t i = 0; i < rows->count; i++) {
        enum change_kind kind;
        if (was_seen(&poll->seen, db_text(rows, i, 0)))
            continue;
        check_clock(poll, db_int(rows, i, 3), now);
        if (!change_kind_find(db_text(rows, i, 1), &kind))
            changes->everything = true; /* a newer version's kind */
        else if (!change_list_add(changes, NULL, kind, db_text(rows, i, 2)))
            return false;
    }
    return true;
}

static enum err find_changes(struct tenant_poll *poll, int64_t now, struct arena *arena,
                             struct change_list *changes, struct seen *found)
{
    const char *origin = poll->tenant->pending->origin;
    struct db_rows rows;
    enum err err = db_query(poll->conn,
                            "SELECT id, kind, entity, created_at FROM changes "
                            "WHERE created_at >= $1 AND origin <> $2 LIMIT " ROWS_MAX,
                            DB_PARAMS(db_int_value(poll->polled_at - LOOK_BACK_MS),
                                      db_text_value((struct str){origin, ID_LENGTH})),
                            arena, &rows);
    if (err)
        return err;
    changes->everything |= now - poll->polled_at > KEEP_MS / 2; /* rows may be gone already */
    *found = (struct seen){.arena = arena};
    return pick_new(poll, &rows, now, changes) && remember(&rows, found) ? OK : ERR_NO_MEMORY;
}

/* What another process changed, and what this one could not read when it was committed. */
static enum err poll_changes(struct tenant_poll *poll)
{
    struct arena *arena = arena_new((size_t)256 << 20);
    if (!arena)
        return ERR_NO_MEMORY;
    int64_t now = clock_now_ms();
    struct change_list changes = {0};
    struct seen found;
    tenant_take_committed(poll->tenant, &changes);
    enum err err = find_changes(poll, now, arena, &changes, &found);
    if (!err && (changes.count || changes.everything))
        err = tenant_apply(poll->tenant, poll->conn, &changes);
    if (err) {
        tenant_return_committed(poll->tenant, &changes);
        arena_free(arena);
    } else {
        arena_free(poll->seen.arena);
        poll->seen = found;
        poll->polled_at = now;
    }
    change_list_free(&changes);
    return err;
}

/* Work for the writer, which the poll thread waits for. */
struct chore {
    struct write_job job;
    struct tenant_poll *poll;
    enum err (*run)(struct chore *chore, struct db_conn *conn);
    const struct purge *purge;
    const struct activity_batch *counted;
    const struct secret_use *uses;
    int64_t affected;
    enum err err;
    bool finished;
};

static enum err chore_run(struct write_job *job, struct db_conn *conn)
{
    struct chore *chore = (struct chore *)job;
    return chore->run(chore, conn);
}

static void chore_done(struct write_job *job, enum err err)
{
    struct chore *chore = (struct chore *)job;
    struct tenant_poll *poll = chore->poll;
    pthread_mutex_lock(&poll->lock);
    chore->err = err;
    chore->finished = true;
    pthread_cond_broadcast(&poll->wake);
    pthread_mutex_unlock(&poll->lock);
}

static enum err chore_wait(struct tenant_poll *poll, struct chore *chore)
{
    chore->job = (struct write_job){.run = chore_run, .done = chore_done};
    chore->poll = poll;
    if (!writer_submit(poll->tenant->writer, &chore->job))
        return ERR_UNAVAILABLE;
    pthread_mutex_lock(&poll->lock);
    while (!chore->finished)
        pthread_cond_wait(&poll->wake, &poll->lock);
    pthread_mutex_unlock(&poll->lock);
    return chore->err;
}

static enum err promote(struct chore *chore, struct db_conn *conn)
{
    struct tenant *tenant = chore->poll->tenant;
    bool promoted = false;
    enum err err = signing_keys_promote(tenant, conn, clock_now_ms(), &promoted);
    if (!err && promoted)
        log_info("tenant %.*s: the next signing key signs from now on", STR_ARG(tenant->id));
    return err;
}

static enum err promote_due(struct tenant_poll *poll)
{
    struct arena *arena = arena_new(65536);
    if (!arena)
        return ERR_NO_MEMORY;
    bool due = false;
    enum err err = signing_keys_due(poll->conn, arena, clock_now_ms(), &due);
    arena_free(arena);
    if (err || !due)
        return err;
    struct chore chore = {.run = promote};
    return chore_wait(poll, &chore);
}

/* Keys that are published for a while before they sign. */
static enum err reload_unseen(struct tenant_poll *poll)
{
    struct arena *arena = arena_new(65536);
    if (!arena)
        return ERR_NO_MEMORY;
    bool unseen = false;
    struct change_list changes = {0};
    enum err err = signing_keys_unseen(poll->conn, arena, clock_now_ms(), &unseen);
    if (!err && unseen)
        err = change_list_add(&changes, NULL, CHANGE_KEYS, STR(""))
                  ? tenant_apply(poll->tenant, poll->conn, &changes)
                  : ERR_NO_MEMORY;
    change_list_free(&changes);
    arena_free(arena);
    return err;
}

static enum err store_counts(struct chore *chore, struct db_conn *conn)
{
    return activity_store(conn, chore->counted);
}

/* A batch a poll: others' changes are looked for in between. */
static enum err count_activity(struct tenant_poll *poll)
{
    struct activity_batch batch;
    struct arena *arena = arena_new((size_t)256 << 20);
    if (!arena)
        return ERR_NO_MEMORY;
    enum err err = activity_collect(poll->conn, arena, clock_now_ms(), &batch);
    struct chore chore = {.run = store_counts, .counted = &batch};
    if (!err && batch.count)
        err = chore_wait(poll, &chore);
    arena_free(arena);
    return err;
}

static enum err store_uses(struct chore *chore, struct db_conn *conn)
{
    return secret_uses_store(conn, chore->uses);
}

static enum err note_uses(struct tenant_poll *poll)
{
    struct secret_use *uses = secret_uses_take(poll->tenant);
    struct chore chore = {.run = store_uses, .uses = uses};
    enum err err = uses ? chore_wait(poll, &chore) : OK;
    secret_uses_end(poll->tenant, uses, err == OK);
    return err;
}

/* Rows that nobody needs any more, a batch at a time so that no other write waits for long. */
static const struct purge {
    const char *sql;
    int64_t keep; /* ms */
    bool in_snapshot;
} purges[] = {
    {"DELETE FROM changes WHERE id IN "
     "(SELECT id FROM changes WHERE created_at < $1 LIMIT $2)",
     KEEP_MS, false},
    {"DELETE FROM refresh_tokens WHERE digest IN "
     "(SELECT digest FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)",
     0, false},
    {"DELETE FROM sessions WHERE digest IN "
     "(SELECT digest FROM sessions WHERE expires_at < $1 LIMIT $2)",
     0, false},
    {"DELETE FROM interactions WHERE digest IN "
     "(SELECT digest FROM interactions WHERE expires_at < $1 LIMIT $2)",
     0, false},
    {"DELETE FROM authorization_codes WHERE digest IN "
     "(SELECT digest FROM authorization_codes WHERE expires_at < $1 LIMIT $2)",
     CODE_KEEP_MS, false},
    {"DELETE FROM access_tokens WHERE digest IN "
     "(SELECT digest FROM access_tokens WHERE expires_at < $1 LIMIT $2)",
     0, false},
    {"DELETE FROM grants WHERE id IN "
     "(SELECT id FROM grants WHERE expires_at < $1 LIMIT $2)",
     0, false},
    {"DELETE FROM sign_in_failures WHERE subject IN "
     "(SELECT subject FROM sign_in_failures WHERE updated_at < $1 LIMIT $2)",
     FAILURES_KEEP_MS, false},
    {"DELETE FROM verification_codes WHERE scope IN "
     "(SELECT scope FROM verification_codes WHERE created_at < $1 LIMIT $2)",
     FAILURES_KEEP_MS, false},
    {"DELETE FROM message_counts WHERE recipient IN "
     "(SELECT recipient FROM message_counts WHERE since < $1 LIMIT $2)",
     FAILURES_KEEP_MS, false},
    {"DELETE FROM activity_counts WHERE day IN "
     "(SELECT day FROM activity_counts WHERE day < CAST($1 AS bigint) / 86400000 LIMIT $2)",
     COUNTS_KEEP_MS, false},
    {"DELETE FROM revoked_tokens WHERE jti IN "
     "(SELECT jti FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)",
     0, true},
};

static enum err delete_batch(struct chore *chore, struct db_conn *conn)
{
    int64_t before = clock_now_ms() - chore->purge->keep;
    return db_exec(conn, chore->purge->sql,
                   DB_PARAMS(db_int_value(before), db_int_value(PURGE_BATCH)), &chore->affected);
}

static bool stopping(struct tenant_poll *poll)
{
    pthread_mutex_lock(&poll->lock);
    bool stop = poll->stop;
    pthread_mutex_unlock(&poll->lock);
    return stop;
}

static enum err purge_rows(struct tenant_poll *poll, const struct purge *purge)
{
    int64_t batch, all = 0;
    enum err err;
    do {
        struct chore chore = {.run = delete_batch, .purge = purge};
        err = chore_wait(poll, &chore);
        batch = err ? 0 : chore.affected;
        all += batch;
    } while (batch == PURGE_BATCH && !stopping(poll));
    struct change_list changes = {0};
    if (all && purge->in_snapshot && change_list_add(&changes, NULL, CHANGE_REVOKED, STR("")))
        err = tenant_apply(poll->tenant, poll->conn, &changes);
    change_list_free(&changes);
    return err;
}

static enum err purge_old(struct tenant_poll *poll)
{
    if (clock_monotonic_ms() < poll->purge_at)
        return OK;
    poll->purge_at = clock_monotonic_ms() + PURGE_MS;
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof(purges) / sizeof(*purges); i++)
        err = purge_rows(poll, &purges[i]);
    return err;
}

static void report(struct tenant_poll *poll, enum err err)
{
    struct str id = poll->tenant->id;
    if (err && !poll->failing)
        log_error("tenant %.*s: cannot look for changes of other servers (%s)", STR_ARG(id),
                  error_info(err)->text);
    else if (!err && poll->failing)
        log_info("tenant %.*s: changes of other servers are seen again", STR_ARG(id));
    poll->failing = err != OK;
}

static void poll_pause(struct tenant_poll *poll)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)TENANT_POLL_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int waited = 0;
    pthread_mutex_lock(&poll->lock);
    while (!poll->stop && !waited)
        waited = pthread_cond_timedwait(&poll->wake, &poll->lock, &until);
    pthread_mutex_unlock(&poll->lock);
}

static void *poll_run(void *arg)
{
    struct tenant_poll *poll = arg;
    while (!stopping(poll)) {
        enum err err = poll_changes(poll);
        if (!err)
            err = promote_due(poll);
        if (!err)
            err = reload_unseen(poll);
        enum err counted = err ? OK : count_activity(poll);
        if (!err)
            err = note_uses(poll);
        if (!err)
            err = purge_old(poll);
        if (!err)
            err = counted;
        report(poll, err);
        poll_pause(poll);
    }
    return NULL;
}

static void poll_free(struct tenant_poll *poll)
{
    pthread_cond_destroy(&poll->wake);
    pthread_mutex_destroy(&poll->lock);
    db_disconnect(poll->conn);
    arena_free(poll->seen.arena);
    free(poll);
}

enum err tenant_poll_start(struct tenant *tenant, int64_t since)
{
    struct tenant_poll *poll = calloc(1, sizeof(*poll));
    if (!poll)
        return ERR_NO_MEMORY;
    poll->tenant = tenant;
    poll->polled_at = since;
    poll->purge_at = clock_monotonic_ms() + tenant->first_purge_ms;
    pthread_mutex_init(&poll->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&poll->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    enum err err = db_connect_read(tenant->db, &poll->conn);
    if (!err && pthread_create(&poll->thread, NULL, poll_run, poll) != 0)
        err = ERR_NO_MEMORY;
    if (err)
        poll_free(poll);
    else
        tenant->poll = poll;
    return err;
}

void tenant_poll_stop(struct tenant_poll *poll)
{
    if (!poll)
        return;
    pthread_mutex_lock(&poll->lock);
    poll->stop = true;
    pthread_cond_broadcast(&poll->wake);
    pthread_mutex_unlock(&poll->lock);
    pthread_join(poll->thread, NULL);
    poll_free(poll);
}
