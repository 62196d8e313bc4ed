/* /api/users/:userId/mfa-verifications: second factors of a user. */
#include "crypto/digest.h"
#include "domain/users.h"
#include "domain/users_mfa_change.h"

/* ---- Listing ---- */

static enum err list_factors(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    return err ? err : user_mfa_answer_list(ctx, ctx->params[0]);
}

/* ---- TOTP ---- */

static enum err answer_totp(struct ctx *ctx, const struct db_rows *user, struct str secret)
{
    struct json_out *out = &ctx->answer.json;
    struct buf image = buf_new(ctx->arena, (size_t)256 * 1024);
    enum err err = mfa_put_totp_image(ctx, &image, user, secret);
    if (err)
        return err;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "type", STR(MFA_TOTP));
    JSON_STR(out, "secret", secret);
    JSON_STR(out, "secretQrCode", buf_view(&image));
    json_close_object(out);
    return OK;
}

static enum err add_totp(struct ctx *ctx, const struct db_rows *user)
{
    char made[TOTP_SECRET_LENGTH];
    struct str secret = json_str(ctx_body(ctx, STR("secret")));
    enum err err = user_mfa_check_no_totp(ctx, ctx->params[0]);
    if (err)
        return err;
    totp_secret_random(made);
    if (!secret.n)
        secret = arena_str(ctx->arena, (struct str){made, sizeof(made)});
    wipe(made, sizeof(made));
    err = user_mfa_add_totp(ctx, ctx->params[0], secret);
    return err ? err : answer_totp(ctx, user, secret);
}

/* ---- Backup codes ---- */

static enum err add_codes(struct ctx *ctx)
{
    struct str codes[BACKUP_CODES] = {0};
    struct json_out *out = &ctx->answer.json;
    enum err err = user_mfa_add_codes(ctx, ctx->params[0], ctx_body(ctx, STR("codes")), codes);
    if (err)
        return err;
    ctx->answer.no_store = true;
    json_open_object(out);
    json_key(out, STR("codes"));
    json_open_array(out);
    for (size_t i = 0; i < BACKUP_CODES; i++)
        json_put_str(out, codes[i]);
    json_close_array(out);
    JSON_STR(out, "type", STR(MFA_BACKUP_CODE));
    json_close_object(out);
    return OK;
}

/* ---- Adding and removing ---- */

/* zod's refusal of a union that no member takes. */
static enum err refuse_type(struct ctx *ctx)
{
    fail(ctx, ERR_INVALID_BODY);
    ctx->failure.details = STR("Error in key path \"type\": (invalid_union_discriminator) Invalid "
                               "discriminator value. Expected 'Totp' | 'BackupCode'");
    return fail_data(ctx, ERR_INVALID_BODY,
                     STR("{\"issues\":[{\"code\":\"invalid_union_discriminator\",\"options\":"
                         "[\"Totp\",\"BackupCode\"],\"path\":[\"type\"],\"message\":\"Invalid "
                         "discriminator value. Expected 'Totp' | 'BackupCode'\"}],\"name\":"
                         "\"ZodError\"}"));
}

static enum err add_factor(struct ctx *ctx)
{
    struct db_rows user;
    struct str type = json_str(ctx_body(ctx, STR("type")));
    bool totp = str_eq(type, STR(MFA_TOTP));
    if (!totp && !str_eq(type, STR(MFA_BACKUP_CODE)))
        return refuse_type(ctx);
    enum err err = user_get(ctx, ctx->params[0], &user);
    if (err)
        return err;
    return totp ? add_totp(ctx, &user) : add_codes(ctx);
}

static enum err delete_factor(struct ctx *ctx)
{
    bool found;
    enum err err = user_mfa_delete(ctx, ctx->params[0], ctx->params[1], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field code_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_SECRET};

static const struct field body[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ANY,
     .flags = FIELD_CREATE,
     .doc = "`Totp` or `BackupCode`."},
    {.name = STR_INIT("secret"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .doc = "Of a TOTP: 16 to 32 characters of base32. Nothing: the server makes one."},
    {.name = STR_INIT("codes"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .item = &code_item,
     .doc = "Ten backup codes of ten hexadecimal digits. Nothing: the server makes them."},
    FIELDS_END,
};

static const struct field create_reply[] = {
    {.name = STR_INIT("type"), .type = FIELD_STRING, .doc = "`Totp` or `BackupCode`."},
    {.name = STR_INIT("secret"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "Of a TOTP. It is not shown again."},
    {.name = STR_INIT("secretQrCode"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "The same as an image for authenticators, a data: URL."},
    {.name = STR_INIT("codes"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &code_item,
     .doc = "Backup codes. They are not shown again."},
    FIELDS_END,
};

ROUTES(user_mfa_verifications) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/mfa-verifications"),
     .area = "users",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = user_mfa_reply,
     .summary = "List the factors of a user",
     .handle = list_factors},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/mfa-verifications"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = create_reply,
     .summary = "Add a factor to a user",
     .doc = "One TOTP, and one set of backup codes beside another factor.",
     .handle = add_factor},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/mfa-verifications/:verificationId"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove a factor from a user",
     .handle = delete_factor},
    ROUTES_END,
};
