/* /api/hooks/:id/recent-logs/:deliveryId/replay: what was delivered once is delivered again. */
#include "domain/hooks.h"

#define KEY_PREFIX STR("TriggerHook.")

static enum err find_log(struct ctx *ctx, struct str *event, struct str *payload)
{
    struct db_rows rows;
    json *log;
    enum err err = db_query(
        ctx->db, "SELECT key, payload FROM hook_logs WHERE hook_id = $1 AND id = $2",
        DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    if (json_parse(ctx->arena, db_text(&rows, 0, 1), &log, NULL))
        return fail(ctx, ERR_INTERNAL);
    json_put_value(&out, json_get(json_get(log, STR("hookRequest")), STR("body")));
    *payload = buf_view(&buf);
    *event = str_from(db_text(&rows, 0, 0), KEY_PREFIX.n);
    return OK;
}

static enum err replay(struct ctx *ctx)
{
    char id[ID_ORDERED_LENGTH];
    struct str event, payload;
    enum err err = find_log(ctx, &event, &payload);
    if (!err)
        err = hook_deliver(ctx, ctx->params[0], event, payload, id);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "id", ((struct str){id, sizeof(id)}));
    json_close_object(&ctx->answer.json);
    return OK;
}

static const struct field reply_fields[] = {
    {.name = STR_INIT("id"),
     .type = FIELD_STRING,
     .doc = "Of the new delivery: its header webhook-id."},
    FIELDS_END,
};

ROUTES(hook_replays) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/hooks/:id/recent-logs/:deliveryId/replay"),
     .area = "hooks",
     .run = RUN_WRITE,
     .status = 202,
     .reply = REPLY_OBJECT,
     .reply_fields = reply_fields,
     .summary = "Deliver again what a row of the recent logs tells of",
     .doc = "The same payload, signed with the key of now and sent to the address of now, also "
            "when the webhook is switched off. It is a delivery of its own, with an id of its own "
            "and repeated like any other.",
     .handle = replay},
    ROUTES_END,
};
