/* /api/users/:userId/is-suspended: who may not sign in. */
#include "domain/sessions.h"
#include "domain/users.h"

static enum err set_suspended(struct ctx *ctx)
{
    struct db_rows rows;
    bool suspended = yyjson_get_bool(ctx_body(ctx, STR("isSuspended")));
    const struct crud_set set = {"is_suspended", db_int_value(suspended)};
    enum err err = user_update(ctx, ctx->params[0], NULL, &set, 1, &rows);
    if (!err && suspended)
        err = session_end_all(ctx, ctx->params[0]);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

static const struct field body[] = {
    {.name = STR_INIT("isSuspended"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether the user may not sign in."},
    FIELDS_END,
};

ROUTES(user_suspension) = {
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/is-suspended"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Suspend a user, or end that",
     .handle = set_suspended},
    ROUTES_END,
};
