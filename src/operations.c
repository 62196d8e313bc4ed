/* What those ask who run the server: on a listener of its own (SIGNET_OPERATIONS_PORT), which is no
 * one's tenant. */
#include "metrics.h"

#define METRICS_MAX  ((size_t)4 * 1024 * 1024)
#define METRICS_TYPE STR("text/plain; version=0.0.4; charset=utf-8")

static enum err metrics_handle(struct ctx *ctx)
{
    struct buf text = buf_new(ctx->arena, METRICS_MAX);
    metrics_render(ctx, &text);
    if (text.failed)
        return fail(ctx, ERR_NO_MEMORY);
    buf_str(&ctx->answer.body, buf_view(&text));
    ctx->answer.content_type = METRICS_TYPE;
    return OK;
}

static enum err say(struct ctx *ctx, struct str text)
{
    buf_str(&ctx->answer.body, text);
    ctx->answer.content_type = STR("text/plain; charset=utf-8");
    return OK;
}

static enum err health_handle(struct ctx *ctx)
{
    return say(ctx, STR("ok\n"));
}

static enum err ready_handle(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1", DB_NO_PARAMS, ctx->arena, &rows);
    return err ? fail(ctx, ERR_UNAVAILABLE) : say(ctx, STR("ready\n"));
}

#define OPERATIONS                                                                                 \
    .method = HTTP_M_GET, .guard = GUARD_PUBLIC, .only_listener = LISTENER_OPERATIONS,             \
    .status = 200, .reply = REPLY_TEXT

ROUTES(operations) = {
    {OPERATIONS, .path = STR_INIT("/metrics"), .run = RUN_INLINE,
     .summary = "Show what the server counts, for Prometheus", .handle = metrics_handle},
    {OPERATIONS, .path = STR_INIT("/healthz"), .run = RUN_INLINE,
     .summary = "Tell that the server runs", .handle = health_handle},
    {OPERATIONS, .path = STR_INIT("/readyz"), .summary = "Tell that the database answers",
     .handle = ready_handle},
    ROUTES_END,
};
