/* /api/applications/:applicationId/exports: files for other tools. */
#include "api/reach.h"
#include "domain/applications.h"
#include "domain/export.h"

#define READ_SECRETS "read:secrets"

static enum err refuse_format(struct ctx *ctx)
{
    struct buf data = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&data);
    json_open_object(&out);
    json_key(&out, STR("formats"));
    json_open_array(&out);
    for (size_t i = 0; i < export_format_count; i++)
        json_put_str(&out, export_formats[i]->name);
    json_close_array(&out);
    json_close_object(&out);
    enum err err =
        fail_text(ctx, ERR_NOT_FOUND, "there is no export format of this name; there are: %.*s",
                  STR_ARG(export_format_names(ctx->arena)));
    return fail_data(ctx, err, buf_view(&data));
}

/* Reading a secret takes a scope of its own, and as everywhere no more access than one has. */
static enum err check_secret(struct ctx *ctx)
{
    if (!str_has_word(ctx->caller.scopes, STR("all")) &&
        !str_has_word(ctx->caller.scopes, STR(READ_SECRETS)))
        return fail_scope(ctx, STR(READ_SECRETS));
    if (!ctx->tenant->config->reveal_secrets)
        return fail_text(ctx, ERR_FORBIDDEN, "this server is set not to reveal secrets");
    return reach_check_application(ctx, ctx->params[0]);
}

static enum err find_application(struct ctx *ctx, const struct export_source *source, bool secret,
                                 struct export_application *application)
{
    enum err err = export_application_find(source, ctx->arena, ctx->params[0], application);
    if (err == ERR_NOT_EXISTS_WITH_ID)
        return fail(ctx, err, "applications", arena_cstr(ctx->arena, ctx->params[0]));
    if (err == ERR_APP_INVALID_TYPE)
        return fail_text(ctx, err,
                         "exports get their token by client credentials, which an application of "
                         "type %.*s cannot: use one of type MachineToMachine",
                         STR_ARG(application->type));
    if (err || !secret)
        return err;
    err = check_secret(ctx);
    if (!err)
        err = export_application_reveal(source, ctx->arena, application);
    return err == ERR_NOT_EXISTS ? fail(ctx, err, "a secret of the application that is valid")
                                 : err;
}

static void attach(struct ctx *ctx, const struct export_format *format)
{
    ctx_header(
        ctx, STR("Content-Disposition"),
        arena_printf(ctx->arena, "attachment; filename=\"%.*s\"", STR_ARG(format->file_name)));
    ctx->answer.content_type = format->media_type;
}

static enum err get_export(struct ctx *ctx)
{
    const struct export_format *format = export_format_find(ctx->params[1]);
    const struct export_source source = {
        .conn = ctx->db,
        .snapshot = ctx->snapshot,
        .vault = ctx->tenant->vault,
        .resource = ctx->tenant->management_resource,
        .now = ctx->now,
    };
    const struct export_server server = {
        .listener = ctx->tenant->tag,
        .endpoint = ctx->origin,
        .issuer = ctx->issuer,
        .resource = ctx->tenant->management_resource,
    };
    struct export_application application;
    if (!format)
        return refuse_format(ctx);
    bool secret = yyjson_get_bool(json_get(ctx->query, STR("includeSecret")));
    enum err err = find_application(ctx, &source, secret, &application);
    if (err)
        return err;
    struct str file = export_render(format, &server, &application, ctx->arena);
    if (!file.p)
        return fail(ctx, ERR_NO_MEMORY);
    ctx->answer.no_store = secret;
    attach(ctx, format);
    buf_str(&ctx->answer.body, file);
    return OK;
}

/* ---- Routes ---- */

static const struct field query[] = {
    {.name = STR_INIT("includeSecret"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Put the application's newest secret into the file; needs the scope `read:secrets` or "
            "`all`."},
    FIELDS_END,
};

ROUTES(application_exports) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:applicationId/exports/:format"),
     .area = "applications",
     .extra_scope = READ_SECRETS,
     .query = query,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Get an application's access as a file for another tool",
     .doc = "A collection for an API client, a script or code that gets a token for this "
            "machine-to-machine application and calls this API. The secret is a variable unless "
            "`includeSecret` asks for it. Formats: postman, postman-environment, bruno, insomnia, "
            "hoppscotch, http, curl, node, python, go, java, csharp and php.",
     .handle = get_export},
    ROUTES_END,
};
