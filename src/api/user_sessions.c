/* /api/users/:userId/sessions, /grants and /trusted-devices: what signing in leaves behind. Nobody
 * can sign in yet, so the lists are empty. */
#include "domain/users.h"

static enum err list_sessions(struct ctx *ctx)
{
    json_put_raw(&ctx->answer.json, STR("{\"sessions\":[]}"));
    return OK;
}

static enum err list_grants(struct ctx *ctx)
{
    json_put_raw(&ctx->answer.json, STR("{\"grants\":[]}"));
    return OK;
}

static enum err list_devices(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (err)
        return err;
    ctx_page_headers(ctx, 0);
    json_put_raw(&ctx->answer.json, STR("[]"));
    return OK;
}

static enum err find_session(struct ctx *ctx)
{
    return fail(ctx, ERR_NO_SESSION);
}

static enum err find_grant(struct ctx *ctx)
{
    return fail(ctx, ERR_NO_GRANT);
}

static enum err find_device(struct ctx *ctx)
{
    return fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field any_item = {.type = FIELD_MAP};

static const struct field sessions_reply[] = {
    {.name = STR_INIT("sessions"),
     .type = FIELD_ARRAY,
     .item = &any_item,
     .doc = "Active sessions."},
    FIELDS_END,
};

static const struct field grants_reply[] = {
    {.name = STR_INIT("grants"), .type = FIELD_ARRAY, .item = &any_item, .doc = "Active grants."},
    FIELDS_END,
};

static const struct field devices_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    FIELDS_END,
};

static const char *const application_kinds[] = {"firstParty", "thirdParty", NULL};
static const char *const revoke_targets[] = {"all", "firstParty", NULL};

static const struct field grants_query[] = {
    {.name = STR_INIT("appType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = application_kinds,
     .doc = "Only grants to one's own applications, or only to others."},
    FIELDS_END,
};

static const struct field revoke_query[] = {
    {.name = STR_INIT("revokeGrantsTarget"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = revoke_targets,
     .doc = "Which grants end with the session."},
    FIELDS_END,
};

ROUTES(user_sessions) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/sessions"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sessions_reply,
     .summary = "List the sessions of a user",
     .doc = "Users cannot sign in yet: there are none.",
     .handle = list_sessions},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/sessions/:sessionId"),
     .area = "users",
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Get a session of a user",
     .doc = "Users cannot sign in yet: there is none.",
     .handle = find_session},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/sessions/:sessionId"),
     .area = "users",
     .query = revoke_query,
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "End a session of a user",
     .doc = "Users cannot sign in yet: there is none.",
     .handle = find_session},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/grants"),
     .area = "users",
     .query = grants_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = grants_reply,
     .summary = "List what a user has granted to applications",
     .doc = "Users cannot sign in yet: there is nothing.",
     .handle = list_grants},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/grants/:grantId"),
     .area = "users",
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Revoke what a user has granted to an application",
     .doc = "Users cannot sign in yet: there is nothing.",
     .handle = find_grant},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/trusted-devices"),
     .area = "users",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = devices_reply,
     .summary = "List the trusted devices of a user",
     .doc = "Users cannot sign in yet: there are none.",
     .handle = list_devices},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/trusted-devices/:trustedDeviceId"),
     .area = "users",
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Forget a trusted device of a user",
     .doc = "Users cannot sign in yet: there is none.",
     .handle = find_device},
    ROUTES_END,
};
