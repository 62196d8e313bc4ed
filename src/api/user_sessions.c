/* /api/users/:userId/sessions, /grants and /trusted-devices: what signing in leaves behind. */
#include "domain/user_sessions.h"
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

/* ---- Trusted devices: no sign-in makes one ---- */

static enum err list_devices(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (err)
        return err;
    ctx_page_headers(ctx, 0);
    json_put_raw(&ctx->answer.json, STR("[]"));
    return OK;
}

static enum err find_device(struct ctx *ctx)
{
    return fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field devices_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    FIELDS_END,
};

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
     .reply_fields = devices_reply,
     .summary = "List the trusted devices of a user",
     .doc = "There are none: no sign-in makes one.",
     .handle = list_devices},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/trusted-devices/:trustedDeviceId"),
     .area = "users",
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Forget a trusted device of a user",
     .doc = "There is none: no sign-in makes one.",
     .handle = find_device},
    ROUTES_END,
};
