/* /api/users/:userId/logto-configs: what users have settled about factors and passkeys. */
#include "domain/user_configs.h"

static enum err get_config(struct ctx *ctx)
{
    return user_config_answer(ctx, ctx->params[0]);
}

static enum err patch_config(struct ctx *ctx)
{
    struct db_rows rows;
    return user_config_patch(ctx, ctx->params[0], &rows);
}

ROUTES(user_logto_configs) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/logto-configs"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_config_fields,
     .summary = "Get what a user has settled about factors and passkeys",
     .handle = get_config},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/logto-configs"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = user_config_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_config_fields,
     .summary = "Change what a user has settled about factors and passkeys",
     .handle = patch_config},
    ROUTES_END,
};
