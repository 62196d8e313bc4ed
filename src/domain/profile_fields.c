/* Custom profile fields, and the lists that name some of them. */
#include "domain/profile_fields.h"

#include "domain/sign_in_experience.h"

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

static bool is_one_of(struct str text, struct str words)
{
    return text.n && str_has_word(words, text);
}

enum err profile_field_check_name(struct ctx *ctx, struct str name)
{
    const char *text = arena_cstr(ctx->arena, name);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9'))
            return fail(ctx, ERR_PROFILE_FIELD_NAME);
    }
    if (!name.n)
        return fail(ctx, ERR_PROFILE_FIELD_NAME);
    if (str_eq(name, STR("preferredUsername")))
        return fail(ctx, ERR_PROFILE_FIELD_BUILT_IN, text);
    if (is_one_of(name, STR("onboarding ossOnboarding guideRequests adminConsolePreferences "
                            "defaultTenantId")))
        return fail(ctx, ERR_PROFILE_FIELD_CUSTOM, text);
    if (is_one_of(name, STR("username primaryEmail primaryPhone email phone")))
        return fail(ctx, ERR_PROFILE_FIELD_IDENTIFIER, text);
    return OK;
}

/* ---- The sign-up's ---- */

static enum err read_field(struct ctx *ctx, const struct db_rows *rows, size_t row,
                           struct profile_field *out)
{
    *out = (struct profile_field){
        .name = db_text(rows, row, PROFILE_FIELD_NAME),
        .type = db_text(rows, row, PROFILE_FIELD_TYPE),
        .label = db_text(rows, row, PROFILE_FIELD_LABEL),
        .description = db_text(rows, row, PROFILE_FIELD_DESCRIPTION),
        .required = db_int(rows, row, PROFILE_FIELD_REQUIRED) != 0,
    };
    bool read = json_parse(ctx->arena, db_text(rows, row, PROFILE_FIELD_CONFIG), &out->config,
                           NULL) == JSON_OK;
    return read ? OK : fail(ctx, ERR_INTERNAL);
}

static enum err read_named(struct ctx *ctx, const struct db_rows *rows, json *shown,
                           struct profile_field_list *out)
{
    size_t i, n, row;
    json *item;
    enum err err = OK;
    yyjson_arr_foreach(shown, i, n, item)
    {
        if (!err && out->count < rows->count &&
            find_name(rows, json_str(json_get(item, STR("name"))), &row))
            err = read_field(ctx, rows, row, &out->items[out->count++]);
    }
    return err;
}

enum err profile_fields_sign_up(struct ctx *ctx, struct profile_field_list *out)
{
    struct db_rows rows, experience;
    json *shown;
    enum err err = profile_fields_list(ctx, &rows);
    if (err || (err = sign_in_experience_get(ctx, &experience)) ||
        (err = sign_in_experience_json(ctx, &experience, STR("signUpProfileFields"), &shown)))
        return err;
    *out = (struct profile_field_list){
        .items = ARENA_ARRAY(ctx->arena, struct profile_field, rows.count + 1)};
    if (!out->items)
        return fail(ctx, ERR_NO_MEMORY);
    if (yyjson_is_arr(shown))
        return read_named(ctx, &rows, shown, out);
    for (; !err && out->count < rows.count; out->count++)
        err = read_field(ctx, &rows, out->count, &out->items[out->count]);
    return err;
}

bool profile_field_part(const struct profile_field *field, size_t *at, struct profile_field *out)
{
    json *parts = json_get(field->config, STR("parts"));
    while (*at < yyjson_arr_size(parts)) {
        json *part = yyjson_arr_get(parts, (*at)++);
        if (!yyjson_is_true(json_get(part, STR("enabled"))))
            continue;
        *out = (struct profile_field){
            .name = json_str(json_get(part, STR("name"))),
            .type = json_str(json_get(part, STR("type"))),
            .label = json_str(json_get(part, STR("label"))),
            .description = json_str(json_get(part, STR("description"))),
            .required = yyjson_is_true(json_get(part, STR("required"))),
            .config = json_get(part, STR("config")),
        };
        return true;
    }
    return false;
}

bool profile_field_is_name(const struct profile_field *field)
{
    return str_eq(field->type, STR("Fullname"));
}

bool profile_field_is_address(const struct profile_field *field)
{
    return str_eq(field->type, STR("Address"));
}
