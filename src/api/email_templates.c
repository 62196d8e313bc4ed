/* /api/email-templates: what messages say, by language and purpose. */
#include "domain/ctx.h"

static const char *const types[] = {"SignIn",
                                    "Register",
                                    "ForgotPassword",
                                    "OrganizationInvitation",
                                    "Generic",
                                    "UserPermissionValidation",
                                    "BindNewIdentifier",
                                    "MfaVerification",
                                    "BindMfa",
                                    "AccountChanged",
                                    NULL};

#define DETAILS(needed)                                                                            \
    {.name = STR_INIT("subject"),                                                                  \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_WRITE | (needed),                                                              \
     .doc = "Subject line; `{{code}}` and other variables are filled in."},                        \
        {.name = STR_INIT("content"),                                                              \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | (needed),                                                          \
         .doc = "Text or HTML; variables are filled in."},                                         \
        {.name = STR_INIT("contentType"),                                                          \
         .type = FIELD_ENUM,                                                                       \
         .flags = FIELD_WRITE | FIELD_MAYBE,                                                       \
         .options = content_types,                                                                 \
         .doc = "What content is; HTML when not set."},                                            \
        {.name = STR_INIT("replyTo"),                                                              \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_MAYBE,                                                       \
         .doc = "Address for answers."},                                                           \
        {.name = STR_INIT("sendFrom"),                                                             \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_MAYBE,                                                       \
         .doc = "Shown sender."},                                                                  \
        FIELDS_END

static const char *const content_types[] = {"text/html", "text/plain", NULL};
static const struct field details[] = {DETAILS(FIELD_REQUIRED)};
static const struct field some_details[] = {DETAILS(0)};

/* RFC 5646 2.1, as far as a shape goes: letters, and subtags behind hyphens. */
static bool is_language_tag(json *value)
{
    struct str rest = json_str(value), part;
    for (size_t count = 0; (part = str_split(&rest, '-')).p; count++) {
        if (part.n < (count ? 1 : 2) || part.n > 8)
            return false;
        for (size_t i = 0; i < part.n; i++) {
            char low = (char)(part.p[i] | 0x20);
            bool digit = part.p[i] >= '0' && part.p[i] <= '9';
            if (!(low >= 'a' && low <= 'z') && !(count && digit))
                return false;
        }
    }
    return true;
}

static const struct field template_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("languageTag"),
     .column = "language_tag",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 16,
     .check = is_language_tag,
     .example = "en",
     .doc = "Tag of the language it is in, such as en or pt-BR."},
    {.name = STR_INIT("templateType"),
     .column = "template_type",
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "What it is sent for."},
    {.name = STR_INIT("details"),
     .column = "details",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .fields = details,
     .doc = "What it says."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    FIELDS_END,
};
enum { TEMPLATE_ID, TEMPLATE_DETAILS = 3 };

static const struct entity entity = {
    .name = STR_INIT("email_templates"),
    .table = "email_templates",
    .fields = template_fields,
    .order = "language_tag, template_type",
};

/* ---- Handlers ---- */

static size_t make_filters(struct ctx *ctx, struct db_value values[2],
                           struct crud_filter filters[2])
{
    size_t count = 0;
    values[0] = db_text_value(ctx_query(ctx, STR("languageTag")));
    values[1] = db_text_value(ctx_query(ctx, STR("templateType")));
    if (values[0].s.n)
        filters[count++] = (struct crud_filter){"language_tag = $1", &values[0], 1};
    if (values[1].s.n)
        filters[count++] = (struct crud_filter){"template_type = $1", &values[1], 1};
    return count;
}

static enum err list_templates(struct ctx *ctx)
{
    struct db_value values[2];
    struct crud_filter filters[2];
    size_t count = make_filters(ctx, values, filters);
    return entity_answer_list(ctx, &entity, filters, count);
}

/* The template of this language and purpose is replaced, and keeps its id. */
static enum err put_template(struct ctx *ctx, json *body)
{
    struct db_rows rows;
    char id[ID_LENGTH];
    id_random(id, sizeof(id));
    enum err err =
        db_query(ctx->db,
                 "INSERT INTO email_templates (id, language_tag, template_type, details,"
                 " created_at) VALUES ($1, $2, $3, $4, $5)"
                 " ON CONFLICT (language_tag, template_type)"
                 " DO UPDATE SET details = excluded.details RETURNING id",
                 DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                           db_text_value(json_str(json_get(body, STR("languageTag")))),
                           db_text_value(json_str(json_get(body, STR("templateType")))),
                           db_text_value(field_clean(&template_fields[4],
                                                     json_get(body, STR("details")), ctx->arena)),
                           db_int_value(ctx->now)),
                 ctx->arena, &rows);
    if (!err)
        err = entity_get(ctx, &entity, db_text(&rows, 0, 0), &rows);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

static enum err put_templates(struct ctx *ctx)
{
    size_t i, n;
    json *body;
    enum err err = OK;
    json_open_array(&ctx->answer.json);
    yyjson_arr_foreach(ctx_body(ctx, STR("templates")), i, n, body)
    {
        if (!err)
            err = put_template(ctx, body);
    }
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err get_template(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

static struct str merged(struct ctx *ctx, json *old)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (const struct field *field = details; field->name.p; field++) {
        json *value = ctx_body(ctx, field->name);
        if (!value)
            value = json_get(old, field->name);
        if (!value)
            continue;
        json_key(&out, field->name);
        json_put_value(&out, value);
    }
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err patch_details(struct ctx *ctx)
{
    struct db_rows rows;
    json *old;
    bool nothing;
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (json_parse(ctx->arena, db_text(&rows, 0, TEMPLATE_DETAILS), &old, NULL))
        return fail(ctx, ERR_INTERNAL);
    const struct crud_set set = {"details", db_text_value(merged(ctx, old))};
    err = crud_update(ctx->db, &entity, ctx->params[0], NULL, &set, 1, ctx->arena, &rows, &nothing);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

static enum err delete_template(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &entity, ctx->params[0], &found);
    return err || found ? err
                        : fail(ctx, ERR_NOT_EXISTS_WITH_ID, "email_templates",
                               arena_cstr(ctx->arena, ctx->params[0]));
}

static enum err delete_templates(struct ctx *ctx)
{
    struct db_value language = db_text_value(ctx_query(ctx, STR("languageTag")));
    struct db_value type = db_text_value(ctx_query(ctx, STR("templateType")));
    int64_t count = 0;
    if (!language.s.n && !type.s.n)
        return fail(ctx, ERR_EMAIL_TEMPLATE_FILTER);
    enum err err =
        db_exec(ctx->db,
                "DELETE FROM email_templates WHERE (CAST($1 AS text) IS NULL OR language_tag = $1)"
                " AND (CAST($2 AS text) IS NULL OR template_type = $2)",
                (const struct db_value[]){language, type}, 2, &count);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_INT(&ctx->answer.json, "rowCount", count);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

static const struct field template_item = {.type = FIELD_OBJECT, .fields = template_fields};
static const struct field put_body[] = {
    {.name = STR_INIT("templates"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &template_item,
     .doc = "Each takes the place of the one of its language and type."},
    FIELDS_END,
};

static const struct field filter_query[] = {
    {.name = STR_INIT("languageTag"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only those in this language."},
    {.name = STR_INIT("templateType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = types,
     .doc = "Only those for this."},
    FIELDS_END,
};

static const struct field count_reply[] = {
    {.name = STR_INIT("rowCount"), .type = FIELD_INT, .doc = "How many there were."},
    FIELDS_END,
};

ROUTES(email_templates) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/email-templates"),
     .area = "email-templates",
     .query = filter_query,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = template_fields,
     .summary = "List email templates",
     .handle = list_templates},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/email-templates"),
     .area = "email-templates",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = put_body,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = template_fields,
     .summary = "Set email templates",
     .handle = put_templates},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/email-templates"),
     .area = "email-templates",
     .run = RUN_WRITE,
     .query = filter_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = count_reply,
     .summary = "Delete email templates of a language or type",
     .handle = delete_templates},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/email-templates/:id"),
     .area = "email-templates",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = template_fields,
     .summary = "Get an email template",
     .handle = get_template},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/email-templates/:id"),
     .area = "email-templates",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an email template",
     .handle = delete_template},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/email-templates/:id/details"),
     .area = "email-templates",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = some_details,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = template_fields,
     .summary = "Change what an email template says",
     .handle = patch_details},
    ROUTES_END,
};
