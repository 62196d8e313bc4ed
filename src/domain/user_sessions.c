/* Sessions and grants of one user, as the Management API and the user's own API show and end them.
 */
#include "domain/user_sessions.h"

#include "domain/grants.h"
#include "domain/user_access.h"

/* ---- Sessions ---- */

enum { S_UID, S_APPLICATION, S_LOGIN_AT, S_EXPIRES_AT };
#define SESSIONS                                                                                   \
    "SELECT uid, application_id, login_at, expires_at FROM sessions"                               \
    " WHERE user_id = $1 AND expires_at > $2"

enum { A_SESSION, A_APPLICATION, A_ID, A_SCOPE };

/* What was granted in the user's sessions. */
static enum err find_authorizations(struct ctx *ctx, struct str user, struct db_rows *rows)
{
    return db_query(ctx->db,
                    "SELECT session_uid, application_id, id, scope FROM grants"
                    " WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at, id",
                    DB_PARAMS(db_text_value(user), db_int_value(ctx->now)), ctx->arena, rows);
}

static void put_authorizations(struct ctx *ctx, struct str uid, const struct db_rows *grants)
{
    struct json_out *out = &ctx->answer.json;
    json_key(out, STR("authorizations"));
    json_open_object(out);
    for (size_t i = 0; i < grants->count; i++) {
        if (!str_eq(db_text(grants, i, A_SESSION), uid))
            continue;
        json_key(out, db_text(grants, i, A_APPLICATION));
        json_open_object(out);
        JSON_STR(out, "sid", session_sid(ctx->arena, uid, db_text(grants, i, A_APPLICATION)));
        JSON_STR(out, "grantId", db_text(grants, i, A_ID));
        JSON_BOOL(out, "persistsLogout",
                  str_has_word(db_text(grants, i, A_SCOPE), STR("offline_access")));
        json_close_object(out);
    }
    json_close_object(out);
}

struct shown {
    struct str user, current; /* current: {NULL,0} when it does not matter which is the caller's */
    struct db_rows grants;
};

/* The identifier in the cookie is kept as a digest, so jti is the public one, too. */
static void put_session(struct ctx *ctx, const struct db_rows *rows, size_t row,
                        const struct shown *shown)
{
    struct json_out *out = &ctx->answer.json;
    struct str uid = db_text(rows, row, S_UID);
    json_open_object(out);
    json_key(out, STR("payload"));
    json_open_object(out);
    JSON_INT(out, "exp", db_int(rows, row, S_EXPIRES_AT) / 1000);
    JSON_INT(out, "iat", db_int(rows, row, S_LOGIN_AT) / 1000);
    JSON_STR(out, "jti", uid);
    JSON_STR(out, "uid", uid);
    JSON_STR(out, "kind", STR("Session"));
    JSON_INT(out, "loginTs", db_int(rows, row, S_LOGIN_AT) / 1000);
    JSON_STR(out, "accountId", shown->user);
    put_authorizations(ctx, uid, &shown->grants);
    json_close_object(out);
    JSON_RAW(out, "lastSubmission", STR("null"));
    JSON_STR(out, "clientId", db_text(rows, row, S_APPLICATION));
    JSON_STR(out, "accountId", shown->user);
    JSON_INT(out, "expiresAt", db_int(rows, row, S_EXPIRES_AT));
    if (shown->current.p)
        JSON_BOOL(out, "isCurrent", str_eq(uid, shown->current));
    json_close_object(out);
}

enum err user_sessions_answer(struct ctx *ctx, struct str user, struct str current)
{
    struct db_rows sessions;
    struct shown shown = {.user = user, .current = current};
    enum err err =
        db_query(ctx->db, SESSIONS " ORDER BY created_at, uid",
                 DB_PARAMS(db_text_value(user), db_int_value(ctx->now)), ctx->arena, &sessions);
    if (!err)
        err = find_authorizations(ctx, user, &shown.grants);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("sessions"));
    json_open_array(out);
    for (size_t i = 0; i < sessions.count; i++)
        put_session(ctx, &sessions, i, &shown);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

enum err user_session_answer(struct ctx *ctx, struct str user, struct str uid)
{
    struct db_rows sessions;
    struct shown shown = {.user = user};
    enum err err =
        db_query(ctx->db, SESSIONS " AND uid = $3",
                 DB_PARAMS(db_text_value(user), db_int_value(ctx->now), db_text_value(uid)),
                 ctx->arena, &sessions);
    if (!err && !sessions.count)
        return fail(ctx, ERR_NO_SESSION);
    if (!err)
        err = find_authorizations(ctx, user, &shown.grants);
    if (err)
        return err;
    put_session(ctx, &sessions, 0, &shown);
    return OK;
}

enum err user_session_end(struct ctx *ctx, struct str user, struct str uid)
{
    struct db_rows rows;
    struct str target = ctx_query(ctx, STR("revokeGrantsTarget"));
    enum err err = db_query(ctx->db, "SELECT 1 FROM sessions WHERE uid = $1 AND user_id = $2",
                            DB_PARAMS(db_text_value(uid), db_text_value(user)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NO_SESSION);
    if ((err = session_revoke(ctx, uid)) || !target.n)
        return err;
    return grant_revoke_session(ctx, uid, str_eq(target, STR("firstParty")));
}

/* ---- Grants ---- */

enum { G_ID, G_SCOPE, G_RESOURCES, G_CREATED_AT, G_EXPIRES_AT, G_APPLICATION, G_NAME };

/* Those of words that are scopes of the resource. */
static struct str scope_of(struct ctx *ctx, struct str indicator, struct str words)
{
    const struct resource_entry *resource = snapshot_resource(ctx->snapshot, indicator);
    struct buf buf = buf_new(ctx->arena, words.n + 1);
    for (size_t i = 0; resource && i < resource->scope_count; i++) {
        if (!str_has_word(words, resource->scopes[i].name))
            continue;
        if (buf.n)
            buf_byte(&buf, ' ');
        buf_str(&buf, resource->scopes[i].name);
    }
    return buf.n ? buf_view(&buf) : STR("");
}

static void put_granted(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str scope = db_text(rows, row, G_SCOPE), rest = db_text(rows, row, G_RESOURCES);
    struct str openid = scope_openid(ctx->arena, scope), indicator;
    if (openid.n) {
        json_key(out, STR("openid"));
        json_open_object(out);
        JSON_STR(out, "scope", openid);
        json_close_object(out);
    }
    if (!rest.n)
        return;
    json_key(out, STR("resources"));
    json_open_object(out);
    while ((indicator = str_split(&rest, ' ')).p) {
        json_key(out, indicator);
        json_put_str(out, scope_of(ctx, indicator, scope));
    }
    json_close_object(out);
}

static void put_grant(struct ctx *ctx, struct str user, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, G_ID));
    json_key(out, STR("payload"));
    json_open_object(out);
    JSON_INT(out, "exp", db_int(rows, row, G_EXPIRES_AT) / 1000);
    JSON_INT(out, "iat", db_int(rows, row, G_CREATED_AT) / 1000);
    JSON_STR(out, "jti", db_text(rows, row, G_ID));
    JSON_STR(out, "kind", STR("Grant"));
    JSON_STR(out, "clientId", db_text(rows, row, G_APPLICATION));
    JSON_STR(out, "accountId", user);
    put_granted(ctx, rows, row);
    json_close_object(out);
    JSON_INT(out, "expiresAt", db_int(rows, row, G_EXPIRES_AT));
    json_key(out, STR("application"));
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, G_APPLICATION));
    JSON_STR(out, "name", db_text(rows, row, G_NAME));
    json_close_object(out);
    json_close_object(out);
}

/* Applications of one kind, or with -1 of both. */
static int64_t third_party_only(struct ctx *ctx)
{
    struct str kind = ctx_query(ctx, STR("appType"));
    return !kind.n ? -1 : str_eq(kind, STR("thirdParty"));
}

enum err user_grants_answer(struct ctx *ctx, struct str user)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db,
        "SELECT g.id, g.scope, g.resources, g.created_at, g.expires_at, a.id, a.name"
        " FROM grants g JOIN applications a ON a.id = g.application_id"
        " WHERE g.user_id = $1 AND g.expires_at > $2"
        " AND ($3 = -1 OR a.is_third_party = $3) ORDER BY g.created_at, g.id",
        DB_PARAMS(db_text_value(user), db_int_value(ctx->now), db_int_value(third_party_only(ctx))),
        ctx->arena, &rows);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("grants"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        put_grant(ctx, user, &rows, i);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

enum err user_grant_end(struct ctx *ctx, struct str user, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM grants WHERE id = $1 AND user_id = $2",
                            DB_PARAMS(db_text_value(id), db_text_value(user)), ctx->arena, &rows);
    if (!err && !rows.count)
        return fail(ctx, ERR_NO_GRANT);
    return err ? err : grant_revoke(ctx, id);
}

/* ---- Fields ---- */

const struct field user_session_fields[] = {
    {.name = STR_INIT("payload"),
     .type = FIELD_MAP,
     .doc = "The session, with what was granted in it by application."},
    {.name = STR_INIT("lastSubmission"),
     .type = FIELD_MAP,
     .flags = FIELD_NULLABLE,
     .doc = "How the user signed in; not kept."},
    {.name = STR_INIT("clientId"),
     .type = FIELD_STRING,
     .doc = "The application that it began with."},
    {.name = STR_INIT("accountId"), .type = FIELD_STRING, .doc = "The user."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_INT, .doc = "When it ends, in milliseconds."},
    {.name = STR_INIT("isCurrent"),
     .type = FIELD_BOOL,
     .flags = FIELD_MAYBE,
     .doc = "Whether the token of the request came from it; where users ask themselves."},
    FIELDS_END,
};
static const struct field session_item = {.type = FIELD_OBJECT, .fields = user_session_fields};
const struct field user_sessions_fields[] = {
    {.name = STR_INIT("sessions"),
     .type = FIELD_ARRAY,
     .item = &session_item,
     .doc = "Active sessions."},
    FIELDS_END,
};

static const struct field grant_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("payload"), .type = FIELD_MAP, .doc = "What was granted, and when."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_INT, .doc = "When it ends, in milliseconds."},
    {.name = STR_INIT("application"), .type = FIELD_MAP, .doc = "Whom it was granted to."},
    FIELDS_END,
};
static const struct field grant_item = {.type = FIELD_OBJECT, .fields = grant_reply};
const struct field user_grants_fields[] = {
    {.name = STR_INIT("grants"), .type = FIELD_ARRAY, .item = &grant_item, .doc = "Active grants."},
    FIELDS_END,
};

static const char *const application_kinds[] = {"firstParty", "thirdParty", NULL};
static const char *const revoke_targets[] = {"all", "firstParty", NULL};

const struct field user_grants_query[] = {
    {.name = STR_INIT("appType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = application_kinds,
     .doc = "Only grants to one's own applications, or only to others."},
    FIELDS_END,
};

const struct field user_session_end_query[] = {
    {.name = STR_INIT("revokeGrantsTarget"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = revoke_targets,
     .doc = "Which grants end with the session."},
    FIELDS_END,
};
