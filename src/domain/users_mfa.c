/* Second factors as rows, and the secrets in them. */
#include "domain/users_mfa.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "base/unicode.h"
#include "crypto/digest.h"
#include "crypto/vault.h"
#include "domain/phone.h"
#include "domain/qr_code.h"
#include "domain/trusted_devices.h"
#include "domain/users.h"

#define CODE_LENGTH 10 /* of a backup code */

static struct str seal_context(struct arena *arena, struct str id)
{
    return arena_printf(arena, "user_mfa_verifications|%.*s", STR_ARG(id));
}

#define COLUMNS "id, type, sealed, created_at, last_used_at, user_id, credential"

enum err user_mfa_list(struct ctx *ctx, struct str user, struct db_rows *rows)
{
    return db_query(ctx->db,
                    "SELECT " COLUMNS " FROM user_mfa_verifications"
                    " WHERE user_id = $1 ORDER BY created_at, id",
                    DB_PARAMS(db_text_value(user)), ctx->arena, rows);
}

enum err user_mfa_find_credential(struct ctx *ctx, struct str credential, struct db_rows *rows)
{
    return db_query(ctx->db, "SELECT " COLUMNS " FROM user_mfa_verifications WHERE credential = $1",
                    DB_PARAMS(db_text_value(credential)), ctx->arena, rows);
}

enum err user_mfa_open(struct ctx *ctx, const struct db_rows *rows, size_t row, json **out)
{
    struct str context = seal_context(ctx->arena, db_text(rows, row, MFA_ID));
    struct str text = context.p ? vault_unseal(ctx->tenant->vault, ctx->arena, context,
                                               db_text(rows, row, MFA_SEALED))
                                : STR_NONE;
    if (!text.p || json_parse(ctx->arena, text, out, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}

size_t mfa_remaining_codes(json *opened)
{
    size_t index, max, count = 0;
    json *code;
    yyjson_arr_foreach(json_get(opened, STR("codes")), index, max, code)
    {
        count += !json_get(code, STR("usedAt"));
    }
    return count;
}

static enum err seal(struct ctx *ctx, struct str id, struct str data, struct str *sealed)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct str context = seal_context(ctx->arena, id);
    if (!data.p || !context.p || !vault_seal(ctx->tenant->vault, context, data, &buf))
        return fail(ctx, ERR_NO_MEMORY);
    *sealed = buf_view(&buf);
    return OK;
}

static enum err insert(struct ctx *ctx, struct str user, struct str type, struct str data,
                       struct str credential, int64_t counter)
{
    char bytes[ID_ORDERED_LENGTH];
    struct str id = {bytes, sizeof(bytes)}, sealed;
    id_ordered(bytes, ctx->now);
    enum err err = seal(ctx, id, data, &sealed);
    if (err)
        return err;
    return db_exec(ctx->db,
                   "INSERT INTO user_mfa_verifications (id, user_id, type, sealed, created_at,"
                   " credential, counter) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                   DB_PARAMS(db_text_value(id), db_text_value(user), db_text_value(type),
                             db_text_value(sealed), db_int_value(ctx->now),
                             db_text_value(credential), db_int_value(counter)),
                   NULL);
}

enum err user_mfa_insert(struct ctx *ctx, struct str user, struct str type, struct str data)
{
    return insert(ctx, user, type, data, STR_NONE, 0);
}

enum err user_mfa_insert_passkey(struct ctx *ctx, struct str user, struct str data,
                                 struct str credential, int64_t counter)
{
    return insert(ctx, user, STR(MFA_WEBAUTHN), data, credential, counter);
}

enum err user_mfa_advance(struct ctx *ctx, struct str id, int64_t counter, bool *later)
{
    int64_t affected;
    enum err err = db_exec(
        ctx->db,
        "UPDATE user_mfa_verifications SET counter = $1, last_used_at = $2"
        " WHERE id = $3 AND (counter < $1 OR (counter = 0 AND $1 = 0))",
        DB_PARAMS(db_int_value(counter), db_int_value(ctx->now), db_text_value(id)), &affected);
    if (!err)
        *later = affected == 1;
    return err;
}

/* The same codes, one of them used; {NULL,0}: it is none that is left. */
static struct str use_up(struct ctx *ctx, json *opened, struct str digest)
{
    struct buf buf = buf_new(ctx->arena, 8192);
    struct json_out out = json_out(&buf);
    bool found = false;
    size_t index, max;
    json *code;
    json_open_object(&out);
    json_key(&out, STR("codes"));
    json_open_array(&out);
    yyjson_arr_foreach(json_get(opened, STR("codes")), index, max, code)
    {
        struct str each = json_str(json_get(code, STR("digest")));
        json *used_at = json_get(code, STR("usedAt"));
        bool now = !used_at && !found && str_eq_secret(each, digest);
        found = found || now;
        json_open_object(&out);
        JSON_STR(&out, "digest", each);
        if (used_at || now)
            JSON_INT(&out, "usedAt", now ? ctx->now : yyjson_get_sint(used_at));
        json_close_object(&out);
    }
    json_close_array(&out);
    json_close_object(&out);
    return found ? buf_view(&buf) : STR_NONE;
}

/* What was read is what is replaced, so of two at once one uses the code. */
static enum err replace(struct ctx *ctx, const struct db_rows *rows, size_t row, struct str data,
                        bool *used)
{
    struct str sealed;
    int64_t affected;
    enum err err = seal(ctx, db_text(rows, row, MFA_ID), data, &sealed);
    if (err)
        return err;
    err = db_exec(ctx->db,
                  "UPDATE user_mfa_verifications SET sealed = $1, last_used_at = $2"
                  " WHERE id = $3 AND sealed = $4",
                  DB_PARAMS(db_text_value(sealed), db_int_value(ctx->now),
                            db_text_value(db_text(rows, row, MFA_ID)),
                            db_text_value(db_text(rows, row, MFA_SEALED))),
                  &affected);
    if (!err)
        *used = affected == 1;
    return err;
}

/* ---- Names of passkeys ---- */

struct str mfa_passkey_named(struct arena *arena, json *opened, struct str name)
{
    struct buf buf = buf_new(arena, (size_t)32 * 1024);
    struct json_out out = json_out(&buf);
    size_t index, max;
    json *key, *value;
    json_open_object(&out);
    yyjson_obj_foreach(opened, index, max, key, value)
    {
        if (str_eq(json_str(key), STR("name")))
            continue;
        json_key(&out, json_str(key));
        json_put_value(&out, value);
    }
    JSON_STR(&out, "name", name);
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err find_passkey(struct ctx *ctx, struct str user, struct str id, struct db_rows *rows)
{
    enum err err = db_query(
        ctx->db,
        "SELECT " COLUMNS " FROM user_mfa_verifications WHERE id = $1"
        " AND user_id = $2 AND type = $3",
        DB_PARAMS(db_text_value(id), db_text_value(user), db_text_value(STR(MFA_WEBAUTHN))),
        ctx->arena, rows);
    if (err)
        return fail(ctx, err);
    return rows->count ? OK : fail(ctx, ERR_NO_RECORD);
}

enum err user_mfa_rename(struct ctx *ctx, struct str user, struct str id, struct str name)
{
    struct db_rows rows;
    struct str sealed;
    json *opened;
    enum err err = find_passkey(ctx, user, id, &rows);
    if (err || (err = user_mfa_open(ctx, &rows, 0, &opened)) ||
        (err = seal(ctx, id, mfa_passkey_named(ctx->arena, opened, name), &sealed)))
        return err;
    err = db_exec(ctx->db, "UPDATE user_mfa_verifications SET sealed = $1 WHERE id = $2",
                  DB_PARAMS(db_text_value(sealed), db_text_value(id)), NULL);
    return err ? fail(ctx, err) : OK;
}

/* ---- Backup codes ---- */

static struct str code_digest(struct arena *arena, struct str code)
{
    uint8_t hash[SHA256_SIZE];
    struct str folded = unicode_fold(arena, code);
    char *text = arena_bytes(arena, BASE64URL_LENGTH(SHA256_SIZE));
    if (!folded.p || !text)
        return STR_NONE;
    sha256(folded, hash);
    base64url_encode(hash, sizeof(hash), text);
    return (struct str){text, BASE64URL_LENGTH(SHA256_SIZE)};
}

enum err user_mfa_use_code(struct ctx *ctx, struct str user, struct str code, bool *used)
{
    struct db_rows rows;
    struct str digest = code_digest(ctx->arena, code);
    *used = false;
    enum err err = digest.p ? user_mfa_list(ctx, user, &rows) : fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; !err && !*used && i < rows.count; i++) {
        json *opened;
        if (!str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_BACKUP_CODE)))
            continue;
        if ((err = user_mfa_open(ctx, &rows, i, &opened)))
            break;
        struct str left = use_up(ctx, opened, digest);
        if (left.p)
            err = replace(ctx, &rows, i, left, used);
    }
    return err;
}

enum err user_mfa_delete_codes(struct ctx *ctx, struct str user)
{
    return db_exec(ctx->db, "DELETE FROM user_mfa_verifications WHERE user_id = $1 AND type = $2",
                   DB_PARAMS(db_text_value(user), db_text_value(STR(MFA_BACKUP_CODE))), NULL);
}

enum err user_mfa_delete(struct ctx *ctx, struct str user, struct str id, bool *found)
{
    int64_t affected;
    enum err err =
        db_exec(ctx->db, "DELETE FROM user_mfa_verifications WHERE user_id = $1 AND id = $2",
                DB_PARAMS(db_text_value(user), db_text_value(id)), &affected);
    if (err)
        return err;
    *found = affected > 0;
    return *found ? trusted_devices_end(ctx, user) : OK;
}

/* ---- Backup codes ---- */

bool mfa_code_is_valid(struct str code)
{
    uint8_t bytes[CODE_LENGTH / 2];
    size_t n;
    return code.n == CODE_LENGTH && hex_decode(code, bytes, sizeof(bytes), &n);
}

enum err mfa_codes_make(struct ctx *ctx, struct str codes[BACKUP_CODES])
{
    for (size_t i = 0; i < BACKUP_CODES; i++) {
        uint8_t bytes[CODE_LENGTH / 2];
        char *made = arena_bytes(ctx->arena, CODE_LENGTH);
        if (!made)
            return fail(ctx, ERR_NO_MEMORY);
        random_bytes(bytes, sizeof(bytes));
        hex_encode(bytes, sizeof(bytes), made);
        codes[i] = (struct str){made, CODE_LENGTH};
    }
    return OK;
}

struct str mfa_codes_data(struct ctx *ctx, const struct str codes[BACKUP_CODES])
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    json_key(&out, STR("codes"));
    json_open_array(&out);
    for (size_t i = 0; i < BACKUP_CODES; i++) {
        json_open_object(&out);
        JSON_STR(&out, "digest", code_digest(ctx->arena, codes[i]));
        json_close_object(&out);
    }
    json_close_array(&out);
    json_close_object(&out);
    return buf_view(&buf);
}

/* ---- What authenticators show ---- */

struct str mfa_user_identifier(struct ctx *ctx, const struct db_rows *user)
{
    struct str phone = db_text(user, 0, USER_PHONE);
    if (db_text(user, 0, USER_EMAIL).p)
        return db_text(user, 0, USER_EMAIL);
    if (phone.p)
        phone = phone_for_people(ctx->arena, phone);
    if (phone.p)
        return phone;
    return db_text(user, 0, USER_USERNAME).p ? db_text(user, 0, USER_USERNAME)
                                             : STR("Unnamed User");
}

struct str mfa_user_name(struct ctx *ctx, const struct db_rows *user)
{
    struct str name = db_text(user, 0, USER_NAME);
    return name.p ? name : mfa_user_identifier(ctx, user);
}

/* The host of this server's origin, without scheme and port. */
struct str mfa_service(struct str origin)
{
    struct str rest = origin;
    for (size_t i = 0; i + 3 <= origin.n; i++)
        if (str_starts(str_from(origin, i), STR("://"))) {
            rest = str_from(origin, i + 3);
            break;
        }
    size_t n = rest.n && rest.p[0] == '[' ? str_find(rest, ']') + 1 : str_find(rest, ':');
    return (struct str){rest.p, n < rest.n ? n : rest.n};
}

/* otpauth://totp/SERVICE:USER?secret=… */
static struct str key_uri(struct ctx *ctx, const struct db_rows *user, struct str secret)
{
    struct buf uri = buf_new(ctx->arena, 4096);
    struct str service = mfa_service(ctx->origin);
    BUF_LIT(&uri, "otpauth://totp/");
    percent_encode(&uri, service);
    buf_byte(&uri, ':');
    percent_encode(&uri, mfa_user_name(ctx, user));
    BUF_LIT(&uri, "?secret=");
    percent_encode(&uri, secret);
    BUF_LIT(&uri, "&period=30&digits=6&algorithm=SHA1&issuer=");
    percent_encode(&uri, service);
    return buf_view(&uri);
}

enum err mfa_put_totp_image(struct ctx *ctx, struct buf *out, const struct db_rows *user,
                            struct str secret)
{
    struct str uri = key_uri(ctx, user, secret);
    return uri.p && qr_code_put_data_url(out, uri, ctx->arena) ? OK : fail(ctx, ERR_NO_MEMORY);
}
