/* Failed sign-ins, as they are counted. */
#include "domain/attempts.h"

#include "base/unicode.h"
#include "domain/opaque.h"
#include "domain/phone.h"

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return true;
}

/* Usernames do not begin with a digit: what is digits alone is a phone number. */
static struct str canonical(struct ctx *ctx, struct str identifier)
{
    struct str number = is_digits(identifier) ? phone_canonical(ctx->arena, identifier) : STR_NONE;
    return number.p ? number : identifier;
}

struct str attempt_identifier(struct ctx *ctx, struct str identifier)
{
    struct str folded = unicode_fold(ctx->arena, canonical(ctx, identifier));
    struct str digest = folded.p ? opaque_digest(ctx->arena, folded) : STR_NONE;
    return digest.p ? arena_printf(ctx->arena, "account:%.*s", STR_ARG(digest)) : STR_NONE;
}

struct str attempt_password(struct ctx *ctx, struct str user_id)
{
    return arena_printf(ctx->arena, "password:%.*s", STR_ARG(user_id));
}

struct str attempt_known(struct ctx *ctx, struct str user_id)
{
    return arena_printf(ctx->arena, "known:%.*s", STR_ARG(user_id));
}

static enum err forget(struct ctx *ctx, struct str subject)
{
    if (!subject.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(ctx->db, "DELETE FROM sign_in_failures WHERE subject = $1",
                           DB_PARAMS(db_text_value(subject)), NULL);
    return err ? fail(ctx, err) : OK;
}

/* Names that differ in case alone are all meant: it depends on the tenant whether they are one. */
static enum err find_users(struct ctx *ctx, struct str identifier, struct db_rows *rows)
{
    struct str email_key = unicode_fold(ctx->arena, identifier);
    struct str lower = unicode_lower_arena(ctx->arena, identifier);
    if (!email_key.p || !lower.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db,
                            "SELECT id FROM users WHERE lower(username) = $1 OR "
                            "email_key = $2 OR primary_phone = $3",
                            DB_PARAMS(db_text_value(lower), db_text_value(email_key),
                                      db_text_value(canonical(ctx, identifier))),
                            ctx->arena, rows);
    return err ? fail(ctx, err) : OK;
}

enum err attempts_forget(struct ctx *ctx, struct str identifier)
{
    struct db_rows users;
    enum err err = forget(ctx, attempt_identifier(ctx, identifier));
    if (!err)
        err = find_users(ctx, identifier, &users);
    for (size_t i = 0; !err && i < users.count; i++) {
        struct str id = db_text(&users, i, 0);
        err = forget(ctx, attempt_password(ctx, id));
        if (!err)
            err = forget(ctx, attempt_known(ctx, id));
    }
    return err;
}
