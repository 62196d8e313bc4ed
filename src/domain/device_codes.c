/* Device codes. */
#include "domain/device_codes.h"

#include "base/unicode.h"
#include "crypto/digest.h"
#include "domain/grants.h"
#include "domain/opaque.h"

#define USER_CODE_LETTERS 8
#define TYPED_MAX         ((size_t)64)
#define KEPT_MS           ((int64_t)3600 * 1000) /* after it has expired, so that it can be told */

static const struct str states[] = {
    [DEVICE_WAITING] = STR_INIT("waiting"),
    [DEVICE_SIGNING_IN] = STR_INIT("signing_in"),
    [DEVICE_GRANTED] = STR_INIT("granted"),
    [DEVICE_DENIED] = STR_INIT("denied"),
};

static enum device_state state_of(struct str text)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_eq(states[i], text))
            return (enum device_state)i;
    return DEVICE_DENIED;
}

/* ---- Codes of users: consonants alone, so that they spell nothing (RFC 8628 6.1) ---- */

/* Each letter equally often: what would make some of them likelier is thrown away. */
static void random_letters(char *letters)
{
    static const char all[] = "BCDFGHJKLMNPQRSTVWXZ";
    for (size_t i = 0; i < USER_CODE_LETTERS;) {
        uint8_t byte;
        random_bytes(&byte, sizeof byte);
        if (byte < 240)
            letters[i++] = all[byte % 20];
    }
}

/* The letters of what was typed, in whatever case and width, with whatever between them. */
static struct str letters_of(struct ctx *ctx, struct str typed)
{
    struct buf buf = buf_new(ctx->arena, TYPED_MAX);
    struct str folded =
        typed.n <= TYPED_MAX && str_is_utf8(typed) ? unicode_fold(ctx->arena, typed) : STR_NONE;
    for (size_t i = 0; i < folded.n && i < TYPED_MAX; i++) {
        char c = folded.p[i];
        if (c >= 'a' && c <= 'z')
            buf_byte(&buf, (char)(c - 'a' + 'A'));
        else if (c >= '0' && c <= '9')
            buf_byte(&buf, c);
    }
    return buf.n ? buf_view(&buf) : STR("");
}

/* As devices show them. */
static struct str shown_form(struct ctx *ctx, struct str letters)
{
    return arena_printf(ctx->arena, "%.4s-%.4s", letters.p, letters.p + USER_CODE_LETTERS / 2);
}

/* As they are stored: their digest. */
static struct str stored_form(struct ctx *ctx, struct str letters)
{
    return letters.n == USER_CODE_LETTERS ? opaque_digest(ctx->arena, letters) : STR("");
}

enum err device_code_create(struct ctx *ctx, const struct device_code *what, struct str *user_code)
{
    char letters[USER_CODE_LETTERS];
    random_letters(letters);
    const struct str text = {letters, sizeof letters};
    struct str stored = stored_form(ctx, text);
    *user_code = shown_form(ctx, text);
    if (!stored.p || !user_code->p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(ctx->db, "DELETE FROM device_codes WHERE expires_at < $1",
                           DB_PARAMS(db_int_value(ctx->now - KEPT_MS)), NULL);
    if (!err)
        err = db_exec(ctx->db,
                      "INSERT INTO device_codes (digest, user_code, application_id, params, state,"
                      " polled_at, poll_interval, created_at, expires_at)"
                      " VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)",
                      DB_PARAMS(db_text_value(what->digest), db_text_value(stored),
                                db_text_value(what->application_id), db_text_value(what->params),
                                db_text_value(states[DEVICE_WAITING]),
                                db_int_value(DEVICE_POLL_INTERVAL), db_int_value(ctx->now),
                                db_int_value(ctx->now + DEVICE_CODE_TTL_MS)),
                      NULL);
    return err ? fail(ctx, err) : OK;
}

enum err device_code_find(struct ctx *ctx, struct str user_code, struct device_code *out)
{
    struct db_rows rows;
    struct str letters = letters_of(ctx, user_code);
    struct str stored = stored_form(ctx, letters);
    if (!stored.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db,
                            "SELECT digest, application_id, params, state, expires_at"
                            " FROM device_codes WHERE user_code = $1",
                            DB_PARAMS(db_text_value(stored)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return ERR_NOT_FOUND;
    *out = (struct device_code){
        .user_code = shown_form(ctx, letters),
        .digest = db_text(&rows, 0, 0),
        .application_id = db_text(&rows, 0, 1),
        .params = db_text(&rows, 0, 2),
        .state = state_of(db_text(&rows, 0, 3)),
        .expired = db_int(&rows, 0, 4) <= ctx->now,
    };
    return OK;
}

/* ---- What the user makes of it ---- */

static enum err move(struct ctx *ctx, struct str digest, enum device_state from,
                     enum device_state to, bool *moved)
{
    int64_t affected = 0;
    enum err err = db_exec(ctx->db,
                           "UPDATE device_codes SET state = $1 WHERE digest = $2 AND state = $3"
                           " AND expires_at > $4",
                           DB_PARAMS(db_text_value(states[to]), db_text_value(digest),
                                     db_text_value(states[from]), db_int_value(ctx->now)),
                           &affected);
    *moved = affected > 0;
    return err ? fail(ctx, err) : OK;
}

enum err device_code_begin(struct ctx *ctx, struct str digest, bool *mine)
{
    return move(ctx, digest, DEVICE_WAITING, DEVICE_SIGNING_IN, mine);
}

enum err device_code_deny(struct ctx *ctx, struct str digest)
{
    bool moved = false;
    enum err err = move(ctx, digest, DEVICE_WAITING, DEVICE_DENIED, &moved);
    return err || moved ? err : move(ctx, digest, DEVICE_SIGNING_IN, DEVICE_DENIED, &moved);
}

enum err device_code_grant(struct ctx *ctx, struct str digest, struct str grant_id,
                           int64_t auth_time, bool *granted)
{
    enum err err = move(ctx, digest, DEVICE_SIGNING_IN, DEVICE_GRANTED, granted);
    if (err || !*granted)
        return err;
    err = db_exec(
        ctx->db, "UPDATE device_codes SET grant_id = $1, auth_time = $2 WHERE digest = $3",
        DB_PARAMS(db_text_value(grant_id), db_int_value(auth_time), db_text_value(digest)), NULL);
    return err ? fail(ctx, err) : OK;
}

/* ---- What the device gets ---- */

/* RFC 8628 3.5: one that asks too often is told to wait longer, from then on. */
static enum err still_waiting(struct ctx *ctx, struct str digest, int64_t polled_at,
                              int64_t interval)
{
    bool early = polled_at && ctx->now - polled_at < interval * 1000;
    enum err err = db_exec(
        ctx->db, "UPDATE device_codes SET polled_at = $1, poll_interval = $2 WHERE digest = $3",
        DB_PARAMS(db_int_value(ctx->now),
                  db_int_value(interval + (early ? DEVICE_POLL_INTERVAL : 0)),
                  db_text_value(digest)),
        NULL);
    if (err)
        return fail(ctx, err);
    ctx_keep_writes(ctx);
    return fail(ctx, early ? ERR_OAUTH_SLOW_DOWN : ERR_OAUTH_PENDING);
}

static enum err end_grant(struct ctx *ctx, struct str grant_id)
{
    enum err err = grant_id.p ? grant_revoke(ctx, grant_id) : OK;
    if (err)
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

static enum err consume(struct ctx *ctx, struct str digest, struct device_grant *out)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db,
                 "UPDATE device_codes SET consumed_at = $1 WHERE digest = $2 AND"
                 " consumed_at IS NULL RETURNING grant_id, params, auth_time, (SELECT"
                 " g.user_id FROM grants g WHERE g.id = device_codes.grant_id)",
                 DB_PARAMS(db_int_value(ctx->now), db_text_value(digest)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    *out = (struct device_grant){db_text(&rows, 0, 0), db_text(&rows, 0, 3), db_text(&rows, 0, 1),
                                 db_int(&rows, 0, 2)};
    return OK;
}

static enum err outcome(struct ctx *ctx, struct str digest, const struct db_rows *rows,
                        struct device_grant *out)
{
    enum device_state state = state_of(db_text(rows, 0, 0));
    if (db_int(rows, 0, 1)) /* used before */
        return end_grant(ctx, db_text(rows, 0, 2));
    if (db_int(rows, 0, 3) <= ctx->now)
        return fail(ctx, ERR_OAUTH_EXPIRED);
    if (state != DEVICE_GRANTED && state != DEVICE_DENIED)
        return still_waiting(ctx, digest, db_int(rows, 0, 4), db_int(rows, 0, 5));
    enum err err = consume(ctx, digest, out);
    if (err || state == DEVICE_GRANTED)
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_OAUTH_DEVICE_DENIED);
}

enum err device_code_poll(struct ctx *ctx, struct str text, struct str application_id,
                          struct device_grant *out)
{
    struct db_rows rows;
    struct str digest = opaque_digest(ctx->arena, text);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db,
                            "SELECT state, COALESCE(consumed_at, 0), grant_id, expires_at,"
                            " polled_at, poll_interval FROM device_codes WHERE digest = $1 AND"
                            " application_id = $2",
                            DB_PARAMS(db_text_value(digest), db_text_value(application_id)),
                            ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? outcome(ctx, digest, &rows, out) : fail(ctx, ERR_OAUTH_INVALID_GRANT);
}
