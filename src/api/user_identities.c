/* /api/users/:userId/identities: accounts at social providers, linked to a user. */
#include "domain/user_identities.h"
#include "domain/kept_tokens.h"
#include "domain/social.h"
#include "domain/user_sso_identities.h"

/* ---- What the user has: {"github":{"userId":"…","details":{…}}} ---- */

static enum err put_tokens(struct ctx *ctx, bool enterprise, struct str by)
{
    return ctx_query_is_yes(ctx, STR("includeTokenSecret"))
               ? kept_tokens_put(ctx, ctx->params[0], enterprise, by)
               : OK;
}

static enum err get_identity(struct ctx *ctx)
{
    json *identities;
    enum err err = user_identities_get(ctx, ctx->params[0], &identities);
    if (err)
        return err;
    json *identity = json_get(identities, ctx->params[1]);
    if (!identity)
        return fail(ctx, ERR_USER_NO_IDENTITY);
    json_open_object(&ctx->answer.json);
    json_key(&ctx->answer.json, STR("identity"));
    json_put_value(&ctx->answer.json, identity);
    err = put_tokens(ctx, false, ctx->params[1]);
    json_close_object(&ctx->answer.json);
    return err;
}

static enum err put_sso_list(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = user_sso_list(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    json_key(out, STR("ssoIdentities"));
    json_open_array(out);
    for (size_t i = 0; !err && i < rows.count; i++) {
        json_open_object(out);
        JSON_STR(out, "ssoConnectorId", user_sso_connector(&rows, i));
        json_key(out, STR("ssoIdentity"));
        user_sso_put(ctx, out, &rows, i);
        err = put_tokens(ctx, true, user_sso_connector(&rows, i));
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err list_all(struct ctx *ctx)
{
    struct json_out *out = &ctx->answer.json;
    json *identities, *target, *identity;
    size_t index, max;
    enum err err = user_identities_get(ctx, ctx->params[0], &identities);
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
        if (!err)
            err = put_tokens(ctx, false, json_str(target));
        json_close_object(out);
    }
    json_close_array(out);
    if (!err)
        err = put_sso_list(ctx);
    json_close_object(out);
    return err;
}

/* ---- Linking ---- */

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
    struct str details = field_clean(&identity_field, ctx->body, ctx->arena);
    json *old;
    enum err err = user_identities_get(ctx, ctx->params[0], &old);
    if (!err)
        err = user_identity_link(ctx, ctx->params[0], ctx->params[1],
                                 json_str(ctx_body(ctx, STR("userId"))), details, &rows);
    if (err)
        return err;
    ctx->answer.status = json_get(old, ctx->params[1]) ? 200 : 201;
    json_put_raw(&ctx->answer.json, db_text(&rows, 0, USER_IDENTITIES));
    return OK;
}

static enum err delete_identity(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_identity_unlink(ctx, ctx->params[0], ctx->params[1], &rows);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

/* ---- Linking by what the provider says ---- */

static struct str account_of(struct ctx *ctx, const struct social_identity *who)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "userId", who->id);
    JSON_RAW(&out, "details", who->details);
    json_close_object(&out);
    return buf_view(&buf);
}

/* The caller has sent a browser to the provider by an address of its own making: there was neither
 * nonce nor PKCE. */
static enum err link_by_connector(struct ctx *ctx)
{
    struct social_provider provider;
    struct social_identity who;
    struct db_rows rows;
    json *data = ctx_body(ctx, STR("connectorData"));
    struct str code = json_str(json_get(data, STR("code")));
    const struct social_trip trip = {.redirect_uri = json_str(json_get(data, STR("redirectUri")))};
    enum err err = social_open(ctx, json_str(ctx_body(ctx, STR("connectorId"))), &provider);
    if (err == ERR_SOCIAL_CONNECTOR)
        return fail(ctx, ERR_NOT_FOUND);
    if (!err)
        err = user_check_exists(ctx, ctx->params[0]);
    if (err)
        return err;
    if (!code.n)
        return fail(ctx, ERR_SOCIAL_CODE);
    provider.pkce = false;
    if ((err = social_finish(ctx, &provider, &trip, code, &who)))
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = user_identity_link(ctx, ctx->params[0], provider.target, who.id,
                                  account_of(ctx, &who), &rows)))
        return err;
    json_put_raw(&ctx->answer.json, db_text(&rows, 0, USER_IDENTITIES));
    return OK;
}

static enum err get_sso_identity(struct ctx *ctx)
{
    struct db_rows rows;
    size_t i = 0;
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (err || (err = user_sso_list(ctx, ctx->params[0], &rows)))
        return err;
    while (i < rows.count && !str_eq(user_sso_connector(&rows, i), ctx->params[1]))
        i++;
    if (i == rows.count)
        return fail(ctx, ERR_USER_NO_SSO_IDENTITY);
    json_open_object(&ctx->answer.json);
    json_key(&ctx->answer.json, STR("ssoIdentity"));
    user_sso_put(ctx, &ctx->answer.json, &rows, i);
    err = put_tokens(ctx, true, ctx->params[1]);
    json_close_object(&ctx->answer.json);
    return err;
}

/* ---- Routes ---- */

static const struct field token_query[] = {
    {.name = STR_INIT("includeTokenSecret"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with what is kept of the provider's tokens."},
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
    {.name = STR_INIT("tokenSecret"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = KEPT_TOKENS_DOC},
    FIELDS_END,
};

static const struct field social_fields[] = {
    {.name = STR_INIT("target"), .type = FIELD_STRING, .doc = "The provider."},
    {.name = STR_INIT("identity"),
     .type = FIELD_OBJECT,
     .fields = identity_fields,
     .doc = "The account."},
    {.name = STR_INIT("tokenSecret"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = KEPT_TOKENS_DOC},
    FIELDS_END,
};
static const struct field social_item = {.type = FIELD_OBJECT, .fields = social_fields};
static const struct field all_sso_fields[] = {
    {.name = STR_INIT("ssoConnectorId"), .type = FIELD_STRING, .doc = "The connector."},
    {.name = STR_INIT("ssoIdentity"),
     .type = FIELD_OBJECT,
     .fields = user_sso_fields,
     .doc = "The account."},
    {.name = STR_INIT("tokenSecret"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = KEPT_TOKENS_DOC},
    FIELDS_END,
};
static const struct field sso_item = {.type = FIELD_OBJECT, .fields = all_sso_fields};
static const struct field sso_reply[] = {
    {.name = STR_INIT("ssoIdentity"),
     .type = FIELD_OBJECT,
     .fields = user_sso_fields,
     .doc = "The account."},
    {.name = STR_INIT("tokenSecret"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = KEPT_TOKENS_DOC},
    FIELDS_END,
};

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
     .status = 200,
     .reply = REPLY_FREE,
     .sends = true,
     .summary = "Link a social account by what its provider says",
     .doc = "connectorData is what the provider has sent back: `code`, and the `redirectUri` that "
            "the browser was sent back to. Answers with all of the user's social accounts.",
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
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sso_reply,
     .summary = "Get an account of a user at an enterprise connector",
     .handle = get_sso_identity},
    ROUTES_END,
};
