/* API resources and their scopes. */
#include "domain/resources.h"

const struct field resource_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .doc = "Name for people."},
    {.name = STR_INIT("indicator"),
     .column = "indicator",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .doc = "What token requests name as `resource` and tokens carry as `aud`; by RFC 8707 an "
            "absolute URI. Fixed at creation."},
    {.name = STR_INIT("isDefault"),
     .column = "is_default",
     .type = FIELD_BOOL,
     .fallback = "false",
     .doc = "Whether a token request that names no resource means this one."},
    {.name = STR_INIT("accessTokenTtl"),
     .column = "access_token_ttl",
     .type = FIELD_INT,
     .flags = FIELD_WRITE,
     .min = INT32_MIN,
     .max = INT32_MAX,
     .fallback = "3600",
     .doc = "Seconds an access token for this resource is valid; 3600 when it is not given."},
    FIELDS_END,
};

const struct entity resource_entity = {
    .name = STR_INIT("resources"),
    .table = "resources",
    .fields = resource_fields,
    .order = "created_at, id",
};

const struct field scope_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("resourceId"),
     .column = "resource_id",
     .type = FIELD_STRING,
     .doc = "The API resource it belongs to."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 256,
     .doc = "What token requests name in `scope`: no blanks, unique in the resource."},
    {.name = STR_INIT("description"),
     .column = "description",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .doc = "What it permits; an empty text is stored as null."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    FIELDS_END,
};

const struct entity scope_entity = {
    .name = STR_INIT("scopes"),
    .table = "scopes",
    .fields = scope_fields,
    .order = "created_at DESC, id",
};

bool resource_is_management(struct str indicator)
{
    struct str head = STR("https://"), tail = STR(".logto.app/api");
    if (indicator.n <= head.n + tail.n || !str_starts(indicator, head) ||
        !str_ends(indicator, tail))
        return false;
    struct str tenant = {indicator.p + head.n, indicator.n - head.n - tail.n};
    return str_find(tenant, '.') == tenant.n && str_find(tenant, '/') == tenant.n;
}

bool resource_is_reserved(struct str indicator)
{
    const struct str prefix = STR("urn:logto:");
    return (indicator.n >= prefix.n &&
            str_eq_nocase((struct str){indicator.p, prefix.n}, prefix)) ||
           str_eq(indicator, STR("https://admin.logto.app/me"));
}

enum err resource_exists(struct db_conn *conn, struct str indicator, struct arena *arena,
                         bool *exists)
{
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT id FROM resources WHERE indicator = $1",
                            DB_PARAMS(db_text_value(indicator)), arena, &rows);
    if (!err)
        *exists = rows.count > 0;
    return err;
}
