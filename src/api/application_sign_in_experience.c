/* /api/applications/:applicationId/sign-in-experience: an application's own look of sign-in pages.
 */
#include "domain/applications.h"
#include "domain/branding.h"
#include "domain/ctx.h"

enum { URL_LONGEST = 2048, NAME_LONGEST = 256 };

static bool check_url(json *value)
{
    return !json_str(value).n || field_is_web_url(value);
}

#define URL_FIELD(json_name, column_name, text)                                                    \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = column_name, .type = FIELD_STRING,                  \
        .flags = FIELD_WRITE | FIELD_NULLABLE, .max = URL_LONGEST, .check = check_url,             \
        .format = "url", .doc = text                                                               \
    }

static const struct field fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("applicationId"),
     .column = "application_id",
     .type = FIELD_STRING,
     .doc = "The application."},
    {.name = STR_INIT("color"),
     .column = "color",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = branding_color_fields,
     .fallback = "{}",
     .doc = "Colors."},
    {.name = STR_INIT("branding"),
     .column = "branding",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = branding_fields,
     .fallback = "{}",
     .doc = "Images."},
    {.name = STR_INIT("customCss"),
     .column = "custom_css",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .doc = "CSS."},
    URL_FIELD("termsOfUseUrl", "terms_of_use_url", "Address of the terms of use."),
    URL_FIELD("privacyPolicyUrl", "privacy_policy_url", "Address of the privacy policy."),
    {.name = STR_INIT("displayName"),
     .column = "display_name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .max = NAME_LONGEST,
     .doc = "What users see as the application's name."},
    FIELDS_END,
};

static const struct entity entity = {
    .name = STR_INIT("application_sign_in_experiences"),
    .table = "application_sign_in_experiences",
    .key = "application_id",
    .fields = fields,
    .order = "application_id",
};

static enum err get_experience(struct ctx *ctx)
{
    struct db_rows application, rows;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    if (!err)
        err = entity_get(ctx, &entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

/* An empty text stands for none. */
static size_t empty_texts(struct ctx *ctx, struct crud_set *sets)
{
    size_t count = 0;
    for (const struct field *field = fields; field->name.p; field++) {
        struct str text = json_str(ctx_body(ctx, field->name));
        if ((field->flags & FIELD_NULLABLE) && text.p && !text.n)
            sets[count++] = (struct crud_set){field->column, db_text_value(STR_NONE)};
    }
    return count;
}

static enum err insert(struct ctx *ctx, struct crud_set *sets, size_t count, struct db_rows *rows)
{
    sets[count++] = (struct crud_set){"application_id", db_text_value(ctx->params[0])};
    enum err err = crud_insert(ctx->db, &entity, ctx->body, sets, count, ctx->arena, rows);
    return err == ERR_DB_UNIQUE ? ERR_DB_CONFLICT : err;
}

static enum err put_experience(struct ctx *ctx)
{
    struct db_rows application, rows;
    struct crud_set sets[sizeof(fields) / sizeof(*fields) + 1];
    size_t count = empty_texts(ctx, sets);
    bool nothing = false;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    if (!err)
        err = crud_find(ctx->db, &entity, ctx->params[0], ctx->arena, &rows);
    if (err)
        return err;
    ctx->answer.status = rows.count ? 200 : 201;
    if (!rows.count)
        err = insert(ctx, sets, count, &rows);
    else
        err = crud_update(ctx->db, &entity, ctx->params[0], ctx->body, sets, count, ctx->arena,
                          &rows, &nothing);
    if (!err && nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

ROUTES(application_sign_in_experience) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:applicationId/sign-in-experience"),
     .area = "applications",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Get the sign-in experience of an application",
     .handle = get_experience},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/applications/:applicationId/sign-in-experience"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Set the sign-in experience of an application",
     .doc = "Answers 201 the first time. Later, members that are not in the body stay as they are.",
     .handle = put_experience},
    ROUTES_END,
};
