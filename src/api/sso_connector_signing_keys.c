/* /api/sso-connectors/:id/signing-keys: keys that requests to a SAML provider are signed with,
 * shown by their certificates. */
#include "domain/saml_keys.h"
#include "domain/sso_connectors.h"

#define KEYS (&saml_keys_of_connectors)

static enum err get_connector(struct ctx *ctx, struct db_rows *rows)
{
    enum err err = entity_get(ctx, &sso_connector_entity, ctx->params[0], rows);
    return err || sso_is_saml(rows) ? err : fail(ctx, ERR_SSO_SAML_ONLY);
}

static enum err list_keys(struct ctx *ctx)
{
    struct db_rows connector;
    enum err err = get_connector(ctx, &connector);
    return err ? err : saml_key_answer_list(ctx, KEYS, ctx->params[0]);
}

static enum err create_key(struct ctx *ctx)
{
    struct db_rows connector;
    struct str id;
    bool active = yyjson_get_bool(ctx_body(ctx, STR("active")));
    enum err err = get_connector(ctx, &connector);
    if (!err)
        err = saml_key_make(ctx, SAML_FIRST_YEARS);
    if (!err)
        err = saml_key_insert(ctx, KEYS, ctx->params[0], active, &id);
    return err ? err : saml_key_answer(ctx, KEYS, ctx->params[0], id);
}

static enum err check_idle(struct ctx *ctx, const struct db_rows *connector)
{
    bool signs;
    enum err err = sso_signs_requests(ctx, connector, &signs);
    return err || !signs ? err : fail(ctx, ERR_SSO_KEY_IN_USE);
}

static enum err set_active(struct ctx *ctx)
{
    struct db_rows connector, key;
    bool active = yyjson_get_bool(ctx_body(ctx, STR("active")));
    enum err err = get_connector(ctx, &connector);
    if (!err)
        err = saml_key_get(ctx, KEYS, ctx->params[0], ctx->params[1], &key);
    if (!err && !active && db_int(&key, 0, SAML_KEY_ACTIVE))
        err = check_idle(ctx, &connector);
    if (!err)
        err = saml_key_set_active(ctx, KEYS, ctx->params[0], ctx->params[1], active);
    return err ? err : saml_key_answer(ctx, KEYS, ctx->params[0], ctx->params[1]);
}

static enum err delete_key(struct ctx *ctx)
{
    struct db_rows connector;
    enum err err = get_connector(ctx, &connector);
    return err ? err
               : saml_key_delete(ctx, KEYS, ctx->params[0], ctx->params[1], ERR_SSO_KEY_ACTIVE);
}

/* ---- Routes ---- */

static const struct field create_body[] = {
    {.name = STR_INIT("active"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Whether it is the one in use at once; the others then are not."},
    FIELDS_END,
};

#define ROUTE "/api/sso-connectors/:id/signing-keys"
#define AREA  "sso-connectors"

ROUTES(sso_connector_signing_keys) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = saml_key_fields,
     .summary = "List the signing keys of an enterprise connector",
     .doc = "Of one that speaks SAML. The keys themselves are never shown.",
     .handle = list_keys},
    {.method = HTTP_M_POST,
     .path = STR_INIT(ROUTE),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = saml_key_fields,
     .summary = "Make a signing key for an enterprise connector",
     .doc = "RSA 3072 with a certificate for three years, self-signed with SHA-256. The config's "
            "signAuthnRequest says whether requests are signed.",
     .handle = create_key},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT(ROUTE "/:keyId"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = saml_key_active_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = saml_key_fields,
     .summary = "Say which signing key of an enterprise connector is in use",
     .doc = "While requests are signed, there is always one.",
     .handle = set_active},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT(ROUTE "/:keyId"),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a signing key of an enterprise connector",
     .doc = "Not the one in use.",
     .handle = delete_key},
    ROUTES_END,
};
