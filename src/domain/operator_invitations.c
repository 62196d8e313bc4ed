/* Invitations of operators, by the digests of their tokens.
 *
 *     token   any text       makes an account      key   SHA-256(token)
 *             USER.RANDOM    sets USER's password        USER.SHA-256(token)
 *
 * so that those of a user stand together; base64url has no full stop. */
#include "domain/operator_invitations.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "crypto/digest.h"
#include "domain/opaque.h"

#define OPEN " AND consumed_at IS NULL AND expires_at > "

struct str operator_invitation_user(struct str token)
{
    if (token.n <= OPAQUE_LENGTH + 1 || token.p[token.n - OPAQUE_LENGTH - 1] != '.')
        return STR_NONE;
    return (struct str){token.p, token.n - OPAQUE_LENGTH - 1};
}

struct str operator_invitation_challenge(struct arena *arena, struct str token)
{
    uint8_t digest[SHA256_SIZE];
    char *text = arena_bytes(arena, BASE64URL_LENGTH(sizeof(digest)) + 1);
    if (!text)
        return STR_NONE;
    sha256_two(STR("challenge of the passkey\n"), token, digest);
    return (struct str){text, base64url_encode(digest, sizeof(digest), text)};
}

struct str operator_invitation_new_id(struct arena *arena, struct str token)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint8_t digest[SHA256_SIZE];
    char *id = arena_bytes(arena, ID_SHORT_LENGTH);
    if (!id)
        return STR_NONE;
    sha256_two(STR("id of the account\n"), token, digest);
    for (size_t i = 0; i < ID_SHORT_LENGTH; i++)
        id[i] = letters[digest[i] % (sizeof(letters) - 1)];
    return (struct str){id, ID_SHORT_LENGTH};
}

static struct str key_of(struct arena *arena, struct str token)
{
    struct str user = operator_invitation_user(token);
    struct str digest = opaque_digest(arena, token);
    if (!digest.p || !user.p)
        return digest;
    return arena_printf(arena, "%.*s.%.*s", STR_ARG(user), STR_ARG(digest));
}

enum err operator_invitation_end(struct ctx *ctx, struct str user_id)
{
    struct str first = arena_printf(ctx->arena, "%.*s.", STR_ARG(user_id));
    struct str past = arena_printf(ctx->arena, "%.*s/", STR_ARG(user_id)); /* after the full stop */
    if (!first.p || !past.p)
        return fail(ctx, ERR_NO_MEMORY);
    return db_exec(ctx->db, "DELETE FROM invitations WHERE digest > $1 AND digest < $2",
                   DB_PARAMS(db_text_value(first), db_text_value(past)), NULL);
}

enum err operator_invitation_make(struct ctx *ctx, struct str user_id, struct str *token)
{
    struct str random = opaque_new(ctx->arena);
    struct str made = arena_printf(ctx->arena, "%.*s.%.*s", STR_ARG(user_id), STR_ARG(random));
    struct str key = made.p ? key_of(ctx->arena, made) : STR_NONE;
    if (!random.p || !key.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = operator_invitation_end(ctx, user_id);
    if (!err)
        err = db_exec(
            ctx->db, "INSERT INTO invitations (digest, created_at, expires_at) VALUES ($1, $2, $3)",
            DB_PARAMS(db_text_value(key), db_int_value(ctx->now),
                      db_int_value(ctx->now + OPERATOR_INVITATION_MS)),
            NULL);
    if (!err)
        *token = made;
    return err;
}

static enum err answered(struct ctx *ctx, enum err err, const struct db_rows *rows)
{
    if (err)
        return fail(ctx, err);
    return rows->count ? OK : fail(ctx, ERR_INVITATION_NOT_VALID);
}

enum err operator_invitation_check(struct ctx *ctx, struct str token)
{
    struct db_rows rows = {0};
    struct str key = key_of(ctx->arena, token);
    if (!key.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_query(ctx->db, "SELECT 1 FROM invitations WHERE digest = $1" OPEN "$2",
                 DB_PARAMS(db_text_value(key), db_int_value(ctx->now)), ctx->arena, &rows);
    return answered(ctx, err, &rows);
}

enum err operator_invitation_use(struct ctx *ctx, struct str token)
{
    struct db_rows rows = {0};
    struct str key = key_of(ctx->arena, token);
    if (!key.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(
        ctx->db,
        "UPDATE invitations SET consumed_at = $1 WHERE digest = $2" OPEN "$3 RETURNING digest",
        DB_PARAMS(db_int_value(ctx->now), db_text_value(key), db_int_value(ctx->now)), ctx->arena,
        &rows);
    return answered(ctx, err, &rows);
}
