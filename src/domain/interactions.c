/* Interactions. */
#include "domain/interactions.h"

#include "domain/cookies.h"
#include "domain/opaque.h"

#define COOKIE STR("_interaction")
#define KEPT   4 /* of one browser */

static const struct str decisions[] = {
    [DECISION_NONE] = STR_INIT("none"),
    [DECISION_CONSENT] = STR_INIT("consent"),
    [DECISION_REJECT] = STR_INIT("reject"),
};

/* The cookie holds the secrets of the last few, newest first, with '.' between. */
static enum err remember(struct ctx *ctx, struct str secret)
{
    struct buf buf = buf_new(ctx->arena, 512);
    struct str rest = cookie_get(ctx, COOKIE), each;
    buf_str(&buf, secret);
    for (size_t i = 1; i < KEPT && (each = str_split(&rest, '.')).p; i++) {
        if (each.n != OPAQUE_LENGTH)
            break;
        buf_byte(&buf, '.');
        buf_str(&buf, each);
    }
    struct str value = buf_view(&buf);
    return value.p ? cookie_set(ctx, COOKIE, value, INTERACTION_TTL_MS / 1000)
                   : fail(ctx, ERR_NO_MEMORY);
}

enum err interaction_create(struct ctx *ctx, const struct interaction *what, struct str params,
                            struct str *uid)
{
    struct str secret = opaque_new(ctx->arena), id = opaque_new(ctx->arena);
    struct str digest = secret.p ? opaque_digest(ctx->arena, secret) : STR_NONE;
    if (!digest.p || !id.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_exec(ctx->db,
                "INSERT INTO interactions (digest, uid, application_id, params, state, user_id, "
                "session_uid, decision, created_at, expires_at) "
                "VALUES ($1, $2, $3, $4, '{}', $5, $6, 'none', $7, $8)",
                DB_PARAMS(db_text_value(digest), db_text_value(id),
                          db_text_value(what->application_id), db_text_value(params),
                          db_text_value(what->user_id), db_text_value(what->session_uid),
                          db_int_value(ctx->now), db_int_value(ctx->now + INTERACTION_TTL_MS)),
                NULL);
    if (err)
        return fail(ctx, err);
    *uid = id;
    return remember(ctx, secret);
}

static enum err from_row(struct ctx *ctx, const struct db_rows *rows, struct interaction *out)
{
    *out = (struct interaction){
        .uid = db_text(rows, 0, 0),
        .application_id = db_text(rows, 0, 1),
        .state = db_text(rows, 0, 3),
        .user_id = db_text(rows, 0, 4),
        .session_uid = db_text(rows, 0, 5),
    };
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++)
        if (str_eq(db_text(rows, 0, 6), decisions[i]))
            out->decision = (enum decision)i;
    return json_parse(ctx->arena, db_text(rows, 0, 2), &out->params, NULL) == JSON_OK
               ? OK
               : fail(ctx, ERR_INTERNAL);
}

static enum err find_by_secret(struct ctx *ctx, struct str secret, struct interaction *out)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, secret);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_query(ctx->db,
                 "SELECT uid, application_id, params, state, user_id, session_uid, "
                 "decision FROM interactions WHERE digest = $1 AND expires_at > $2",
                 DB_PARAMS(db_text_value(digest), db_int_value(ctx->now)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? from_row(ctx, &rows, out) : ERR_NOT_FOUND;
}

enum err interaction_find(struct ctx *ctx, struct str uid, struct str application_id,
                          struct interaction *out)
{
    struct str rest = cookie_get(ctx, COOKIE), secret;
    for (size_t i = 0; i < KEPT && (secret = str_split(&rest, '.')).p; i++) {
        struct interaction found;
        if (secret.n != OPAQUE_LENGTH)
            continue;
        enum err err = find_by_secret(ctx, secret, &found);
        if (err == ERR_NOT_FOUND)
            continue;
        if (err)
            return err;
        if ((uid.p && !str_eq(uid, found.uid)) ||
            (application_id.p && !str_eq(application_id, found.application_id)))
            continue;
        *out = found;
        return OK;
    }
    return ERR_NOT_FOUND;
}

/* sql has the new value as $1 and the uid as $2. */
static enum err update(struct ctx *ctx, const struct interaction *interaction, const char *sql,
                       struct str value)
{
    enum err err = db_exec(ctx->db, sql,
                           DB_PARAMS(db_text_value(value), db_text_value(interaction->uid)), NULL);
    return err ? fail(ctx, err) : OK;
}

enum err interaction_set_state(struct ctx *ctx, struct interaction *interaction, struct str state)
{
    interaction->state = state;
    return update(ctx, interaction, "UPDATE interactions SET state = $1 WHERE uid = $2", state);
}

enum err interaction_sign_in(struct ctx *ctx, struct interaction *interaction, struct str user_id)
{
    interaction->user_id = user_id;
    return update(ctx, interaction, "UPDATE interactions SET user_id = $1 WHERE uid = $2", user_id);
}

enum err interaction_set_session(struct ctx *ctx, struct interaction *interaction,
                                 struct str session_uid)
{
    interaction->session_uid = session_uid;
    return update(ctx, interaction, "UPDATE interactions SET session_uid = $1 WHERE uid = $2",
                  session_uid);
}

enum err interaction_decide(struct ctx *ctx, struct interaction *interaction,
                            enum decision decision)
{
    interaction->decision = decision;
    return update(ctx, interaction, "UPDATE interactions SET decision = $1 WHERE uid = $2",
                  decisions[decision]);
}

enum err interaction_end(struct ctx *ctx, const struct interaction *interaction, bool *ended)
{
    int64_t affected = 0;
    enum err err = db_exec(ctx->db, "DELETE FROM interactions WHERE uid = $1",
                           DB_PARAMS(db_text_value(interaction->uid)), &affected);
    *ended = affected > 0;
    return err ? fail(ctx, err) : OK;
}

struct str interaction_resume_url(struct ctx *ctx, const struct interaction *interaction)
{
    return arena_printf(ctx->arena, "%.*s/oidc/auth/%.*s", STR_ARG(ctx->origin),
                        STR_ARG(interaction->uid));
}
