/* Delivers what is in a tenant's outbox of webhooks. */
#include "jobs/hook_delivery.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "domain/hooks.h"

#define AT_ONCE      16
#define LOOK_MS      200 /* between two looks at the outbox */
#define LEASE_MS     ((int64_t)30 * 1000)
#define PURGE_MS     ((int64_t)3600 * 1000)
#define KEEP_LOGS_MS ((int64_t)7 * 24 * 3600 * 1000)
#define ARENA_SIZE   ((size_t)4 << 20)

/* Waits after the first, second, … attempt; after the last one the delivery is given up. */
static const int64_t waits_ms[] = {1000, 5000, 30000, 120000, 600000, 3600000, 21600000};
#define ATTEMPTS (sizeof(waits_ms) / sizeof(*waits_ms) + 1)

/* One delivery under way. */
struct item {
    struct outgoing out; /* first: the pool gives this back */
    struct arena *arena;
    struct str id, hook, event;
    int64_t attempts; /* with this one */
    bool usable;      /* there is a request to send */
};

struct hook_delivery {
    struct tenant *tenant;
    struct db_conn *conn; /* reads */
    struct outgoing_pool *pool;
    pthread_t thread;
    atomic_bool stop;
    struct item *items[AT_ONCE];
    size_t active;
    int64_t look_at, purge_at; /* monotonic, ms */
};

/* ---- Writing: a job, and waiting for it ---- */

struct order {
    struct write_job job;
    enum err (*run)(struct hook_delivery *delivery, struct db_conn *conn, void *arg);
    struct hook_delivery *delivery;
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

static enum err write_now(struct hook_delivery *delivery,
                          enum err (*run)(struct hook_delivery *, struct db_conn *, void *),
                          void *arg)
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

enum { ID, HOOK, EVENT, PAYLOAD, COUNT, DUE, CONFIG, KEY };

static struct item *item_new(struct hook_delivery *delivery, const struct db_rows *rows, size_t row)
{
    struct arena *arena = arena_new(ARENA_SIZE);
    struct item *item = arena ? ARENA_NEW(arena, struct item) : NULL;
    struct vault *vault = delivery->tenant->vault;
    if (!item) {
        arena_free(arena);
        return NULL;
    }
    item->arena = arena;
    item->id = arena_str(arena, db_text(rows, row, ID));
    item->hook = arena_str(arena, db_text(rows, row, HOOK));
    item->event = arena_str(arena, db_text(rows, row, EVENT));
    item->attempts = db_int(rows, row, COUNT) + 1;
    struct str payload = arena_str(arena, db_text(rows, row, PAYLOAD));
    struct str config = hook_open(vault, arena, "config", item->hook, db_text(rows, row, CONFIG));
    struct str key = hook_open(vault, arena, "key", item->hook, db_text(rows, row, KEY));
    item->usable =
        payload.p && config.p && key.p && hook_request(arena, config, key, payload, &item->out);
    item->out.allow_private = delivery->tenant->config->hook_private_addresses;
    return item;
}

static void item_free(struct item *item)
{
    if (item)
        arena_free(item->arena);
}

/* What one look has found. A job may run twice: what the first run made is let go. */
struct catch
{
    struct arena *arena;
    struct db_rows rows;
    bool taken[AT_ONCE];
    int64_t now;
    size_t limit;
};

static enum err take(struct hook_delivery *delivery, struct db_conn *conn, void *arg)
{
    struct catch *catch = arg;
    (void)delivery;
    enum err err =
        db_query(conn,
                 "SELECT d.id, d.hook_id, d.event, d.payload, d.attempts, d.due_at,"
                 " h.sealed_config, h.sealed_key FROM hook_deliveries d"
                 " JOIN hooks h ON h.id = d.hook_id WHERE d.due_at <= $1"
                 " ORDER BY d.due_at, d.id LIMIT $2",
                 DB_PARAMS(db_int_value(catch->now), db_int_value((int64_t) catch->limit)),
                 catch->arena, &catch->rows);
    for (size_t i = 0; !err && i < catch->rows.count; i++) {
        int64_t affected = 0;
        err = db_exec(conn,
                      "UPDATE hook_deliveries SET due_at = $1, attempts = attempts + 1"
                      " WHERE id = $2 AND due_at = $3",
                      DB_PARAMS(db_int_value(catch->now + LEASE_MS), *db_at(&catch->rows, i, ID),
                                *db_at(&catch->rows, i, DUE)),
                      &affected);
        catch->taken[i] = affected > 0;
    }
    return err;
}

static bool is_any_due(struct hook_delivery *delivery, struct arena *arena)
{
    struct db_rows rows;
    enum err err =
        db_query(delivery->conn, "SELECT 1 FROM hook_deliveries WHERE due_at <= $1 LIMIT 1",
                 DB_PARAMS(db_int_value(clock_now_ms())), arena, &rows);
    return !err && rows.count;
}

static void settle(struct hook_delivery *delivery, struct item *item);

static void send_item(struct hook_delivery *delivery, struct item *item)
{
    if (!item->usable) {
        item->out.error = "the hook's config cannot be used";
    } else if (outgoing_pool_add(delivery->pool, &item->out)) {
        delivery->items[delivery->active++] = item;
        return;
    }
    settle(delivery, item);
}

static void look(struct hook_delivery *delivery)
{
    struct catch catch = {
        .arena = arena_new(64u << 20), .now = clock_now_ms(), .limit = AT_ONCE - delivery->active};
    bool any = catch.arena && is_any_due(delivery, catch.arena);
    if (any && write_now(delivery, take, &catch) == OK) {
        for (size_t i = 0; i < catch.rows.count; i++) {
            struct item *item = catch.taken[i] ? item_new(delivery, &catch.rows, i) : NULL;
            if (item)
                send_item(delivery, item);
        }
    }
    arena_free(catch.arena);
}

/* ---- What became of it ---- */

static struct str log_payload(const struct item *item)
{
    const struct outgoing *out = &item->out;
    struct buf buf = buf_new(item->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    struct str response = {out->response, out->response_length};
    while (response.n && !str_is_utf8(response)) /* cut inside a character, or no text at all */
        response.n = out->response_length - response.n < 4 ? response.n - 1 : 0;
    json_open_object(&text);
    JSON_STR(&text, "key", arena_printf(item->arena, "TriggerHook.%.*s", STR_ARG(item->event)));
    JSON_STR(&text, "result", hook_was_taken(out) ? STR("Success") : STR("Error"));
    JSON_STR(&text, "hookId", item->hook);
    json_key(&text, STR("hookRequest"));
    json_open_object(&text);
    JSON_RAW(&text, "body", out->body.n ? out->body : STR("null"));
    json_close_object(&text);
    JSON_INT(&text, "attempt", item->attempts);
    if (out->error)
        JSON_STR(&text, "error", str_of(out->error));
    if (out->status) {
        json_key(&text, STR("response"));
        json_open_object(&text);
        JSON_INT(&text, "statusCode", out->status);
        JSON_STR(&text, "body", response);
        json_close_object(&text);
    }
    json_close_object(&text);
    return buf_view(&buf);
}

static enum err record(struct hook_delivery *delivery, struct db_conn *conn, void *arg)
{
    const struct item *item = arg;
    (void)delivery;
    char id[ID_ORDERED_LENGTH];
    int64_t now = clock_now_ms();
    bool taken = hook_was_taken(&item->out);
    enum err err;
    id_ordered(id, now);
    if (taken || (size_t)item->attempts >= ATTEMPTS)
        err = db_exec(conn, "DELETE FROM hook_deliveries WHERE id = $1",
                      DB_PARAMS(db_text_value(item->id)), NULL);
    else
        err = db_exec(
            conn, "UPDATE hook_deliveries SET due_at = $1 WHERE id = $2",
            DB_PARAMS(db_int_value(now + waits_ms[item->attempts - 1]), db_text_value(item->id)),
            NULL);
    if (err)
        return err;
    return db_exec(conn,
                   "INSERT INTO hook_logs (id, hook_id, key, succeeded, payload, created_at)"
                   " SELECT $1, h.id, $2, $3, $4, $5 FROM hooks h WHERE h.id = $6",
                   DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                             db_text_value(arena_printf(item->arena, "TriggerHook.%.*s",
                                                        STR_ARG(item->event))),
                             db_int_value(taken), db_text_value(log_payload(item)),
                             db_int_value(now), db_text_value(item->hook)),
                   NULL);
}

/* Stores how it went. When that cannot be stored, the lease runs out and it is sent again. */
static void settle(struct hook_delivery *delivery, struct item *item)
{
    enum err err = write_now(delivery, record, item);
    if (err)
        log_warn("tenant %.*s: what became of a webhook cannot be stored: %s",
                 STR_ARG(delivery->tenant->id), error_info(err)->text);
    item_free(item);
}

static void settle_done(struct hook_delivery *delivery, struct item *item)
{
    for (size_t i = 0; i < delivery->active; i++) {
        if (delivery->items[i] == item)
            delivery->items[i] = delivery->items[--delivery->active];
    }
    settle(delivery, item);
}

static enum err give_back(struct hook_delivery *delivery, struct db_conn *conn, void *arg)
{
    const struct item *item = arg;
    (void)delivery;
    return db_exec(conn,
                   "UPDATE hook_deliveries SET due_at = $1, attempts = attempts - 1 WHERE id = $2",
                   DB_PARAMS(db_int_value(clock_now_ms()), db_text_value(item->id)), NULL);
}

static enum err purge(struct hook_delivery *delivery, struct db_conn *conn, void *arg)
{
    (void)delivery;
    (void)arg;
    return db_exec(conn, "DELETE FROM hook_logs WHERE created_at < $1",
                   DB_PARAMS(db_int_value(clock_now_ms() - KEEP_LOGS_MS)), NULL);
}

/* ---- The thread ---- */

static void step(struct hook_delivery *delivery)
{
    int64_t now = clock_monotonic_ms();
    if (now >= delivery->look_at && delivery->active < AT_ONCE) {
        look(delivery);
        delivery->look_at = now + LOOK_MS;
    }
    if (now >= delivery->purge_at) {
        delivery->purge_at = now + PURGE_MS;
        write_now(delivery, purge, NULL);
    }
    struct outgoing *done = outgoing_pool_wait(delivery->pool, LOOK_MS);
    if (done)
        settle_done(delivery, (struct item *)(void *)done);
}

static void *deliver(void *arg)
{
    struct hook_delivery *delivery = arg;
    while (!atomic_load(&delivery->stop))
        step(delivery);
    for (size_t i = 0; i < delivery->active; i++) {
        outgoing_pool_remove(delivery->pool, &delivery->items[i]->out);
        write_now(delivery, give_back, delivery->items[i]);
        item_free(delivery->items[i]);
    }
    return NULL;
}

static void free_delivery(struct hook_delivery *delivery)
{
    outgoing_pool_free(delivery->pool);
    db_disconnect(delivery->conn);
    free(delivery);
}

enum err hook_delivery_start(struct tenant *tenant, struct hook_delivery **out)
{
    struct hook_delivery *delivery = calloc(1, sizeof(*delivery));
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
    *out = delivery;
    return OK;
}

void hook_delivery_stop(struct hook_delivery *delivery)
{
    if (!delivery)
        return;
    atomic_store(&delivery->stop, true);
    outgoing_pool_wake(delivery->pool);
    pthread_join(delivery->thread, NULL);
    free_delivery(delivery);
}
