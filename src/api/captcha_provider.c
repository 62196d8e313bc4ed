/* /api/captcha-provider: who tells people from programs on the sign-in pages. */
#include "domain/captcha.h"

/* ---- Rows ---- */

static const char *const types[] = {"Turnstile", "RecaptchaEnterprise", NULL};
static const char *const modes[] = {"invisible", "checkbox", NULL};

#define MEMBER(json_name, extra, text)                                                             \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | (extra),         \
        .doc = (text)                                                                              \
    }
#define KEYS                                                                                       \
    {.name = STR_INIT("type"),                                                                     \
     .type = FIELD_ENUM,                                                                           \
     .flags = FIELD_WRITE | FIELD_REQUIRED,                                                        \
     .options = types,                                                                             \
     .doc = "The provider."},                                                                      \
        MEMBER("siteKey", FIELD_REQUIRED, "Key that the pages show."),                             \
        MEMBER("secretKey", FIELD_REQUIRED, "Key that the server keeps; encrypted at rest.")
#define RECAPTCHA_ROWS(extra)                                                                      \
    MEMBER("projectId", extra, "Of reCAPTCHA: the project."),                                      \
        MEMBER("domain", FIELD_MAYBE, "Of reCAPTCHA: where its script comes from."),               \
    {                                                                                              \
        .name = STR_INIT("mode"), .type = FIELD_ENUM, .flags = FIELD_WRITE | FIELD_MAYBE,          \
        .options = modes, .doc = "Of reCAPTCHA: how it shows."                                     \
    }

static const struct field turnstile[] = {KEYS, FIELDS_END};
static const struct field recaptcha[] = {KEYS, RECAPTCHA_ROWS(FIELD_REQUIRED), FIELDS_END};
static const struct field config_fields[] = {KEYS, RECAPTCHA_ROWS(FIELD_MAYBE), FIELDS_END};

#define BODY(fields_of_config)                                                                     \
    {                                                                                              \
        {.name = STR_INIT("config"),                                                               \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,                                    \
         .fields = (fields_of_config),                                                             \
         .doc = "The provider and its keys."},                                                     \
            FIELDS_END,                                                                            \
    }
static const struct field turnstile_body[] = BODY(turnstile);
static const struct field recaptcha_body[] = BODY(recaptcha);
static const struct field put_body[] = {
    {.name = STR_INIT("config"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "type (Turnstile or RecaptchaEnterprise), siteKey, secretKey; for the latter also "
            "projectId, and if need be domain and mode."},
    FIELDS_END,
};

/* ---- Handlers ---- */

static enum err answer_provider(struct ctx *ctx)
{
    struct captcha captcha;
    bool found;
    struct json_out *out = &ctx->answer.json;
    enum err err = captcha_find(ctx, &captcha, &found);
    if (err)
        return err;
    if (!found)
        return fail(ctx, ERR_NOT_FOUND);
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", captcha.id);
    json_key(out, STR("config"));
    if (ctx_only_looks(ctx))
        json_put_with(out, captcha.config, STR("secretKey"), STR("\"\""));
    else
        json_put_value(out, captcha.config);
    JSON_INT(out, "createdAt", captcha.created_at);
    JSON_INT(out, "updatedAt", captcha.updated_at);
    json_close_object(out);
    return OK;
}

#define UNKNOWN_TYPE                                                                               \
    "{\"code\":\"invalid_union_discriminator\",\"options\":[\"Turnstile\","                        \
    "\"RecaptchaEnterprise\"],"                                                                    \
    "\"path\":[\"config\",\"type\"],\"message\":\"Invalid discriminator value. Expected "          \
    "'Turnstile'"                                                                                  \
    " | 'RecaptchaEnterprise'\"}"

static enum err check_config(struct ctx *ctx, json *config, const struct field **fields)
{
    struct str type = json_str(json_get(config, STR("type")));
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    bool known = str_eq(type, str_of(types[0])) || str_eq(type, str_of(types[1]));
    bool is_turnstile = str_eq(type, str_of(types[0]));
    *fields = is_turnstile ? turnstile_body : recaptcha_body;
    if (!known)
        BUF_LIT(&issues, UNKNOWN_TYPE);
    if (!known)
        BUF_LIT(&details, "Error in key path \"config.type\": (invalid_union_discriminator)");
    if (known && schema_check(*fields, BODY_CREATE, ctx->body, ctx->arena, &issues, &details))
        return OK;
    return FAILURE(fail_issues(ctx, ERR_INVALID_BODY, &issues, &details));
}

static enum err put_provider(struct ctx *ctx)
{
    const struct field *fields;
    json *config = ctx_body(ctx, STR("config"));
    enum err err = check_config(ctx, config, &fields);
    if (!err)
        err = captcha_put(ctx, field_clean(&fields[0], config, ctx->arena));
    return err ? err : answer_provider(ctx);
}

/* Without a provider the sign-in pages do not ask for it. */
static enum err delete_provider(struct ctx *ctx)
{
    enum err err = db_exec(ctx->db, "DELETE FROM captcha_providers", DB_NO_PARAMS, NULL);
    return err ? err
               : db_exec(ctx->db,
                         "UPDATE sign_in_experiences SET captcha_policy = '{\"enabled\":false}'",
                         DB_NO_PARAMS, NULL);
}

/* ---- Routes ---- */

static const struct field provider_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("config"),
     .type = FIELD_OBJECT,
     .fields = config_fields,
     .doc = "The provider and its keys."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "Milliseconds since 1970."},
    {.name = STR_INIT("updatedAt"), .type = FIELD_INT, .doc = "Milliseconds since 1970."},
    FIELDS_END,
};

#define ROUTE(verb, runs, mode, rows, code, kind, fields_of_reply, text, function)                 \
    {                                                                                              \
        .method = (verb), .path = STR_INIT("/api/captcha-provider"), .area = "captcha-provider",   \
        .run = (runs), .body_mode = (mode), .body = (rows), .status = (code), .reply = (kind),     \
        .reply_fields = (fields_of_reply), .summary = (text), .handle = (function)                 \
    }

ROUTES(captcha_provider) = {
    ROUTE(HTTP_M_GET, RUN_READ, BODY_NONE, NULL, 200, REPLY_OBJECT, provider_fields,
          "Get the captcha provider", answer_provider),
    ROUTE(HTTP_M_PUT, RUN_WRITE, BODY_CREATE, put_body, 200, REPLY_OBJECT, provider_fields,
          "Set the captcha provider", put_provider),
    ROUTE(HTTP_M_DELETE, RUN_WRITE, BODY_NONE, NULL, 204, REPLY_EMPTY, NULL,
          "Delete the captcha provider", delete_provider),
    ROUTES_END,
};
