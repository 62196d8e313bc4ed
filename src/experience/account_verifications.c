/* /api/verifications: proving anew who one is, for what the account API asks it. */
#include "crypto/password.h"
#include "domain/hooks.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/lockout.h"

static void answer_record(struct ctx *ctx, const struct verification_record *record)
{
    struct json_out *out = &ctx->answer.json;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "verificationRecordId", record->id);
    JSON_STR(out, "expiresAt", hook_time(ctx->arena, record->expires_at));
    json_close_object(out);
}

/* Tries are counted as at sign-in, by user and by address: a stolen token guesses no password. */
static enum err password_outcome(struct ctx *ctx, const struct attempt *attempt,
                                 struct str password)
{
    enum err err = attempt_check(ctx, attempt);
    if (err)
        return err;
    err = user_verify_password(ctx, ctx->caller.id, password);
    if (err == ERR_USER_CREDENTIALS)
        return attempt_failed(ctx, attempt, err);
    return err ? err : attempt_succeeded(ctx, attempt);
}

static enum err verify_password(struct ctx *ctx)
{
    struct my_account account;
    struct attempt attempt;
    struct verification_record record = {
        .type = STR("Password"), .permits = true, .verified = true};
    struct str password = json_str(ctx_body(ctx, STR("password")));
    enum err err = account_open(ctx, &account);
    if (!err)
        err = account_check_first_party(ctx);
    if (!err)
        err = attempt_of(ctx, ctx->caller.id, &attempt);
    if (err)
        return err;
    if (!ctx->slow.done) {
        err = attempt_check(ctx, &attempt);
        return err ? err : user_verify_password(ctx, ctx->caller.id, password);
    }
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = password_outcome(ctx, &attempt, password);
    if (!err)
        err = verification_record_create(ctx, &record);
    if (!err)
        answer_record(ctx, &record);
    return err;
}

static const struct field password_body[] = {
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .min = 1,
     .max = PASSWORD_MAX,
     .doc = "The user's, in clear."},
    FIELDS_END,
};

static const struct field record_reply[] = {
    {.name = STR_INIT("verificationRecordId"),
     .type = FIELD_STRING,
     .doc = "For the header logto-verification-id."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_STRING, .doc = "ISO 8601; ten minutes from now."},
    FIELDS_END,
};

ROUTES(account_verifications) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/verifications/password"),
     .guard = GUARD_USER,
     .body_mode = BODY_CREATE,
     .body = password_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = record_reply,
     .summary = "Prove by the password who one is",
     .doc = "The record opens sensitive changes of the account for ten minutes.",
     .handle = verify_password},
    ROUTES_END,
};
