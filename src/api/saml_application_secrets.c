/* /api/saml-applications/:id/secrets: keys of SAML applications, shown by their certificates. */
#include "domain/saml_applications.h"

#define YEARS_MAX 100
#define KEYS      (&saml_keys_of_applications)

static enum err list_secrets(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    return err ? err : saml_key_answer_list(ctx, KEYS, ctx->params[0]);
}

static enum err create_secret(struct ctx *ctx)
{
    struct db_rows rows;
    struct str id;
    int64_t years = 0;
    field_int(ctx_body(ctx, STR("lifeSpanInYears")), &years);
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    if (!err)
        err = saml_key_make(ctx, (int)years);
    if (!err)
        err = saml_key_insert(ctx, KEYS, ctx->params[0], false, &id);
    return err ? err : saml_key_answer(ctx, KEYS, ctx->params[0], id);
}

static enum err set_active(struct ctx *ctx)
{
    struct db_rows rows;
    bool active = yyjson_get_bool(ctx_body(ctx, STR("active")));
    enum err err = saml_key_get(ctx, KEYS, ctx->params[0], ctx->params[1], &rows);
    if (!err)
        err = saml_key_set_active(ctx, KEYS, ctx->params[0], ctx->params[1], active);
    return err ? err : saml_key_answer(ctx, KEYS, ctx->params[0], ctx->params[1]);
}

static enum err delete_secret(struct ctx *ctx)
{
    return saml_key_delete(ctx, KEYS, ctx->params[0], ctx->params[1], ERR_APP_SAML_ACTIVE);
}

/* ---- Routes ---- */

static const struct field create_body[] = {
    {.name = STR_INIT("lifeSpanInYears"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .max = YEARS_MAX,
     .doc = "How long the certificate is valid."},
    FIELDS_END,
};

#define ROUTE "/api/saml-applications/:id/secrets"
#define AREA  "saml-applications"

ROUTES(saml_application_secrets) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = saml_key_fields,
     .summary = "List the certificates of a SAML application",
     .doc = "Their keys are never shown.",
     .handle = list_secrets},
    {.method = HTTP_M_POST,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = saml_key_fields,
     .summary = "Make a key and certificate for a SAML application",
     .doc = "RSA 3072, self-signed with SHA-256; not active at first. The server does not sign "
            "assertions with it.",
     .handle = create_secret},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT(ROUTE "/:secretId"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = saml_key_active_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = saml_key_fields,
     .summary = "Say which key of a SAML application is in use",
     .handle = set_active},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT(ROUTE "/:secretId"),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a key of a SAML application",
     .doc = "Not the one in use.",
     .handle = delete_secret},
    ROUTES_END,
};
