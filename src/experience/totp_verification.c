/* Codes of an authenticator: one that is set up, and the one that the user has. */
#include "domain/users.h"
#include "domain/users_mfa.h"
#include "experience/factor_verification.h"

VERIFICATION_KIND(totp_verification) = {
    FACTOR_KIND("Totp"),
    .proves = factor_own_proves,
    .factor = FACTOR_TOTP,
};

/* ---- A new one ---- */

static enum err answer_secret(struct ctx *ctx, struct str id, struct str user_id, struct str secret)
{
    struct db_rows user;
    struct json_out *out = &ctx->answer.json;
    struct buf image = buf_new(ctx->arena, (size_t)256 * 1024);
    enum err err = user_get(ctx, user_id, &user);
    if (err || (err = mfa_put_totp_image(ctx, &image, &user, secret)))
        return err;
    json_open_object(out);
    JSON_STR(out, "verificationId", id);
    JSON_STR(out, "secret", secret);
    JSON_STR(out, "secretQrCode", buf_view(&image));
    json_close_object(out);
    return OK;
}

static enum err secret_handle(struct ctx *ctx)
{
    struct experience experience;
    char made[TOTP_SECRET_LENGTH];
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    totp_secret_random(made);
    struct str secret = arena_str(ctx->arena, (struct str){made, sizeof(made)});
    struct factor_own own = {.user_id = experience.user_id};
    struct verification what = {.kind = &totp_verification, .own = &own};
    struct str data = arena_printf(ctx->arena, "{\"secret\":\"%.*s\"}", STR_ARG(secret));
    if ((err = mfa_seal(ctx, &experience, data, &own.sealed)) ||
        (err = experience_add(ctx, &experience, &what)))
        return err;
    return answer_secret(ctx, what.id, experience.user_id, secret);
}

/* Whose secret it is was shown a moment ago: there is nothing to guess. */
static enum err verify_new(struct ctx *ctx, struct experience *experience, struct str id,
                           struct str code)
{
    struct verification *what;
    struct factor_own *own;
    json *opened;
    int64_t step;
    enum err err = factor_get(ctx, experience, &totp_verification, id, &what, &own);
    if (err)
        return err;
    if (!own->sealed.p)
        return fail(ctx, ERR_MFA_TOTP_CODE);
    if ((err = mfa_open(ctx, experience, own->sealed, &opened)))
        return err;
    if (!totp_find_step(json_str(json_get(opened, STR("secret"))), code, ctx->now, &step))
        return fail(ctx, ERR_MFA_TOTP_CODE);
    what->verified = true;
    err = experience_save(ctx, experience);
    return err ? err : experience_answer_verification(ctx, id);
}

/* ---- The user's ---- */

/* A step that was used counts as a wrong code. */
static enum err check(struct ctx *ctx, struct str user_id, struct str code, bool *right)
{
    struct db_rows rows;
    enum err err = user_mfa_list(ctx, user_id, &rows);
    *right = false;
    for (size_t i = 0; !err && !*right && i < rows.count; i++) {
        json *opened;
        int64_t step;
        if (!str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_TOTP)))
            continue;
        if ((err = user_mfa_open(ctx, &rows, i, &opened)))
            return err;
        if (totp_find_step(json_str(json_get(opened, STR("secret"))), code, ctx->now, &step))
            err = user_mfa_advance(ctx, db_text(&rows, i, MFA_ID), step, right);
    }
    return err ? fail(ctx, err) : OK;
}

static enum err verify_own(struct ctx *ctx, struct experience *experience, struct str code)
{
    bool right;
    struct factor_own own = {.user_id = experience->user_id};
    struct verification what = {.kind = &totp_verification, .verified = true, .own = &own};
    enum err err = mfa_may_try(ctx, experience);
    if (err || (err = check(ctx, experience->user_id, code, &right)))
        return err;
    if (!right)
        return mfa_failed(ctx, experience, fail(ctx, ERR_MFA_TOTP_CODE));
    if ((err = mfa_succeeded(ctx, experience)) || (err = experience_add(ctx, experience, &what)))
        return err;
    return experience_answer_verification(ctx, what.id);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    struct str code = json_str(ctx_body(ctx, STR("code")));
    enum err err = factor_load(ctx, &experience);
    if (err)
        return err;
    err = id.n ? verify_new(ctx, &experience, id, code) : verify_own(ctx, &experience, code);
    experience_audit(ctx, &experience, "Verification.Totp.Submit", err);
    return err;
}

static const struct field body[] = {
    {.name = STR_INIT("code"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .doc = "Six digits."},
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Of a new secret; missing: the code is of the one that the user has."},
    FIELDS_END,
};

static const struct field secret_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    {.name = STR_INIT("secret"), .type = FIELD_STRING, .doc = "Base32. It is not shown again."},
    {.name = STR_INIT("secretQrCode"),
     .type = FIELD_STRING,
     .doc = "The same as an image for authenticators, a data: URL."},
    FIELDS_END,
};

ROUTES(totp_verification) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/experience/verification/totp/secret"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = secret_reply,
     .summary = "Make a secret for an authenticator",
     .handle = secret_handle},
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/totp/verify", RUN_WRITE, body, verify_handle,
                     "Verify a code of an authenticator"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
