/* Delivers what is in a tenant's outboxes: webhooks, the ends of sessions, and messages to
 * people. */
#ifndef SIGNET_JOBS_DELIVERY_H
#define SIGNET_JOBS_DELIVERY_H

#include "domain/tenant.h"
#include "http/outgoing.h"

struct delivery_kind;

/* One delivery under way. */
struct delivery_item {
    struct outgoing out; /* first: the pool gives this back */
    struct arena *arena;
    const struct delivery_kind *kind;
    struct str id;
    int64_t attempts; /* with this one */
    bool usable;      /* there is a request to send */
    void *more;       /* the kind's own */
};

static inline bool delivery_was_taken(const struct delivery_item *item)
{
    return item->out.status >= 200 && item->out.status < 300;
}

/* It is not tried again when this attempt fails. */
static inline void delivery_give_up(struct delivery_item *item)
{
    item->attempts = INT64_MAX;
}

static inline bool delivery_is_given_up(const struct delivery_item *item)
{
    return item->attempts == INT64_MAX;
}

/* A kind is a table of rows that are due: id, attempts, due_at, and what the request is made of. */
enum { DELIVERY_ID, DELIVERY_ATTEMPTS, DELIVERY_DUE, DELIVERY_OWN };
struct delivery_kind {
    const char *find; /* rows due at $1, at most $2: the columns above, then its own */
    const char *any, *lease, *drop, *postpone, *give_back; /* see DELIVERY_TABLE */
    /* Makes the request of a row, in the item's arena; false when it cannot be made. */
    bool (*prepare)(struct tenant *tenant, struct delivery_item *item, const struct db_rows *rows,
                    size_t row);
    /* Both on the writer's connection, both may be NULL: keeps how an attempt went; deletes what
     * was kept long enough. now is in ms. */
    enum err (*note)(struct db_conn *conn, const struct delivery_item *item, int64_t now);
    enum err (*purge)(struct db_conn *conn, int64_t now);
};

#define DELIVERY_TABLE(table)                                                                      \
    .any = "SELECT 1 FROM " table " WHERE due_at <= $1 LIMIT 1",                                   \
    .lease =                                                                                       \
        "UPDATE " table " SET due_at = $1, attempts = attempts + 1 WHERE id = $2 AND due_at = $3", \
    .drop = "DELETE FROM " table " WHERE id = $1",                                                 \
    .postpone = "UPDATE " table " SET due_at = $1 WHERE id = $2",                                  \
    .give_back = "UPDATE " table " SET due_at = $1, attempts = attempts - 1 WHERE id = $2"

extern const struct delivery_kind hook_deliveries, logout_deliveries, message_deliveries;

/* A thread that sends due rows, several at once: at least once each, again and again with longer
 * and longer waits until the receiver answers 2xx or eight attempts have failed. Rows outlive the
 * process; one that another process is sending is left to it for half a minute. */
struct delivery;

enum err delivery_start(struct tenant *tenant, struct delivery **out);
/* Gives back what is under way, for the next start; takes NULL. The tenant's writer must run. */
void delivery_stop(struct delivery *delivery);

#endif
