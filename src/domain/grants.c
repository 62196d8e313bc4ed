/* Grants, authorization codes and opaque access tokens. */
#include "domain/grants.h"

#include "domain/hooks.h"
#include "domain/opaque.h"
#include "domain/user_access.h"

enum err grant_find(struct ctx *ctx, struct str session_uid, struct str application_id,
                    struct grant_record *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT id, scope, resources FROM grants WHERE session_uid = $1 AND "
                            "application_id = $2 AND expires_at > $3",
                            DB_PARAMS(db_text_value(session_uid), db_text_value(application_id),
                                      db_int_value(ctx->now)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *out = rows.count ? (struct grant_record){db_text(&rows, 0, 0), db_text(&rows, 0, 1),
                                              db_text(&rows, 0, 2)}
                      : (struct grant_record){0};
    return OK;
}

static enum err insert_grant(struct ctx *ctx, const struct session *session,
                             struct str application_id, const struct grant_record *all)
{
    enum err err =
        db_exec(ctx->db,
                "INSERT INTO grants (id, user_id, application_id, session_uid, scope, resources, "
                "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
                "ON CONFLICT (session_uid, application_id) DO UPDATE SET scope = excluded.scope, "
                "resources = excluded.resources, expires_at = excluded.expires_at",
                DB_PARAMS(db_text_value(all->id), db_text_value(session->user_id),
                          db_text_value(application_id), db_text_value(session->uid),
                          db_text_value(all->scope), db_text_value(all->resources),
                          db_int_value(ctx->now), db_int_value(ctx->now + GRANT_TTL_MS)),
                NULL);
    return err ? fail(ctx, err) : OK;
}

enum err grant_give(struct ctx *ctx, const struct session *session, struct str application_id,
                    const struct grant_record *what, struct str *id)
{
    struct grant_record old, all;
    char *bytes = arena_bytes(ctx->arena, ID_LENGTH);
    enum err err = grant_find(ctx, session->uid, application_id, &old);
    if (err)
        return err;
    all.scope = words_union(ctx->arena, old.scope, what->scope);
    all.resources = words_union(ctx->arena, old.resources, what->resources);
    if (!bytes || !all.scope.p || !all.resources.p)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(bytes, ID_LENGTH);
    all.id = (struct str){bytes, ID_LENGTH};
    if ((err = insert_grant(ctx, session, application_id, &all)) ||
        (err = grant_find(ctx, session->uid, application_id, &all)))
        return err;
    *id = all.id;
    return OK;
}

enum err grant_make(struct ctx *ctx, struct str user_id, struct str application_id,
                    const struct grant_record *what, int64_t expires_at, struct str *id)
{
    char *bytes = arena_bytes(ctx->arena, ID_LENGTH);
    if (!bytes)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(bytes, ID_LENGTH);
    *id = (struct str){bytes, ID_LENGTH};
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO grants (id, user_id, application_id, session_uid, scope, resources, "
        "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        DB_PARAMS(db_text_value(*id), db_text_value(user_id), db_text_value(application_id),
                  db_text_value(*id), db_text_value(what->scope), db_text_value(what->resources),
                  db_int_value(ctx->now), db_int_value(expires_at)),
        NULL);
    return err ? fail(ctx, err) : OK;
}

enum err grant_session(struct ctx *ctx, struct str id, struct str *uid)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT session_uid FROM grants WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err || !rows.count)
        return fail(ctx, err ? err : ERR_NOT_FOUND);
    *uid = db_text(&rows, 0, 0);
    return OK;
}

enum err grant_revoke(struct ctx *ctx, struct str id)
{
    enum err err =
        db_exec(ctx->db, "DELETE FROM grants WHERE id = $1", DB_PARAMS(db_text_value(id)), NULL);
    return err ? fail(ctx, err) : OK;
}

static enum err tell_limit(struct ctx *ctx, struct str user_id, struct str application_id,
                           const struct db_rows *ended, int64_t max)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "userId", user_id);
    json_key(&out, STR("revokedGrantIds"));
    json_open_array(&out);
    for (size_t i = 0; i < ended->count; i++)
        json_put_str(&out, db_text(ended, i, 0));
    json_close_array(&out);
    JSON_INT(&out, "maxAllowedGrants", max);
    JSON_INT(&out, "preRevocationActiveGrantCount", max + (int64_t)ended->count);
    json_close_object(&out);
    return hooks_note_happening(ctx, &(struct hook_happening){.event = "Grant.LimitExceeded",
                                                              .application_id = application_id,
                                                              .members = buf_view(&buf)});
}

enum err grant_keep_newest(struct ctx *ctx, struct str id, int64_t max)
{
    struct db_rows grant, ended;
    enum err err = db_query(ctx->db, "SELECT user_id, application_id FROM grants WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &grant);
    if (err || !grant.count)
        return err ? fail(ctx, err) : OK;
    err = db_query(ctx->db,
                   "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE user_id = $1"
                   " AND application_id = $2 AND id <> $3 AND expires_at > $4"
                   " ORDER BY created_at DESC, id LIMIT 10000 OFFSET $5) RETURNING id",
                   DB_PARAMS(*db_at(&grant, 0, 0), *db_at(&grant, 0, 1), db_text_value(id),
                             db_int_value(ctx->now), db_int_value(max - 1)),
                   ctx->arena, &ended);
    if (err)
        return fail(ctx, err);
    return ended.count ? tell_limit(ctx, db_text(&grant, 0, 0), db_text(&grant, 0, 1), &ended, max)
                       : OK;
}

enum err grant_revoke_session(struct ctx *ctx, struct str session_uid, bool first_party)
{
    enum err err = db_exec(ctx->db,
                           "DELETE FROM grants WHERE session_uid = $1 AND ($2 = 0 OR EXISTS (SELECT"
                           " 1 FROM applications a WHERE a.id = application_id AND"
                           " a.is_third_party = 0))",
                           DB_PARAMS(db_text_value(session_uid), db_int_value(first_party)), NULL);
    return err ? fail(ctx, err) : OK;
}

/* ---- Codes ---- */

enum err code_create(struct ctx *ctx, const struct code *what, struct str *text)
{
    struct str made = opaque_new(ctx->arena);
    struct str digest = made.p ? opaque_digest(ctx->arena, made) : STR_NONE;
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO authorization_codes (digest, grant_id, application_id, user_id, redirect_uri, "
        "scope, resources, challenge, nonce, auth_time, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        DB_PARAMS(db_text_value(digest), db_text_value(what->grant_id),
                  db_text_value(what->application_id), db_text_value(what->user_id),
                  db_text_value(what->redirect_uri), db_text_value(what->scope),
                  db_text_value(what->resources), db_text_value(what->challenge),
                  db_text_value(what->nonce),
                  what->auth_time ? db_int_value(what->auth_time) : db_text_value(STR_NONE),
                  db_int_value(ctx->now), db_int_value(ctx->now + CODE_TTL_MS)),
        NULL);
    if (err)
        return fail(ctx, err);
    *text = made;
    return OK;
}

/* The UPDATE found nothing to consume. RFC 6749 4.1.2: a code that comes back ends its tokens. */
static enum err explain_unusable(struct ctx *ctx, struct str digest, struct str application_id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT grant_id FROM authorization_codes WHERE digest = $1 AND "
                            "application_id = $2 AND consumed_at IS NOT NULL",
                            DB_PARAMS(db_text_value(digest), db_text_value(application_id)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return ERR_NOT_FOUND;
    if ((err = grant_revoke(ctx, db_text(&rows, 0, 0))))
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

enum err code_consume(struct ctx *ctx, struct str text, struct str application_id, struct code *out)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, text);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(
        ctx->db,
        "UPDATE authorization_codes SET consumed_at = $1 WHERE digest = $2 AND application_id = $3 "
        "AND consumed_at IS NULL AND expires_at > $4 RETURNING grant_id, application_id, user_id, "
        "redirect_uri, scope, resources, challenge, nonce, auth_time",
        DB_PARAMS(db_int_value(ctx->now), db_text_value(digest), db_text_value(application_id),
                  db_int_value(ctx->now)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return explain_unusable(ctx, digest, application_id);
    *out = (struct code){
        .grant_id = db_text(&rows, 0, 0),
        .application_id = db_text(&rows, 0, 1),
        .user_id = db_text(&rows, 0, 2),
        .redirect_uri = db_text(&rows, 0, 3),
        .scope = db_text(&rows, 0, 4),
        .resources = db_text(&rows, 0, 5),
        .challenge = db_text(&rows, 0, 6),
        .nonce = db_text(&rows, 0, 7),
        .auth_time = db_int(&rows, 0, 8),
    };
    return OK;
}

/* ---- Opaque access tokens ---- */

enum err opaque_token_create(struct ctx *ctx, const struct opaque_token *what, struct str *text)
{
    struct str made = opaque_new(ctx->arena);
    struct str digest = made.p ? opaque_digest(ctx->arena, made) : STR_NONE;
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO access_tokens (digest, grant_id, application_id, user_id, scope, created_at, "
        "expires_at, act) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        DB_PARAMS(db_text_value(digest), db_text_value(what->grant_id),
                  db_text_value(what->application_id), db_text_value(what->user_id),
                  db_text_value(what->scope), db_int_value(ctx->now),
                  db_int_value(what->expires_at), db_text_value(what->act)),
        NULL);
    if (err)
        return fail(ctx, err);
    *text = made;
    return OK;
}

enum err opaque_token_find(struct ctx *ctx, struct str text, struct opaque_token *out)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, text);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_query(ctx->db,
                 "SELECT t.grant_id, t.application_id, t.user_id, t.scope, t.created_at,"
                 " t.expires_at, t.act FROM access_tokens t JOIN users u ON u.id = t.user_id "
                 "WHERE t.digest = $1 AND t.expires_at > $2 AND u.is_suspended = 0",
                 DB_PARAMS(db_text_value(digest), db_int_value(ctx->now)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count || !snapshot_app(ctx->snapshot, db_text(&rows, 0, 1)))
        return ERR_NOT_FOUND;
    *out = (struct opaque_token){
        .grant_id = db_text(&rows, 0, 0),
        .application_id = db_text(&rows, 0, 1),
        .user_id = db_text(&rows, 0, 2),
        .scope = db_text(&rows, 0, 3),
        .created_at = db_int(&rows, 0, 4),
        .expires_at = db_int(&rows, 0, 5),
        .act = db_text(&rows, 0, 6),
    };
    return OK;
}
