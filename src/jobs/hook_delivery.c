/* What a delivery of a webhook is. */
#include "base/ids.h"
#include "domain/hooks.h"
#include "jobs/delivery.h"

#define KEEP_LOGS_MS ((int64_t)7 * 24 * 3600 * 1000)

struct own {
    struct str hook, event;
};

enum { HOOK = DELIVERY_OWN, EVENT, PAYLOAD, CONFIG, KEY, TRACE };

static bool prepare(struct tenant *tenant, struct delivery_item *item, const struct db_rows *rows,
                    size_t row)
{
    struct arena *arena = item->arena;
    struct own *own = ARENA_NEW(arena, struct own);
    if (!own)
        return false;
    item->more = own;
    own->hook = arena_str(arena, db_text(rows, row, HOOK));
    own->event = arena_str(arena, db_text(rows, row, EVENT));
    struct str payload = arena_str(arena, db_text(rows, row, PAYLOAD));
    struct str config =
        hook_open(tenant->vault, arena, "config", own->hook, db_text(rows, row, CONFIG));
    struct str key = hook_open(tenant->vault, arena, "key", own->hook, db_text(rows, row, KEY));
    item->out.traceparent = arena_str(arena, db_text(rows, row, TRACE));
    return payload.p && config.p && key.p &&
           hook_request(arena, config, key, payload, &item->out) &&
           outgoing_header(&item->out, arena, STR(HOOK_ID_HEADER), item->id);
}

/* A JSON answer as what it is, any other as text. */
static void put_response(struct json_out *out, struct arena *arena, struct str body)
{
    json *value;
    if (body.n && json_parse(arena, body, &value, NULL) == JSON_OK) {
        json_key(out, STR("body"));
        json_put_value(out, value);
    } else {
        JSON_STR(out, "body", body);
    }
}

static struct str log_payload(const struct delivery_item *item)
{
    const struct outgoing *out = &item->out;
    const struct own *own = item->more;
    struct buf buf = buf_new(item->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    struct str response = {out->response, out->response_length};
    while (response.n && !str_is_utf8(response)) /* cut inside a character, or no text at all */
        response.n = out->response_length - response.n < 4 ? response.n - 1 : 0;
    json_open_object(&text);
    JSON_STR(&text, "key", arena_printf(item->arena, "TriggerHook.%.*s", STR_ARG(own->event)));
    JSON_STR(&text, "result", delivery_was_taken(item) ? STR("Success") : STR("Error"));
    JSON_STR(&text, "hookId", own->hook);
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
        put_response(&text, item->arena, response);
        json_close_object(&text);
    }
    json_close_object(&text);
    return buf_view(&buf);
}

static enum err note(struct db_conn *conn, const struct delivery_item *item, int64_t now)
{
    const struct own *own = item->more;
    char id[ID_ORDERED_LENGTH];
    if (!own)
        return ERR_NO_MEMORY;
    id_ordered(id, now);
    return db_exec(
        conn,
        "INSERT INTO hook_logs (id, hook_id, key, succeeded, payload, created_at)"
        " SELECT $1, h.id, $2, $3, $4, $5 FROM hooks h WHERE h.id = $6",
        DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                  db_text_value(arena_printf(item->arena, "TriggerHook.%.*s", STR_ARG(own->event))),
                  db_int_value(delivery_was_taken(item)), db_text_value(log_payload(item)),
                  db_int_value(now), db_text_value(own->hook)),
        NULL);
}

static enum err purge(struct db_conn *conn, int64_t now)
{
    return db_exec(conn, "DELETE FROM hook_logs WHERE created_at < $1",
                   DB_PARAMS(db_int_value(now - KEEP_LOGS_MS)), NULL);
}

const struct delivery_kind hook_deliveries = {
    DELIVERY_TABLE("hook_deliveries"),
    .find = "SELECT d.id, d.attempts, d.due_at, d.hook_id, d.event, d.payload,"
            " h.sealed_config, h.sealed_key, d.traceparent FROM hook_deliveries d"
            " JOIN hooks h ON h.id = d.hook_id WHERE d.due_at <= $1"
            " ORDER BY d.due_at, d.id LIMIT $2",
    .prepare = prepare,
    .note = note,
    .purge = purge,
};
