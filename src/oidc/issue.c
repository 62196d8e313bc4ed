/* Issuing tokens. */
#include "oidc/issue.h"

#include "base/encoding.h"

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

/* {"jti","sub","iat","exp","scope","client_id","iss","aud"}: Logto's order, scope left out when
 * nothing is granted. */
static struct str claims(struct ctx *ctx, const struct issuance *what)
{
    struct buf buf = buf_new(ctx->arena, MAX_PAYLOAD);
    int64_t now = ctx->now / 1000;
    buf_reserve(&buf, 512);
    BUF_LIT(&buf, "{\"jti\":\"");
    put_jti(&buf);
    BUF_LIT(&buf, "\",\"sub\":");
    put_string(&buf, what->app->id);
    BUF_LIT(&buf, ",\"iat\":");
    buf_int(&buf, now);
    BUF_LIT(&buf, ",\"exp\":");
    buf_int(&buf, now + what->resource->access_token_ttl);
    if (what->scope.n) {
        BUF_LIT(&buf, ",\"scope\":");
        put_string(&buf, what->scope);
    }
    BUF_LIT(&buf, ",\"client_id\":");
    put_string(&buf, what->app->id);
    BUF_LIT(&buf, ",\"iss\":");
    put_string(&buf, ctx->issuer);
    BUF_LIT(&buf, ",\"aud\":");
    put_string(&buf, what->resource->indicator);
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
    if (what->scope.n) {
        BUF_LIT(body, ",\"scope\":");
        put_string(body, what->scope);
    }
    buf_byte(body, '}');
    return body->failed ? fail(ctx, ERR_NO_MEMORY) : OK;
}
