/* What people call themselves by when they sign in. */
#include "experience/identifier.h"

#include "base/unicode.h"
#include "domain/phone.h"
#include "domain/users.h"

static const char *const types[] = {"username", "email", "phone", NULL};

const struct field identifier_fields[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = types,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 256,
     .doc = "The identifier."},
    FIELDS_END,
};

const struct field identifier_code_fields[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = types + 1,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 128,
     .doc = "The email address, or the phone number with its country code."},
    FIELDS_END,
};

/* The one whose name differs in case alone, where the tenant takes such names for one. */
static enum err find_by_case(struct ctx *ctx, struct str username, struct db_rows *rows)
{
    return db_query(ctx->db,
                    "SELECT id, is_suspended FROM users WHERE lower(username) = $1 AND EXISTS"
                    " (SELECT 1 FROM sign_in_experiences WHERE username_policy LIKE"
                    " '%\"caseSensitive\":false%') ORDER BY id LIMIT 1",
                    DB_PARAMS(db_text_value(unicode_lower_arena(ctx->arena, username))), ctx->arena,
                    rows);
}

enum err identifier_find_user(struct ctx *ctx, struct str type, struct str value,
                              struct account *out)
{
    struct db_rows rows;
    const char *sql = "SELECT id, is_suspended FROM users WHERE username = $1";
    *out = (struct account){0};
    if (str_eq(type, STR("email"))) {
        sql = "SELECT id, is_suspended FROM users WHERE email_key = $1";
        value = unicode_fold(ctx->arena, value);
    } else if (str_eq(type, STR("phone"))) {
        sql = "SELECT id, is_suspended FROM users WHERE primary_phone = $1";
        value = phone_canonical(ctx->arena, value);
    }
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(value)), ctx->arena, &rows);
    if (!err && !rows.count && str_eq(type, STR("username")))
        err = find_by_case(ctx, value, &rows);
    if (err)
        return fail(ctx, err);
    if (rows.count)
        *out = (struct account){db_text(&rows, 0, 0), db_int(&rows, 0, 1) != 0};
    return OK;
}

enum err identifier_check(struct ctx *ctx, struct str type, json *value)
{
    bool good = str_eq(type, STR("email")) ? user_check_email(value) : user_check_phone(value);
    return good ? OK : fail_text(ctx, ERR_INVALID_BODY, "the identifier is not of its type");
}

enum err identifier_unknown(struct ctx *ctx, struct str identifier)
{
    struct buf buf = buf_new(ctx->arena, 2048);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "identifier", identifier);
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_USER_UNKNOWN), buf_view(&buf));
}
