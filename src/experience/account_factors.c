/* /api/my-account/mfa-verifications: the factors of one's own account. */
#include "crypto/digest.h"
#include "domain/messages.h"
#include "domain/user_configs.h"
#include "domain/users_mfa_change.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/experience.h"
#include "experience/passkey.h"

static const struct account_need edit = {
    .field = "mfa", .scope = "identities", .edits = true, .reverified = true};
static const struct account_need edit_passkey = {.field = "passkey",
                                                 .fallback = "mfa",
                                                 .scope = "identities",
                                                 .edits = true,
                                                 .reverified = true};

/* The owner hears of each way in that came or went; so do webhooks. */
static enum err tell(struct ctx *ctx, const struct db_rows *user)
{
    enum err err = message_notice(ctx, db_text(user, 0, USER_EMAIL), "mfa", STR_NONE);
    return err ? err : account_tell(ctx, user);
}

/* Who has set one up wants to be asked for it. */
static enum err note(struct ctx *ctx)
{
    struct db_rows user;
    enum err err =
        user_config_set(ctx, ctx->caller.id, STR("mfa"), STR("{\"enabled\":true}"), &user);
    return err ? err : tell(ctx, &user);
}

static enum err list_handle(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need see = {.field = "mfa", .scope = "identities"};
    enum err err = account_enter(ctx, &see, &account);
    return err ? err : user_mfa_answer_list(ctx, ctx->caller.id);
}

/* ---- TOTP ---- */

static enum err check_secret(struct ctx *ctx, struct str secret)
{
    return totp_secret_is_valid(secret) ? OK : fail(ctx, ERR_ACCOUNT_TOTP_SECRET);
}

static enum err check_code(struct ctx *ctx, struct str secret, struct str code)
{
    int64_t step;
    return totp_find_step(secret, code, ctx->now, &step) ? OK : fail(ctx, ERR_MFA_TOTP_CODE);
}

static enum err add_totp(struct ctx *ctx)
{
    struct str secret = json_str(ctx_body(ctx, STR("secret")));
    struct str code = json_str(ctx_body(ctx, STR("code")));
    enum err err = mfa_check_factor(ctx, FACTOR_TOTP);
    if (!err)
        err = user_mfa_check_no_totp(ctx, ctx->caller.id);
    if (!err)
        err = check_secret(ctx, secret);
    if (!err && code.n)
        err = check_code(ctx, secret, code);
    return err ? err : user_mfa_add_totp(ctx, ctx->caller.id, secret);
}

static enum err drop_totp(struct ctx *ctx)
{
    struct db_rows rows;
    bool found;
    enum err err = user_mfa_list(ctx, ctx->caller.id, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        if (str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_TOTP)))
            err = user_mfa_delete(ctx, ctx->caller.id, db_text(&rows, i, MFA_ID), &found);
    return err ? fail(ctx, err) : OK;
}

static enum err replace_totp_handle(struct ctx *ctx)
{
    struct my_account account;
    struct str secret = json_str(ctx_body(ctx, STR("secret")));
    enum err err = account_enter(ctx, &edit, &account);
    if (!err)
        err = mfa_check_factor(ctx, FACTOR_TOTP);
    if (!err)
        err = check_secret(ctx, secret);
    if (!err)
        err = check_code(ctx, secret, json_str(ctx_body(ctx, STR("code"))));
    if (!err)
        err = drop_totp(ctx);
    if (!err)
        err = user_mfa_add_totp(ctx, ctx->caller.id, secret);
    return err ? err : note(ctx);
}

static enum err put_secret(struct ctx *ctx, const struct db_rows *user, struct str secret)
{
    struct buf image = buf_new(ctx->arena, SIZE_MAX);
    enum err err = mfa_put_totp_image(ctx, &image, user, secret);
    if (err)
        return err;
    ctx->answer.no_store = true;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "secret", secret);
    JSON_STR(&ctx->answer.json, "secretQrCode", buf_view(&image));
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err secret_handle(struct ctx *ctx)
{
    char made[TOTP_SECRET_LENGTH];
    struct my_account account;
    enum err err = account_open(ctx, &account);
    if (err)
        return err;
    totp_secret_random(made);
    err = put_secret(ctx, &account.user, (struct str){made, sizeof(made)});
    wipe(made, sizeof(made));
    return err;
}

/* ---- Backup codes ---- */

static enum err add_codes(struct ctx *ctx)
{
    struct str codes[BACKUP_CODES] = {0};
    json *wanted = ctx_body(ctx, STR("codes"));
    enum err err = mfa_check_factor(ctx, FACTOR_BACKUP_CODE);
    if (!err && !wanted)
        err = fail(ctx, ERR_USER_BACKUP_CODE_FORMAT);
    return err ? err : user_mfa_add_codes(ctx, ctx->caller.id, wanted, codes);
}

static enum err codes_handle(struct ctx *ctx)
{
    struct str codes[BACKUP_CODES] = {0};
    struct json_out *out = &ctx->answer.json;
    struct my_account account;
    enum err err = account_open(ctx, &account);
    if (!err)
        err = mfa_codes_make(ctx, codes);
    if (err)
        return err;
    ctx->answer.no_store = true;
    json_open_object(out);
    json_key(out, STR("codes"));
    json_open_array(out);
    for (size_t i = 0; i < BACKUP_CODES; i++)
        json_put_str(out, codes[i]);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

/* ---- Passkeys ---- */

/* What /api/verifications/web-authn has made, once. */
static enum err add_passkey(struct ctx *ctx)
{
    struct verification_record record;
    struct str id = json_str(ctx_body(ctx, STR("newIdentifierVerificationRecordId")));
    struct str name = json_str(ctx_body(ctx, STR("name")));
    json *data = NULL;
    enum err err = mfa_check_factor(ctx, FACTOR_WEBAUTHN);
    if (!err)
        err = verification_record_consume(ctx, id, STR(MFA_WEBAUTHN), &record);
    if (err)
        return err;
    if (json_parse(ctx->arena, record.data, &data, NULL))
        return fail(ctx, ERR_INTERNAL);
    if (name.n && json_parse(ctx->arena, mfa_passkey_named(ctx->arena, data, name), &data, NULL))
        return fail(ctx, ERR_NO_MEMORY);
    return passkey_insert(ctx, ctx->caller.id, data);
}

static enum err rename_handle(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_enter(ctx, &edit_passkey, &account);
    if (!err)
        err = user_mfa_rename(ctx, ctx->caller.id, ctx->params[0],
                              json_str(ctx_body(ctx, STR("name"))));
    return err ? err : account_tell(ctx, &account.user);
}

/* ---- Adding and removing ---- */

static const struct adding {
    struct str type;
    const struct account_need *need;
    enum err (*add)(struct ctx *ctx);
} addings[] = {
    {STR_INIT(MFA_TOTP), &edit, add_totp},
    {STR_INIT(MFA_BACKUP_CODE), &edit, add_codes},
    {STR_INIT(MFA_WEBAUTHN), &edit_passkey, add_passkey},
};

static const struct adding *adding_of(struct str type)
{
    const struct adding *each = addings;
    while (!str_eq(each->type, type))
        each++;
    return each;
}

/* A passkey that only signs in is no second factor. */
static enum err after_adding(struct ctx *ctx, const struct adding *adding)
{
    struct factor_policy policy;
    struct db_rows user;
    enum err err = factor_policy_load(ctx, &policy);
    if (err)
        return err;
    if (adding->add != add_passkey || policy.factors & factor_in(FACTOR_WEBAUTHN))
        return note(ctx);
    err = user_get(ctx, ctx->caller.id, &user);
    return err ? err : tell(ctx, &user);
}

static enum err add_handle(struct ctx *ctx)
{
    struct my_account account;
    const struct adding *adding = adding_of(json_str(ctx_body(ctx, STR("type"))));
    enum err err = account_enter(ctx, adding->need, &account);
    if (!err)
        err = adding->add(ctx);
    return err ? err : after_adding(ctx, adding);
}

/* What must be shown and allowed depends on what it is. */
static enum err enter_delete(struct ctx *ctx, struct my_account *account)
{
    struct db_rows rows;
    const struct account_need *need = &edit;
    enum err err = user_mfa_list(ctx, ctx->caller.id, &rows);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; i < rows.count; i++)
        if (str_eq(db_text(&rows, i, MFA_ID), ctx->params[0]))
            need = adding_of(db_text(&rows, i, MFA_TYPE))->need;
    return account_enter(ctx, need, account);
}

static enum err delete_handle(struct ctx *ctx)
{
    struct my_account account;
    bool found;
    enum err err = enter_delete(ctx, &account);
    if (err)
        return err;
    if ((err = user_mfa_delete(ctx, ctx->caller.id, ctx->params[0], &found)))
        return fail(ctx, err);
    return found ? tell(ctx, &account.user) : fail(ctx, ERR_NO_RECORD);
}

/* ---- Rows ---- */

static const char *const types[] = {MFA_TOTP, MFA_BACKUP_CODE, MFA_WEBAUTHN, NULL};
static const struct field code_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_SECRET};

static const struct field add_body[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "Kind of factor."},
    {.name = STR_INIT("secret"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .doc = "Of a TOTP: 16 to 32 characters of base32."},
    {.name = STR_INIT("code"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .doc = "What the authenticator shows; checked when it is there."},
    {.name = STR_INIT("codes"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .item = &code_item,
     .doc = "Ten backup codes of ten hexadecimal digits."},
    {.name = STR_INIT("newIdentifierVerificationRecordId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Of a passkey: what `/api/verifications/web-authn/registration` has made."},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = 128,
     .doc = "What the user calls the passkey."},
    FIELDS_END,
};

static const struct field replace_body[] = {
    {.name = STR_INIT("secret"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "16 to 32 characters of base32."},
    {.name = STR_INIT("code"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "What the authenticator shows."},
    FIELDS_END,
};

static const struct field name_body[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .doc = "What the user calls it."},
    FIELDS_END,
};

static const struct field secret_reply[] = {
    {.name = STR_INIT("secret"), .type = FIELD_STRING, .doc = "Base32; kept nowhere yet."},
    {.name = STR_INIT("secretQrCode"),
     .type = FIELD_STRING,
     .doc = "A picture of it for authenticator apps, as a data: URL."},
    FIELDS_END,
};

static const struct field codes_reply[] = {
    {.name = STR_INIT("codes"),
     .type = FIELD_ARRAY,
     .item = &code_item,
     .doc = "Ten; kept nowhere yet."},
    FIELDS_END,
};

#define FACTORS_AT(method_value, path_text, where)                                                 \
    .method = method_value, .path = STR_INIT("/api/my-account/mfa-verifications" path_text),       \
    .guard = GUARD_USER, .run = where

ROUTES(account_factors) = {
    {FACTORS_AT(HTTP_M_GET, "", RUN_READ), .status = 200, .reply = REPLY_ARRAY,
     .reply_fields = user_mfa_reply, .summary = "List one's own factors", .handle = list_handle},
    {FACTORS_AT(HTTP_M_POST, "", RUN_WRITE), .body_mode = BODY_CREATE, .body = add_body,
     .status = 204, .reply = REPLY_EMPTY, .summary = "Add a factor to one's own account",
     .doc = "It needs a fresh proof. Backup codes stand beside another factor.",
     .handle = add_handle},
    {FACTORS_AT(HTTP_M_PUT, "/totp", RUN_WRITE), .body_mode = BODY_CREATE, .body = replace_body,
     .status = 204, .reply = REPLY_EMPTY, .summary = "Replace one's own authenticator",
     .doc = "It needs a fresh proof.", .handle = replace_totp_handle},
    {FACTORS_AT(HTTP_M_POST, "/totp-secret/generate", RUN_READ), .status = 200,
     .reply = REPLY_OBJECT, .reply_fields = secret_reply,
     .summary = "Make a secret for an authenticator", .handle = secret_handle},
    {FACTORS_AT(HTTP_M_POST, "/backup-codes/generate", RUN_READ), .status = 200,
     .reply = REPLY_OBJECT, .reply_fields = codes_reply, .summary = "Make backup codes",
     .handle = codes_handle},
    {FACTORS_AT(HTTP_M_PATCH, "/:verificationId/name", RUN_WRITE), .body_mode = BODY_CREATE,
     .body = name_body, .status = 200, .reply = REPLY_EMPTY,
     .summary = "Name a passkey of one's own", .doc = "It needs a fresh proof.",
     .handle = rename_handle},
    {FACTORS_AT(HTTP_M_DELETE, "/:verificationId", RUN_WRITE), .status = 204, .reply = REPLY_EMPTY,
     .summary = "Remove a factor from one's own account", .doc = "It needs a fresh proof.",
     .handle = delete_handle},
    ROUTES_END,
};
