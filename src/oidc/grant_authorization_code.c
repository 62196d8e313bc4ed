/* grant_type=authorization_code. RFC 6749 4.1.3, RFC 7636 4.6 */
#include "base/encoding.h"
#include "crypto/digest.h"
#include "domain/grants.h"
#include "oidc/user_tokens.h"

static const char *const once[] = {"code", "redirect_uri", "code_verifier", NULL};

static bool allowed(const struct app *app)
{
    return user_grant_allowed(app) && !app->device_flow;
}

/* RFC 7636 4.1; absent is for proves() to judge. */
static bool is_verifier(struct str text)
{
    if (!text.p)
        return true;
    if (text.n < 43 || text.n > 128)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == '~';
        if (!ok)
            return false;
    }
    return true;
}

/* Neither may be there without the other: RFC 9700 4.8.2. */
static bool proves(struct str verifier, struct str challenge)
{
    uint8_t digest[SHA256_SIZE];
    char text[BASE64URL_LENGTH(SHA256_SIZE)];
    if (!challenge.p || !verifier.p)
        return !challenge.p && !verifier.p;
    sha256(verifier, digest);
    size_t n = base64url_encode(digest, sizeof digest, text);
    return str_eq_secret((struct str){text, n}, challenge);
}

static enum err run(struct ctx *ctx, struct token_request *request)
{
    const struct app *app = request->client.app;
    struct str text, address;
    struct code code;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err = oauth_require(ctx, &request->form, "code", &text);
    if (!err)
        err = oauth_require(ctx, &request->form, "redirect_uri", &address);
    if (err)
        return err;
    err = code_consume(ctx, text, app->id, &code);
    if (err)
        return err == ERR_NOT_FOUND ? fail(ctx, ERR_OAUTH_INVALID_GRANT) : err;
    struct str verifier = form_get(&request->form, STR("code_verifier"), NULL);
    if (!is_verifier(verifier))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "code_verifier must be 43 to 128 unreserved characters");
    if (!str_eq(address, code.redirect_uri) || !proves(verifier, code.challenge))
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    struct user_grant grant = {
        .grant_id = code.grant_id,
        .user_id = code.user_id,
        .scope = code.scope,
        .resources = code.resources,
        .nonce = code.nonce,
        .auth_time = code.auth_time,
    };
    err = user_grant_refresh_token(ctx, app, &grant, &grant.refresh_token);
    return err ? err : user_grant_issue(ctx, request, &grant, code.scope);
}

const struct grant grant_authorization_code = {
    .type = STR_INIT("authorization_code"),
    .log_key = STR_INIT("ExchangeTokenBy.AuthorizationCode"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
