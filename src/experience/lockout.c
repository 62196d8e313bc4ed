/* Failed sign-ins. */
#include "experience/lockout.h"

#include "domain/attempts.h"
#include "domain/hooks.h"
#include "experience/policy.h"

enum err attempt_of(struct ctx *ctx, struct str identifier, struct attempt *out)
{
    *out = (struct attempt){.account = attempt_identifier(ctx, identifier), .value = identifier};
    out->address = arena_printf(ctx->arena, "address:%.*s", STR_ARG(ctx->address));
    return out->account.p && out->address.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* Nobody's are counted twice as well, so that they take as long. */
enum err attempt_of_password(struct ctx *ctx, struct str identifier, struct str user_id, bool known,
                             struct attempt *out)
{
    enum err err = attempt_of(ctx, identifier, out);
    if (err)
        return err;
    out->known = known;
    if (known)
        out->account = attempt_known(ctx, user_id);
    else if (user_id.p)
        out->password = attempt_password(ctx, user_id);
    else
        out->password = arena_printf(ctx->arena, "nobody:%.*s", STR_ARG(out->account));
    return out->account.p && (known || out->password.p) ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* other may be {NULL,0}. */
static enum err find_lock(struct ctx *ctx, struct str subject, struct str other, bool *locked)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db,
        "SELECT 1 FROM sign_in_failures WHERE (subject = $1 OR subject = $2) AND locked_until > $3",
        DB_PARAMS(db_text_value(subject), db_text_value(other), db_int_value(ctx->now)), ctx->arena,
        &rows);
    if (err)
        return fail(ctx, err);
    *locked = rows.count > 0;
    return OK;
}

enum err attempt_check(struct ctx *ctx, const struct attempt *attempt)
{
    bool locked;
    enum err err =
        find_lock(ctx, attempt->account, attempt->known ? STR_NONE : attempt->address, &locked);
    return err || !locked ? err : fail(ctx, ERR_TOO_MANY_ATTEMPTS);
}

enum err attempt_find_lock(struct ctx *ctx, const struct attempt *attempt, bool *locked)
{
    return find_lock(ctx, attempt->password, STR_NONE, locked);
}

/* A count that is older than a lock lasts begins anew. *locked: by this failure; what is locked is
 * not counted. */
static enum err count(struct ctx *ctx, struct str subject, int64_t max, int64_t lock, bool *locked)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db,
        "INSERT INTO sign_in_failures (subject, failures, locked_until, updated_at) "
        "VALUES ($1, 1, CASE WHEN CAST($2 AS bigint) <= 1 THEN CAST($3 AS bigint) ELSE 0 END, $4) "
        "ON CONFLICT (subject) DO UPDATE SET "
        "failures = CASE WHEN sign_in_failures.updated_at < $5 THEN 1 ELSE "
        "sign_in_failures.failures + 1 END, "
        "locked_until = CASE WHEN (CASE WHEN sign_in_failures.updated_at < $5 THEN 1 ELSE "
        "sign_in_failures.failures + 1 END) >= $2 THEN CAST($3 AS bigint) ELSE 0 END, "
        "updated_at = $4 "
        "WHERE sign_in_failures.locked_until <= $4 RETURNING locked_until",
        DB_PARAMS(db_text_value(subject), db_int_value(max), db_int_value(ctx->now + lock),
                  db_int_value(ctx->now), db_int_value(ctx->now - lock)),
        ctx->arena, &rows);
    if (err)
        return err;
    *locked = rows.count && db_int(&rows, 0, 0) > ctx->now;
    return OK;
}

/* Webhooks are told of identifiers that people sign in with, not of other things one can guess. */
static enum err tell_locked(struct ctx *ctx, const struct attempt *attempt)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    if (!attempt->type.p)
        return OK;
    json_open_object(&out);
    JSON_STR(&out, "type", attempt->type);
    JSON_STR(&out, "value", attempt->value);
    json_close_object(&out);
    return hooks_note_happening(
        ctx, &(struct hook_happening){.event = "Identifier.Lockout", .members = buf_view(&buf)});
}

enum err attempt_failed(struct ctx *ctx, const struct attempt *attempt, enum err err)
{
    struct policy policy;
    bool locked = false, elsewhere = false, all = false;
    struct failure failure = ctx->failure;
    enum err counted = policy_load(ctx, &policy);
    const struct lockout_policy *lockout = &policy.lockout;
    if (!counted)
        counted = count(ctx, attempt->account, lockout->max_failures, lockout->locked_ms, &locked);
    if (!counted && attempt->password.p)
        counted = count(ctx, attempt->password, lockout->max_failures, lockout->locked_ms, &all);
    if (!counted && !attempt->known)
        counted = count(ctx, attempt->address, lockout->max_address_failures, lockout->locked_ms,
                        &elsewhere);
    if (!counted && (locked || all))
        counted = tell_locked(ctx, attempt);
    if (counted)
        return fail(ctx, counted);
    ctx_keep_writes(ctx);
    if (locked || elsewhere)
        return fail(ctx, ERR_TOO_MANY_ATTEMPTS);
    ctx->failure = failure;
    return err;
}

enum err attempt_succeeded(struct ctx *ctx, const struct attempt *attempt)
{
    enum err err =
        db_exec(ctx->db, "DELETE FROM sign_in_failures WHERE subject = $1 OR subject = $2",
                DB_PARAMS(db_text_value(attempt->account), db_text_value(attempt->password)), NULL);
    return err ? fail(ctx, err) : OK;
}
