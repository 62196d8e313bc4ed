/* Sessions. */
#include "domain/sessions.h"

#include "base/ids.h"
#include "domain/configs.h"
#include "domain/cookies.h"
#include "domain/known_devices.h"
#include "domain/opaque.h"
#include "domain/operators.h"
#include "domain/outbox.h"
#include "domain/trusted_devices.h"

#define COOKIE STR("_session")

static enum err cookie_digest(struct ctx *ctx, struct str *digest)
{
    struct str value = cookie_get(ctx, COOKIE);
    *digest = STR_NONE;
    if (value.n != OPAQUE_LENGTH)
        return OK;
    *digest = opaque_digest(ctx->arena, value);
    return digest->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

enum err session_find(struct ctx *ctx, struct session *out)
{
    struct str digest;
    struct db_rows rows;
    *out = (struct session){0};
    enum err err = cookie_digest(ctx, &digest);
    if (err || !digest.p)
        return err;
    err = db_query(ctx->db,
                   "SELECT s.uid, s.user_id, s.login_at FROM sessions s JOIN users u ON u.id = "
                   "s.user_id WHERE s.digest = $1 AND s.expires_at > $2 AND u.is_suspended = 0",
                   DB_PARAMS(db_text_value(digest), db_int_value(ctx->now)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (rows.count)
        *out = (struct session){db_text(&rows, 0, 0), db_text(&rows, 0, 1), db_int(&rows, 0, 2)};
    return OK;
}

struct str session_sid(struct arena *arena, struct str uid, struct str application_id)
{
    struct str text = arena_printf(arena, "sid.%.*s.%.*s", STR_ARG(uid), STR_ARG(application_id));
    return text.p ? opaque_digest(arena, text) : STR_NONE;
}

static enum err tell(struct ctx *ctx, struct str application_id, struct str user_id, struct str uid)
{
    char id[ID_ORDERED_LENGTH];
    const struct app *app = snapshot_app(ctx->snapshot, application_id);
    struct str sid = session_sid(ctx->arena, uid, application_id);
    if (!app || !app->backchannel_uri.n)
        return OK;
    if (!sid.p)
        return fail(ctx, ERR_NO_MEMORY);
    id_ordered(id, ctx->now);
    outbox_note();
    enum err err = db_exec(ctx->db,
                           "INSERT INTO logout_deliveries (id, application_id, issuer, user_id,"
                           " sid, attempts, due_at, created_at)"
                           " VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
                           DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                                     db_text_value(application_id), db_text_value(ctx->issuer),
                                     db_text_value(user_id), db_text_value(sid),
                                     db_int_value(ctx->now), db_int_value(ctx->now)),
                           NULL);
    return err ? fail(ctx, err) : OK;
}

/* OpenID Connect Back-Channel Logout 2.3. which: of sessions s that end, with $1 and $2. */
static enum err tell_applications(struct ctx *ctx, const char *which, struct str value,
                                  struct str kept)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, which, DB_PARAMS(db_text_value(value), db_text_value(kept)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = tell(ctx, db_text(&rows, i, 0), db_text(&rows, i, 1), db_text(&rows, i, 2));
    return err;
}

#define USED_FOR                                                                                   \
    "SELECT g.application_id, s.user_id, s.uid FROM sessions s"                                    \
    " JOIN grants g ON g.session_uid = s.uid WHERE s."

enum err session_revoke(struct ctx *ctx, struct str uid)
{
    enum err err = tell_applications(ctx, USED_FOR "uid = $1 AND s.uid <> $2", uid, STR(""));
    if (err)
        return err;
    /* OpenID Connect Core 11: what was granted with offline_access outlives the session. */
    err = db_exec(ctx->db,
                  "DELETE FROM grants WHERE session_uid = $1 AND "
                  "' ' || scope || ' ' NOT LIKE '% offline_access %'",
                  DB_PARAMS(db_text_value(uid)), NULL);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM sessions WHERE uid = $1", DB_PARAMS(db_text_value(uid)),
                      NULL);
    return err ? fail(ctx, err) : OK;
}

static enum err find_ttl(struct ctx *ctx, int64_t *seconds)
{
    json *settings;
    enum err err = config_find(ctx, STR(CONFIG_SESSION), &settings);
    json *ttl = err ? NULL : json_get(settings, STR("ttl"));
    *seconds = yyjson_is_int(ttl) ? yyjson_get_sint(ttl) : CONFIG_SESSION_TTL;
    if (*seconds > CONFIG_SESSION_TTL_MAX)
        *seconds = CONFIG_SESSION_TTL_MAX;
    return err;
}

/* ttl in seconds. */
static enum err renew(struct ctx *ctx, struct str old, struct str digest, int64_t ttl,
                      struct session *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "UPDATE sessions SET digest = $1, login_at = $2, expires_at = $3 "
                            "WHERE digest = $4 AND user_id = $5 RETURNING uid",
                            DB_PARAMS(db_text_value(digest), db_int_value(ctx->now),
                                      db_int_value(ctx->now + ttl * 1000), db_text_value(old),
                                      db_text_value(out->user_id)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (rows.count)
        out->uid = db_text(&rows, 0, 0);
    return OK;
}

static enum err insert(struct ctx *ctx, struct str digest, struct str application_id, int64_t ttl,
                       struct session *out)
{
    out->uid = opaque_new(ctx->arena);
    if (!out->uid.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(ctx->db,
                           "INSERT INTO sessions (digest, uid, user_id, application_id, login_at, "
                           "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                           DB_PARAMS(db_text_value(digest), db_text_value(out->uid),
                                     db_text_value(out->user_id), db_text_value(application_id),
                                     db_int_value(ctx->now), db_int_value(ctx->now),
                                     db_int_value(ctx->now + ttl * 1000)),
                           NULL);
    return err ? fail(ctx, err) : OK;
}

enum err session_start(struct ctx *ctx, struct str user_id, struct str application_id,
                       struct session *out)
{
    struct session old;
    int64_t ttl;
    struct str old_digest, text = opaque_new(ctx->arena);
    struct str digest = text.p ? opaque_digest(ctx->arena, text) : STR_NONE;
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = cookie_digest(ctx, &old_digest);
    if (!err)
        err = session_find(ctx, &old);
    if (err || (err = find_ttl(ctx, &ttl)))
        return err;
    *out = (struct session){STR_NONE, user_id, ctx->now};
    if (old.uid.p && str_eq(old.user_id, user_id))
        err = renew(ctx, old_digest, digest, ttl, out);
    else if (old.uid.p)
        err = session_revoke(ctx, old.uid);
    if (!err && !out->uid.p)
        err = insert(ctx, digest, application_id, ttl, out);
    if (!err)
        err = cookie_set(ctx, COOKIE, text, ttl);
    return err ? err : known_device_set(ctx, user_id);
}

/* The console is a page of this server: in whatever tab it is open, it has nothing to do there
 * without a session. */
static enum err end_console(struct ctx *ctx, struct str session_uid)
{
    enum err err = db_exec(
        ctx->db, "DELETE FROM grants WHERE session_uid = $1 AND application_id = '" CONSOLE_ID "'",
        DB_PARAMS(db_text_value(session_uid)), NULL);
    return err ? fail(ctx, err) : OK;
}

enum err session_end(struct ctx *ctx, const struct session *session)
{
    enum err err = session->uid.p ? session_revoke(ctx, session->uid) : OK;
    if (!err && session->uid.p)
        err = end_console(ctx, session->uid);
    return err ? err : cookie_set(ctx, COOKIE, STR(""), 0);
}

enum err session_end_others(struct ctx *ctx, struct str user_id, struct str kept)
{
    if (!kept.p)
        kept = STR("");
    enum err err = tell_applications(ctx, USED_FOR "user_id = $1 AND s.uid <> $2", user_id, kept);
    if (err)
        return err;
    err = db_exec(ctx->db, "DELETE FROM grants WHERE user_id = $1 AND session_uid <> $2",
                  DB_PARAMS(db_text_value(user_id), db_text_value(kept)), NULL);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM sessions WHERE user_id = $1 AND uid <> $2",
                      DB_PARAMS(db_text_value(user_id), db_text_value(kept)), NULL);
    /* A sign-in that was submitted and has not come back for its session; one of a suspended user
     * is told so when it does. */
    if (!err)
        err = db_exec(ctx->db,
                      "DELETE FROM interactions WHERE user_id = $1"
                      " AND (session_uid IS NULL OR session_uid <> $2)"
                      " AND EXISTS (SELECT 1 FROM users WHERE id = $1 AND is_suspended = 0)",
                      DB_PARAMS(db_text_value(user_id), db_text_value(kept)), NULL);
    return err ? fail(ctx, err) : OK;
}

enum err session_end_all(struct ctx *ctx, struct str user_id)
{
    enum err err = session_end_others(ctx, user_id, STR_NONE);
    return err ? err : trusted_devices_end(ctx, user_id);
}
