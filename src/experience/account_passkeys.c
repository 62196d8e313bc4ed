/* /api/verifications/web-authn: making a passkey, which /api/my-account/mfa-verifications then
 * takes.
 */
#include "domain/hooks.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/passkey.h"

/* Neither needs a field of the account center: what is made is worth nothing until it is taken. */
static enum err enter(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_open(ctx, &account);
    return err ? err : account_check_first_party(ctx);
}

static enum err begin_handle(struct ctx *ctx)
{
    struct str challenge;
    struct json_out *out = &ctx->answer.json;
    struct verification_record record = {.type = STR(MFA_WEBAUTHN)};
    enum err err = enter(ctx);
    if (err || (err = passkey_challenge(ctx, &challenge)))
        return err;
    record.data = arena_printf(ctx->arena, "{\"challenge\":\"%.*s\"}", STR_ARG(challenge));
    if (!record.data.p)
        return fail(ctx, ERR_NO_MEMORY);
    if ((err = verification_record_create(ctx, &record)))
        return err;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "verificationRecordId", record.id);
    err = passkey_put_registration(ctx, ctx->caller.id, challenge);
    JSON_STR(out, "expiresAt", hook_time(ctx->arena, record.expires_at));
    json_close_object(out);
    return err;
}

/* A challenge is good for one passkey. */
static enum err verify_handle(struct ctx *ctx)
{
    struct verification_record record;
    struct str data;
    json *begun = NULL;
    enum err err = enter(ctx);
    if (!err)
        err = verification_record_get(ctx, json_str(ctx_body(ctx, STR("verificationRecordId"))),
                                      STR(MFA_WEBAUTHN), &record);
    if (err)
        return err;
    if (record.verified)
        return fail(ctx, ERR_MFA_NO_PENDING);
    if (json_parse(ctx->arena, record.data, &begun, NULL))
        return fail(ctx, ERR_INTERNAL);
    if ((err = passkey_register(ctx, json_str(json_get(begun, STR("challenge"))),
                                ctx_body(ctx, STR("payload")), &data)))
        return err;
    record.verified = true;
    record.data = data;
    if ((err = verification_record_update(ctx, &record)))
        return err;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "verificationRecordId", record.id);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

#define RECORD_ID(more)                                                                            \
    {                                                                                              \
        .name = STR_INIT("verificationRecordId"), .type = FIELD_STRING, .flags = (more),           \
        .doc = "Names what was begun."                                                             \
    }

static const struct field verify_body[] = {
    RECORD_ID(FIELD_CREATE | FIELD_REQUIRED),
    {.name = STR_INIT("payload"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = passkey_registration_fields,
     .doc = "What the browser's script got."},
    FIELDS_END,
};

static const struct field begin_reply[] = {
    RECORD_ID(0),
    {.name = STR_INIT("registrationOptions"),
     .type = FIELD_MAP,
     .doc = "For `navigator.credentials.create`, bytes as base64url."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_STRING, .doc = "ISO 8601; ten minutes from now."},
    FIELDS_END,
};

static const struct field verify_reply[] = {RECORD_ID(0), FIELDS_END};

#define WEB_AUTHN(path_text)                                                                       \
    .method = HTTP_M_POST,                                                                         \
    .path = STR_INIT("/api/verifications/web-authn/registration" path_text), .guard = GUARD_USER,  \
    .run = RUN_WRITE, .status = 200, .reply = REPLY_OBJECT

ROUTES(account_passkeys) = {
    {WEB_AUTHN(""), .reply_fields = begin_reply, .summary = "Begin to make a passkey of one's own",
     .doc = "It is for the host of this server.", .handle = begin_handle},
    {WEB_AUTHN("/verify"), .body_mode = BODY_CREATE, .body = verify_body,
     .reply_fields = verify_reply, .summary = "Verify a new passkey of one's own",
     .doc = "The record then goes, once, to `/api/my-account/mfa-verifications`.",
     .handle = verify_handle},
    ROUTES_END,
};
