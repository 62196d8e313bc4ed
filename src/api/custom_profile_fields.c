/* /api/custom-profile-fields: what users may be asked for beside the standard claims. */
#include "base/ids.h"
#include "domain/account_center.h"
#include "domain/profile_patterns.h"
#include "domain/sign_in_experience.h"

/* ---- Rows of bodies ---- */

static const char *const types[] = {"Text", "Number", "Date",    "Checkbox", "Select",
                                    "Url",  "Regex",  "Address", "Fullname", NULL};

#define MEMBER(json_name, kind, text, ...)                                                         \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = FIELD_WRITE | FIELD_MAYBE,           \
        __VA_ARGS__, .doc = (text)                                                                 \
    }
#define LIMIT(json_name, text)                                                                     \
    MEMBER(json_name, FIELD_INT, text, .min = -FIELD_INT_MAX, .max = FIELD_INT_MAX)

static const struct field option[] = {
    MEMBER("label", FIELD_STRING, "Shown text.", .max = 0),
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .doc = "Stored value."},
    FIELDS_END,
};
static const struct field option_item = {.type = FIELD_OBJECT, .fields = option};

#define CONFIG_ROWS                                                                                \
    MEMBER("placeholder", FIELD_STRING, "Shown while nothing is typed.", .max = 256),              \
        LIMIT("minLength", "Characters at least."), LIMIT("maxLength", "Characters at most."),     \
        LIMIT("minValue", "The smallest number."), LIMIT("maxValue", "The biggest number."),       \
        MEMBER("format", FIELD_STRING, "Of a date, or a regular expression.", .max = 128),         \
        MEMBER("customFormat", FIELD_STRING, "Of a date, when format is custom.", .max = 128),     \
        MEMBER("options", FIELD_ARRAY, "Choices.", .item = &option_item),                          \
        MEMBER("defaultValue", FIELD_STRING, "Of a checkbox: true or false.", .max = 0)
static const struct field part_config[] = {CONFIG_ROWS, FIELDS_END};

#define FIELD_ROWS(config_fields)                                                                  \
    {.name = STR_INIT("type"),                                                                     \
     .type = FIELD_ENUM,                                                                           \
     .flags = FIELD_WRITE | FIELD_REQUIRED,                                                        \
     .options = types,                                                                             \
     .doc = "Kind of value."},                                                                     \
        MEMBER("label", FIELD_STRING, "Shown name.", .min = 1, .max = 128),                        \
        MEMBER("description", FIELD_STRING, "Shown explanation.", .max = 256),                     \
        {.name = STR_INIT("required"),                                                             \
         .type = FIELD_BOOL,                                                                       \
         .flags = FIELD_WRITE | FIELD_REQUIRED,                                                    \
         .doc = "Whether users have to fill it in."},                                              \
        MEMBER("config", FIELD_OBJECT, "Limits and choices.", .fields = (config_fields))
#define NAME_ROW                                                                                   \
    {                                                                                              \
        .name = STR_INIT("name"), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_REQUIRED,     \
        .max = 128, .example = "department", .doc = "Letters and digits; unique."                  \
    }

static const struct field part[] = {
    {.name = STR_INIT("enabled"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .doc = "Whether it is asked for."},
    NAME_ROW,
    FIELD_ROWS(part_config),
    FIELDS_END,
};
static const struct field part_item = {.type = FIELD_OBJECT, .fields = part};
static const struct field config[] = {
    CONFIG_ROWS,
    MEMBER("parts", FIELD_ARRAY, "Parts of an address or full name.", .item = &part_item),
    FIELDS_END,
};
static const struct field create_body[] = {NAME_ROW, FIELD_ROWS(config), FIELDS_END};
static const struct field put_body[] = {FIELD_ROWS(config), FIELDS_END};
static const struct field config_field = {.type = FIELD_OBJECT, .fields = config};

/* ---- What a field may be ---- */

static bool is_one_of(struct str text, struct str words)
{
    return text.n && str_has_word(words, text);
}

static bool is_above(json *settings, struct str low, struct str high)
{
    int64_t from, to;
    return field_int(json_get(settings, low), &from) && field_int(json_get(settings, high), &to) &&
           from > to;
}

static enum err check_parts(struct ctx *ctx, json *settings, struct str type)
{
    size_t i, n;
    json *item, *parts = json_get(settings, STR("parts"));
    if (!yyjson_arr_size(parts))
        return fail(ctx, str_eq(type, STR("Address")) ? ERR_PROFILE_FIELD_ADDRESS
                                                      : ERR_PROFILE_FIELD_FULLNAME);
    yyjson_arr_foreach(parts, i, n, item)
    {
        if (is_one_of(json_str(json_get(item, STR("type"))), STR("Address Fullname")))
            return fail(ctx, ERR_PROFILE_FIELD_PARTS);
    }
    return OK;
}

/* strict: the rules that only a change is held to. */
static enum err check_config(struct ctx *ctx, json *body, bool strict)
{
    json *settings = json_get(body, STR("config"));
    struct str type = json_str(json_get(body, STR("type")));
    struct str value = json_str(json_get(settings, STR("defaultValue")));
    if (!settings && is_one_of(type, STR("Select Regex Address Fullname")))
        return fail_text(ctx, ERR_INVALID_BODY, "a field of this type needs a config");
    if (is_above(settings, STR("minLength"), STR("maxLength")) ||
        is_above(settings, STR("minValue"), STR("maxValue")))
        return fail(ctx, ERR_PROFILE_FIELD_MIN_MAX);
    if (str_eq(type, STR("Checkbox")) && strict && !is_one_of(value, STR("true false")))
        return fail(ctx, ERR_PROFILE_FIELD_DEFAULT);
    if (str_eq(type, STR("Select")) && !json_get(settings, STR("options")))
        return fail_text(ctx, ERR_INVALID_BODY, "a choice needs config.options");
    if (str_eq(type, STR("Select")) && strict &&
        !yyjson_arr_size(json_get(settings, STR("options"))))
        return fail(ctx, ERR_PROFILE_FIELD_OPTIONS);
    if (str_eq(type, STR("Date")) && settings && !json_get(settings, STR("format")))
        return fail_text(ctx, ERR_INVALID_BODY, "the config of a date needs a format");
    if (str_eq(type, STR("Checkbox")) && yyjson_is_true(json_get(body, STR("required"))))
        return fail_text(ctx, ERR_INVALID_BODY,
                         "a checkbox cannot be required: set required to "
                         "false");
    if (str_eq(type, STR("Regex")) && !json_str(json_get(settings, STR("format"))).n)
        return fail(ctx, ERR_PROFILE_FIELD_REGEX);
    return is_one_of(type, STR("Address Fullname")) ? check_parts(ctx, settings, type) : OK;
}

/* Of one body, or of a list of them, before anything is written. */
static enum err check_patterns(struct ctx *ctx, json *bodies)
{
    struct profile_patterns patterns = profile_patterns(ctx);
    bool good = false;
    size_t count = yyjson_is_arr(bodies) ? yyjson_arr_size(bodies) : 1;
    for (size_t i = 0; i < count; i++) {
        json *body = yyjson_is_arr(bodies) ? yyjson_arr_get(bodies, i) : bodies;
        const struct profile_field field = {.type = json_str(json_get(body, STR("type"))),
                                            .config = json_get(body, STR("config"))};
        profile_patterns_add(&patterns, &field);
    }
    enum err err = profile_patterns_try(ctx, &patterns, &good);
    return err || good ? err : fail(ctx, ERR_PROFILE_FIELD_REGEX);
}

/* ---- Handlers ---- */

static enum err list_fields(struct ctx *ctx)
{
    return entity_answer_list(ctx, &profile_field_entity, NULL, 0);
}

/* An unknown name is answered by absent, which Logto has of two kinds. */
static enum err find_field(struct ctx *ctx, struct str name, enum err absent, struct db_rows *rows)
{
    enum err err = crud_find(ctx->db, &profile_field_entity, name, ctx->arena, rows);
    if (err || rows->count)
        return err;
    return absent == ERR_NOT_EXISTS ? fail(ctx, absent, "custom profile field") : fail(ctx, absent);
}

static enum err answer_field(struct ctx *ctx, struct str name)
{
    struct db_rows rows;
    enum err err = find_field(ctx, name, ERR_NOT_FOUND, &rows);
    if (!err)
        entity_answer(ctx, &profile_field_entity, &rows, 0);
    return err;
}

static enum err get_field(struct ctx *ctx)
{
    return answer_field(ctx, ctx->params[0]);
}

static enum err insert_field(struct ctx *ctx, json *body)
{
    char id[ID_LENGTH];
    struct str name = json_str(json_get(body, STR("name")));
    struct str label = json_str(json_get(body, STR("label")));
    struct str settings = field_clean(&config_field, json_get(body, STR("config")), ctx->arena);
    id_random(id, sizeof(id));
    enum err err = profile_field_check_name(ctx, name);
    if (!err)
        err = check_config(ctx, body, false);
    if (!err)
        err = db_exec(
            ctx->db,
            "INSERT INTO custom_profile_fields (id, name, type, label, description, required,"
            " config, created_at, sie_order) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
            " (SELECT coalesce(max(sie_order), 0) + 1 FROM custom_profile_fields))",
            DB_PARAMS(db_text_value((struct str){id, sizeof(id)}), db_text_value(name),
                      db_text_value(json_str(json_get(body, STR("type")))),
                      db_text_value(label.p ? label : STR("")),
                      db_text_value(json_str(json_get(body, STR("description")))),
                      db_int_value(yyjson_is_true(json_get(body, STR("required")))),
                      db_text_value(settings.p ? settings : STR("{}")), db_int_value(ctx->now)),
            NULL);
    if (err == ERR_DB_UNIQUE)
        return fail(ctx, ERR_PROFILE_FIELD_TAKEN, arena_cstr(ctx->arena, name));
    return err ? err : answer_field(ctx, name);
}

static enum err create_field(struct ctx *ctx)
{
    enum err err = check_patterns(ctx, ctx->body);
    return err ? err : insert_field(ctx, ctx->body);
}

#define BATCH_MAX 20

/* As the rows of the other bodies have it: {"code":"too_big",…} at the path []. */
static enum err check_batch_size(struct ctx *ctx, json *list)
{
    struct buf issues = buf_new(ctx->arena, 4096), details = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&issues);
    struct str text = STR("Array must contain at most 20 element(s)");
    if (yyjson_arr_size(list) <= BATCH_MAX)
        return OK;
    json_open_object(&out);
    JSON_STR(&out, "code", STR("too_big"));
    JSON_INT(&out, "maximum", BATCH_MAX);
    JSON_STR(&out, "type", STR("array"));
    JSON_BOOL(&out, "inclusive", true);
    JSON_BOOL(&out, "exact", false);
    JSON_STR(&out, "message", text);
    JSON_RAW(&out, "path", STR("[]"));
    json_close_object(&out);
    BUF_LIT(&details, "Error in key path \"\": (too_big) ");
    buf_str(&details, text);
    return fail_issues(ctx, ERR_INVALID_BODY, &issues, &details);
}

/* The body is a list, which rows cannot say. */
static enum err create_fields(struct ctx *ctx)
{
    size_t i, n;
    json *body, *list = NULL;
    if (json_parse(ctx->arena, ctx->request->body, &list, NULL) || !yyjson_is_arr(list))
        return fail_text(ctx, ERR_INVALID_BODY, "the body must be a list of up to 20 fields");
    enum err err = check_batch_size(ctx, list);
    if (err || (err = check_patterns(ctx, list)))
        return err;
    json_open_array(&ctx->answer.json);
    yyjson_arr_foreach(list, i, n, body)
    {
        struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
        if (err)
            continue;
        err = schema_check(create_body, BODY_CREATE, body, ctx->arena, &issues, &details)
                  ? insert_field(ctx, body)
                  : fail_issues(ctx, ERR_INVALID_BODY, &issues, &details);
    }
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err put_field(struct ctx *ctx)
{
    struct db_rows rows;
    json *body = ctx->body;
    struct str label = json_str(ctx_body(ctx, STR("label")));
    json *description = ctx_body(ctx, STR("description"));
    struct str settings = field_clean(&config_field, ctx_body(ctx, STR("config")), ctx->arena);
    enum err err = profile_field_check_name(ctx, ctx->params[0]);
    if (!err)
        err = check_config(ctx, body, true);
    if (!err)
        err = check_patterns(ctx, body);
    if (!err)
        err = find_field(ctx, ctx->params[0], ERR_NOT_EXISTS, &rows);
    if (!err)
        err = db_exec(ctx->db,
                      "UPDATE custom_profile_fields SET type = $1, label = coalesce($2, label),"
                      " description = coalesce($3, description), required = $4,"
                      " config = coalesce($5, config) WHERE name = $6",
                      DB_PARAMS(db_text_value(json_str(ctx_body(ctx, STR("type")))),
                                db_text_value(label), db_text_value(json_str(description)),
                                db_int_value(yyjson_is_true(ctx_body(ctx, STR("required")))),
                                db_text_value(settings), db_text_value(ctx->params[0])),
                      NULL);
    return err ? err : answer_field(ctx, ctx->params[0]);
}

/* Lists that name the field lose it. */
static enum err forget_field(struct ctx *ctx, const char *find, const char *change)
{
    struct db_rows rows;
    json *list;
    struct str text;
    enum err err = db_query(ctx->db, find, DB_NO_PARAMS, ctx->arena, &rows);
    if (err || !rows.count || db_is_null(&rows, 0, 0))
        return err;
    if (json_parse(ctx->arena, db_text(&rows, 0, 0), &list, NULL))
        return fail(ctx, ERR_INTERNAL);
    err = profile_fields_normalize(ctx, list, &text);
    if (err || str_eq(text, db_text(&rows, 0, 0)))
        return err;
    return db_exec(ctx->db, change, DB_PARAMS(db_text_value(text)), NULL);
}

static enum err delete_field(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &profile_field_entity, ctx->params[0], &found);
    if (!err && !found)
        return fail(ctx, ERR_NOT_FOUND);
    if (!err)
        err = forget_field(ctx, "SELECT sign_up_profile_fields FROM sign_in_experiences",
                           "UPDATE sign_in_experiences SET sign_up_profile_fields = $1");
    if (!err)
        err = forget_field(ctx, "SELECT profile_fields FROM account_centers",
                           "UPDATE account_centers SET profile_fields = $1");
    return err;
}

static enum err set_order(struct ctx *ctx)
{
    size_t i, n;
    json *item;
    int64_t place = 0, affected = 0;
    enum err err = OK;
    yyjson_arr_foreach(ctx_body(ctx, STR("order")), i, n, item)
    {
        struct str name = json_str(json_get(item, STR("name")));
        field_int(json_get(item, STR("sieOrder")), &place);
        if (!err)
            err =
                db_exec(ctx->db, "UPDATE custom_profile_fields SET sie_order = $1 WHERE name = $2",
                        DB_PARAMS(db_int_value(place), db_text_value(name)), &affected);
        if (!err && !affected)
            err = fail(ctx, ERR_PROFILE_FIELD_NAMES, arena_cstr(ctx->arena, name));
    }
    struct db_rows rows;
    if (!err)
        err = profile_fields_list(ctx, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t row = 0; row < rows.count; row++) {
        bool named = false;
        yyjson_arr_foreach(ctx_body(ctx, STR("order")), i, n, item) named |=
            str_eq(json_str(json_get(item, STR("name"))), db_text(&rows, row, PROFILE_FIELD_NAME));
        if (named)
            entity_answer(ctx, &profile_field_entity, &rows, row);
    }
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

static const struct field place[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .doc = "Name of a field."},
    {.name = STR_INIT("sieOrder"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .doc = "Its place."},
    FIELDS_END,
};
static const struct field place_item = {.type = FIELD_OBJECT, .fields = place};
static const struct field order_body[] = {
    {.name = STR_INIT("order"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &place_item,
     .doc = "Places in the sign-up."},
    FIELDS_END,
};

#define AREA "custom-profile-fields"

ROUTES(custom_profile_fields) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/custom-profile-fields"),
     .area = AREA,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = profile_field_fields,
     .summary = "List custom profile fields",
     .handle = list_fields},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/custom-profile-fields"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = profile_field_fields,
     .summary = "Create a custom profile field",
     .handle = create_field},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/custom-profile-fields/batch"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_RAW,
     .status = 201,
     .reply = REPLY_ARRAY,
     .reply_fields = profile_field_fields,
     .summary = "Create several custom profile fields",
     .doc = "The body is a list of up to 20 of them; all are made or none.",
     .handle = create_fields},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/custom-profile-fields/:name"),
     .area = AREA,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = profile_field_fields,
     .summary = "Get a custom profile field",
     .handle = get_field},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/custom-profile-fields/:name"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = put_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = profile_field_fields,
     .summary = "Change a custom profile field",
     .handle = put_field},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/custom-profile-fields/:name"),
     .area = AREA,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a custom profile field",
     .doc = "What users have filled in stays.",
     .handle = delete_field},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/custom-profile-fields/properties/sie-order"),
     .area = AREA,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = order_body,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = profile_field_fields,
     .summary = "Set the order of custom profile fields",
     .handle = set_order},
    ROUTES_END,
};
