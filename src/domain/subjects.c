/* Subjects of a token exchange. */
#include "domain/subjects.h"

#include "domain/opaque.h"

static enum err first_of(struct ctx *ctx, enum err err, const struct db_rows *rows,
                         struct str *user_id)
{
    if (err)
        return fail(ctx, err);
    if (!rows->count)
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    *user_id = db_text(rows, 0, 0);
    return OK;
}

enum err subject_token_consume(struct ctx *ctx, struct str text, struct str *user_id,
                               struct str *context)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, text);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(
        ctx->db,
        "UPDATE subject_tokens SET consumed_at = $1 WHERE digest = $2 AND consumed_at IS NULL"
        " AND expires_at > $3 RETURNING user_id, context",
        DB_PARAMS(db_int_value(ctx->now), db_text_value(digest), db_int_value(ctx->now)),
        ctx->arena, &rows);
    err = first_of(ctx, err, &rows, user_id);
    if (!err)
        *context = db_text(&rows, 0, 1);
    return err;
}

enum err personal_access_token_find(struct ctx *ctx, struct str text, struct str *user_id)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, text);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_query(ctx->db,
                 "SELECT user_id FROM personal_access_tokens WHERE digest = $1"
                 " AND (expires_at IS NULL OR expires_at > $2)",
                 DB_PARAMS(db_text_value(digest), db_int_value(ctx->now)), ctx->arena, &rows);
    return first_of(ctx, err, &rows, user_id);
}
