/* /api/users/:userId/sessions, /grants and /trusted-devices: what signing in leaves behind. */
#include "domain/user_sessions.h"
#include "domain/trusted_devices.h"
#include "domain/users.h"

static enum err list_sessions(struct ctx *ctx)
{
    return user_sessions_answer(ctx, ctx->params[0], STR_NONE);
}

static enum err get_session(struct ctx *ctx)
{
    return user_session_answer(ctx, ctx->params[0], ctx->params[1]);
}

static enum err end_session(struct ctx *ctx)
{
    return user_session_end(ctx, ctx->params[0], ctx->params[1]);
}

static enum err list_grants(struct ctx *ctx)
{
    return user_grants_answer(ctx, ctx->params[0]);
}

static enum err end_grant(struct ctx *ctx)
{
    return user_grant_end(ctx, ctx->params[0], ctx->params[1]);
}

/* ---- Trusted devices ---- */

static enum err list_devices(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    return err ? err : trusted_devices_answer(ctx, ctx->params[0], false);
}

static enum err forget_device(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    return err ? err : trusted_device_forget(ctx, ctx->params[0], ctx->params[1]);
}

/* ---- Routes ---- */

ROUTES(user_sessions) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/sessions"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_sessions_fields,
     .summary = "List the sessions of a user",
     .handle = list_sessions},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/sessions/:sessionId"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_session_fields,
     .summary = "Get a session of a user",
     .handle = get_session},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/sessions/:sessionId"),
     .area = "users",
     .run = RUN_WRITE,
     .query = user_session_end_query,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "End a session of a user",
     .doc = "What was granted in it without offline_access ends as well.",
     .handle = end_session},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/grants"),
     .area = "users",
     .query = user_grants_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_grants_fields,
     .summary = "List what a user has granted to applications",
     .handle = list_grants},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/grants/:grantId"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Revoke what a user has granted to an application",
     .doc = "Codes, refresh tokens and opaque access tokens end with it; those that are JWTs last.",
     .handle = end_grant},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/trusted-devices"),
     .area = "users",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = trusted_device_fields,
     .summary = "List the trusted devices of a user",
     .doc = "Browsers in which the user is asked for no second factor for a while.",
     .handle = list_devices},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/trusted-devices/:trustedDeviceId"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Forget a trusted device of a user",
     .doc = "From then on a sign-in in that browser needs a second factor.",
     .handle = forget_device},
    ROUTES_END,
};
