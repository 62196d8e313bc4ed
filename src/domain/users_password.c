/* Passwords of users: what is slow about them happens on the pool for slow work. */
#include <errno.h>

#include "crypto/password.h"
#include "domain/users.h"

/* ---- New ones ---- */

static enum err check_legacy(struct ctx *ctx, struct user_password password)
{
    struct str name;
    switch (password_legacy_check(ctx->arena, password.digest, &name)) {
    case LEGACY_OK:
        return OK;
    case LEGACY_FORMAT:
        return fail(ctx, ERR_LEGACY_FORMAT);
    case LEGACY_ALGORITHM:
        return fail(ctx, ERR_LEGACY_ALGORITHM, arena_cstr(ctx->arena, name));
    }
    return fail(ctx, ERR_INTERNAL);
}

/* What costs more than a sign-in may take would be a password that is never right. */
enum err user_password_check(struct ctx *ctx, struct user_password password)
{
    if (!password.algorithm.p)
        return fail(ctx, ERR_USER_ALGORITHM);
    enum err err = str_eq(password.algorithm, STR("Legacy")) ? check_legacy(ctx, password) : OK;
    if (err || !password_digest_fits(password.algorithm, password.digest))
        return err;
    const char *fault = password_cost_fault(ctx->arena, password.algorithm, password.digest);
    return fault ? fail_text(ctx, ERR_INVALID_BODY, "passwordDigest %s", fault) : OK;
}

struct hashing {
    struct arena *arena;
    struct str password, digest;
    struct user_password old; /* digest {NULL,0}: there is none, or it may be the same */
    bool same;
};

static void hash(void *arg)
{
    struct hashing *hashing = arg;
    const struct user_password *old = &hashing->old;
    hashing->same = old->digest.p &&
                    password_verify(hashing->arena, hashing->password, old->algorithm, old->digest);
    bool no_memory = !hashing->same && hashing->old.digest.p && errno == ENOMEM;
    if (!hashing->same && !no_memory)
        hashing->digest = password_hash(hashing->arena, hashing->password);
}

static enum err find_password(struct ctx *ctx, struct str id, struct user_password *password)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, "SELECT password_digest, password_algorithm FROM users WHERE id = $1",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    *password = (struct user_password){db_text(&rows, 0, 0), db_text(&rows, 0, 1)};
    return OK;
}

static enum err begin_hash(struct ctx *ctx, struct str password, const struct user_password *old)
{
    struct hashing *hashing = ARENA_NEW(ctx->arena, struct hashing);
    if (!hashing)
        return fail(ctx, ERR_NO_MEMORY);
    *hashing = (struct hashing){.arena = ctx->arena, .password = password, .old = *old};
    return ctx_slow(ctx, hash, hashing);
}

static enum err end_hash(struct ctx *ctx, struct user_password *out)
{
    const struct hashing *hashing = ctx->slow.arg;
    if (hashing->same)
        return fail(ctx, ERR_USER_SAME_PASSWORD);
    if (!hashing->digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    *out = (struct user_password){hashing->digest, STR(PASSWORD_ALGORITHM)};
    return OK;
}

enum err user_password_make(struct ctx *ctx, struct str password, struct user_password *out)
{
    static const struct user_password none;
    return ctx->slow.done ? end_hash(ctx, out) : begin_hash(ctx, password, &none);
}

enum err user_password_renew(struct ctx *ctx, struct str id, struct str password,
                             struct user_password *out)
{
    struct user_password old;
    if (ctx->slow.done)
        return end_hash(ctx, out);
    enum err err = find_password(ctx, id, &old);
    return err ? err : begin_hash(ctx, password, &old);
}

enum err user_set_password(struct ctx *ctx, struct str id, struct user_password password,
                           struct db_rows *rows)
{
    const struct crud_set sets[] = {
        {"password_digest", db_text_value(password.digest)},
        {"password_algorithm", db_text_value(password.algorithm)},
        {"password_updated_at", db_int_value(ctx->now)},
        {"is_password_expired", db_int_value(0)},
    };
    return user_update(ctx, id, NULL, sets, 4, rows);
}

/* ---- Verifying ---- */

struct verification {
    struct arena *arena;
    struct str password;
    struct user_password kept;
    bool good, no_memory;
    struct str digest; /* a better one, when there should be one */
};

static void verify(void *arg)
{
    struct verification *v = arg;
    if (!v->kept.digest.p) {
        password_verify_decoy(v->arena, v->password);
        return;
    }
    v->good = password_verify(v->arena, v->password, v->kept.algorithm, v->kept.digest);
    v->no_memory = !v->good && errno == ENOMEM;
    bool old = password_needs_rehash(v->kept.algorithm, v->kept.digest);
    if (v->good && old)
        v->digest = password_hash(v->arena, v->password);
    else if (old)
        password_verify_decoy(v->arena, v->password);
}

static enum err start(struct ctx *ctx, struct str id, struct str password)
{
    struct verification *v = ARENA_NEW(ctx->arena, struct verification);
    if (!v)
        return fail(ctx, ERR_NO_MEMORY);
    *v = (struct verification){.arena = ctx->arena, .password = password};
    enum err err = find_password(ctx, id, &v->kept);
    return err ? err : ctx_slow(ctx, verify, v);
}

/* That the right password is the user's still: another one may have been set while it was looked
 * at. A better digest takes the place of the old one. */
static enum err finish(struct ctx *ctx, struct str id)
{
    const struct verification *v = ctx->slow.arg;
    struct db_value user = db_text_value(id), kept = db_text_value(v->kept.digest);
    struct db_rows rows;
    if (!v->good)
        return fail(ctx, v->no_memory ? ERR_NO_MEMORY : ERR_USER_CREDENTIALS);
    if (v->digest.p && !ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err =
        v->digest.p
            ? db_query(ctx->db,
                       "UPDATE users SET password_digest = $1, password_algorithm = $2"
                       " WHERE id = $3 AND password_digest = $4 RETURNING id",
                       DB_PARAMS(db_text_value(v->digest), db_text_value(STR(PASSWORD_ALGORITHM)),
                                 user, kept),
                       ctx->arena, &rows)
            : db_query(ctx->db, "SELECT id FROM users WHERE id = $1 AND password_digest = $2",
                       DB_PARAMS(user, kept), ctx->arena, &rows);
    return err || rows.count ? err : fail(ctx, ERR_USER_CREDENTIALS);
}

enum err user_password_changed(struct ctx *ctx, struct str id, int64_t *at)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, "SELECT COALESCE(password_updated_at, 0) FROM users WHERE id = $1",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    *at = err || !rows.count ? -1 : db_int(&rows, 0, 0);
    return err ? fail(ctx, err) : OK;
}

enum err user_verify_password(struct ctx *ctx, struct str id, struct str password)
{
    return ctx->slow.done ? finish(ctx, id) : start(ctx, id, password);
}

enum err user_verify_sign_in(struct ctx *ctx, struct str id, struct str password)
{
    if (ctx->slow.done)
        return finish(ctx, id);
    if (id.p)
        return start(ctx, id, password);
    struct verification *v = ARENA_NEW(ctx->arena, struct verification);
    if (!v)
        return fail(ctx, ERR_NO_MEMORY);
    *v = (struct verification){.arena = ctx->arena, .password = password};
    return ctx_slow(ctx, verify, v);
}
