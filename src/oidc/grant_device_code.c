/* grant_type=urn:ietf:params:oauth:grant-type:device_code. RFC 8628 3.4, RFC 7636 4.6 */
#include "domain/device_codes.h"
#include "oidc/pkce.h"
#include "oidc/user_tokens.h"

static const char *const once[] = {"device_code", "code_verifier", NULL};

/* Applications that are made for it sign users in in no other way. */
static bool allowed(const struct app *app)
{
    return user_grant_allowed(app) && app->device_flow;
}

static enum err run(struct ctx *ctx, struct token_request *request)
{
    struct str text;
    struct device_grant got;
    json *params = NULL;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err = oauth_require(ctx, &request->form, "device_code", &text);
    if (!err)
        err = device_code_poll(ctx, text, request->client.app->id, &got);
    if (err)
        return err;
    if (json_parse(ctx->arena, got.params, &params, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    err = pkce_check(ctx, request, json_str(json_get(params, STR("code_challenge"))));
    if (err)
        return err;
    struct user_grant grant = {
        .grant_id = got.grant_id,
        .user_id = got.user_id,
        .scope = json_str(json_get(params, STR("scope"))),
        .resources = json_str(json_get(params, STR("resources"))),
        .nonce = json_str(json_get(params, STR("nonce"))),
    };
    if (yyjson_get_bool(json_get(params, STR("auth_time"))))
        grant.auth_time = got.auth_time;
    err = user_grant_refresh_token(ctx, request->client.app, &grant, &grant.refresh_token);
    return err ? err : user_grant_issue(ctx, request, &grant, grant.scope);
}

const struct grant grant_device_code = {
    .type = STR_INIT("urn:ietf:params:oauth:grant-type:device_code"),
    .log_key = STR_INIT("ExchangeTokenBy.DeviceCode"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
