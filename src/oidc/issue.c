/* Issuing tokens. */
#include "oidc/issue.h"

#include "base/encoding.h"
#include "domain/grants.h"
#include "domain/organizations.h"
#include "domain/token_quotas.h"
#include "oidc/custom_claims.h"

#define JTI_BYTES   32
#define MAX_PAYLOAD ((size_t)16 * 1024)

static void put_jti(struct buf *buf)
{
    uint8_t bytes[JTI_BYTES];
    char text[BASE64URL_LENGTH(JTI_BYTES)];
    random_bytes(bytes, sizeof bytes);
    buf_put(buf, text, base64url_encode(bytes, sizeof bytes, text));
}

static struct str new_jti(struct arena *arena)
{
    struct buf buf = buf_new(arena, BASE64URL_LENGTH(JTI_BYTES));
    put_jti(&buf);
    return buf_view(&buf);
}

static void put_string(struct buf *buf, struct str value)
{
    buf_byte(buf, '"');
    json_escape(buf, value);
    buf_byte(buf, '"');
}

/* The token of an organization itself, not of a resource in it. */
static bool is_organization_token(const struct issuance *what)
{
    return what->organization_id.p && what->resource && !what->resource->indicator.n;
}

/* Logto leaves the scope out when an application is granted nothing, but not of an organization
 * token. */
static bool has_scope(const struct issuance *what)
{
    return what->scope.n || what->user_id.p || is_organization_token(what);
}

static void put_audience(struct buf *buf, const struct issuance *what)
{
    if (!is_organization_token(what)) {
        put_string(buf, what->resource->indicator);
        return;
    }
    BUF_LIT(buf, "\"" ORGANIZATION_URN);
    json_escape(buf, what->organization_id);
    buf_byte(buf, '"');
}

/* Seconds. */
static int64_t lifetime(const struct ctx *ctx, const struct issuance *what)
{
    int64_t usual = what->resource ? what->resource->access_token_ttl : OPAQUE_TTL;
    int64_t left = what->expires_at - ctx->now / 1000;
    return what->expires_at && left < usual ? left : usual;
}

/* {[those of the script,]["act",]["organization_id",]"jti","sub","iat","exp","scope","client_id",
 * "iss","aud"}: Logto's order. */
static struct str claims(struct ctx *ctx, const struct issuance *what,
                         const struct custom_claims *custom)
{
    struct buf buf = buf_new(ctx->arena, MAX_PAYLOAD + custom->members.n);
    int64_t now = ctx->now / 1000;
    buf_reserve(&buf, 512);
    buf_byte(&buf, '{');
    buf_str(&buf, custom->members);
    if (what->act.p) {
        BUF_LIT(&buf, "\"act\":");
        buf_str(&buf, what->act);
        buf_byte(&buf, ',');
    }
    if (what->organization_id.p && !is_organization_token(what)) {
        BUF_LIT(&buf, "\"organization_id\":");
        put_string(&buf, what->organization_id);
        buf_byte(&buf, ',');
    }
    BUF_LIT(&buf, "\"jti\":\"");
    if (custom->jti.p)
        buf_str(&buf, custom->jti);
    else
        put_jti(&buf);
    BUF_LIT(&buf, "\",\"sub\":");
    put_string(&buf, what->user_id.p ? what->user_id : what->app->id);
    BUF_LIT(&buf, ",\"iat\":");
    buf_int(&buf, now);
    BUF_LIT(&buf, ",\"exp\":");
    buf_int(&buf, now + lifetime(ctx, what));
    if (has_scope(what)) {
        BUF_LIT(&buf, ",\"scope\":");
        put_string(&buf, what->scope);
    }
    BUF_LIT(&buf, ",\"client_id\":");
    put_string(&buf, what->app->id);
    BUF_LIT(&buf, ",\"iss\":");
    put_string(&buf, ctx->issuer);
    BUF_LIT(&buf, ",\"aud\":");
    put_audience(&buf, what);
    buf_byte(&buf, '}');
    return buf_view(&buf);
}

/* What a script is shown of the token, named as Logto's. */
static struct str shown(struct ctx *ctx, const struct issuance *what, struct str jti)
{
    struct buf buf = buf_new(ctx->arena, MAX_PAYLOAD), audience = buf_new(ctx->arena, MAX_PAYLOAD);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "jti", jti);
    if (what->resource) {
        put_audience(&audience, what);
        JSON_RAW(&out, "aud", buf_view(&audience));
    }
    if (has_scope(what))
        JSON_STR(&out, "scope", what->scope);
    JSON_STR(&out, "clientId", what->app->id);
    if (what->user_id.p) {
        JSON_STR(&out, "accountId", what->user_id);
        JSON_STR(&out, "gty", what->grant_type);
    }
    if (what->grant_id.p)
        JSON_STR(&out, "grantId", what->grant_id);
    JSON_STR(&out, "kind", what->user_id.p ? STR("AccessToken") : STR("ClientCredentials"));
    json_close_object(&out);
    return buf_view(&buf);
}

/* Asks the tenant's script for claims, when there is one. */
static enum err ask_script(struct ctx *ctx, const struct issuance *what,
                           struct custom_claims *custom)
{
    const struct script_entry *script = snapshot_script(ctx->snapshot, !what->user_id.p);
    if (!script)
        return OK;
    if (custom_claims_are_there(ctx))
        return custom_claims_get(ctx, custom);
    struct str jti = new_jti(ctx->arena), token = jti.p ? shown(ctx, what, jti) : STR_NONE;
    return token.p ? custom_claims_ask(ctx, script, what, jti, token) : fail(ctx, ERR_NO_MEMORY);
}

/* The claims, without the script's when those would make a token that nobody takes. */
static enum err fitting_claims(struct ctx *ctx, const struct issuance *what,
                               const struct keyring *keys, struct custom_claims *custom,
                               struct str *payload)
{
    *payload = claims(ctx, what, custom);
    if (!custom->members.n || !payload->p ||
        keyring_token_size(keys, keyring_at_header(keys), payload->n) <= TOKEN_MAX)
        return OK;
    enum err err = custom_claims_drop(ctx, "The claims make the token longer than 16 KiB", custom);
    if (!err)
        *payload = claims(ctx, what, custom);
    return err;
}

static enum err put_access_token(struct ctx *ctx, const struct issuance *what, struct buf *body)
{
    struct custom_claims custom = {0};
    enum err err = ask_script(ctx, what, &custom);
    if (err || (err = token_quota_take(ctx, what->app)))
        return err;
    if (!what->resource) {
        struct opaque_token token = {.grant_id = what->grant_id,
                                     .application_id = what->app->id,
                                     .user_id = what->user_id,
                                     .scope = what->scope,
                                     .act = what->act,
                                     .expires_at = ctx->now + lifetime(ctx, what) * 1000};
        struct str text;
        err = opaque_token_create(ctx, &token, &text);
        if (!err)
            buf_str(body, text);
        return err;
    }
    const struct keyring *keys = snapshot_keys(ctx->snapshot);
    struct str payload;
    err = fitting_claims(ctx, what, keys, &custom, &payload);
    if (err)
        return err;
    return payload.p && keyring_sign(keys, keyring_at_header(keys), payload, body)
               ? OK
               : fail(ctx, ERR_NO_MEMORY);
}

static void put_member(struct buf *body, const char *name, struct str value)
{
    BUF_LIT(body, ",\"");
    buf_str(body, str_of(name));
    BUF_LIT(body, "\":");
    put_string(body, value);
}

/* An application's answer and a user's have their members in different orders, as Logto's. */
enum err issue(struct ctx *ctx, const struct issuance *what)
{
    struct buf *body = &ctx->answer.body;
    buf_reserve(body, 1024);
    BUF_LIT(body, "{\"access_token\":\"");
    enum err err = put_access_token(ctx, what, body);
    if (err)
        return err;
    BUF_LIT(body, "\",\"expires_in\":");
    buf_int(body, lifetime(ctx, what));
    if (what->id_token.p)
        put_member(body, "id_token", what->id_token);
    if (what->refresh_token.p)
        put_member(body, "refresh_token", what->refresh_token);
    if (what->user_id.p)
        put_member(body, "scope", what->scope);
    put_member(body, "token_type", STR("Bearer"));
    if (!what->user_id.p && has_scope(what))
        put_member(body, "scope", what->scope);
    if (what->issued_token_type.p)
        put_member(body, "issued_token_type", what->issued_token_type);
    buf_byte(body, '}');
    return body->failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}
