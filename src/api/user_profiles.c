/* /api/users/:userId/custom-data and /profile: objects that are changed member by member. */
#include "domain/users.h"

/* Lays the body's object over the one in the column and answers with the result. */
static enum err merge(struct ctx *ctx, const struct field *field, const char *column, size_t place)
{
    struct db_rows rows, updated;
    enum err err = user_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    struct str changes = field_clean(field, ctx_body(ctx, field->name), ctx->arena);
    struct str merged = user_merge(ctx->arena, db_text(&rows, 0, place), changes);
    if (!merged.p)
        return fail(ctx, ERR_NO_MEMORY);
    const struct crud_set set = {column, db_text_value(merged)};
    err = user_update(ctx, ctx->params[0], NULL, &set, 1, &updated);
    if (!err)
        json_put_raw(&ctx->answer.json, merged);
    return err;
}

static const struct field custom_data_body[] = {
    {.name = STR_INIT("customData"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Members to set; the others stay."},
    FIELDS_END,
};

static const struct field profile_body[] = {
    {.name = STR_INIT("profile"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = user_profile_fields,
     .doc = "Claims to set; the others stay."},
    FIELDS_END,
};

static enum err get_custom_data(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_get(ctx, ctx->params[0], &rows);
    if (!err)
        json_put_raw(&ctx->answer.json, db_text(&rows, 0, USER_CUSTOM_DATA));
    return err;
}

static enum err patch_custom_data(struct ctx *ctx)
{
    return merge(ctx, &custom_data_body[0], "custom_data", USER_CUSTOM_DATA);
}

static enum err patch_profile(struct ctx *ctx)
{
    return merge(ctx, &profile_body[0], "profile", USER_PROFILE);
}

ROUTES(user_profiles) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/custom-data"),
     .area = "users",
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Get the custom data of a user",
     .handle = get_custom_data},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/custom-data"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = custom_data_body,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Change the custom data of a user",
     .doc = "Members at the top are set one by one; what is inside one is replaced.",
     .handle = patch_custom_data},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/profile"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = profile_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_profile_fields,
     .summary = "Change the profile of a user",
     .doc = "Claims are set one by one; an address replaces the whole address.",
     .handle = patch_profile},
    ROUTES_END,
};
