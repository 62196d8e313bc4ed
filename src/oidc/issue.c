/* Issuing tokens. */
#include "oidc/issue.h"

#include "base/encoding.h"
#include "domain/organizations.h"

#define JTI_BYTES   32
#define MAX_PAYLOAD ((size_t)16 * 1024)

static void put_jti(struct buf *buf)
{
    uint8_t bytes[JTI_BYTES];
    char text[BASE64URL_LENGTH(JTI_BYTES)];
    random_bytes(bytes, sizeof bytes);
    buf_put(buf, text, base64url_encode(bytes, sizeof bytes, text));
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
    return what->organization_id.p && !what->resource->indicator.n;
}

/* Logto leaves the scope out when nothing is granted, but not of an organization token. */
static bool has_scope(const struct issuance *what)
{
    return what->scope.n || is_organization_token(what);
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

/* {["organization_id",]"jti","sub","iat","exp","scope","client_id","iss","aud"}: Logto's order. */
static struct str claims(struct ctx *ctx, const struct issuance *what)
{
    struct buf buf = buf_new(ctx->arena, MAX_PAYLOAD);
    int64_t now = ctx->now / 1000;
    buf_reserve(&buf, 512);
    buf_byte(&buf, '{');
    if (what->organization_id.p && !is_organization_token(what)) {
        BUF_LIT(&buf, "\"organization_id\":");
        put_string(&buf, what->organization_id);
        buf_byte(&buf, ',');
    }
    BUF_LIT(&buf, "\"jti\":\"");
    put_jti(&buf);
    BUF_LIT(&buf, "\",\"sub\":");
    put_string(&buf, what->app->id);
    BUF_LIT(&buf, ",\"iat\":");
    buf_int(&buf, now);
    BUF_LIT(&buf, ",\"exp\":");
    buf_int(&buf, now + what->resource->access_token_ttl);
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

enum err issue(struct ctx *ctx, const struct issuance *what)
{
    const struct keyring *keys = snapshot_keys(ctx->snapshot);
    struct str payload = claims(ctx, what);
    struct buf *body = &ctx->answer.body;
    buf_reserve(body, 1024);
    BUF_LIT(body, "{\"access_token\":\"");
    if (!payload.p || !keyring_sign(keys, keyring_at_header(keys), payload, body))
        return fail(ctx, ERR_NO_MEMORY);
    BUF_LIT(body, "\",\"expires_in\":");
    buf_int(body, what->resource->access_token_ttl);
    if (what->refresh_token.p) {
        BUF_LIT(body, ",\"refresh_token\":");
        put_string(body, what->refresh_token);
    }
    BUF_LIT(body, ",\"token_type\":\"Bearer\"");
    if (has_scope(what)) {
        BUF_LIT(body, ",\"scope\":");
        put_string(body, what->scope);
    }
    buf_byte(body, '}');
    return body->failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}
