/* /api/my-account/sessions, /grants and /trusted-devices: where the user is signed in, what
 * applications have, and which browsers are asked for no second factor. */
#include "domain/grants.h"
#include "domain/trusted_devices.h"
#include "domain/user_sessions.h"
#include "experience/account.h"

#define SCOPE_SESSIONS "urn:logto:scope:sessions"
#define SCOPE_DEVICES  "urn:logto:scope:trusted_devices"

static const struct account_need reading = {
    .field = "session", .scope = SCOPE_SESSIONS, .reverified = true};
static const struct account_need ending = {
    .field = "session", .scope = SCOPE_SESSIONS, .edits = true, .reverified = true};

static enum err list_sessions(struct ctx *ctx)
{
    struct my_account account;
    struct str current = STR_NONE;
    enum err err = account_enter(ctx, &reading, &account);
    if (!err)
        err = grant_session(ctx, ctx->caller.grant_id, &current);
    if (err && err != ERR_NOT_FOUND)
        return err;
    return user_sessions_answer(ctx, ctx->caller.id, current.p ? current : STR(""));
}

static enum err end_session(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_enter(ctx, &ending, &account);
    return err ? err : user_session_end(ctx, ctx->caller.id, ctx->params[0]);
}

static enum err list_grants(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_enter(ctx, &reading, &account);
    return err ? err : user_grants_answer(ctx, ctx->caller.id);
}

static enum err end_grant(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_enter(ctx, &ending, &account);
    return err ? err : user_grant_end(ctx, ctx->caller.id, ctx->params[0]);
}

static enum err list_devices(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need need = {
        .field = "trustedDevice", .scope = SCOPE_DEVICES, .reverified = true};
    enum err err = account_enter(ctx, &need, &account);
    return err ? err : trusted_devices_answer(ctx, ctx->caller.id, true);
}

static enum err forget_device(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need need = {
        .field = "trustedDevice", .scope = SCOPE_DEVICES, .edits = true, .reverified = true};
    enum err err = account_enter(ctx, &need, &account);
    return err ? err : trusted_device_forget(ctx, ctx->caller.id, ctx->params[0]);
}

#define ACCOUNT(method_value, path_text, where)                                                    \
    .method = method_value, .path = STR_INIT("/api/my-account" path_text), .guard = GUARD_USER,    \
    .run = where

ROUTES(account_sessions) = {
    {ACCOUNT(HTTP_M_GET, "/sessions", RUN_READ), .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = user_sessions_fields, .summary = "List one's own sessions",
     .doc = "It needs a fresh proof.", .handle = list_sessions},
    {ACCOUNT(HTTP_M_DELETE, "/sessions/:sessionId", RUN_WRITE), .query = user_session_end_query,
     .status = 204, .reply = REPLY_EMPTY, .summary = "End a session of one's own",
     .doc = "It needs a fresh proof.", .handle = end_session},
    {ACCOUNT(HTTP_M_GET, "/grants", RUN_READ), .query = user_grants_query, .status = 200,
     .reply = REPLY_OBJECT, .reply_fields = user_grants_fields,
     .summary = "List what one has granted to applications", .doc = "It needs a fresh proof.",
     .handle = list_grants},
    {ACCOUNT(HTTP_M_DELETE, "/grants/:grantId", RUN_WRITE), .status = 204, .reply = REPLY_EMPTY,
     .summary = "Revoke what one has granted to an application", .doc = "It needs a fresh proof.",
     .handle = end_grant},
    {ACCOUNT(HTTP_M_GET, "/trusted-devices", RUN_READ), .paging = PAGE_ALWAYS, .status = 200,
     .reply = REPLY_ARRAY, .reply_fields = own_trusted_device_fields,
     .summary = "List one's own trusted devices",
     .doc = "Browsers in which one is asked for no second factor for a while. It needs a fresh "
            "proof.",
     .handle = list_devices},
    {ACCOUNT(HTTP_M_DELETE, "/trusted-devices/:trustedDeviceId", RUN_WRITE), .status = 204,
     .reply = REPLY_EMPTY, .summary = "Forget a trusted device of one's own",
     .doc = "It needs a fresh proof.", .handle = forget_device},
    ROUTES_END,
};
