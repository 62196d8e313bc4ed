/* POST /oidc/token/revocation. RFC 7009 */
#include "domain/access_tokens.h"
#include "domain/audit.h"
#include "domain/grants.h"
#include "domain/opaque.h"
#include "domain/refresh_tokens.h"
#include "oidc/client_auth.h"

/* A JWT stays valid for whoever verifies it by its signature alone; here and in introspection its
 * jti is refused from now on. */
static enum err revoke_access_token(struct ctx *ctx, const struct client *client, struct str text)
{
    struct access_token token;
    struct token_fault fault = access_token_read(ctx->snapshot, ctx->arena, text, &token);
    if (fault.memory)
        return fail(ctx, ERR_NO_MEMORY);
    if (fault.code || !str_eq(token.client_id, client->app->id) ||
        token.expires_at <= ctx->now / 1000)
        return OK;
    enum err err =
        db_exec(ctx->db,
                "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) "
                "ON CONFLICT (jti) DO NOTHING",
                DB_PARAMS(db_text_value(token.jti), db_int_value(token.expires_at * 1000)), NULL);
    if (err)
        return fail(ctx, err);
    return change_note(ctx, CHANGE_REVOKED, token.jti);
}

static enum err revoke_refresh_token(struct ctx *ctx, const struct client *client, struct str text)
{
    struct refresh_token token;
    enum err err = refresh_token_find(ctx, text, &token);
    if (err == ERR_NOT_FOUND || (!err && !str_eq(token.application_id, client->app->id)))
        return OK;
    return err ? err : refresh_token_revoke(ctx, &token);
}

/* With an opaque token all ends that was issued beside it, as in Logto. RFC 7009 2.1 */
static enum err revoke_opaque_token(struct ctx *ctx, const struct client *client, struct str text)
{
    struct opaque_token token;
    enum err err = opaque_token_find(ctx, text, &token);
    if (err == ERR_NOT_FOUND || (!err && !str_eq(token.application_id, client->app->id)))
        return OK;
    return err ? err : grant_revoke(ctx, token.grant_id);
}

static void audit_revocation(struct ctx *ctx, const struct client *client, bool refresh)
{
    struct buf buf = buf_new(ctx->arena, 2048);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "key", STR("RevokeToken"));
    JSON_STR(&out, "result", STR("Success"));
    JSON_STR(&out, "ip", ctx->address);
    JSON_STR(&out, "applicationId", client->app->id);
    JSON_RAW(&out, "params", STR("{\"token\":\"******\"}"));
    JSON_RAW(&out, "tokenTypes", refresh ? STR("[\"RefreshToken\"]") : STR("[\"AccessToken\"]"));
    json_close_object(&out);
    audit_set(ctx, STR("RevokeToken"), client->app->id, buf_view(&buf));
}

static enum err revocation_handle(struct ctx *ctx)
{
    static const char *const once[] = {"token", "token_type_hint", NULL};
    struct form form;
    struct client client;
    struct str token;
    enum err err;
    if ((err = oauth_request_parse(ctx, "/token/revocation", &form)) ||
        (err = client_authenticate(ctx, &form, &client)) ||
        (err = client_check_origin(ctx, client.app)) ||
        (err = oauth_refuse_repeats(ctx, &form, once)) ||
        (err = oauth_require(ctx, &form, "token", &token)))
        return err;
    bool refresh = str_starts(token, STR(REFRESH_TOKEN_PREFIX));
    if (refresh)
        err = revoke_refresh_token(ctx, &client, token);
    else if (token.n == OPAQUE_LENGTH)
        err = revoke_opaque_token(ctx, &client, token);
    else
        err = revoke_access_token(ctx, &client, token);
    if (!err)
        audit_revocation(ctx, &client, refresh);
    return err;
}

ROUTES(revocation) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/token/revocation"),
     .guard = GUARD_CLIENT,
     .run = RUN_WRITE,
     .body_mode = BODY_RAW,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Revoke a token of one's own",
     .handle = revocation_handle},
    ROUTES_END,
};
