/* /api/account-center: what users may see and change of their own account. */
#include "domain/account_center.h"
#include "domain/profile_fields.h"

static enum err get_center(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = account_center_get(ctx, &rows);
    if (!err)
        entity_answer(ctx, &account_center_entity, &rows, 0);
    return err;
}

static struct str without_repeats(struct ctx *ctx, json *list)
{
    size_t i, n;
    json *item;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    yyjson_arr_foreach(list, i, n, item)
    {
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated |= str_eq(json_str(yyjson_arr_get(list, k)), json_str(item));
        if (!repeated)
            json_put_str(&out, json_str(item));
    }
    json_close_array(&out);
    return buf_view(&buf);
}

static enum err patch_center(struct ctx *ctx)
{
    struct db_rows rows;
    struct crud_set sets[3];
    size_t count = 0;
    bool nothing;
    json *origins = ctx_body(ctx, STR("webauthnRelatedOrigins"));
    json *shown = ctx_body(ctx, STR("profileFields"));
    struct str url = json_str(ctx_body(ctx, STR("deleteAccountUrl"))), text;
    enum err err = OK;
    if (origins)
        sets[count++] = (struct crud_set){"webauthn_related_origins",
                                          db_text_value(without_repeats(ctx, origins))};
    if (url.p && !url.n)
        sets[count++] = (struct crud_set){"delete_account_url", db_text_value(STR_NONE)};
    if (yyjson_is_arr(shown)) {
        err = profile_fields_normalize(ctx, shown, &text);
        sets[count++] = (struct crud_set){"profile_fields", db_text_value(text)};
    }
    if (!err)
        err = crud_update(ctx->db, &account_center_entity, STR(ACCOUNT_CENTER_ID), ctx->body, sets,
                          count, ctx->arena, &rows, &nothing);
    if (!err && nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    if (!err)
        entity_answer(ctx, &account_center_entity, &rows, 0);
    return err;
}

ROUTES(account_center) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/account-center"),
     .area = "account-center",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = account_center_fields,
     .summary = "Get the account center's settings",
     .handle = get_center},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/account-center"),
     .area = "account-center",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = account_center_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = account_center_fields,
     .summary = "Change the account center's settings",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_center},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/.well-known/account-center"),
     .guard = GUARD_PUBLIC,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = account_center_fields,
     .summary = "Get the account center's settings as its pages need them",
     .handle = get_center},
    ROUTES_END,
};
