/* Verification of a password: who the user is, by what only they know. */
#include "crypto/password.h"
#include "domain/known_devices.h"
#include "domain/password_expiration.h"
#include "domain/sessions.h"
#include "experience/experience.h"
#include "experience/identifier.h"
#include "experience/lockout.h"
#include "experience/policy.h"

struct proof {
    struct str user_id;
    int64_t changed; /* as user_password_changed tells of the password that was right */
};

/* A password that was changed since proves nothing: often somebody else knew it. */
static enum err identify(struct ctx *ctx, const struct verification *what, struct str *user_id)
{
    const struct proof *proof = what->own;
    int64_t changed;
    if (!what->verified)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    enum err err = user_password_changed(ctx, proof->user_id, &changed);
    *user_id = proof->user_id;
    return err || changed == proof->changed ? err : fail(ctx, ERR_VERIFICATION_FAILED);
}

static enum err parse(struct ctx *ctx, json *stored, struct verification *what)
{
    struct proof *proof = ARENA_NEW(ctx->arena, struct proof);
    if (!proof)
        return fail(ctx, ERR_NO_MEMORY);
    proof->user_id = json_str(json_get(stored, STR("userId")));
    proof->changed = yyjson_get_sint(json_get(stored, STR("changed")));
    what->own = proof;
    return OK;
}

static void render(struct json_out *out, const struct verification *what)
{
    const struct proof *proof = what->own;
    JSON_STR(out, "userId", proof->user_id);
    JSON_INT(out, "changed", proof->changed);
}

VERIFICATION_KIND(password_verification) = {
    .type = STR_INIT("Password"),
    .parse = parse,
    .render = render,
    .identify = identify,
};

enum err experience_check_password(struct ctx *ctx, const struct experience *experience)
{
    struct str user_id;
    for (size_t i = 0; i < experience->count; i++) {
        const struct verification *what = &experience->verifications[i];
        if (what->kind == &password_verification && what->verified)
            return identify(ctx, what, &user_id);
    }
    return OK;
}

/* ---- The step ---- */

struct login {
    struct experience experience;
    struct str type, value, password;
    struct account account;
    struct attempt attempt;
};

static enum err read_login(struct ctx *ctx, struct login *login)
{
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct session session;
    login->type = json_str(json_get(identifier, STR("type")));
    login->value = json_str(json_get(identifier, STR("value")));
    login->password = json_str(ctx_body(ctx, STR("password")));
    enum err err = experience_load(ctx, &login->experience);
    if (err)
        return err;
    if ((err = identifier_find_user(ctx, login->type, login->value, &login->account)) ||
        (err = session_find(ctx, &session)))
        return err;
    bool known = login->account.id.p && (str_eq(login->account.id, session.user_id) ||
                                         known_device_is(ctx, login->account.id));
    err = attempt_of_password(ctx, login->value, login->account.id, known, &login->attempt);
    login->attempt.type = login->type;
    return err;
}

/* That it was right counts, although it is not enough: the failures before it are forgotten. */
static enum err check_age(struct ctx *ctx, struct str user_id)
{
    enum err err = password_expiration_check(ctx, user_id);
    if (err == ERR_PASSWORD_EXPIRED)
        ctx_keep_writes(ctx);
    return err;
}

/* Once the password was looked at. Only who knows it learns that the account is suspended, or that
 * the password has expired. */
static enum err login_outcome(struct ctx *ctx, struct login *login)
{
    bool locked;
    enum err err = attempt_check(ctx, &login->attempt);
    if (err || (err = attempt_find_lock(ctx, &login->attempt, &locked)))
        return err;
    err = user_verify_sign_in(ctx, login->account.id, login->password);
    if (!err && locked)
        err = fail(ctx, ERR_USER_CREDENTIALS);
    if (err == ERR_USER_CREDENTIALS)
        return attempt_failed(ctx, &login->attempt, err);
    if (err)
        return err;
    if (login->account.suspended)
        return fail(ctx, ERR_USER_SUSPENDED);
    err = attempt_succeeded(ctx, &login->attempt);
    return err ? err : check_age(ctx, login->account.id);
}

static enum err login_steps(struct ctx *ctx, struct login *login)
{
    enum err err = read_login(ctx, login);
    if (err)
        return err;
    if (!ctx->slow.done) {
        err = attempt_check(ctx, &login->attempt);
        return err ? err : user_verify_sign_in(ctx, login->account.id, login->password);
    }
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = login_outcome(ctx, login)))
        return err;
    struct proof proof = {.user_id = login->account.id};
    if ((err = user_password_changed(ctx, proof.user_id, &proof.changed)))
        return err;
    struct verification made = {.kind = &password_verification,
                                .identifier_type = login->type,
                                .identifier = login->value,
                                .verified = true,
                                .own = &proof};
    err = experience_add(ctx, &login->experience, &made);
    return err ? err : experience_answer_verification(ctx, made.id);
}

static enum err handle(struct ctx *ctx)
{
    struct login login = {0};
    enum err err = login_steps(ctx, &login);
    if (err == ERR_NEEDS_SLOW || err == ERR_NEEDS_WRITER)
        return err;
    struct experience shown = login.experience;
    shown.user_id = login.account.id;
    if (shown.interaction.uid.p)
        experience_audit(ctx, &shown, "Verification.Password.Submit", err);
    return err;
}

static const struct field body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = identifier_fields,
     .doc = "Who signs in."},
    EXPERIENCE_PASSWORD_FIELD,
    FIELDS_END,
};

ROUTES(password_verification) = {
    {EXPERIENCE_STEP(HTTP_M_POST, "/verification/password", RUN_READ, body, handle,
                     "Verify a password"),
     EXPERIENCE_VERIFICATION},
    ROUTES_END,
};
