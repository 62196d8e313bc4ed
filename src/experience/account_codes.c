/* /api/verifications/verification-code: proving by a code that an address or a number is one's own,
 * be it the account's, as a fresh proof of who one is, or a new one. */
#include "domain/hooks.h"
#include "domain/verification_codes.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/code_verification.h"
#include "experience/identifier.h"
#include "experience/lockout.h"
#include "experience/policy.h"

struct wanted {
    struct str type, value; /* of the identifier */
    bool by_phone;
    struct str record_type;
};

static struct wanted read_wanted(const struct ctx *ctx)
{
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct wanted out = {.type = json_str(json_get(identifier, STR("type"))),
                         .value = json_str(json_get(identifier, STR("value")))};
    out.by_phone = str_eq(out.type, STR("phone"));
    out.record_type = out.by_phone ? STR("PhoneVerificationCode") : STR("EmailVerificationCode");
    return out;
}

static enum err send_code(struct ctx *ctx, const struct wanted *wanted, bool own,
                          struct verification_record *record)
{
    struct str asked = json_str(ctx_body(ctx, STR("templateType")));
    struct message message = {
        .usage = !own                            ? "BindNewIdentifier"
                 : str_eq(asked, STR("BindMfa")) ? "BindMfa"
                                                 : "UserPermissionValidation",
        .to = wanted->value,
        .by_phone = wanted->by_phone,
        .application_id = ctx->caller.application_id,
    };
    enum err err = verification_record_create(ctx, record);
    return err ? err : code_send(ctx, record->id, &message, false);
}

static void answer(struct ctx *ctx, const struct verification_record *record, bool expires)
{
    struct json_out *out = &ctx->answer.json;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "verificationRecordId", record->id);
    if (expires)
        JSON_STR(out, "expiresAt", hook_time(ctx->arena, record->expires_at));
    json_close_object(out);
}

/* Only what the account has already tells who somebody is. */
static enum err send_handle(struct ctx *ctx)
{
    struct my_account account;
    const struct wanted wanted = read_wanted(ctx);
    enum err err = account_open(ctx, &account);
    if (!err)
        err = account_check_first_party(ctx);
    if (!err)
        err = identifier_check(ctx, wanted.type,
                               json_get(ctx_body(ctx, STR("identifier")), STR("value")));
    if (err)
        return err;
    bool own =
        str_eq(wanted.value, db_text(&account.user, 0, wanted.by_phone ? USER_PHONE : USER_EMAIL));
    if (!own && (err = policy_check_email(ctx, wanted.by_phone ? STR_NONE : wanted.value)))
        return err;
    struct verification_record record = {
        .type = wanted.record_type, .permits = own, .identifier = wanted.value};
    err = send_code(ctx, &wanted, own, &record);
    if (!err)
        answer(ctx, &record, true);
    return err;
}

/* Wrong codes are counted as at sign-in. */
static enum err use(struct ctx *ctx, const struct wanted *wanted,
                    const struct verification_record *record)
{
    struct attempt attempt;
    enum err err = attempt_of(ctx, wanted->value, &attempt);
    if (err || (err = attempt_check(ctx, &attempt)))
        return err;
    err = code_use(ctx, record->id, record->identifier, wanted->by_phone,
                   json_str(ctx_body(ctx, STR("code"))));
    return err == ERR_CODE_WRONG ? attempt_failed(ctx, &attempt, err) : err;
}

static enum err verify_handle(struct ctx *ctx)
{
    struct my_account account;
    struct verification_record record;
    const struct wanted wanted = read_wanted(ctx);
    enum err err = account_open(ctx, &account);
    if (!err)
        err = account_check_first_party(ctx);
    if (!err)
        err = verification_record_get(ctx, json_str(ctx_body(ctx, STR("verificationId"))),
                                      wanted.record_type, &record);
    if (!err && !str_eq(record.identifier, wanted.value))
        err = fail(ctx, wanted.by_phone ? ERR_CODE_PHONE : ERR_CODE_EMAIL);
    if (err || (err = use(ctx, &wanted, &record)))
        return err;
    record.verified = true;
    if ((err = verification_record_update(ctx, &record)))
        return err;
    answer(ctx, &record, false);
    return OK;
}

/* ---- Routes ---- */

static const char *const templates[] = {"BindMfa", "UserPermissionValidation", NULL};

static const struct field send_body[] = {
    CODE_IDENTIFIER_FIELD,
    {.name = STR_INIT("templateType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = templates,
     .doc = "What the message says it is for, when it goes to the account's own address."},
    FIELDS_END,
};

static const struct field verify_body[] = {
    CODE_IDENTIFIER_FIELD,
    CODE_FIELDS("The verificationRecordId of the code that was sent."),
    FIELDS_END,
};

static const struct field record_reply[] = {
    {.name = STR_INIT("verificationRecordId"), .type = FIELD_STRING, .doc = "Names the proof."},
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "ISO 8601; ten minutes from now."},
    FIELDS_END,
};

#define CODES(path_text, code, fields, function, text)                                             \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT("/api/verifications/verification-code" path_text), \
        .guard = GUARD_USER, .run = RUN_WRITE, .body_mode = BODY_CREATE, .body = fields,           \
        .status = code, .reply = REPLY_OBJECT, .reply_fields = record_reply, .summary = text,      \
        .handle = function                                                                         \
    }

ROUTES(account_codes) = {
    CODES("", 201, send_body, send_handle, "Send a code to an address or number of one's own"),
    CODES("/verify", 200, verify_body, verify_handle, "Prove by the code that it is one's own"),
    ROUTES_END,
};
