/* /api/users/:userId/identities: accounts at social providers, linked to a user. */
#include "domain/users.h"

/* ---- What the user has: {"github":{"userId":"…","details":{…}}} ---- */

static enum err find_identities(struct ctx *ctx, json **identities)
{
    struct db_rows rows;
    enum err err = user_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    if (json_parse(ctx->arena, db_text(&rows, 0, USER_IDENTITIES), identities, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}

static enum err get_identity(struct ctx *ctx)
{
    json *identities;
    enum err err = find_identities(ctx, &identities);
    if (err)
        return err;
    json *identity = json_get(identities, ctx->params[1]);
    if (!identity)
        return fail(ctx, ERR_USER_NO_IDENTITY);
    json_open_object(&ctx->answer.json);
    json_key(&ctx->answer.json, STR("identity"));
    json_put_value(&ctx->answer.json, identity);
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err list_all(struct ctx *ctx)
{
    struct json_out *out = &ctx->answer.json;
    json *identities, *target, *identity;
    size_t index, max;
    enum err err = find_identities(ctx, &identities);
    if (err)
        return err;
    json_open_object(out);
    json_key(out, STR("socialIdentities"));
    json_open_array(out);
    yyjson_obj_foreach(identities, index, max, target, identity)
    {
        json_open_object(out);
        JSON_STR(out, "target", json_str(target));
        json_key(out, STR("identity"));
        json_put_value(out, identity);
        json_close_object(out);
    }
    json_close_array(out);
    JSON_RAW(out, "ssoIdentities", STR("[]"));
    json_close_object(out);
    return OK;
}

/* ---- Linking ---- */

/* The table of links beside the users' own objects makes sure that one account belongs to one user,
 * and finds that user. */
static enum err unlink_target(struct ctx *ctx)
{
    return db_exec(ctx->db, "DELETE FROM user_identities WHERE user_id = $1 AND target = $2",
                   DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])), NULL);
}

static enum err link_target(struct ctx *ctx, struct str identity)
{
    int64_t affected;
    enum err err = unlink_target(ctx);
    if (!err)
        err = db_exec(ctx->db,
                      "INSERT INTO user_identities (target, identity_id, user_id)"
                      " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                      DB_PARAMS(db_text_value(ctx->params[1]), db_text_value(identity),
                                db_text_value(ctx->params[0])),
                      &affected);
    return err || affected ? err : fail(ctx, ERR_USER_IDENTITY);
}

static enum err store_identities(struct ctx *ctx, struct str identities, struct db_rows *rows)
{
    const struct crud_set set = {"identities", db_text_value(identities)};
    if (!identities.p)
        return fail(ctx, ERR_NO_MEMORY);
    return user_update(ctx, ctx->params[0], NULL, &set, 1, rows);
}

static void put_named(struct json_out *out, struct str name, struct str value)
{
    json_open_object(out);
    json_key_escaped(out, name);
    json_put_raw(out, value);
    json_close_object(out);
}

static const struct field identity_fields[] = {
    {.name = STR_INIT("userId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 256,
     .doc = "The user's identifier at the provider."},
    {.name = STR_INIT("details"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .doc = "What the provider tells about the user."},
    FIELDS_END,
};
static const struct field identity_field = {.type = FIELD_OBJECT, .fields = identity_fields};

static enum err put_identity(struct ctx *ctx)
{
    struct db_rows rows;
    struct str details = field_clean(&identity_field, ctx->body, ctx->arena), identities;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json *old;
    enum err err = find_identities(ctx, &old);
    if (!err)
        err = link_target(ctx, json_str(ctx_body(ctx, STR("userId"))));
    if (err)
        return err;
    put_named(&out, ctx->params[1], details);
    identities = user_merge(ctx->arena, json_text(ctx->arena, old), buf_view(&buf));
    err = store_identities(ctx, identities, &rows);
    if (err)
        return err;
    ctx->answer.status = json_get(old, ctx->params[1]) ? 200 : 201;
    json_put_raw(&ctx->answer.json, identities);
    return OK;
}

static enum err delete_identity(struct ctx *ctx)
{
    struct db_rows rows;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json *identities, *target, *identity;
    size_t index, max;
    enum err err = find_identities(ctx, &identities);
    if (!err && !json_get(identities, ctx->params[1]))
        return fail(ctx, ERR_USER_NO_IDENTITY);
    if (!err)
        err = unlink_target(ctx);
    if (err)
        return err;
    json_open_object(&out);
    yyjson_obj_foreach(identities, index, max, target, identity)
    {
        if (str_eq(json_str(target), ctx->params[1]))
            continue;
        json_key_escaped(&out, json_str(target));
        json_put_value(&out, identity);
    }
    json_close_object(&out);
    err = store_identities(ctx, buf_view(&buf), &rows);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

/* ---- What needs connectors, of which there are none yet ---- */

static enum err link_by_connector(struct ctx *ctx)
{
    return fail(ctx, ERR_NOT_FOUND);
}

static enum err get_sso_identity(struct ctx *ctx)
{
    enum err err = user_check_exists(ctx, ctx->params[0]);
    return err ? err : fail(ctx, ERR_USER_NO_SSO_IDENTITY);
}

/* ---- Routes ---- */

static const struct field token_query[] = {
    {.name = STR_INIT("includeTokenSecret"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with what is kept of the provider's tokens; nothing is yet."},
    FIELDS_END,
};

static const struct field connector_body[] = {
    {.name = STR_INIT("connectorId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The connector to the provider."},
    {.name = STR_INIT("connectorData"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "What the provider has sent back."},
    FIELDS_END,
};

static const struct field identity_reply[] = {
    {.name = STR_INIT("identity"),
     .type = FIELD_OBJECT,
     .fields = identity_fields,
     .doc = "The account."},
    FIELDS_END,
};

static const struct field social_fields[] = {
    {.name = STR_INIT("target"), .type = FIELD_STRING, .doc = "The provider."},
    {.name = STR_INIT("identity"),
     .type = FIELD_OBJECT,
     .fields = identity_fields,
     .doc = "The account."},
    FIELDS_END,
};
static const struct field social_item = {.type = FIELD_OBJECT, .fields = social_fields};
static const struct field sso_item = {.type = FIELD_MAP};

static const struct field all_reply[] = {
    {.name = STR_INIT("socialIdentities"),
     .type = FIELD_ARRAY,
     .item = &social_item,
     .doc = "Accounts at social providers."},
    {.name = STR_INIT("ssoIdentities"),
     .type = FIELD_ARRAY,
     .item = &sso_item,
     .doc = "Accounts at enterprise connectors."},
    FIELDS_END,
};

ROUTES(user_identities) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/identities"),
     .area = "users",
     .body_mode = BODY_CREATE,
     .body = connector_body,
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Link a social account by a connector",
     .doc = "Connectors are not served yet, which is what the answer says.",
     .handle = link_by_connector},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/identities/:target"),
     .area = "users",
     .query = token_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = identity_reply,
     .summary = "Get a social account of a user",
     .handle = get_identity},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/users/:userId/identities/:target"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = identity_fields,
     .status = 201,
     .reply = REPLY_FREE,
     .summary = "Link a social account to a user, or replace it",
     .doc = "201 when the user had none of this provider, else 200. Answers with all of them.",
     .handle = put_identity},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/identities/:target"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Unlink a social account",
     .handle = delete_identity},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/all-identities"),
     .area = "users",
     .query = token_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = all_reply,
     .summary = "List all linked accounts of a user",
     .handle = list_all},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/sso-identities/:ssoConnectorId"),
     .area = "users",
     .query = token_query,
     .status = 404,
     .reply = REPLY_FREE,
     .summary = "Get an account of a user at an enterprise connector",
     .doc = "Enterprise connectors are not served yet, which is what the answer says.",
     .handle = get_sso_identity},
    ROUTES_END,
};
