/* /api/sentinel-activities: what is remembered of failed attempts, and so of locks. */
#include "domain/attempts.h"

static enum err forget(struct ctx *ctx)
{
    size_t i, n;
    json *target;
    enum err err = OK;
    if (!str_eq(json_str(ctx_body(ctx, STR("targetType"))), STR("User")))
        return OK; /* failures are counted by user alone */
    yyjson_arr_foreach(ctx_body(ctx, STR("targets")), i, n, target)
    {
        if (!err)
            err = attempts_forget(ctx, json_str(target));
    }
    return err;
}

/* ---- Routes ---- */

static const char *const types[] = {"User", "App", NULL};
static const struct field target_item = {.type = FIELD_STRING};
static const struct field delete_body[] = {
    {.name = STR_INIT("targetType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "What is locked."},
    {.name = STR_INIT("targets"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &target_item,
     .doc = "Identifiers: usernames, addresses, numbers."},
    FIELDS_END,
};

ROUTES(sentinel_activities) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/sentinel-activities/delete"),
     .area = "sentinel-activities",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = delete_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Forget failed attempts",
     .doc = "Who was locked for them is no longer.",
     .handle = forget},
    ROUTES_END,
};
