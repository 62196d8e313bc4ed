/* /api/configs/oidc/:keyType: keys that sign tokens and cookies, listed, rotated, deleted. */
#include "domain/cookie_keys.h"
#include "domain/ctx.h"
#include "domain/signing_keys.h"

static const char *const types[] = {"private-keys", "cookie-keys", NULL};

static bool is_private(const struct ctx *ctx)
{
    return str_eq(ctx->params[0], str_of(types[0]));
}

/* ---- Listing ---- */

static enum err list_private(struct ctx *ctx)
{
    const struct signing_key *keys;
    size_t count;
    struct json_out *out = &ctx->answer.json;
    enum err err = signing_keys_list(ctx->db, ctx->arena, &keys, &count);
    json_open_array(out);
    for (size_t i = 0; !err && i < count; i++) {
        bool rsa = str_starts(keys[i].alg, STR("RS")) || str_starts(keys[i].alg, STR("PS"));
        json_open_object(out);
        JSON_STR(out, "id", keys[i].id);
        JSON_INT(out, "createdAt", keys[i].created_at / 1000);
        JSON_STR(out, "signingKeyAlgorithm", rsa ? STR("RSA") : STR("EC"));
        JSON_STR(out, "status", keys[i].state);
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err list_cookie(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err =
        db_query(ctx->db, "SELECT id, created_at FROM cookie_keys ORDER BY created_at DESC, id",
                 DB_NO_PARAMS, ctx->arena, &rows);
    json_open_array(out);
    for (size_t i = 0; !err && i < rows.count; i++) {
        json_open_object(out);
        JSON_STR(out, "id", db_text(&rows, i, 0));
        JSON_INT(out, "createdAt", db_int(&rows, i, 1) / 1000);
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err list_keys(struct ctx *ctx)
{
    return is_private(ctx) ? list_private(ctx) : list_cookie(ctx);
}

/* ---- Rotating ---- */

static enum err rotate_private(struct ctx *ctx)
{
    char id[ID_LENGTH];
    int64_t grace = ctx->tenant->config->key_grace_period;
    struct str wanted = json_str(ctx_body(ctx, STR("signingKeyAlgorithm")));
    enum jwk_alg alg = str_eq(wanted, STR("RSA")) ? JWK_RS256 : JWK_ES256;
    if (ctx_body(ctx, STR("rotationGracePeriod")))
        field_int(ctx_body(ctx, STR("rotationGracePeriod")), &grace);
    enum err err = signing_keys_rotate(ctx->tenant, ctx->db, alg, grace * 1000, ctx->now, id);
    return err ? err : list_private(ctx);
}

static enum err rotate_cookie(struct ctx *ctx)
{
    if (ctx_body(ctx, STR("rotationGracePeriod")))
        return fail(ctx, ERR_KEY_GRACE);
    enum err err = cookie_keys_rotate(ctx->tenant, ctx->db, ctx->arena, ctx->now);
    return err ? err : list_cookie(ctx);
}

static enum err rotate_keys(struct ctx *ctx)
{
    return is_private(ctx) ? rotate_private(ctx) : rotate_cookie(ctx);
}

/* ---- Deleting ---- */

/* The one key there is has to stay; of several, the one that signs. */
static enum err refuse_current(struct ctx *ctx)
{
    const struct signing_key *keys;
    size_t count;
    enum err err = signing_keys_list(ctx->db, ctx->arena, &keys, &count);
    return err ? err : fail(ctx, count > 1 ? ERR_KEY_NOT_PREVIOUS : ERR_KEY_REQUIRED);
}

static enum err delete_private(struct ctx *ctx)
{
    enum err err = signing_keys_delete(ctx->tenant, ctx->db, ctx->params[1], ctx->now);
    if (err == ERR_NOT_FOUND)
        return fail(ctx, ERR_KEY_NOT_FOUND, arena_cstr(ctx->arena, ctx->params[1]));
    return err == ERR_KEY_REQUIRED ? refuse_current(ctx) : err;
}

static enum err delete_cookie(struct ctx *ctx)
{
    struct db_rows rows;
    int64_t affected = 0;
    enum err err =
        db_query(ctx->db, "SELECT count(*) FROM cookie_keys", DB_NO_PARAMS, ctx->arena, &rows);
    if (!err && db_int(&rows, 0, 0) <= 1)
        return fail(ctx, ERR_KEY_REQUIRED);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM cookie_keys WHERE id = $1",
                      DB_PARAMS(db_text_value(ctx->params[1])), &affected);
    if (!err && !affected)
        return fail(ctx, ERR_KEY_NOT_FOUND, arena_cstr(ctx->arena, ctx->params[1]));
    return err;
}

static enum err delete_key(struct ctx *ctx)
{
    return is_private(ctx) ? delete_private(ctx) : delete_cookie(ctx);
}

/* ---- Routes ---- */

static const char *const algorithms[] = {"RSA", "EC", NULL};
static const struct field type_param[] = {
    {.name = STR_INIT("keyType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "Which keys."},
    FIELDS_END,
};
static const char *const states[] = {"Next", "Current", "Previous", NULL};

static const struct field rotate_body[] = {
    {.name = STR_INIT("signingKeyAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = algorithms,
     .doc = "Kind of a new private key; EC when not given."},
    {.name = STR_INIT("rotationGracePeriod"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE,
     .min = 0,
     .max = FIELD_INT_MAX,
     .doc = "Seconds that a new private key is published before it signs."},
    FIELDS_END,
};

static const struct field key_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "Seconds since 1970."},
    {.name = STR_INIT("signingKeyAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_MAYBE,
     .options = algorithms,
     .doc = "Kind of a private key."},
    {.name = STR_INIT("status"),
     .type = FIELD_ENUM,
     .flags = FIELD_MAYBE,
     .options = states,
     .doc = "Whether a private key will sign, signs, or has signed."},
    FIELDS_END,
};

ROUTES(oidc_keys) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/configs/oidc/:keyType"),
     .area = "configs",
     .params = type_param,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = key_fields,
     .summary = "List keys",
     .doc = "keyType is private-keys or cookie-keys.",
     .handle = list_keys},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/configs/oidc/:keyType/rotate"),
     .area = "configs",
     .params = type_param,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = rotate_body,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = key_fields,
     .summary = "Put a new key in the place of the one in use",
     .doc = "The one that was in use stays for what it has signed; older ones go.",
     .handle = rotate_keys},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/configs/oidc/:keyType/:keyId"),
     .area = "configs",
     .params = type_param,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a key",
     .doc = "What it has signed is worth nothing from then on.",
     .handle = delete_key},
    ROUTES_END,
};
