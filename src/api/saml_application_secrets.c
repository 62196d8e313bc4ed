/* /api/saml-applications/:id/secrets: keys of SAML applications, shown by their certificates. */
#include "base/encoding.h"
#include "crypto/certificate.h"
#include "domain/saml_applications.h"

#define YEARS_MAX 100

/* ---- Reading ---- */

#define COLUMNS                                                                                    \
    "SELECT id, certificate, created_at, expires_at, active FROM saml_application_secrets"
enum { ID, CERTIFICATE, CREATED_AT, EXPIRES_AT, ACTIVE };

static void put_fingerprints(struct ctx *ctx, const uint8_t digest[SHA256_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    char plain[2 * SHA256_SIZE], parted[3 * SHA256_SIZE];
    struct json_out *out = &ctx->answer.json;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        plain[2 * i] = parted[3 * i] = digits[digest[i] >> 4];
        plain[2 * i + 1] = parted[3 * i + 1] = digits[digest[i] & 15];
        parted[3 * i + 2] = ':';
    }
    json_key(out, STR("fingerprints"));
    json_open_object(out);
    json_key(out, STR("sha256"));
    json_open_object(out);
    JSON_STR(out, "formatted", ((struct str){parted, sizeof(parted) - 1}));
    JSON_STR(out, "unformatted", ((struct str){plain, sizeof(plain)}));
    json_close_object(out);
    json_close_object(out);
}

static enum err put_secret(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    uint8_t digest[SHA256_SIZE];
    if (!certificate_fingerprint(db_text(rows, row, CERTIFICATE), digest))
        return fail(ctx, ERR_INTERNAL);
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, ID));
    JSON_STR(out, "certificate", db_text(rows, row, CERTIFICATE));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    JSON_INT(out, "expiresAt", db_int(rows, row, EXPIRES_AT));
    JSON_BOOL(out, "active", db_int(rows, row, ACTIVE) != 0);
    put_fingerprints(ctx, digest);
    json_close_object(out);
    return OK;
}

static enum err find_secret(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err =
        db_query(ctx->db, COLUMNS " WHERE application_id = $1 AND id = $2",
                 DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(id)), ctx->arena, rows);
    return err || rows->count ? err : fail(ctx, ERR_NOT_FOUND);
}

static enum err answer_secret(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = find_secret(ctx, id, &rows);
    return err ? err : put_secret(ctx, &rows, 0);
}

static enum err list_secrets(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    if (!err)
        err = db_query(ctx->db, COLUMNS " WHERE application_id = $1 ORDER BY created_at, id",
                       DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_secret(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
}

/* ---- Writing ---- */

static enum err create_secret(struct ctx *ctx)
{
    struct db_rows rows;
    struct str id;
    int64_t years = 0;
    field_int(ctx_body(ctx, STR("lifeSpanInYears")), &years);
    enum err err = saml_application_get(ctx, ctx->params[0], &rows);
    if (!err)
        err = saml_secret_make(ctx, (int)years);
    if (!err)
        err = saml_secret_insert(ctx, ctx->params[0], false, &id);
    return err ? err : answer_secret(ctx, id);
}

static enum err set_active(struct ctx *ctx)
{
    struct db_rows rows;
    bool active = yyjson_get_bool(ctx_body(ctx, STR("active")));
    enum err err = find_secret(ctx, ctx->params[1], &rows);
    if (!err && active) /* one at a time */
        err = db_exec(ctx->db,
                      "UPDATE saml_application_secrets SET active = 0 WHERE application_id = $1",
                      DB_PARAMS(db_text_value(ctx->params[0])), NULL);
    if (!err)
        err = db_exec(ctx->db, "UPDATE saml_application_secrets SET active = $1 WHERE id = $2",
                      DB_PARAMS(db_int_value(active), db_text_value(ctx->params[1])), NULL);
    return err ? err : answer_secret(ctx, ctx->params[1]);
}

static enum err delete_secret(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = find_secret(ctx, ctx->params[1], &rows);
    if (err)
        return err;
    if (db_int(&rows, 0, ACTIVE))
        return fail(ctx, ERR_APP_SAML_ACTIVE);
    return db_exec(ctx->db, "DELETE FROM saml_application_secrets WHERE id = $1",
                   DB_PARAMS(db_text_value(ctx->params[1])), NULL);
}

/* ---- Routes ---- */

static const struct field fingerprint_fields[] = {
    {.name = STR_INIT("formatted"), .type = FIELD_STRING, .doc = "Hex, in pairs with colons."},
    {.name = STR_INIT("unformatted"), .type = FIELD_STRING, .doc = "Hex."},
    FIELDS_END,
};
static const struct field fingerprints_fields[] = {
    {.name = STR_INIT("sha256"),
     .type = FIELD_OBJECT,
     .fields = fingerprint_fields,
     .doc = "Of the certificate's DER form."},
    FIELDS_END,
};
static const struct field secret_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("certificate"), .type = FIELD_STRING, .doc = "PEM."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_INT,
     .doc = "End of the certificate, in milliseconds since 1970."},
    {.name = STR_INIT("active"), .type = FIELD_BOOL, .doc = "Whether it is the one in use."},
    {.name = STR_INIT("fingerprints"),
     .type = FIELD_OBJECT,
     .fields = fingerprints_fields,
     .doc = "Digests of the certificate."},
    FIELDS_END,
};
static const struct field create_body[] = {
    {.name = STR_INIT("lifeSpanInYears"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .max = YEARS_MAX,
     .doc = "How long the certificate is valid."},
    FIELDS_END,
};
static const struct field active_body[] = {
    {.name = STR_INIT("active"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether it is the one in use; the others then are not."},
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
     .reply_fields = secret_fields,
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
     .reply_fields = secret_fields,
     .summary = "Make a key and certificate for a SAML application",
     .doc = "RSA 3072, self-signed with SHA-256; not active at first. The server does not sign "
            "assertions with it.",
     .handle = create_secret},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT(ROUTE "/:secretId"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = active_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = secret_fields,
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
