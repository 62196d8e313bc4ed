/* The sign-in experience: reading it, what of it anyone may see, and what a tenant starts with. */
#include "domain/sign_in_experience.h"

#include <stdio.h>
#include <stdlib.h>

#include "domain/profile_fields.h"
#include "domain/sign_in_experience_parts.h"
#include "domain/users.h"

const struct entity sign_in_experience_entity = {
    .name = STR_INIT("sign_in_experiences"),
    .table = "sign_in_experiences",
    .fields = sign_in_experience_fields,
    .order = "id",
};

enum err sign_in_experience_get(struct ctx *ctx, struct db_rows *rows)
{
    return entity_get(ctx, &sign_in_experience_entity, STR(SIGN_IN_EXPERIENCE_ID), rows);
}

size_t sign_in_experience_column(struct str name)
{
    size_t column = 0;
    for (const struct field *field = sign_in_experience_fields; field->name.p; field++) {
        if (str_eq(field->name, name))
            return column;
        column += field->column != NULL;
    }
    abort(); /* the name is none of the rows' */
}

enum err sign_in_experience_json(struct ctx *ctx, const struct db_rows *rows, struct str name,
                                 json **value)
{
    struct str text = db_text(rows, 0, sign_in_experience_column(name));
    *value = NULL;
    return text.p && json_parse(ctx->arena, text, value, NULL) ? fail(ctx, ERR_INTERNAL) : OK;
}

/* ---- What anyone may read ---- */

/* What an organization or application lays over it: objects, texts of JSON, or absent. */
struct overlay {
    json *color, *branding;
    struct str custom_css;
};

#define OF_ORGANIZATION "SELECT color, branding, custom_css FROM organizations WHERE id = $1"
/* A third-party application has its looks on the page that asks for consent alone. */
#define OF_APPLICATION                                                                             \
    "SELECT s.color, s.branding, s.custom_css FROM application_sign_in_experiences s"              \
    " JOIN applications a ON a.id = s.application_id WHERE a.id = $1 AND a.is_third_party = 0"

static enum err lay_over(struct ctx *ctx, json **below, struct str above)
{
    if (*below)
        above = user_merge(ctx->arena, json_text(ctx->arena, *below), above);
    return above.p && json_parse(ctx->arena, above, below, NULL) == JSON_OK
               ? OK
               : fail(ctx, ERR_INTERNAL);
}

static enum err add_overlay(struct ctx *ctx, const char *sql, struct str id, struct overlay *out)
{
    struct db_rows rows;
    if (!id.n)
        return OK;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    if ((err = lay_over(ctx, &out->color, db_text(&rows, 0, 0))) ||
        (err = lay_over(ctx, &out->branding, db_text(&rows, 0, 1))))
        return err;
    if (db_text(&rows, 0, 2).n)
        out->custom_css = db_text(&rows, 0, 2);
    return OK;
}

/* Members of below in their order, each as above has it where it does; then the rest of above. */
static void put_merged(struct json_out *out, json *below, json *above)
{
    size_t i, n;
    json *key, *value;
    json_open_object(out);
    yyjson_obj_foreach(below, i, n, key, value)
    {
        json *over = json_get(above, json_str(key));
        json_key_escaped(out, json_str(key));
        json_put_value(out, over ? over : value);
    }
    yyjson_obj_foreach(above, i, n, key, value)
    {
        if (json_get(below, json_str(key)))
            continue;
        json_key_escaped(out, json_str(key));
        json_put_value(out, value);
    }
    json_close_object(out);
}

static enum err put_field(struct ctx *ctx, const struct field *field, const struct db_value *value,
                          const struct overlay *overlay)
{
    struct json_out *out = &ctx->answer.json;
    json *above = NULL, *below;
    if (str_eq(field->name, STR("color")))
        above = overlay->color;
    else if (str_eq(field->name, STR("branding")))
        above = overlay->branding;
    json_key(out, field->name);
    if (above) {
        if (json_parse(ctx->arena, value->s, &below, NULL))
            return fail(ctx, ERR_INTERNAL);
        put_merged(out, below, above);
    } else if (str_eq(field->name, STR("customCss")) && overlay->custom_css.n) {
        json_put_str(out, overlay->custom_css);
    } else if (value->kind == DB_NULL) {
        json_put_null(out);
    } else {
        crud_put_value(out, field, value);
    }
    return OK;
}

static bool is_public(struct str name)
{
    for (const struct field *field = sign_in_experience_public_fields; field->name.p; field++) {
        if (str_eq(field->name, name))
            return true;
    }
    return false;
}

enum err sign_in_experience_put_public(struct ctx *ctx, const struct db_rows *rows,
                                       struct str application, struct str organization)
{
    struct overlay overlay = {0};
    json *shown;
    const struct db_value *value = db_at(rows, 0, 0);
    enum err err = add_overlay(ctx, OF_APPLICATION, application, &overlay);
    if (!err)
        err = add_overlay(ctx, OF_ORGANIZATION, organization, &overlay);
    JSON_STR(&ctx->answer.json, "tenantId", ctx->tenant->id);
    for (const struct field *field = sign_in_experience_fields; !err && field->name.p; field++) {
        if (!field->column)
            continue;
        bool absent = field->flags & FIELD_MAYBE && value->kind == DB_NULL;
        if (is_public(field->name) && !absent)
            err = put_field(ctx, field, value, &overlay);
        value++;
    }
    if (!err)
        err = sign_in_experience_json(ctx, rows, STR("signUpProfileFields"), &shown);
    return err ? err : profile_fields_put(ctx, shown);
}

/* ---- What a tenant starts with ---- */

enum err sign_in_experience_seed(struct db_conn *conn, bool of_admin)
{
    const char *color = of_admin ? "true" : "false";
    char color_text[96];
    int length = snprintf(color_text, sizeof(color_text),
                          "{\"primaryColor\":\"#6139F6\",\"isDarkModeEnabled\":%s,"
                          "\"darkPrimaryColor\":\"#8768F8\"}",
                          color);
    struct str mfa = of_admin
                         ? STR("{\"factors\":[\"Totp\",\"WebAuthn\",\"BackupCode\"],\"policy\":"
                               "\"NoPrompt\",\"organizationRequiredMfaPolicy\":\"Mandatory\"}")
                         : STR("{\"factors\":[],\"policy\":\"UserControlled\"}");
    struct str mode = of_admin ? STR("Register") : STR("SignInAndRegister");
    return db_exec(
        conn,
        "INSERT INTO sign_in_experiences (id, color, branding, hide_logto_branding, language_info,"
        " agree_to_terms_policy, sign_in, sign_up, social_sign_in,"
        " social_sign_in_connector_targets, sign_in_mode, custom_content, custom_ui_csp,"
        " password_policy, mfa, adaptive_mfa, single_sign_on_enabled, captcha_policy,"
        " sentinel_policy, email_blocklist_policy, verification_code_policy,"
        " forgot_password_methods, passkey_sign_in, password_expiration, username_policy)"
        " VALUES ('default', $1, '{\"logoUrl\":\"https://logto.io/logo.svg\",\"darkLogoUrl\":"
        "\"https://logto.io/logo-dark.svg\"}', 0, '{\"autoDetect\":true,\"fallbackLanguage\":"
        "\"en\"}', 'Automatic', '{\"methods\":[{\"identifier\":\"username\",\"password\":true,"
        "\"verificationCode\":false,\"isPasswordPrimary\":true}]}', '{\"identifiers\":"
        "[\"username\"],\"password\":true,\"verify\":false}', '{}', '[]', $2, '{}', '{}', '{}', $3,"
        " '{}', 0, '{}', '{}', '{}', '{}', '[]', '{}', '{}', '{\"caseSensitive\":true,"
        "\"minLength\":1,\"maxLength\":128,\"allowedChars\":{\"lowercase\":true,\"uppercase\":true,"
        "\"numbers\":true,\"underscore\":true}}') ON CONFLICT DO NOTHING",
        DB_PARAMS(db_text_value((struct str){color_text, (size_t)length}), db_text_value(mode),
                  db_text_value(mfa)),
        NULL);
}
