/* /api/users/:userId/password and what hangs on it. */
#include "crypto/password.h"
#include "domain/password_expiration.h"
#include "domain/sessions.h"
#include "domain/users.h"

static enum err set_password(struct ctx *ctx)
{
    struct db_rows rows;
    struct user_password password;
    enum err err = ctx->slow.done ? OK : user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = user_password_make(ctx, json_str(ctx_body(ctx, STR("password"))), &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = user_set_password(ctx, ctx->params[0], password, &rows);
    if (!err)
        err = session_end_all(ctx, ctx->params[0]);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

static enum err verify_password(struct ctx *ctx)
{
    return user_verify_password(ctx, ctx->params[0], json_str(ctx_body(ctx, STR("password"))));
}

/* Where passwords do not expire, one that has would lie in wait for the day that they do. */
static enum err set_expiration(struct ctx *ctx)
{
    struct db_rows rows;
    struct password_expiration expiration;
    bool expired = yyjson_get_bool(ctx_body(ctx, STR("isExpired")));
    const struct crud_set set = {"is_password_expired", db_int_value(expired)};
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (err || (err = password_expiration_load(ctx, &expiration)))
        return err;
    if (expired && !expiration.days)
        return fail(ctx, ERR_PASSWORD_EXPIRATION);
    err = user_update(ctx, ctx->params[0], NULL, &set, 1, &rows);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

static enum err has_password(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_BOOL(&ctx->answer.json, "hasPassword", db_int(&rows, 0, USER_HAS_PASSWORD) != 0);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

static const struct field password_body[] = {
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .min = 1,
     .max = PASSWORD_MAX,
     .doc = "In clear."},
    FIELDS_END,
};

static const struct field expiration_body[] = {
    {.name = STR_INIT("isExpired"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether a new password must be set at the next sign-in."},
    FIELDS_END,
};

static const struct field has_password_reply[] = {
    {.name = STR_INIT("hasPassword"), .type = FIELD_BOOL, .doc = "Whether there is a password."},
    FIELDS_END,
};

ROUTES(user_passwords) = {
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/password"),
     .area = "users",
     .body_mode = BODY_CREATE,
     .body = password_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Set the password of a user",
     .doc = "Password rules of the sign-in experience do not bind who may call this. The user's "
            "sessions end, and what was granted in them.",
     .handle = set_password},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/password/verify"),
     .area = "users",
     .body_mode = BODY_CREATE,
     .body = password_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Verify the password of a user",
     .doc = "422 when it is another one. A digest that came from another system is replaced.",
     .handle = verify_password},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/password/expiration"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = expiration_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Let the password of a user expire",
     .doc = "Refused unless the sign-in experience has passwords expire.",
     .handle = set_expiration},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/has-password"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = has_password_reply,
     .summary = "Tell whether a user has a password",
     .handle = has_password},
    ROUTES_END,
};
