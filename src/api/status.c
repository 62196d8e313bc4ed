/* /api/status: whether the server answers. */
#include "domain/ctx.h"

/* Whoever knows STATUS_API_KEY may learn which tenant it is. */
static enum err get_status(struct ctx *ctx)
{
    struct str key = str_of(ctx->tenant->config->status_api_key);
    struct str sent = http_header_get(ctx->request, STR("logto-status-api-key"), NULL);
    if (key.n && sent.n && str_eq_secret(key, sent))
        ctx_header(ctx, STR("logto-tenant-id"), ctx->tenant->id);
    return OK;
}

ROUTES(status) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/status"),
     .guard = GUARD_PUBLIC,
     .run = RUN_INLINE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Tell that the server answers",
     .doc = "With the right key in the header logto-status-api-key the answer names the tenant in "
            "logto-tenant-id.",
     .handle = get_status},
    ROUTES_END,
};
