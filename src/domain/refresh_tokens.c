/* Refresh tokens: opaque, stored as digests, used once. */
#include "domain/refresh_tokens.h"

#include "base/encoding.h"
#include "domain/grants.h"
#include "domain/opaque.h"

#define COLUMNS                                                                                    \
    "family, application_id, resource, scope, created_at, expires_at, consumed_at, "               \
    "organization_id, grant_id, user_id, nonce, auth_time, started_at"

static struct str random_id(struct ctx *ctx)
{
    char *id = arena_bytes(ctx->arena, ID_LENGTH);
    if (id)
        id_random(id, ID_LENGTH);
    return id ? (struct str){id, ID_LENGTH} : STR_NONE;
}

static struct str make_token(struct ctx *ctx)
{
    uint8_t bytes[32];
    char *text = arena_bytes(ctx->arena, REFRESH_TOKEN_LENGTH);
    if (!text)
        return STR_NONE;
    random_bytes(bytes, sizeof bytes);
    memcpy(text, REFRESH_TOKEN_PREFIX, sizeof(REFRESH_TOKEN_PREFIX) - 1);
    base64url_encode(bytes, sizeof bytes, text + sizeof(REFRESH_TOKEN_PREFIX) - 1);
    wipe(bytes, sizeof bytes);
    return (struct str){text, REFRESH_TOKEN_LENGTH};
}

static struct db_value int_or_null(int64_t value)
{
    return value ? db_int_value(value) : db_text_value(STR_NONE);
}

enum err refresh_token_create(struct ctx *ctx, const struct refresh_token *what, struct str *token)
{
    struct str text = make_token(ctx), family = what->family.p ? what->family : random_id(ctx);
    struct str digest = text.p ? opaque_digest(ctx->arena, text) : STR_NONE;
    if (!digest.p || !family.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO refresh_tokens (digest, family, application_id, resource, "
        "scope, created_at, expires_at, organization_id, grant_id, user_id, nonce, "
        "auth_time, started_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        DB_PARAMS(db_text_value(digest), db_text_value(family), db_text_value(what->application_id),
                  db_text_value(what->resource), db_text_value(what->scope),
                  db_int_value(what->created_at), db_int_value(what->expires_at),
                  db_text_value(what->organization_id), db_text_value(what->grant_id),
                  db_text_value(what->user_id), db_text_value(what->nonce),
                  int_or_null(what->auth_time), int_or_null(what->started_at)),
        NULL);
    if (err)
        return fail(ctx, err);
    *token = text;
    return OK;
}

static struct refresh_token from_row(const struct db_rows *rows)
{
    return (struct refresh_token){
        .family = db_text(rows, 0, 0),
        .application_id = db_text(rows, 0, 1),
        .resource = db_text(rows, 0, 2),
        .scope = db_text(rows, 0, 3),
        .created_at = db_int(rows, 0, 4),
        .expires_at = db_int(rows, 0, 5),
        .consumed = !db_is_null(rows, 0, 6),
        .organization_id = db_text(rows, 0, 7),
        .grant_id = db_text(rows, 0, 8),
        .user_id = db_text(rows, 0, 9),
        .nonce = db_text(rows, 0, 10),
        .auth_time = db_int(rows, 0, 11),
        .started_at = db_int(rows, 0, 12),
    };
}

enum err refresh_token_find(struct ctx *ctx, struct str token, struct refresh_token *out)
{
    struct str digest = opaque_digest(ctx->arena, token);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT " COLUMNS " FROM refresh_tokens WHERE digest = $1",
                            DB_PARAMS(db_text_value(digest)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return ERR_NOT_FOUND;
    *out = from_row(&rows);
    return OK;
}

enum err refresh_token_revoke(struct ctx *ctx, const struct refresh_token *token)
{
    if (token->grant_id.p)
        return grant_revoke(ctx, token->grant_id);
    enum err err = db_exec(ctx->db, "DELETE FROM refresh_tokens WHERE family = $1",
                           DB_PARAMS(db_text_value(token->family)), NULL);
    return err ? fail(ctx, err) : OK;
}

/* The UPDATE found nothing to consume: unknown, foreign, expired, or reused. RFC 9700 4.14.2 */
static enum err explain_unusable(struct ctx *ctx, struct str token, struct str application_id)
{
    struct refresh_token found = {0};
    enum err err = refresh_token_find(ctx, token, &found);
    if (err)
        return err;
    if (!found.consumed || !str_eq(found.application_id, application_id))
        return ERR_NOT_FOUND;
    if ((err = refresh_token_revoke(ctx, &found)))
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

enum err refresh_token_consume(struct ctx *ctx, struct str token, struct str application_id,
                               struct refresh_token *out)
{
    struct str digest = opaque_digest(ctx->arena, token);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "UPDATE refresh_tokens SET consumed_at = $1 WHERE digest = $2 AND "
                            "application_id = $3 AND consumed_at IS NULL AND expires_at > $4 "
                            "RETURNING " COLUMNS,
                            DB_PARAMS(db_int_value(ctx->now), db_text_value(digest),
                                      db_text_value(application_id), db_int_value(ctx->now)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return explain_unusable(ctx, token, application_id);
    *out = from_row(&rows);
    return OK;
}
