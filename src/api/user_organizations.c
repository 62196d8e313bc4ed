/* /api/users/:userId/organizations: where a user is a member. Users cannot be members yet. */
#include "domain/organizations.h"
#include "domain/users.h"

static enum err list_organizations(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        json_put_raw(&ctx->answer.json, STR("[]"));
    return err;
}

ROUTES(user_organizations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/organizations"),
     .area = "users",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_fields,
     .summary = "List the organizations of a user",
     .doc = "Users cannot be members yet: there are none.",
     .handle = list_organizations},
    ROUTES_END,
};
