/* Backup codes: new ones, shown once, and one that the user has kept. */
#include "domain/users_mfa.h"
#include "experience/factor_verification.h"

VERIFICATION_KIND(backup_code_verification) = {
    FACTOR_KIND("BackupCode"),
    .proves = factor_own_proves,
    .factor = FACTOR_BACKUP_CODE,
};

static enum err answer_codes(struct ctx *ctx, struct str id, const struct str codes[BACKUP_CODES])
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "verificationId", id);
    json_key(out, STR("codes"));
    json_open_array(out);
    for (size_t i = 0; i < BACKUP_CODES; i++)
        json_put_str(out, codes[i]);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

static enum err generate_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str codes[BACKUP_CODES];
    enum err err = factor_load(ctx, &experience);
    if (err || (err = mfa_codes_make(ctx, codes)))
        return err;
    struct factor_own own = {.user_id = experience.user_id};
    struct verification what = {.kind = &backup_code_verification, .own = &own};
    if ((err = mfa_seal(ctx, &experience, mfa_codes_data(ctx, codes), &own.sealed)) ||
        (err = experience_add(ctx, &experience, &what)))
        return err;
    return answer_codes(ctx, what.id, codes);
}

static enum err verify(struct ctx *ctx, struct experience *experience, struct str code)
{
    bool used;
    struct factor_own own = {.user_id = experience->user_id};
    struct verification what = {.kind = &backup_code_verification, .verified = true, .own = &own};
    enum err err = mfa_may_try(ctx, experience);
    if (err)
        return err;
    if ((err = user_mfa_use_code(ctx, experience->user_id, code, &used)))
        return fail(ctx, err);
    if (!used)
        return mfa_failed(ctx, experience, fail(ctx, ERR_MFA_BACKUP_CODE));
    if ((err = mfa_succeeded(ctx, experience)) || (err = experience_add(ctx, experience, &what)))
        return err;
    return experience_answer_verification(ctx, what.id);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    err = verify(ctx, &experience, json_str(ctx_body(ctx, STR("code"))));
    experience_audit(ctx, &experience, "Verification.BackupCode.Submit", err);
    return err;
}

static const struct field body[] = {
    {.name = STR_INIT("code"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .doc = "One of the codes."},
    FIELDS_END,
};

static const struct field code_item = {.type = FIELD_STRING, .flags = FIELD_SECRET};
static const struct field codes_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    {.name = STR_INIT("codes"),
     .type = FIELD_ARRAY,
     .item = &code_item,
     .doc = "Ten codes. They are not shown again."},
    FIELDS_END,
};

ROUTES(backup_code_verification) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/experience/verification/backup-code/generate"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = codes_reply,
     .summary = "Make backup codes",
     .handle = generate_handle},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/backup-code/verify", RUN_WRITE, body,
                     verify_handle, "Verify a backup code"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
