/* grant_type=authorization_code. RFC 6749 4.1.3, RFC 7636 4.6 */
#include "domain/grants.h"
#include "oidc/pkce.h"
#include "oidc/user_tokens.h"

static const char *const once[] = {"code", "redirect_uri", "code_verifier", NULL};

static bool allowed(const struct app *app)
{
    return user_grant_allowed(app) && !app->device_flow;
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
    err = pkce_check(ctx, request, code.challenge);
    if (err)
        return err;
    if (!str_eq(address, code.redirect_uri))
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
