/* /api/my-account/primary-email and /primary-phone: what one signs in with, once it is proven. */
#include "domain/messages.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/policy.h"

struct kind {
    struct str member, column, record_type; /* in the body, of the user, of the proof */
    int position;                           /* USER_… */
    struct account_need need;
};

#define KIND(word, column_name, type_name, where)                                                  \
    {                                                                                              \
        .member = STR_INIT(word), .column = STR_INIT(column_name),                                 \
        .record_type = STR_INIT(type_name), .position = where,                                     \
        .need = {.field = word,                                                                    \
                 .scope = word,                                                                    \
                 .scope_error = ERR_ACCOUNT_SCOPE,                                                 \
                 .edits = true,                                                                    \
                 .reverified = true},                                                              \
    }
static const struct kind email = KIND("email", "primaryEmail", "EmailVerificationCode", USER_EMAIL);
static const struct kind phone = KIND("phone", "primaryPhone", "PhoneVerificationCode", USER_PHONE);

/* value {NULL,0}: none any more. The address of before hears of it. */
static enum err write(struct ctx *ctx, const struct my_account *account, const struct kind *kind,
                      struct str value)
{
    struct db_rows user;
    json *body = NULL;
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    json_key(&out, kind->column);
    json_put_str(&out, value);
    json_close_object(&out);
    if (buf.failed || json_parse(ctx->arena, buf_view(&buf), &body, NULL) != JSON_OK)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = user_update(ctx, ctx->caller.id, body, NULL, 0, &user);
    if (!err)
        err =
            message_notice(ctx, db_text(&account->user, 0, USER_EMAIL), kind->need.field, STR_NONE);
    return err ? err : account_tell(ctx, &user);
}

/* The proof serves once. */
static enum err set(struct ctx *ctx, const struct kind *kind)
{
    struct my_account account;
    struct verification_record record;
    struct str value = json_str(ctx_body(ctx, kind->member));
    struct str id = json_str(ctx_body(ctx, STR("newIdentifierVerificationRecordId")));
    enum err err = account_enter(ctx, &kind->need, &account);
    if (!err && kind == &email)
        err = policy_check_own_email(ctx, value);
    if (!err)
        err = verification_record_consume(ctx, id, kind->record_type, &record);
    if (err)
        return err;
    return str_eq(record.identifier, value) ? write(ctx, &account, kind, value)
                                            : fail(ctx, ERR_NO_RECORD);
}

static enum err drop(struct ctx *ctx, const struct kind *kind)
{
    struct my_account account;
    enum err err = account_enter(ctx, &kind->need, &account);
    if (!err)
        err = account_check_remaining(ctx, &account, kind->position);
    return err ? err : write(ctx, &account, kind, STR_NONE);
}

static enum err set_email(struct ctx *ctx)
{
    return set(ctx, &email);
}

static enum err set_phone(struct ctx *ctx)
{
    return set(ctx, &phone);
}

static enum err drop_email(struct ctx *ctx)
{
    return drop(ctx, &email);
}

static enum err drop_phone(struct ctx *ctx)
{
    return drop(ctx, &phone);
}

#define RECORD_ID                                                                                  \
    {                                                                                              \
        .name = STR_INIT("newIdentifierVerificationRecordId"), .type = FIELD_STRING,               \
        .flags = FIELD_CREATE | FIELD_REQUIRED,                                                    \
        .doc = "The proof that it is one's own, of /api/verifications/verification-code."          \
    }

static const struct field email_body[] = {
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_email,
     .format = "regex",
     .doc = "The new address."},
    RECORD_ID,
    FIELDS_END,
};

static const struct field phone_body[] = {
    {.name = STR_INIT("phone"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_phone,
     .format = "regex",
     .example = "12025550123",
     .doc = "The new number."},
    RECORD_ID,
    FIELDS_END,
};

#define SET(path_text, fields, function, text)                                                     \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT("/api/my-account/" path_text),                     \
        .guard = GUARD_USER, .run = RUN_WRITE, .body_mode = BODY_CREATE, .body = fields,           \
        .status = 204, .reply = REPLY_EMPTY, .summary = text, .doc = "It needs a fresh proof.",    \
        .handle = function                                                                         \
    }
#define DROP(path_text, function, text)                                                            \
    {                                                                                              \
        .method = HTTP_M_DELETE, .path = STR_INIT("/api/my-account/" path_text),                   \
        .guard = GUARD_USER, .run = RUN_WRITE, .status = 204, .reply = REPLY_EMPTY,                \
        .summary = text, .doc = "It needs a fresh proof, and another way to sign in.",             \
        .handle = function                                                                         \
    }

ROUTES(account_identifiers) = {
    SET("primary-email", email_body, set_email, "Set one's own email address"),
    DROP("primary-email", drop_email, "Remove one's own email address"),
    SET("primary-phone", phone_body, set_phone, "Set one's own phone number"),
    DROP("primary-phone", drop_phone, "Remove one's own phone number"),
    ROUTES_END,
};
