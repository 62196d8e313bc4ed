/* Verification codes. They are too short for a digest to hide them, so they are sealed. */
#include "domain/verification_codes.h"

#include "base/ids.h"
#include "base/unicode.h"
#include "domain/phone.h"
#include "domain/sealed.h"
#include "domain/sign_in_experience.h"

#define DIGITS 6
#define PLACE  "verification_codes|sealed"

struct limits {
    int64_t ttl_ms, tries;
};

static enum err find_limits(struct ctx *ctx, struct limits *out)
{
    struct db_rows rows;
    json *policy;
    *out = (struct limits){(int64_t)600 * 1000, 5};
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("verificationCodePolicy"), &policy);
    if (err)
        return err;
    json *ttl = json_get(policy, STR("expirationDuration"));
    json *tries = json_get(policy, STR("maxRetryAttempts"));
    if (yyjson_is_int(ttl))
        out->ttl_ms = yyjson_get_sint(ttl) * 1000;
    if (yyjson_is_int(tries))
        out->tries = yyjson_get_sint(tries);
    return OK;
}

/* Each of the million equally often: what would make some of them likelier is thrown away. */
static void random_code(char code[DIGITS])
{
    uint32_t number;
    do
        random_bytes(&number, sizeof number);
    while (number >= 4294000000);
    number %= 1000000;
    for (size_t i = DIGITS; i-- > 0; number /= 10)
        code[i] = (char)('0' + number % 10);
}

/* The form of the recipient that counts as the same. */
static struct str same_form(struct ctx *ctx, struct str recipient, bool by_phone)
{
    struct str number = by_phone ? phone_canonical(ctx->arena, recipient) : STR_NONE;
    return number.p ? number : unicode_fold(ctx->arena, recipient);
}

enum err code_send(struct ctx *ctx, struct str scope, struct message *message, bool pretend)
{
    char made[DIGITS];
    struct str sealed;
    struct str recipient = same_form(ctx, message->to, message->by_phone);
    random_code(made);
    message->code = arena_str(ctx->arena, (struct str){made, DIGITS});
    if (!recipient.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = sealed_make(ctx, PLACE, scope, message->code, &sealed);
    if (err)
        return err;
    enum err sent = pretend ? message_pretend(ctx, message) : message_send(ctx, message);
    if (sent && !(sent == ERR_NO_CONNECTOR && ctx->route->guard == GUARD_MANAGEMENT))
        return sent;
    err = db_exec(ctx->db,
                  "INSERT INTO verification_codes (scope, recipient, sealed, tries, created_at)"
                  " VALUES ($1, $2, $3, 0, $4) ON CONFLICT (scope) DO UPDATE SET"
                  " recipient = $2, sealed = $3, tries = 0, created_at = $4",
                  DB_PARAMS(db_text_value(scope), db_text_value(recipient), db_text_value(sealed),
                            db_int_value(ctx->now)),
                  NULL);
    if (err)
        return fail(ctx, err);
    if (sent) /* as with Logto: what is typed then is a wrong code, not one of no code */
        ctx_keep_writes(ctx);
    return sent;
}

/* The try is counted before the code is looked at. */
static enum err take_try(struct ctx *ctx, struct str scope, struct limits limits,
                         struct str *sealed)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "UPDATE verification_codes SET tries = tries + 1 WHERE scope = $1"
                            " AND tries < $2 AND created_at > $3 RETURNING sealed",
                            DB_PARAMS(db_text_value(scope), db_int_value(limits.tries),
                                      db_int_value(ctx->now - limits.ttl_ms)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_CODE_NOT_FOUND);
    *sealed = db_text(&rows, 0, 0);
    return OK;
}

static enum err check_usable(struct ctx *ctx, struct str scope, struct str recipient, bool by_phone,
                             struct limits limits)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db, "SELECT recipient, tries, created_at FROM verification_codes WHERE scope = $1",
        DB_PARAMS(db_text_value(scope)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_CODE_NOT_FOUND);
    if (!str_eq(db_text(&rows, 0, 0), same_form(ctx, recipient, by_phone)))
        return fail(ctx, by_phone ? ERR_CODE_PHONE : ERR_CODE_EMAIL);
    if (db_int(&rows, 0, 2) <= ctx->now - limits.ttl_ms)
        return fail(ctx, ERR_CODE_EXPIRED);
    return db_int(&rows, 0, 1) >= limits.tries ? fail(ctx, ERR_CODE_TRIES) : OK;
}

static enum err use_up(struct ctx *ctx, struct str scope, struct str sealed)
{
    int64_t affected = 0;
    enum err err =
        db_exec(ctx->db, "DELETE FROM verification_codes WHERE scope = $1 AND sealed = $2",
                DB_PARAMS(db_text_value(scope), db_text_value(sealed)), &affected);
    if (err)
        return fail(ctx, err);
    return affected ? OK : fail(ctx, ERR_CODE_NOT_FOUND);
}

enum err code_use(struct ctx *ctx, struct str scope, struct str recipient, bool by_phone,
                  struct str code)
{
    struct limits limits;
    struct str sealed, right;
    enum err err = find_limits(ctx, &limits);
    if (err || (err = check_usable(ctx, scope, recipient, by_phone, limits)) ||
        (err = take_try(ctx, scope, limits, &sealed)) ||
        (err = sealed_open(ctx, PLACE, scope, sealed, &right)))
        return err;
    if (str_eq_secret(right, code))
        return use_up(ctx, scope, sealed);
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_CODE_WRONG);
}
