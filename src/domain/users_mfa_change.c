/* Second factors of users, as they are changed. */
#include "domain/users_mfa_change.h"

#include "domain/hooks.h"

/* ---- Listing ---- */

static void put_member(struct json_out *out, json *opened, struct str name)
{
    struct str text = json_str(json_get(opened, name));
    if (!text.n)
        return;
    json_key(out, name);
    json_put_str(out, text);
}

static enum err put_factor(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str type = db_text(rows, row, MFA_TYPE);
    json *opened = NULL;
    enum err err = str_eq(type, STR(MFA_TOTP)) ? OK : user_mfa_open(ctx, rows, row, &opened);
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, MFA_ID));
    JSON_STR(out, "createdAt", hook_time(ctx->arena, db_int(rows, row, MFA_CREATED_AT)));
    if (!db_is_null(rows, row, MFA_LAST_USED_AT))
        JSON_STR(out, "lastUsedAt", hook_time(ctx->arena, db_int(rows, row, MFA_LAST_USED_AT)));
    JSON_STR(out, "type", type);
    if (str_eq(type, STR(MFA_BACKUP_CODE)))
        JSON_INT(out, "remainCodes", (int64_t)mfa_remaining_codes(opened));
    put_member(out, opened, STR("agent"));
    put_member(out, opened, STR("name"));
    json_close_object(out);
    return OK;
}

enum err user_mfa_answer_list(struct ctx *ctx, struct str user)
{
    struct db_rows rows;
    enum err err = user_mfa_list(ctx, user, &rows);
    if (err)
        return fail(ctx, err);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_factor(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
}

const struct field user_mfa_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("createdAt"), .type = FIELD_STRING, .doc = "ISO 8601."},
    {.name = STR_INIT("lastUsedAt"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "ISO 8601; missing when it was never used."},
    {.name = STR_INIT("type"), .type = FIELD_STRING, .doc = "Kind of factor."},
    {.name = STR_INIT("agent"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "The browser that a passkey was made with."},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "What the user calls a passkey."},
    {.name = STR_INIT("remainCodes"),
     .type = FIELD_INT,
     .flags = FIELD_MAYBE,
     .doc = "Backup codes that are not used up."},
    FIELDS_END,
};

/* ---- TOTP ---- */

enum err user_mfa_check_no_totp(struct ctx *ctx, struct str user)
{
    struct db_rows rows;
    enum err err = user_mfa_list(ctx, user, &rows);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; i < rows.count; i++)
        if (str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_TOTP)))
            return fail(ctx, ERR_USER_TOTP);
    return OK;
}

enum err user_mfa_add_totp(struct ctx *ctx, struct str user, struct str secret)
{
    if (!totp_secret_is_valid(secret))
        return fail(ctx, ERR_USER_TOTP_SECRET);
    return user_mfa_insert(ctx, user, STR(MFA_TOTP),
                           arena_printf(ctx->arena, "{\"secret\":\"%.*s\"}", STR_ARG(secret)));
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
static enum err check_codes_may_come(struct ctx *ctx, struct str user)
{
    struct db_rows factors;
    bool other = false;
    enum err err = user_mfa_list(ctx, user, &factors);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; i < factors.count; i++) {
        json *opened;
        if (!str_eq(db_text(&factors, i, MFA_TYPE), STR(MFA_BACKUP_CODE))) {
            other = true;
            continue;
        }
        if ((err = user_mfa_open(ctx, &factors, i, &opened)))
            return err;
        if (mfa_remaining_codes(opened))
            return fail(ctx, ERR_USER_BACKUP_CODES);
    }
    return other ? OK : fail(ctx, ERR_USER_BACKUP_CODES_ALONE);
}

enum err user_mfa_add_codes(struct ctx *ctx, struct str user, json *wanted,
                            struct str codes[BACKUP_CODES])
{
    enum err err = check_codes_may_come(ctx, user);
    if (!err)
        err = read_codes(ctx, wanted, codes);
    return err ? err : user_mfa_insert(ctx, user, STR(MFA_BACKUP_CODE), mfa_codes_data(ctx, codes));
}
