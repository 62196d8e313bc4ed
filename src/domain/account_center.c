/* The account center's row. */
#include "domain/account_center.h"

#include "domain/sign_in_experience_parts.h"

static const char *const controls[] = {"Off", "ReadOnly", "Edit", NULL};

#define CONTROL(json_name)                                                                         \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_ENUM, .flags = FIELD_WRITE | FIELD_MAYBE,       \
        .options = controls, .doc = "Hidden, shown, or open to change."                            \
    }

static const struct field control_fields[] = {
    CONTROL("name"),          CONTROL("avatar"),   CONTROL("profile"),  CONTROL("email"),
    CONTROL("phone"),         CONTROL("password"), CONTROL("username"), CONTROL("social"),
    CONTROL("customData"),    CONTROL("mfa"),      CONTROL("passkey"),  CONTROL("session"),
    CONTROL("trustedDevice"), FIELDS_END,
};

static const struct field origin_item = {.type = FIELD_STRING};

#define LONGEST_URL 2048

static bool web_address_or_empty(json *value)
{
    return !json_str(value).n || field_is_web_url(value);
}

const struct field account_center_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Always `default`."},
    {.name = STR_INIT("enabled"),
     .column = "enabled",
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .doc = "Whether users may use the account API at all."},
    {.name = STR_INIT("fields"),
     .column = "fields",
     .type = FIELD_OBJECT,
     .flags = FIELD_UPDATE,
     .fields = control_fields,
     .doc = "What they may do with each part; parts left out are Off."},
    {.name = STR_INIT("webauthnRelatedOrigins"),
     .column = "webauthn_related_origins",
     .type = FIELD_ARRAY,
     .flags = FIELD_UPDATE,
     .item = &origin_item,
     .doc = "Further origins that may use the tenant's passkeys."},
    {.name = STR_INIT("deleteAccountUrl"),
     .column = "delete_account_url",
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = LONGEST_URL,
     .check = web_address_or_empty,
     .doc = "Where users ask for the deletion of their account. Empty: nowhere."},
    {.name = STR_INIT("customCss"),
     .column = "custom_css",
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .doc = "Style."},
    {.name = STR_INIT("profileFields"),
     .column = "profile_fields",
     .type = FIELD_ARRAY,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .item = &profile_field_item,
     .doc = "Profile fields shown, in this order."},
    FIELDS_END,
};

const struct entity account_center_entity = {
    .name = STR_INIT("account_centers"),
    .table = "account_centers",
    .fields = account_center_fields,
    .order = "id",
};

enum err account_center_get(struct ctx *ctx, struct db_rows *rows)
{
    return entity_get(ctx, &account_center_entity, STR(ACCOUNT_CENTER_ID), rows);
}

enum err account_center_seed(struct db_conn *conn)
{
    return db_exec(conn,
                   "INSERT INTO account_centers (id, enabled, fields, webauthn_related_origins)"
                   " VALUES ('default', 0, '{}', '[]') ON CONFLICT DO NOTHING",
                   DB_NO_PARAMS, NULL);
}
