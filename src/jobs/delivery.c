/* Delivers what is in a tenant's outboxes. */
#include "jobs/delivery.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "domain/outbox.h"

/* Of each kind: who is slow to take one keeps nobody waiting for another. */
#define AT_ONCE    16
#define LOOK_MS    200 /* between two looks at the outbox */
#define LEASE_MS   ((int64_t)30 * 1000)
#define PURGE_MS   ((int64_t)3600 * 1000)
#define ARENA_SIZE ((size_t)4 << 20)

/* Waits after the first, second, … attempt; after the last one the delivery is given up. */
static const int64_t waits_ms[] = {1000, 5000, 30000, 120000, 600000, 3600000, 21600000};
#define ATTEMPTS (sizeof(waits_ms) / sizeof(*waits_ms) + 1)

static const struct delivery_kind *const kinds[] = {&hook_deliveries, &logout_deliveries,
                                                    &message_deliveries};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

struct delivery {
    struct tenant *tenant;
    struct db_conn *conn; /* reads */
    struct outgoing_pool *pool;
    pthread_t thread;
    atomic_bool stop, noted; /* noted: there are new rows, look at once */
    struct delivery_item *items[KINDS * AT_ONCE];
    size_t active;
    int64_t look_at, purge_at; /* monotonic, ms */
};

/* ---- Writing: a job, and waiting for it ---- */

struct order {
    struct write_job job;
    enum err (*run)(struct delivery *delivery, struct db_conn *conn, void *arg);
    struct delivery *delivery;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    bool done;
    enum err err;
};

#define ORDER_OF(member) ((struct order *)(void *)(member)) /* job stands first */

static enum err run_order(struct write_job *job, struct db_conn *conn)
{
    struct order *order = ORDER_OF(job);
    return order->run(order->delivery, conn, order->arg);
}

static void order_done(struct write_job *job, enum err err)
{
    struct order *order = ORDER_OF(job);
    pthread_mutex_lock(&order->lock);
    order->err = err;
    order->done = true;
    pthread_cond_signal(&order->ready);
    pthread_mutex_unlock(&order->lock);
}

static enum err write_now(struct delivery *delivery,
                          enum err (*run)(struct delivery *, struct db_conn *, void *), void *arg)
{
    struct order order = {
        .job = {.run = run_order, .done = order_done},
        .run = run,
        .delivery = delivery,
        .arg = arg,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .ready = PTHREAD_COND_INITIALIZER,
    };
    if (!writer_submit(delivery->tenant->writer, &order.job))
        return ERR_BUSY;
    pthread_mutex_lock(&order.lock);
    while (!order.done)
        pthread_cond_wait(&order.ready, &order.lock);
    pthread_mutex_unlock(&order.lock);
    pthread_mutex_destroy(&order.lock);
    pthread_cond_destroy(&order.ready);
    return order.err;
}

/* ---- Taking due rows ---- */

static struct delivery_item *item_new(struct delivery *delivery, const struct delivery_kind *kind,
                                      const struct db_rows *rows, size_t row)
{
    struct arena *arena = arena_new(ARENA_SIZE);
    struct delivery_item *item = arena ? ARENA_NEW(arena, struct delivery_item) : NULL;
    if (!item) {
        arena_free(arena);
        return NULL;
    }
    item->arena = arena;
    item->kind = kind;
    item->id = arena_str(arena, db_text(rows, row, DELIVERY_ID));
    item->attempts = db_int(rows, row, DELIVERY_ATTEMPTS) + 1;
    item->out.allow_private = delivery->tenant->config->hook_private_addresses;
    item->usable = kind->prepare(delivery->tenant, item, rows, row);
    return item;
}

static void item_free(struct delivery_item *item)
{
    if (item)
        arena_free(item->arena);
}

/* What one look has found. A job may run twice: what the first run made is let go. */
struct catch
{
    const struct delivery_kind *kind;
    struct arena *arena;
    struct db_rows rows;
    bool taken[AT_ONCE];
    int64_t now;
    size_t limit;
};

static enum err take(struct delivery *delivery, struct db_conn *conn, void *arg)
{
    struct catch *catch = arg;
    (void)delivery;
    enum err err =
        db_query(conn, catch->kind->find,
                 DB_PARAMS(db_int_value(catch->now), db_int_value((int64_t) catch->limit)),
                 catch->arena, &catch->rows);
    for (size_t i = 0; !err && i < catch->rows.count; i++) {
        int64_t affected = 0;
        err = db_exec(conn, catch->kind->lease,
                      DB_PARAMS(db_int_value(catch->now + LEASE_MS),
                                *db_at(&catch->rows, i, DELIVERY_ID),
                                *db_at(&catch->rows, i, DELIVERY_DUE)),
                      &affected);
        catch->taken[i] = affected > 0;
    }
    return err;
}

static bool is_any_due(struct delivery *delivery, const struct delivery_kind *kind,
                       struct arena *arena)
{
    struct db_rows rows;
    enum err err =
        db_query(delivery->conn, kind->any, DB_PARAMS(db_int_value(clock_now_ms())), arena, &rows);
    return !err && rows.count;
}

static void settle(struct delivery *delivery, struct delivery_item *item);

static void send_item(struct delivery *delivery, struct delivery_item *item)
{
    if (!item->usable) {
        item->out.error = "its configuration cannot be used";
    } else if (outgoing_pool_add(delivery->pool, &item->out)) {
        delivery->items[delivery->active++] = item;
        return;
    }
    settle(delivery, item);
}

static size_t active_of(const struct delivery *delivery, const struct delivery_kind *kind)
{
    size_t n = 0;
    for (size_t i = 0; i < delivery->active; i++)
        n += delivery->items[i]->kind == kind;
    return n;
}

static void look(struct delivery *delivery, const struct delivery_kind *kind)
{
    size_t active = active_of(delivery, kind);
    if (active == AT_ONCE)
        return;
    struct catch catch = {.kind = kind,
                          .arena = arena_new(64u << 20),
                          .now = clock_now_ms(),
                          .limit = AT_ONCE - active};
    bool any = catch.arena && is_any_due(delivery, kind, catch.arena);
    if (any && write_now(delivery, take, &catch) == OK) {
        for (size_t i = 0; i < catch.rows.count; i++) {
            struct delivery_item *item =
                catch.taken[i] ? item_new(delivery, kind, &catch.rows, i) : NULL;
            if (item)
                send_item(delivery, item);
        }
    }
    arena_free(catch.arena);
}

/* ---- What became of it ---- */

static enum err record(struct delivery *delivery, struct db_conn *conn, void *arg)
{
    const struct delivery_item *item = arg;
    (void)delivery;
    int64_t now = clock_now_ms();
    enum err err;
    if (delivery_was_taken(item) || (uint64_t)item->attempts >= ATTEMPTS)
        err = db_exec(conn, item->kind->drop, DB_PARAMS(db_text_value(item->id)), NULL);
    else
        err = db_exec(
            conn, item->kind->postpone,
            DB_PARAMS(db_int_value(now + waits_ms[item->attempts - 1]), db_text_value(item->id)),
            NULL);
    return err || !item->kind->note ? err : item->kind->note(conn, item, now);
}

/* Stores how it went. When that cannot be stored, the lease runs out and it is sent again. */
static void settle(struct delivery *delivery, struct delivery_item *item)
{
    enum err err = write_now(delivery, record, item);
    if (err)
        log_warn("tenant %.*s: what became of a delivery cannot be stored: %s",
                 STR_ARG(delivery->tenant->id), error_info(err)->text);
    item_free(item);
}

static void settle_done(struct delivery *delivery, struct delivery_item *item)
{
    if (active_of(delivery, item->kind) == AT_ONCE) /* others of it may wait for the place */
        atomic_store(&delivery->noted, true);
    for (size_t i = 0; i < delivery->active; i++) {
        if (delivery->items[i] == item)
            delivery->items[i] = delivery->items[--delivery->active];
    }
    settle(delivery, item);
}

static enum err give_back(struct delivery *delivery, struct db_conn *conn, void *arg)
{
    const struct delivery_item *item = arg;
    (void)delivery;
    return db_exec(conn, item->kind->give_back,
                   DB_PARAMS(db_int_value(clock_now_ms()), db_text_value(item->id)), NULL);
}

static enum err purge(struct delivery *delivery, struct db_conn *conn, void *arg)
{
    (void)delivery;
    (void)arg;
    enum err err = OK;
    for (size_t i = 0; !err && i < KINDS; i++)
        if (kinds[i]->purge)
            err = kinds[i]->purge(conn, clock_now_ms());
    return err;
}

/* ---- The thread ---- */

static void step(struct delivery *delivery)
{
    int64_t now = clock_monotonic_ms();
    if (atomic_exchange(&delivery->noted, false) || now >= delivery->look_at) {
        for (size_t i = 0; i < KINDS; i++)
            look(delivery, kinds[i]);
        delivery->look_at = now + LOOK_MS;
    }
    if (now >= delivery->purge_at) {
        delivery->purge_at = now + PURGE_MS;
        write_now(delivery, purge, NULL);
    }
    struct outgoing *done = outgoing_pool_wait(delivery->pool, LOOK_MS);
    if (done)
        settle_done(delivery, (struct delivery_item *)(void *)done);
}

static void wake(void *arg)
{
    struct delivery *delivery = arg;
    atomic_store(&delivery->noted, true);
    outgoing_pool_wake(delivery->pool);
}

static void *deliver(void *arg)
{
    struct delivery *delivery = arg;
    while (!atomic_load(&delivery->stop))
        step(delivery);
    for (size_t i = 0; i < delivery->active; i++) {
        outgoing_pool_remove(delivery->pool, &delivery->items[i]->out);
        write_now(delivery, give_back, delivery->items[i]);
        item_free(delivery->items[i]);
    }
    return NULL;
}

static void free_delivery(struct delivery *delivery)
{
    outgoing_pool_free(delivery->pool);
    db_disconnect(delivery->conn);
    free(delivery);
}

enum err delivery_start(struct tenant *tenant, struct delivery **out)
{
    struct delivery *delivery = calloc(1, sizeof(*delivery));
    if (!delivery)
        return ERR_NO_MEMORY;
    delivery->tenant = tenant;
    delivery->purge_at = clock_monotonic_ms() + PURGE_MS;
    delivery->pool = outgoing_pool_new();
    enum err err = delivery->pool ? db_connect_read(tenant->db, &delivery->conn) : ERR_NO_MEMORY;
    if (!err && pthread_create(&delivery->thread, NULL, deliver, delivery))
        err = ERR_NO_MEMORY;
    if (err) {
        free_delivery(delivery);
        return err;
    }
    outbox_listen(tenant, wake, delivery);
    *out = delivery;
    return OK;
}

void delivery_stop(struct delivery *delivery)
{
    if (!delivery)
        return;
    outbox_listen(delivery->tenant, NULL, NULL);
    atomic_store(&delivery->stop, true);
    outgoing_pool_wake(delivery->pool);
    pthread_join(delivery->thread, NULL);
    free_delivery(delivery);
}
