/* What a delivery of a message to a person is: a request to the connector that there is now. */
#include "base/clock.h"
#include "base/log.h"
#include "crypto/vault.h"
#include "domain/messages.h"
#include "jobs/delivery.h"

enum { SEALED = DELIVERY_OWN, EXPIRES, CONNECTOR, FACTORY, CONFIG, TRACE };

static struct str open_sealed(struct tenant *tenant, struct arena *arena, const char *place,
                              struct str id, struct str sealed)
{
    struct str context = id.p ? arena_printf(arena, "%s|%.*s", place, STR_ARG(id)) : STR_NONE;
    return context.p ? vault_unseal(tenant->vault, arena, context, sealed) : STR_NONE;
}

static bool prepare(struct tenant *tenant, struct delivery_item *item, const struct db_rows *rows,
                    size_t row)
{
    struct arena *arena = item->arena;
    const struct connector_factory *factory = connector_factory_find(db_text(rows, row, FACTORY));
    struct str text =
        open_sealed(tenant, arena, "messages|sealed", item->id, db_text(rows, row, SEALED));
    struct str config = open_sealed(tenant, arena, "connectors|config",
                                    db_text(rows, row, CONNECTOR), db_text(rows, row, CONFIG));
    if (db_int(rows, row, EXPIRES) <= clock_now_ms())
        delivery_give_up(item); /* nobody waits for it any more */
    item->out.allow_private = tenant->config->connector_private_addresses;
    if (delivery_is_given_up(item) || !factory || !text.p || !config.p)
        return false;
    if (message_request(arena, factory, config, text, &item->out))
        return false;
    item->out.traceparent = arena_str(arena, db_text(rows, row, TRACE));
    return true;
}

/* Neither whom it was for nor what it said is logged. */
static enum err note(struct db_conn *conn, const struct delivery_item *item, int64_t now)
{
    (void)conn;
    (void)now;
    if (!delivery_was_taken(item))
        log_warn("a message was not taken, attempt %lld: %s", (long long)item->attempts,
                 item->out.error ? item->out.error : "the receiver refused it");
    return OK;
}

static enum err purge(struct db_conn *conn, int64_t now)
{
    return db_exec(conn, "DELETE FROM messages WHERE expires_at < $1", DB_PARAMS(db_int_value(now)),
                   NULL);
}

const struct delivery_kind message_deliveries = {
    DELIVERY_TABLE("messages"),
    .find = "SELECT m.id, m.attempts, m.due_at, m.sealed, m.expires_at, c.id, c.connector_id, "
            "c.sealed_config, m.traceparent"
            " FROM messages m LEFT JOIN connectors c ON c.type = m.type"
            " WHERE m.due_at <= $1 ORDER BY m.due_at, m.id LIMIT $2",
    .prepare = prepare,
    .note = note,
    .purge = purge,
};
