/* Browsers that are not asked for a second factor. */
#include "domain/trusted_devices.h"

#include "base/ids.h"
#include "domain/cookies.h"
#include "domain/opaque.h"
#include "domain/sign_in_experience.h"

#define DAY_MS          (INT64_C(24) * 60 * 60 * 1000)
#define DAYS            30 /* where the policy does not say */
#define USER_AGENT_MAX  512
#define NAME_DIGEST_MAX 22 /* characters: 128 bits */

/* ---- Policy ---- */

enum err trusted_device_policy(struct ctx *ctx, struct str user_id,
                               struct trusted_device_policy *out)
{
    struct db_rows rows;
    json *stored;
    *out = (struct trusted_device_policy){.days = DAYS};
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err || (err = sign_in_experience_json(ctx, &rows, STR("trustedDevice"), &stored)) ||
        !yyjson_is_true(json_get(stored, STR("enabled"))))
        return err;
    field_int(json_get(stored, STR("durationDays")), &out->days);
    err = db_query(ctx->db,
                   "SELECT 1 FROM organization_users u JOIN organizations o"
                   " ON o.id = u.organization_id"
                   " WHERE u.user_id = $1 AND o.is_trusted_device_allowed = 0",
                   DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    out->enabled = !err && !rows.count;
    return err ? fail(ctx, err) : OK;
}

/* ---- The browser's ---- */

/* One browser may be trusted by several users: each has a cookie, whose name tells nobody who. */
static struct str cookie_name(struct ctx *ctx, struct str user_id)
{
    struct str digest = opaque_digest(ctx->arena, user_id);
    return digest.p ? arena_printf(ctx->arena, "_trusted_%.*s", NAME_DIGEST_MAX, digest.p)
                    : STR_NONE;
}

static enum err find_by_cookie(struct ctx *ctx, struct str user_id, struct str *id)
{
    struct db_rows rows;
    struct str name = cookie_name(ctx, user_id);
    struct str value = name.p ? cookie_get(ctx, name) : STR_NONE;
    *id = STR_NONE;
    if (value.n != OPAQUE_LENGTH)
        return OK;
    struct str digest = opaque_digest(ctx->arena, value);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_query(ctx->db,
                 "SELECT id FROM trusted_devices WHERE digest = $1 AND user_id = $2"
                 " AND expires_at > $3",
                 DB_PARAMS(db_text_value(digest), db_text_value(user_id), db_int_value(ctx->now)),
                 ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (rows.count)
        *id = db_text(&rows, 0, 0);
    return OK;
}

enum err trusted_device_find(struct ctx *ctx, struct str user_id, struct str *id)
{
    struct trusted_device_policy policy;
    *id = STR_NONE;
    enum err err = trusted_device_policy(ctx, user_id, &policy);
    return err || !policy.enabled ? err : find_by_cookie(ctx, user_id, id);
}

static struct db_value user_agent(struct ctx *ctx)
{
    struct str text = http_header_get(ctx->request, STR("user-agent"), NULL);
    return db_text_value(text.n > USER_AGENT_MAX || !str_is_utf8(text) ? STR_NONE : text);
}

static enum err insert(struct ctx *ctx, struct str user_id, struct str digest, int64_t expires)
{
    char id[ID_LENGTH];
    id_random(id, sizeof id);
    enum err err = db_exec(ctx->db, "DELETE FROM trusted_devices WHERE expires_at <= $1",
                           DB_PARAMS(db_int_value(ctx->now)), NULL);
    if (!err)
        err = db_exec(ctx->db,
                      "INSERT INTO trusted_devices (id, user_id, digest, user_agent, ip,"
                      " created_at, last_used_at, expires_at)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                      DB_PARAMS(db_text_value((struct str){id, sizeof id}), db_text_value(user_id),
                                db_text_value(digest), user_agent(ctx), db_text_value(ctx->address),
                                db_int_value(ctx->now), db_int_value(ctx->now),
                                db_int_value(expires)),
                      NULL);
    return err ? fail(ctx, err) : OK;
}

enum err trusted_device_make(struct ctx *ctx, struct str user_id)
{
    struct trusted_device_policy policy;
    enum err err = trusted_device_policy(ctx, user_id, &policy);
    if (err || !policy.enabled)
        return err;
    struct str secret = opaque_new(ctx->arena), name = cookie_name(ctx, user_id);
    struct str digest = secret.p ? opaque_digest(ctx->arena, secret) : STR_NONE;
    if (!name.p || !digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    err = insert(ctx, user_id, digest, ctx->now + policy.days * DAY_MS);
    return err ? err : cookie_set(ctx, name, secret, policy.days * DAY_MS / 1000);
}

enum err trusted_device_use(struct ctx *ctx, struct str id)
{
    enum err err = db_exec(
        ctx->db,
        "UPDATE trusted_devices SET last_used_at = $1, user_agent = COALESCE($2, user_agent),"
        " ip = $3 WHERE id = $4",
        DB_PARAMS(db_int_value(ctx->now), user_agent(ctx), db_text_value(ctx->address),
                  db_text_value(id)),
        NULL);
    return err ? fail(ctx, err) : OK;
}

/* ---- Lists ---- */

#define DEVICE_ROWS                                                                                \
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},                          \
        {.name = STR_INIT("userAgent"),                                                            \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "How the browser names itself."},                                                  \
        {.name = STR_INIT("country"),                                                              \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "Not known here: null."},                                                          \
        {.name = STR_INIT("city"),                                                                 \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "Not known here: null."},                                                          \
        {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "Since when, ms since 1970."},   \
        {.name = STR_INIT("lastUsedAt"),                                                           \
         .type = FIELD_INT,                                                                        \
         .doc = "The last sign-in without a second factor, ms since 1970."},                       \
    {                                                                                              \
        .name = STR_INIT("expiresAt"), .type = FIELD_INT, .doc = "Until when, ms since 1970."      \
    }

const struct field trusted_device_fields[] = {DEVICE_ROWS, FIELDS_END};
const struct field own_trusted_device_fields[] = {
    DEVICE_ROWS,
    {.name = STR_INIT("isCurrent"), .type = FIELD_BOOL, .doc = "Whether it is this browser."},
    FIELDS_END,
};

static void put_device(struct ctx *ctx, const struct db_rows *rows, size_t row,
                       const struct str *current)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, 0));
    JSON_STR(out, "userAgent", db_text(rows, row, 1));
    JSON_STR(out, "country", STR_NONE);
    JSON_STR(out, "city", STR_NONE);
    JSON_INT(out, "createdAt", db_int(rows, row, 2));
    JSON_INT(out, "lastUsedAt", db_int(rows, row, 3));
    JSON_INT(out, "expiresAt", db_int(rows, row, 4));
    if (current)
        JSON_BOOL(out, "isCurrent", str_eq(db_text(rows, row, 0), *current));
    json_close_object(out);
}

#define COLUMN(json_name, sql, kind)                                                               \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = (sql), .type = (kind)                               \
    }

static const struct field device_columns[] = {
    COLUMN("id", "id", FIELD_STRING),
    COLUMN("userAgent", "user_agent", FIELD_STRING),
    COLUMN("createdAt", "created_at", FIELD_INT),
    COLUMN("lastUsedAt", "last_used_at", FIELD_INT),
    COLUMN("expiresAt", "expires_at", FIELD_INT),
    FIELDS_END,
};

static const struct entity device_entity = {
    .name = STR_INIT("trusted-devices"),
    .table = "trusted_devices",
    .fields = device_columns,
    .order = "created_at DESC, id",
};

enum err trusted_devices_answer(struct ctx *ctx, struct str user_id, bool own)
{
    struct db_rows rows;
    struct str current = STR_NONE;
    const struct db_value values[] = {db_text_value(user_id), db_int_value(ctx->now)};
    const struct crud_filter filter = {"user_id = $1 AND expires_at > $2", values, 2};
    enum err err = own ? find_by_cookie(ctx, user_id, &current) : OK;
    if (!err)
        err = entity_list(ctx, &device_entity, &filter, 1, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_device(ctx, &rows, i, own ? &current : NULL);
    json_close_array(&ctx->answer.json);
    return OK;
}

enum err trusted_device_forget(struct ctx *ctx, struct str user_id, struct str id)
{
    struct str current;
    int64_t affected = 0;
    enum err err = find_by_cookie(ctx, user_id, &current);
    if (err)
        return err;
    err = db_exec(ctx->db, "DELETE FROM trusted_devices WHERE id = $1 AND user_id = $2",
                  DB_PARAMS(db_text_value(id), db_text_value(user_id)), &affected);
    if (err || !affected)
        return fail(ctx, err ? err : ERR_NOT_FOUND);
    return str_eq(id, current) ? cookie_set(ctx, cookie_name(ctx, user_id), STR(""), 0) : OK;
}

enum err trusted_devices_end(struct ctx *ctx, struct str user_id)
{
    enum err err = db_exec(ctx->db, "DELETE FROM trusted_devices WHERE user_id = $1",
                           DB_PARAMS(db_text_value(user_id)), NULL);
    return err ? fail(ctx, err) : OK;
}
