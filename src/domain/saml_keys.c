/* Keys with certificates that SAML messages are signed with. */
#include "domain/saml_keys.h"

#include "base/ids.h"
#include "crypto/certificate.h"
#include "domain/sealed.h"

#define COLUMNS "SELECT id, certificate, created_at, expires_at, active FROM "
#define KEYS(table, owner)                                                                         \
    {                                                                                              \
        .place = table "|key",                                                                     \
        .list = COLUMNS table " WHERE " owner " = $1 ORDER BY created_at, id",                     \
        .find = COLUMNS table " WHERE " owner " = $1 AND id = $2",                                 \
        .active = COLUMNS table " WHERE " owner " = $1 AND active = 1",                            \
        .insert = "INSERT INTO " table " (id, " owner ", sealed_key, certificate, created_at,"     \
                  " expires_at, active) VALUES ($1, $2, $3, $4, $5, $6, $7)",                      \
        .idle = "UPDATE " table " SET active = 0 WHERE " owner " = $1",                            \
        .set = "UPDATE " table " SET active = $1 WHERE id = $2",                                   \
        .drop = "DELETE FROM " table " WHERE id = $1",                                             \
    }
const struct saml_keys saml_keys_of_applications =
    KEYS("saml_application_secrets", "application_id");
const struct saml_keys saml_keys_of_connectors =
    KEYS("sso_connector_signing_keys", "sso_connector_id");

/* ---- Making ---- */

struct making {
    struct arena *arena;
    int64_t now;
    struct certificate_new new;
    bool good;
};

static void make(void *arg)
{
    struct making *making = arg;
    making->good = certificate_make(making->arena, making->now, &making->new);
}

enum err saml_key_make(struct ctx *ctx, int years)
{
    if (ctx->slow.done) {
        const struct making *made = ctx->slow.arg;
        return made->good ? OK : fail(ctx, ERR_INTERNAL);
    }
    struct making *making = ARENA_NEW(ctx->arena, struct making);
    if (!making)
        return fail(ctx, ERR_NO_MEMORY);
    *making = (struct making){
        .arena = ctx->arena,
        .now = ctx->now,
        .new = {.common_name = "Signet", .years = years},
    };
    return ctx_slow(ctx, make, making);
}

static enum err idle_others(struct ctx *ctx, const struct saml_keys *keys, struct str owner)
{
    return db_exec(ctx->db, keys->idle, DB_PARAMS(db_text_value(owner)), NULL);
}

enum err saml_key_insert(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         bool active, struct str *id)
{
    const struct making *made = ctx->slow.arg;
    struct str sealed;
    char *text = arena_bytes(ctx->arena, ID_LENGTH);
    if (!text)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(text, ID_LENGTH);
    struct str new_id = {text, ID_LENGTH};
    enum err err = sealed_make(ctx, keys->place, new_id, made->new.key_pem, &sealed);
    if (!err && active)
        err = idle_others(ctx, keys, owner);
    if (err)
        return err;
    if (id)
        *id = new_id;
    return db_exec(ctx->db, keys->insert,
                   DB_PARAMS(db_text_value(new_id), db_text_value(owner), db_text_value(sealed),
                             db_text_value(made->new.pem), db_int_value(ctx->now),
                             db_int_value(made->new.not_after), db_int_value(active)),
                   NULL);
}

/* ---- Finding and changing ---- */

enum err saml_key_get(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                      struct str id, struct db_rows *rows)
{
    struct db_rows found;
    enum err err = db_query(ctx->db, keys->find, DB_PARAMS(db_text_value(owner), db_text_value(id)),
                            ctx->arena, &found);
    if (err)
        return err;
    if (!found.count)
        return fail(ctx, ERR_NOT_FOUND);
    *rows = found;
    return OK;
}

enum err saml_key_find_active(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                              struct db_rows *rows)
{
    return db_query(ctx->db, keys->active, DB_PARAMS(db_text_value(owner)), ctx->arena, rows);
}

enum err saml_key_set_active(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                             struct str id, bool active)
{
    enum err err = active ? idle_others(ctx, keys, owner) : OK;
    return err ? err
               : db_exec(ctx->db, keys->set, DB_PARAMS(db_int_value(active), db_text_value(id)),
                         NULL);
}

enum err saml_key_delete(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         struct str id, enum err in_use)
{
    struct db_rows rows;
    enum err err = saml_key_get(ctx, keys, owner, id, &rows);
    if (err)
        return err;
    if (db_int(&rows, 0, SAML_KEY_ACTIVE))
        return fail(ctx, in_use);
    return db_exec(ctx->db, keys->drop, DB_PARAMS(db_text_value(id)), NULL);
}

/* ---- Answering ---- */

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

static enum err put_key(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    uint8_t digest[SHA256_SIZE];
    if (!certificate_fingerprint(db_text(rows, row, SAML_KEY_CERTIFICATE), digest))
        return fail(ctx, ERR_INTERNAL);
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, SAML_KEY_ID));
    JSON_STR(out, "certificate", db_text(rows, row, SAML_KEY_CERTIFICATE));
    JSON_INT(out, "createdAt", db_int(rows, row, SAML_KEY_CREATED_AT));
    JSON_INT(out, "expiresAt", db_int(rows, row, SAML_KEY_EXPIRES_AT));
    JSON_BOOL(out, "active", db_int(rows, row, SAML_KEY_ACTIVE) != 0);
    put_fingerprints(ctx, digest);
    json_close_object(out);
    return OK;
}

enum err saml_key_answer(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         struct str id)
{
    struct db_rows rows;
    enum err err = saml_key_get(ctx, keys, owner, id, &rows);
    return err ? err : put_key(ctx, &rows, 0);
}

enum err saml_key_answer_list(struct ctx *ctx, const struct saml_keys *keys, struct str owner)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, keys->list, DB_PARAMS(db_text_value(owner)), ctx->arena, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_key(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
}

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
const struct field saml_key_active_body[] = {
    {.name = STR_INIT("active"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether it is the one in use; the others then are not."},
    FIELDS_END,
};
const struct field saml_key_fields[] = {
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
