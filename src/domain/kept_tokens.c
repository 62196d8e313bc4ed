/* Tokens of other providers, kept for users. */
#include "domain/kept_tokens.h"

#include "base/ids.h"
#include "domain/sealed.h"

#define PLACE "kept_tokens|sealed"
#define ROOM  ((size_t)64 * 1024)

/* ---- Keeping ---- */

/* Sealed ones open for this account alone. */
static struct str account_of(struct ctx *ctx, const struct kept_tokens *kept)
{
    return arena_printf(ctx->arena, "%.*s %.*s", STR_ARG(kept->provider), STR_ARG(kept->identity));
}

/* In seconds, at most some decades; -1: it is not told. Some providers send the number as a text.
 */
static int64_t lifetime_of(json *answer)
{
    json *value = json_get(answer, STR("expires_in"));
    int64_t seconds = 0;
    if ((!field_int(value, &seconds) && !str_to_int64(json_str(value), &seconds)) || seconds < 0)
        return -1;
    return seconds < INT32_MAX ? seconds : INT32_MAX;
}

enum err kept_tokens_seal(struct ctx *ctx, struct kept_tokens *kept, json *answer,
                          struct str token_url)
{
    static const char *const names[] = {"access_token", "refresh_token", "id_token", "scope",
                                        "token_type"};
    struct buf buf = buf_new(ctx->arena, ROOM);
    struct json_out out = json_out(&buf);
    int64_t lifetime = lifetime_of(answer);
    kept->sealed = STR_NONE;
    if (!json_str(json_get(answer, STR("access_token"))).n)
        return OK;
    json_open_object(&out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str value = json_str(json_get(answer, str_of(names[i])));
        if (!value.n)
            continue;
        json_key(&out, str_of(names[i]));
        json_put_str(&out, value);
    }
    if (lifetime >= 0)
        JSON_INT(&out, "expires_at", ctx->now / 1000 + lifetime);
    if (token_url.n)
        JSON_STR(&out, "token_url", token_url);
    json_close_object(&out);
    return sealed_make(ctx, PLACE, account_of(ctx, kept), buf_view(&buf), &kept->sealed);
}

enum err kept_tokens_store(struct ctx *ctx, struct str user_id, const struct kept_tokens *kept)
{
    char id[ID_LENGTH];
    struct str none = STR_NONE;
    if (!kept->sealed.p)
        return OK;
    id_random(id, sizeof id);
    return db_exec(
        ctx->db,
        "INSERT INTO kept_tokens (id, user_id, connector_id, sso_connector_id, enterprise,"
        " provider, identity_id, sealed, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
        " ON CONFLICT (user_id, enterprise, provider) DO UPDATE SET"
        " connector_id = excluded.connector_id, sso_connector_id = excluded.sso_connector_id,"
        " identity_id = excluded.identity_id, sealed = excluded.sealed,"
        " updated_at = excluded.updated_at",
        DB_PARAMS(db_text_value((struct str){id, sizeof id}), db_text_value(user_id),
                  db_text_value(kept->enterprise ? none : kept->connector_id),
                  db_text_value(kept->enterprise ? kept->connector_id : none),
                  db_int_value(kept->enterprise), db_text_value(kept->provider),
                  db_text_value(kept->identity), db_text_value(kept->sealed),
                  db_int_value(ctx->now)),
        NULL);
}

/* ---- Finding ---- */

#define COLUMNS                                                                                    \
    "SELECT id, COALESCE(connector_id, sso_connector_id), provider, identity_id, sealed,"          \
    " created_at, updated_at FROM kept_tokens WHERE user_id = $1 AND enterprise = $2 AND "
enum { ID, CONNECTOR, PROVIDER, IDENTITY, SEALED, CREATED, UPDATED };

enum err kept_tokens_find(struct ctx *ctx, struct str user_id, bool enterprise, struct str by,
                          struct kept_tokens_row *out)
{
    struct db_rows rows;
    struct str plain;
    *out = (struct kept_tokens_row){0};
    enum err err =
        db_query(ctx->db, enterprise ? COLUMNS "sso_connector_id = $3" : COLUMNS "provider = $3",
                 DB_PARAMS(db_text_value(user_id), db_int_value(enterprise), db_text_value(by)),
                 ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    out->kept = (struct kept_tokens){.enterprise = enterprise,
                                     .connector_id = db_text(&rows, 0, CONNECTOR),
                                     .provider = db_text(&rows, 0, PROVIDER),
                                     .identity = db_text(&rows, 0, IDENTITY),
                                     .sealed = db_text(&rows, 0, SEALED)};
    err = sealed_open(ctx, PLACE, account_of(ctx, &out->kept), out->kept.sealed, &plain);
    if (!err && json_parse(ctx->arena, plain, &out->tokens, NULL))
        err = fail(ctx, ERR_INTERNAL);
    if (err)
        return err;
    out->created_at = db_int(&rows, 0, CREATED);
    out->updated_at = db_int(&rows, 0, UPDATED);
    out->id = db_text(&rows, 0, ID);
    return OK;
}

enum err kept_tokens_delete(struct ctx *ctx, struct str id, bool *found)
{
    int64_t affected = 0;
    enum err err = db_exec(ctx->db, "DELETE FROM kept_tokens WHERE id = $1",
                           DB_PARAMS(db_text_value(id)), &affected);
    *found = affected > 0;
    return err;
}

enum err kept_tokens_forget(struct ctx *ctx, bool enterprise, struct str connector_id)
{
    return db_exec(ctx->db,
                   enterprise ? "DELETE FROM kept_tokens WHERE sso_connector_id = $1"
                              : "DELETE FROM kept_tokens WHERE connector_id = $1",
                   DB_PARAMS(db_text_value(connector_id)), NULL);
}

/* ---- Showing ---- */

static void put_metadata(struct json_out *out, json *tokens)
{
    struct str scope = json_str(json_get(tokens, STR("scope")));
    struct str type = json_str(json_get(tokens, STR("token_type")));
    int64_t expires_at;
    json_key(out, STR("metadata"));
    json_open_object(out);
    JSON_BOOL(out, "hasRefreshToken", json_get(tokens, STR("refresh_token")) != NULL);
    if (scope.p)
        JSON_STR(out, "scope", scope);
    if (type.p)
        JSON_STR(out, "tokenType", type);
    if (field_int(json_get(tokens, STR("expires_at")), &expires_at))
        JSON_INT(out, "expiresAt", expires_at);
    json_close_object(out);
}

enum err kept_tokens_put(struct ctx *ctx, struct str user_id, bool enterprise, struct str by)
{
    struct kept_tokens_row row;
    struct json_out *out = &ctx->answer.json;
    enum err err = kept_tokens_find(ctx, user_id, enterprise, by, &row);
    if (err || !row.id.p)
        return err;
    json_key(out, STR("tokenSecret"));
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", row.id);
    JSON_STR(out, "userId", user_id);
    JSON_STR(out, "type", STR("federated_token_set"));
    put_metadata(out, row.tokens);
    JSON_INT(out, "createdAt", row.created_at);
    JSON_INT(out, "updatedAt", row.updated_at);
    json_key(out, enterprise ? STR("ssoConnectorId") : STR("connectorId"));
    json_put_str(out, row.kept.connector_id);
    JSON_STR(out, "identityId", row.kept.identity);
    json_key(out, enterprise ? STR("issuer") : STR("target"));
    json_put_str(out, row.kept.provider);
    json_close_object(out);
    return OK;
}
