/* /api/my-account/identities/:target/access-token and the same of enterprise connectors: a user's
 * tokens of other providers, for applications that call these. */
#include "domain/user_identities.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/social.h"

static const struct account_need reading = {.scope = "identities", .scope_error = ERR_FORBIDDEN};

static enum err answer(struct ctx *ctx, json *tokens)
{
    static const char *const names[] = {"access_token", "scope", "token_type"};
    struct json_out *out = &ctx->answer.json;
    int64_t expires_at;
    ctx->answer.no_store = true;
    json_open_object(out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str value = json_str(json_get(tokens, str_of(names[i])));
        if (!value.n)
            continue;
        json_key(out, str_of(names[i]));
        json_put_str(out, value);
    }
    if (field_int(json_get(tokens, STR("expires_at")), &expires_at))
        JSON_INT(out, "expires_in", expires_at - ctx->now / 1000);
    json_close_object(out);
    return OK;
}

/* ---- Renewing ---- */

/* *theirs: whether the connector still leads to where the tokens came from. Else that place is not
 * to see what the connector has for its successor. */
static enum err open_provider(struct ctx *ctx, const struct kept_tokens_row *row,
                              struct social_provider *provider, bool *theirs)
{
    *theirs = true;
    struct sso sso;
    if (!row->kept.enterprise)
        return social_open(ctx, row->kept.connector_id, provider);
    enum err err = sso_open(ctx, row->kept.connector_id, &sso);
    if (err)
        return err;
    *theirs = str_eq(sso.issuer, row->kept.provider);
    *provider = sso.client;
    provider->token_url = json_str(json_get(row->tokens, STR("token_url")));
    return OK;
}

/* A provider need not give another refresh token: the old one goes on (RFC 6749 6). */
static enum err with_refresh_token(struct ctx *ctx, json **renewed, struct str old)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    struct json_out out = json_out(&buf);
    size_t index, max;
    json *key, *value;
    if (json_str(json_get(*renewed, STR("refresh_token"))).n)
        return OK;
    json_open_object(&out);
    JSON_STR(&out, "refresh_token", old);
    yyjson_obj_foreach(*renewed, index, max, key, value)
    {
        json_key_escaped(&out, json_str(key));
        json_put_value(&out, value);
    }
    json_close_object(&out);
    return !buf.failed && json_parse(ctx->arena, buf_view(&buf), renewed, NULL) == JSON_OK
               ? OK
               : fail(ctx, ERR_NO_MEMORY);
}

/* Of no use to anybody any more. */
static enum err drop(struct ctx *ctx, const struct kept_tokens_row *row)
{
    bool found;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err = kept_tokens_delete(ctx, row->id, &found);
    if (err)
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_KEPT_TOKENS_EXPIRED);
}

static enum err renew(struct ctx *ctx, struct kept_tokens_row *row, struct str refresh_token)
{
    struct social_provider provider;
    json *renewed = NULL;
    struct str token_url = json_str(json_get(row->tokens, STR("token_url")));
    bool theirs;
    enum err err = open_provider(ctx, row, &provider, &theirs);
    if (!err && !theirs)
        return drop(ctx, row);
    if (!err)
        err = social_refresh(ctx, &provider, refresh_token, &renewed);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if (!(err = with_refresh_token(ctx, &renewed, refresh_token)))
        err = kept_tokens_seal(ctx, &row->kept, renewed, token_url);
    return err ? err : kept_tokens_store(ctx, ctx->caller.id, &row->kept);
}

static enum err find(struct ctx *ctx, bool enterprise, struct kept_tokens_row *row)
{
    enum err err = kept_tokens_find(ctx, ctx->caller.id, enterprise, ctx->params[0], row);
    return err || row->id.p ? err : fail(ctx, ERR_KEPT_TOKENS);
}

static enum err get_token(struct ctx *ctx, bool enterprise)
{
    struct my_account account;
    struct kept_tokens_row row;
    int64_t expires_at;
    enum err err = account_enter(ctx, &reading, &account);
    if (err || (err = find(ctx, enterprise, &row)))
        return err;
    struct str refresh_token = json_str(json_get(row.tokens, STR("refresh_token")));
    bool expires = field_int(json_get(row.tokens, STR("expires_at")), &expires_at);
    if (!expires || ctx->now / 1000 < expires_at)
        return answer(ctx, row.tokens);
    if (!refresh_token.n)
        return drop(ctx, &row);
    err = renew(ctx, &row, refresh_token);
    if (err || (err = find(ctx, enterprise, &row)))
        return err;
    return answer(ctx, row.tokens);
}

static enum err get_social(struct ctx *ctx)
{
    return get_token(ctx, false);
}

static enum err get_enterprise(struct ctx *ctx)
{
    return get_token(ctx, true);
}

/* ---- Replacing ---- */

static enum err check_own(struct ctx *ctx, const struct social_own *own)
{
    struct str owner;
    if (!str_eq(own->target, ctx->params[0]))
        return fail(ctx, ERR_KEPT_TOKENS_TARGET);
    enum err err = user_identity_find(ctx, own->target, own->who.id, &owner);
    if (!err && !str_eq(owner, ctx->caller.id))
        err = fail(ctx, ERR_USER_NOT_OWN_IDENTITY);
    return err || own->tokens.p ? err : fail(ctx, ERR_KEPT_TOKENS_ABSENT);
}

static enum err put_token(struct ctx *ctx)
{
    struct my_account account;
    struct verification_record record;
    struct verification what;
    struct kept_tokens_row row;
    struct str id = json_str(ctx_body(ctx, STR("verificationRecordId")));
    enum err err = account_enter(ctx, &reading, &account);
    if (!err)
        err = verification_record_consume(ctx, id, STR("Social"), &record);
    if (!err)
        err = social_read_record(ctx, &record, &what);
    if (err || (err = check_own(ctx, what.own)))
        return err;
    const struct kept_tokens kept = social_kept(what.own, false);
    if ((err = kept_tokens_store(ctx, ctx->caller.id, &kept)) || (err = find(ctx, false, &row)))
        return err;
    return answer(ctx, row.tokens);
}

/* ---- Routes ---- */

static const struct field body[] = {
    {.name = STR_INIT("verificationRecordId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .doc = "The verified record of /api/verifications/social; it serves once."},
    FIELDS_END,
};
static const struct field reply[] = {
    {.name = STR_INIT("access_token"), .type = FIELD_STRING, .doc = "The provider's."},
    {.name = STR_INIT("scope"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "What it is good for."},
    {.name = STR_INIT("token_type"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "How it is sent."},
    {.name = STR_INIT("expires_in"),
     .type = FIELD_INT,
     .flags = FIELD_MAYBE,
     .doc = "Seconds that are left."},
    FIELDS_END,
};
#define GET(at, text, function)                                                                    \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT("/api/my-account/" at), .guard = GUARD_USER,        \
        .status = 200, .reply = REPLY_OBJECT, .reply_fields = reply, .summary = text,              \
        .doc = "An expired one is renewed first. It is kept when the connector's "                 \
               "enableTokenStorage is on.",                                                        \
        .handle = function                                                                         \
    }

ROUTES(account_tokens) = {
    GET("identities/:target/access-token", "Get one's access token of a social provider",
        get_social),
    GET("sso-identities/:connectorId/access-token",
        "Get one's access token of an enterprise's provider", get_enterprise),
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/my-account/identities/:target/access-token"),
     .guard = GUARD_USER,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Replace one's access token of a social provider",
     .doc = "By a fresh sign-in there, which may have asked for other scopes.",
     .handle = put_token},
    ROUTES_END,
};
