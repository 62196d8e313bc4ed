/* Custom profile fields, and the lists that name some of them. */
#include "domain/profile_fields.h"

static const char *const types[] = {"Text", "Number", "Date",    "Checkbox", "Select",
                                    "Url",  "Regex",  "Address", "Fullname", NULL};

const struct field profile_field_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .doc = "Unique; the member of the user's profile or custom data."},
    {.name = STR_INIT("type"),
     .column = "type",
     .type = FIELD_ENUM,
     .options = types,
     .doc = "Kind of value."},
    {.name = STR_INIT("label"), .column = "label", .type = FIELD_STRING, .doc = "Shown name."},
    {.name = STR_INIT("description"),
     .column = "description",
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "Shown explanation."},
    {.name = STR_INIT("required"),
     .column = "required",
     .type = FIELD_BOOL,
     .doc = "Whether users have to fill it in."},
    {.name = STR_INIT("config"),
     .column = "config",
     .type = FIELD_MAP,
     .doc = "Limits and choices, as the type has them."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    {.name = STR_INIT("sieOrder"),
     .column = "sie_order",
     .type = FIELD_INT,
     .doc = "Place in the sign-up."},
    FIELDS_END,
};

const struct entity profile_field_entity = {
    .name = STR_INIT("custom_profile_fields"),
    .table = "custom_profile_fields",
    .key = "name",
    .fields = profile_field_fields,
    .order = "sie_order, id",
};

enum err profile_fields_list(struct ctx *ctx, struct db_rows *rows)
{
    const struct crud_page all = {0};
    return crud_list(ctx->db, &profile_field_entity, NULL, 0, &all, ctx->arena, rows, NULL);
}

static bool find_name(const struct db_rows *rows, struct str name, size_t *row)
{
    for (*row = 0; *row < rows->count; ++*row) {
        if (str_eq(db_text(rows, *row, PROFILE_FIELD_NAME), name))
            return true;
    }
    return false;
}

static void put_all(struct ctx *ctx, const struct db_rows *rows)
{
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows->count; i++)
        entity_answer(ctx, &profile_field_entity, rows, i);
    json_close_array(&ctx->answer.json);
}

static void put_named(struct ctx *ctx, const struct db_rows *rows, json *list)
{
    size_t i, n, row;
    json *item;
    json_open_array(&ctx->answer.json);
    yyjson_arr_foreach(list, i, n, item)
    {
        if (find_name(rows, json_str(json_get(item, STR("name"))), &row))
            entity_answer(ctx, &profile_field_entity, rows, row);
    }
    json_close_array(&ctx->answer.json);
}

enum err profile_fields_put(struct ctx *ctx, json *shown)
{
    struct db_rows rows;
    enum err err = profile_fields_list(ctx, &rows);
    if (err)
        return err;
    json_key(&ctx->answer.json, STR("customProfileFields"));
    if (shown)
        put_named(ctx, &rows, shown);
    else
        put_all(ctx, &rows);
    json_key(&ctx->answer.json, STR("customProfileFieldCatalog"));
    put_all(ctx, &rows);
    return OK;
}

/* Whether an earlier element of the list has the same name. */
static bool is_repeat(json *list, size_t at, struct str name)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(json_str(json_get(yyjson_arr_get(list, i), STR("name"))), name))
            return true;
    }
    return false;
}

enum err profile_fields_normalize(struct ctx *ctx, json *list, struct str *out)
{
    struct db_rows rows;
    size_t i, n, row;
    json *item;
    *out = STR_NONE;
    if (!yyjson_is_arr(list))
        return OK;
    enum err err = profile_fields_list(ctx, &rows);
    if (err)
        return err;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    json_open_array(&text);
    yyjson_arr_foreach(list, i, n, item)
    {
        struct str name = json_str(json_get(item, STR("name")));
        if (is_repeat(list, i, name))
            return fail(ctx, ERR_INVALID_INPUT, "a profile field is named twice");
        if (!find_name(&rows, name, &row))
            continue;
        json_open_object(&text);
        JSON_STR(&text, "name", name);
        json_close_object(&text);
    }
    json_close_array(&text);
    *out = buf_view(&buf);
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}
