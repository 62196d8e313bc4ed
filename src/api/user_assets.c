/* /api/user-assets and /api/systems: what needs services beside the server, which there are not. */
#include "domain/ctx.h"

static enum err get_status(struct ctx *ctx)
{
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "status", STR("not_configured"));
    JSON_BOOL(&ctx->answer.json, "isExperienceAvatarUploadEnabled", true);
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err upload(struct ctx *ctx)
{
    return fail(ctx, ERR_STORAGE_NOT_CONFIGURED);
}

static enum err get_protected_apps(struct ctx *ctx)
{
    return fail(ctx, ERR_APP_PROTECTED_UNAVAILABLE);
}

static const struct field status_reply[] = {
    {.name = STR_INIT("status"), .type = FIELD_STRING, .doc = "not_configured: no uploads."},
    {.name = STR_INIT("isExperienceAvatarUploadEnabled"),
     .type = FIELD_BOOL,
     .doc = "Whether users could upload a picture of themselves if there were storage."},
    FIELDS_END,
};

ROUTES(user_assets) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/user-assets/service-status"),
     .area = "user-assets",
     .run = RUN_INLINE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = status_reply,
     .summary = "Tell whether files can be uploaded",
     .handle = get_status},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/user-assets"),
     .area = "user-assets",
     .run = RUN_INLINE,
     .body_mode = BODY_RAW,
     .status = 400,
     .reply = REPLY_FREE,
     .summary = "Upload a file",
     .doc = "Refused: there is no storage for files.",
     .handle = upload},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/systems/application"),
     .area = "systems",
     .run = RUN_INLINE,
     .status = 501,
     .reply = REPLY_FREE,
     .summary = "Get the settings of protected applications",
     .doc = "Refused: they need an edge proxy.",
     .handle = get_protected_apps},
    ROUTES_END,
};
