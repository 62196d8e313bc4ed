/* Accounts at enterprise connectors, linked to users. */
#include "domain/user_sso_identities.h"

#include "base/ids.h"

/* ---- Linking ---- */

enum err user_sso_find(struct ctx *ctx, struct str issuer, struct str identity, struct str *user_id)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db, "SELECT user_id FROM user_sso_identities WHERE issuer = $1 AND identity_id = $2",
        DB_PARAMS(db_text_value(issuer), db_text_value(identity)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *user_id = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return OK;
}

static enum err update(struct ctx *ctx, struct str user_id, const struct sso_identity *identity)
{
    int64_t affected = 0;
    enum err err = db_exec(ctx->db,
                           "UPDATE user_sso_identities SET detail = $1, updated_at = $2"
                           " WHERE issuer = $3 AND identity_id = $4 AND user_id = $5",
                           DB_PARAMS(db_text_value(identity->details), db_int_value(ctx->now),
                                     db_text_value(identity->issuer),
                                     db_text_value(identity->identity), db_text_value(user_id)),
                           &affected);
    if (err)
        return fail(ctx, err);
    return affected ? OK : fail(ctx, ERR_USER_IDENTITY);
}

enum err user_sso_link(struct ctx *ctx, struct str user_id, const struct sso_identity *identity,
                       bool *made)
{
    char id[ID_LENGTH];
    int64_t affected = 0;
    id_random(id, sizeof id);
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO user_sso_identities (id, user_id, sso_connector_id, issuer, identity_id,"
        " detail, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"
        " ON CONFLICT DO NOTHING",
        DB_PARAMS(db_text_value((struct str){id, sizeof id}), db_text_value(user_id),
                  db_text_value(identity->connector_id), db_text_value(identity->issuer),
                  db_text_value(identity->identity), db_text_value(identity->details),
                  db_int_value(ctx->now)),
        &affected);
    if (err)
        return fail(ctx, err);
    *made = affected != 0;
    return affected ? OK : update(ctx, user_id, identity);
}

enum err user_sso_has(struct ctx *ctx, struct str user_id, bool *has)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM user_sso_identities WHERE user_id = $1 LIMIT 1",
                            DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *has = rows.count > 0;
    return OK;
}

/* ---- Showing ---- */

#define SHOWN(json_name, kind, text)                                                               \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .doc = (text)                                 \
    }
const struct field user_sso_fields[] = {
    SHOWN("tenantId", FIELD_STRING, "The tenant it is in."),
    SHOWN("id", FIELD_STRING, "Identifier."),
    SHOWN("userId", FIELD_STRING, "Whose it is."),
    SHOWN("issuer", FIELD_STRING, "The provider's issuer."),
    SHOWN("identityId", FIELD_STRING, "The user's identifier at the provider."),
    SHOWN("detail", FIELD_MAP, "What the provider tells about the user."),
    SHOWN("createdAt", FIELD_INT, "Milliseconds since 1970."),
    SHOWN("updatedAt", FIELD_INT, "The same, of the last sign-in with it."),
    SHOWN("ssoConnectorId", FIELD_STRING, "The enterprise connector."),
    FIELDS_END,
};
enum { ID, USER, CONNECTOR, ISSUER, IDENTITY, DETAIL, CREATED, UPDATED };

enum err user_sso_list(struct ctx *ctx, struct str user_id, struct db_rows *rows)
{
    enum err err =
        db_query(ctx->db,
                 "SELECT id, user_id, sso_connector_id, issuer, identity_id, detail, created_at,"
                 " updated_at FROM user_sso_identities WHERE user_id = $1 ORDER BY created_at, id",
                 DB_PARAMS(db_text_value(user_id)), ctx->arena, rows);
    return err ? fail(ctx, err) : OK;
}

struct str user_sso_connector(const struct db_rows *rows, size_t row)
{
    return db_text(rows, row, CONNECTOR);
}

static void put_brief(struct json_out *out, const struct db_rows *rows, size_t row)
{
    json_open_object(out);
    JSON_STR(out, "issuer", db_text(rows, row, ISSUER));
    JSON_STR(out, "identityId", db_text(rows, row, IDENTITY));
    JSON_RAW(out, "detail", db_text(rows, row, DETAIL));
    json_close_object(out);
}

void user_sso_put(struct ctx *ctx, struct json_out *out, const struct db_rows *rows, size_t row)
{
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", db_text(rows, row, ID));
    JSON_STR(out, "userId", db_text(rows, row, USER));
    JSON_STR(out, "issuer", db_text(rows, row, ISSUER));
    JSON_STR(out, "identityId", db_text(rows, row, IDENTITY));
    JSON_RAW(out, "detail", db_text(rows, row, DETAIL));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED));
    JSON_INT(out, "updatedAt", db_int(rows, row, UPDATED));
    JSON_STR(out, "ssoConnectorId", db_text(rows, row, CONNECTOR));
    json_close_object(out);
}

enum err user_sso_put_all(struct ctx *ctx, struct json_out *out, struct str user_id, bool brief)
{
    struct db_rows rows;
    enum err err = user_sso_list(ctx, user_id, &rows);
    if (err)
        return err;
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        if (brief)
            put_brief(out, &rows, i);
        else
            user_sso_put(ctx, out, &rows, i);
    }
    json_close_array(out);
    return OK;
}
