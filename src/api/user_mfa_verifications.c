/* /api/users/:userId/mfa-verifications: second factors of a user. */
#include <time.h>

#include "crypto/digest.h"
#include "domain/users.h"
#include "domain/users_mfa.h"

/* ---- Listing ---- */

/* As JavaScript's toISOString. */
static void put_time(struct json_out *out, struct str name, int64_t ms)
{
    char text[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    struct buf buf = buf_new(NULL, 64);
    buf_put(&buf, text, n);
    buf_printf(&buf, ".%03dZ", (int)(ms % 1000));
    json_key(out, name);
    json_put_str(out, buf_view(&buf));
    buf_free(&buf);
}

static enum err put_factor(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str type = db_text(rows, row, MFA_TYPE);
    json *opened;
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, MFA_ID));
    put_time(out, STR("createdAt"), db_int(rows, row, MFA_CREATED_AT));
    if (!db_is_null(rows, row, MFA_LAST_USED_AT))
        put_time(out, STR("lastUsedAt"), db_int(rows, row, MFA_LAST_USED_AT));
    JSON_STR(out, "type", type);
    if (str_eq(type, STR(MFA_BACKUP_CODE))) {
        enum err err = user_mfa_open(ctx, rows, row, &opened);
        if (err)
            return err;
        JSON_INT(out, "remainCodes", (int64_t)mfa_remaining_codes(opened));
    }
    json_close_object(out);
    return OK;
}

static enum err list_factors(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = user_mfa_list(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_factor(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
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

static bool has_type(const struct db_rows *factors, struct str type)
{
    for (size_t i = 0; i < factors->count; i++)
        if (str_eq(db_text(factors, i, MFA_TYPE), type))
            return true;
    return false;
}

static enum err add_totp(struct ctx *ctx, const struct db_rows *user, const struct db_rows *factors)
{
    char made[TOTP_SECRET_LENGTH];
    struct str secret = json_str(ctx_body(ctx, STR("secret")));
    if (has_type(factors, STR(MFA_TOTP)))
        return fail(ctx, ERR_USER_TOTP);
    if (secret.n && !totp_secret_is_valid(secret))
        return fail(ctx, ERR_USER_TOTP_SECRET);
    totp_secret_random(made);
    if (!secret.n)
        secret = arena_str(ctx->arena, (struct str){made, sizeof(made)});
    wipe(made, sizeof(made));
    enum err err =
        user_mfa_insert(ctx, ctx->params[0], STR(MFA_TOTP),
                        arena_printf(ctx->arena, "{\"secret\":\"%.*s\"}", STR_ARG(secret)));
    return err ? err : answer_totp(ctx, user, secret);
}

/* ---- Backup codes ---- */

static enum err read_codes(struct ctx *ctx, json *wanted, struct str codes[BACKUP_CODES])
{
    if (!wanted)
        return mfa_codes_make(ctx, codes);
    if (yyjson_arr_size(wanted) != BACKUP_CODES)
        return fail(ctx, ERR_USER_BACKUP_CODE_FORMAT);
    for (size_t i = 0; i < BACKUP_CODES; i++) {
        codes[i] = json_str(yyjson_arr_get(wanted, i));
        if (!mfa_code_is_valid(codes[i]))
            return fail(ctx, ERR_USER_BACKUP_CODE_FORMAT);
    }
    return OK;
}

/* Codes that are used up do not count; a set of them alone is no second factor. */
static enum err check_codes_may_come(struct ctx *ctx, const struct db_rows *factors)
{
    bool other = false;
    for (size_t i = 0; i < factors->count; i++) {
        json *opened;
        if (!str_eq(db_text(factors, i, MFA_TYPE), STR(MFA_BACKUP_CODE))) {
            other = true;
            continue;
        }
        enum err err = user_mfa_open(ctx, factors, i, &opened);
        if (err)
            return err;
        if (mfa_remaining_codes(opened))
            return fail(ctx, ERR_USER_BACKUP_CODES);
    }
    return other ? OK : fail(ctx, ERR_USER_BACKUP_CODES_ALONE);
}

static enum err add_codes(struct ctx *ctx, const struct db_rows *factors)
{
    struct str codes[BACKUP_CODES] = {0};
    struct json_out *out = &ctx->answer.json;
    enum err err = check_codes_may_come(ctx, factors);
    if (!err)
        err = read_codes(ctx, ctx_body(ctx, STR("codes")), codes);
    if (!err)
        err =
            user_mfa_insert(ctx, ctx->params[0], STR(MFA_BACKUP_CODE), mfa_codes_data(ctx, codes));
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
    struct db_rows user, factors;
    struct str type = json_str(ctx_body(ctx, STR("type")));
    bool totp = str_eq(type, STR(MFA_TOTP));
    if (!totp && !str_eq(type, STR(MFA_BACKUP_CODE)))
        return refuse_type(ctx);
    enum err err = user_get(ctx, ctx->params[0], &user);
    if (!err)
        err = user_mfa_list(ctx, ctx->params[0], &factors);
    if (err)
        return err;
    return totp ? add_totp(ctx, &user, &factors) : add_codes(ctx, &factors);
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

static const struct field factor_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("createdAt"), .type = FIELD_STRING, .doc = "ISO 8601."},
    {.name = STR_INIT("lastUsedAt"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "ISO 8601; missing when it was never used."},
    {.name = STR_INIT("type"), .type = FIELD_STRING, .doc = "Kind of factor."},
    {.name = STR_INIT("remainCodes"),
     .type = FIELD_INT,
     .flags = FIELD_MAYBE,
     .doc = "Backup codes that are not used up."},
    FIELDS_END,
};

ROUTES(user_mfa_verifications) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/mfa-verifications"),
     .area = "users",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = factor_reply,
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
