/* /api/verification-codes: codes for whatever the caller wants to see proven. */
#include "domain/verification_codes.h"
#include "domain/users.h"

struct recipient {
    struct str to, scope;
    bool by_phone;
};

static enum err read_recipient(struct ctx *ctx, struct recipient *out)
{
    struct str email = json_str(ctx_body(ctx, STR("email")));
    struct str phone = json_str(ctx_body(ctx, STR("phone")));
    if (!email.n == !phone.n)
        return fail_text(ctx, ERR_INVALID_BODY, "name an email address or a phone number");
    *out = (struct recipient){.to = email.n ? email : phone, .by_phone = phone.n != 0};
    out->scope = arena_printf(ctx->arena, "generic:%.*s", STR_ARG(out->to));
    return out->scope.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err send_handle(struct ctx *ctx)
{
    struct recipient recipient;
    enum err err = read_recipient(ctx, &recipient);
    if (err)
        return err;
    struct message message = {
        .usage = "Generic", .to = recipient.to, .by_phone = recipient.by_phone};
    return code_send(ctx, recipient.scope, &message, false);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct recipient recipient;
    enum err err = read_recipient(ctx, &recipient);
    return err ? err
               : code_use(ctx, recipient.scope, recipient.to, recipient.by_phone,
                          json_str(ctx_body(ctx, STR("verificationCode"))));
}

#define RECIPIENT                                                                                  \
    {.name = STR_INIT("email"),                                                                    \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_CREATE,                                                                        \
     .max = 128,                                                                                   \
     .check = user_check_email,                                                                    \
     .format = "regex",                                                                            \
     .doc = "Address to send to."},                                                                \
    {                                                                                              \
        .name = STR_INIT("phone"), .type = FIELD_STRING, .flags = FIELD_CREATE, .max = 128,        \
        .check = user_check_phone, .format = "regex", .example = "",                               \
        .doc = "Number to send to, in place of an address."                                        \
    }

static const struct field send_body[] = {RECIPIENT, FIELDS_END};

static const struct field verify_body[] = {
    RECIPIENT,
    {.name = STR_INIT("verificationCode"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .max = 32,
     .doc = "The code that was received."},
    FIELDS_END,
};

#define CODES(path_text, fields, function, text)                                                   \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT("/api/verification-codes" path_text),              \
        .area = "verification-codes", .run = RUN_WRITE, .body_mode = BODY_CREATE, .body = fields,  \
        .sends = true, .status = 204, .reply = REPLY_EMPTY, .summary = text, .handle = function    \
    }

ROUTES(verification_codes) = {
    CODES("", send_body, send_handle, "Send a verification code"),
    CODES("/verify", verify_body, verify_handle, "Verify a code"),
    ROUTES_END,
};
