/* POST /oidc/device/auth: a device asks for the codes to sign its user in with. RFC 8628 3.1 */
#include "domain/device_codes.h"
#include "domain/opaque.h"
#include "domain/user_access.h"
#include "oidc/authorize.h"
#include "oidc/token.h"

static void answer(struct ctx *ctx, struct str device_code, struct str user_code)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "device_code", device_code);
    JSON_STR(out, "user_code", user_code);
    JSON_STR(out, "verification_uri",
             arena_printf(ctx->arena, "%.*s/device", STR_ARG(ctx->origin)));
    JSON_STR(out, "verification_uri_complete",
             arena_printf(ctx->arena, "%.*s/device?user_code=%.*s", STR_ARG(ctx->origin),
                          STR_ARG(user_code)));
    JSON_INT(out, "expires_in", DEVICE_CODE_TTL_MS / 1000);
    JSON_INT(out, "interval", DEVICE_POLL_INTERVAL);
    json_close_object(out);
}

static enum err give_codes(struct ctx *ctx, struct authorization *request)
{
    struct str user_code, text = opaque_new(ctx->arena);
    request->device = text.p ? opaque_digest(ctx->arena, text) : STR_NONE;
    struct device_code what = {
        .digest = request->device,
        .application_id = request->reply.app->id,
        .params = authorize_params(ctx, request),
    };
    if (!what.digest.p || !what.params.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = user_check_openid_scope(ctx, request->reply.app, request->scope);
    if (!err)
        err = device_code_create(ctx, &what, &user_code);
    if (!err)
        answer(ctx, text, user_code);
    return err;
}

/* The checks need no database, so a refused request never reaches the writer. */
static enum err handle(struct ctx *ctx)
{
    struct authorization request = {.max_age = -1};
    struct client client;
    ctx->answer.no_store = true;
    enum err err;
    if ((err = oauth_request_parse(ctx, "/device/auth", &request.form)) ||
        (err = client_authenticate(ctx, &request.form, &client)) ||
        (err = client_check_origin(ctx, client.app)))
        return err;
    if (!grant_device_code.allowed(client.app))
        return fail_text(ctx, ERR_OAUTH_INVALID_REQUEST, "%.*s is not allowed for this client",
                         STR_ARG(grant_device_code.type));
    request.reply.app = client.app;
    if ((err = authorize_check_device(ctx, &request)))
        return err;
    return ctx->can_write ? give_codes(ctx, &request) : ERR_NEEDS_WRITER;
}

static const struct field reply[] = {
    {.name = STR_INIT("device_code"),
     .type = FIELD_STRING,
     .doc = "What the device asks for tokens with."},
    {.name = STR_INIT("user_code"), .type = FIELD_STRING, .doc = "What its user enters."},
    {.name = STR_INIT("verification_uri"), .type = FIELD_STRING, .doc = "Where."},
    {.name = STR_INIT("verification_uri_complete"),
     .type = FIELD_STRING,
     .doc = "The same with the code in it, for a QR code."},
    {.name = STR_INIT("expires_in"), .type = FIELD_INT, .doc = "Seconds."},
    {.name = STR_INIT("interval"),
     .type = FIELD_INT,
     .doc = "Seconds to wait between two requests for tokens."},
    FIELDS_END,
};

ROUTES(device_authorization) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/device/auth"),
     .guard = GUARD_CLIENT,
     .run = RUN_INLINE,
     .body_mode = BODY_RAW,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Begin to sign in on a device without a browser",
     .handle = handle},
    ROUTES_END,
};
