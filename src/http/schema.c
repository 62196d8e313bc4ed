/* The input check: rows against a JSON value, answering with the issues that zod 3 would report. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "http/route.h"

/* More would only help who wants a big answer to a small request. */
#define MAX_ISSUES 100
/* A step an object level and a step an array level; values are JSON_MAX_DEPTH deep at most. */
#define MAX_STEPS ((size_t)2 * JSON_MAX_DEPTH)

/* As in zod: after a DIRTY value the further rules still run, after an ABORTED one they do not. */
enum state { VALID, DIRTY, ABORTED };

struct step {
    struct str name; /* {NULL,0}: index */
    size_t index;
};

struct check {
    struct arena *arena;
    struct buf *issues, *details; /* details NULL: nobody reads them */
    size_t count;
    bool query; /* arrays are unions */
    struct step steps[MAX_STEPS];
    size_t depth;
};

static enum state value_check(struct check *check, const struct field *field, json *value);

static void push(struct check *check, struct str name, size_t index)
{
    assert(check->depth < MAX_STEPS);
    check->steps[check->depth++] = (struct step){name, index};
}

static void pop(struct check *check)
{
    check->depth--;
}

static enum state worse(enum state a, enum state b)
{
    return a > b ? a : b;
}

/* ["a",0] */
static void put_path(const struct check *check, struct json_out *out)
{
    json_key(out, STR("path"));
    json_open_array(out);
    for (size_t i = 0; i < check->depth; i++)
        if (check->steps[i].name.p)
            json_put_str(out, check->steps[i].name);
        else
            json_put_int(out, (int64_t)check->steps[i].index);
    json_close_array(out);
}

static void put_detail(const struct check *check, struct str code, struct str text)
{
    struct buf *out = check->details;
    if (!out)
        return;
    if (check->count)
        buf_byte(out, '\n');
    BUF_LIT(out, "Error in key path \"");
    for (size_t i = 0; i < check->depth; i++) {
        if (i)
            buf_byte(out, '.');
        if (check->steps[i].name.p)
            buf_str(out, check->steps[i].name);
        else
            buf_int(out, (int64_t)check->steps[i].index);
    }
    BUF_LIT(out, "\": (");
    buf_str(out, code);
    BUF_LIT(out, ") ");
    buf_str(out, text);
}

/* Adds an issue: its own members, then path and message. zod has the message first where the rule
 * could have brought a text of its own. */
static void put_issue(struct check *check, struct str members, bool message_first,
                      struct str message)
{
    if (check->count)
        buf_byte(check->issues, ',');
    struct json_out out = json_out(check->issues);
    json_open_object(&out);
    json_put_raw(&out, members);
    if (message_first)
        JSON_STR(&out, "message", message);
    put_path(check, &out);
    if (!message_first)
        JSON_STR(&out, "message", message);
    json_close_object(&out);
    check->count++;
}

static bool is_full(const struct check *check)
{
    return check->count >= MAX_ISSUES;
}

/* ---- Issues, one function a code ---- */

static const char *type_name(json *value)
{
    switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_NULL:
        return "null";
    case YYJSON_TYPE_BOOL:
        return "boolean";
    case YYJSON_TYPE_NUM:
        return "number";
    case YYJSON_TYPE_STR:
        return "string";
    case YYJSON_TYPE_ARR:
        return "array";
    case YYJSON_TYPE_OBJ:
        return "object";
    default:
        return "undefined";
    }
}

/* 'A' | 'B' */
static struct str join_options(const struct field *field, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    for (const char *const *option = field->options; *option; option++)
        buf_printf(&buf, "%s'%s'", option == field->options ? "" : " | ", *option);
    return buf_view(&buf);
}

static struct str expected_name(const struct field *field, struct arena *arena)
{
    switch (field->type) {
    case FIELD_STRING:
        return STR("string");
    case FIELD_INT:
        return STR("number");
    case FIELD_BOOL:
        return STR("boolean");
    case FIELD_ENUM:
        return join_options(field, arena);
    case FIELD_OBJECT:
    case FIELD_MAP:
        return STR("object");
    case FIELD_ARRAY:
        return STR("array");
    case FIELD_ANY:
        return STR("unknown");
    }
    return STR_NONE;
}

static enum state invalid_type(struct check *check, const struct field *field, json *value)
{
    if (is_full(check))
        return ABORTED;
    struct str expected = expected_name(field, check->arena), received = str_of(type_name(value));
    struct buf members = buf_new(check->arena, SIZE_MAX);
    bool is_enum = field->type == FIELD_ENUM; /* has its code last */
    buf_printf(&members, "%s\"expected\":\"%.*s\",\"received\":\"%.*s\"%s",
               is_enum ? "" : "\"code\":\"invalid_type\",", STR_ARG(expected), STR_ARG(received),
               is_enum ? ",\"code\":\"invalid_type\"" : "");
    put_detail(check, STR("invalid_type"),
               arena_printf(check->arena, "Expected %.*s but received %.*s.", STR_ARG(expected),
                            STR_ARG(received)));
    put_issue(check, buf_view(&members), false,
              value ? arena_printf(check->arena, "Expected %.*s, received %.*s", STR_ARG(expected),
                                   STR_ARG(received))
                    : STR("Required"));
    return ABORTED;
}

static enum state not_integer(struct check *check)
{
    if (is_full(check))
        return DIRTY;
    put_detail(check, STR("invalid_type"), STR("Expected integer but received float."));
    put_issue(check,
              STR("\"code\":\"invalid_type\",\"expected\":\"integer\",\"received\":\"float\""),
              true, STR("Expected integer, received float"));
    return DIRTY;
}

/* type is zod's word: string, array or number. */
static enum state wrong_size(struct check *check, bool small, const char *type, int64_t limit)
{
    if (is_full(check))
        return DIRTY;
    char text[96], members[128];
    int text_length =
        type[0] == 'n' ? snprintf(text, sizeof(text), "Number must be %s than or equal to %" PRId64,
                                  small ? "greater" : "less", limit)
                       : snprintf(text, sizeof(text), "%s must contain at %s %" PRId64 " %s(s)",
                                  type[0] == 's' ? "String" : "Array", small ? "least" : "most",
                                  limit, type[0] == 's' ? "character" : "element");
    int length = snprintf(
        members, sizeof(members),
        "\"code\":\"%s\",\"%s\":%" PRId64 ",\"type\":\"%s\",\"inclusive\":true,\"exact\":false",
        small ? "too_small" : "too_big", small ? "minimum" : "maximum", limit, type);
    struct str message = {text, (size_t)text_length};
    put_detail(check, small ? STR("too_small") : STR("too_big"), message);
    put_issue(check, (struct str){members, (size_t)length}, true, message);
    return DIRTY;
}

static enum state invalid_enum_value(struct check *check, const struct field *field, json *value)
{
    if (is_full(check))
        return ABORTED;
    struct str received = json_str(value);
    struct buf members = buf_new(check->arena, SIZE_MAX), text = buf_new(check->arena, SIZE_MAX);
    struct json_out out = json_out(&members);
    JSON_STR(&out, "received", received);
    JSON_STR(&out, "code", STR("invalid_enum_value"));
    json_key(&out, STR("options"));
    json_open_array(&out);
    for (const char *const *option = field->options; *option; option++)
        json_put_str(&out, str_of(*option));
    json_close_array(&out);
    BUF_LIT(&text, "Invalid enum value. Expected ");
    buf_str(&text, join_options(field, check->arena));
    BUF_LIT(&text, ", received '");
    buf_str(&text, received);
    BUF_LIT(&text, "'");
    put_detail(check, STR("invalid_enum_value"), buf_view(&text));
    put_issue(check, buf_view(&members), false, buf_view(&text));
    return ABORTED;
}

/* The row's check refused: a custom issue, or zod's own rule of that name for a string. */
static enum state refused(struct check *check, const char *format)
{
    if (is_full(check))
        return DIRTY;
    if (!format) {
        put_detail(check, STR("custom"), STR("Invalid input"));
        put_issue(check, STR("\"code\":\"custom\""), true, STR("Invalid input"));
        return DIRTY;
    }
    struct str message = strcmp(format, "regex") == 0
                             ? STR("Invalid")
                             : arena_printf(check->arena, "Invalid %s", format);
    put_detail(check, STR("invalid_string"), message);
    put_issue(
        check,
        arena_printf(check->arena, "\"validation\":\"%s\",\"code\":\"invalid_string\"", format),
        true, message);
    return DIRTY;
}

/* ---- Types ---- */

static int64_t utf16_length(struct str s)
{
    int64_t units = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        units += (c & 0xc0) != 0x80; /* begins a character … */
        units += c >= 0xf0;          /* … of two units beyond U+FFFF */
    }
    return units;
}

static enum state size_check(struct check *check, const struct field *field, const char *type,
                             int64_t size, int64_t min)
{
    enum state state = VALID;
    if (size < min)
        state = wrong_size(check, true, type, min);
    if (field->max && size > field->max)
        state = wrong_size(check, false, type, field->max);
    return state;
}

static enum state string_check(struct check *check, const struct field *field, json *value)
{
    int64_t min = field->min == 0 && field->flags & FIELD_NOT_EMPTY ? 1 : field->min;
    struct str text = json_str(value);
    if (memchr(text.p, 0, text.n)) /* no database keeps it in a text */
        return refused(check, NULL);
    return size_check(check, field, "string", utf16_length(text), min);
}

static enum state int_check(struct check *check, const struct field *field, json *value)
{
    bool limited = field->min || field->max;
    int64_t low = limited ? field->min : -FIELD_INT_MAX, integer;
    int64_t high = field->max ? field->max : FIELD_INT_MAX;
    double number = yyjson_get_num(value);
    enum state state = VALID;
    if (number >= -FIELD_INT_MAX && number <= FIELD_INT_MAX && !field_int(value, &integer))
        state = not_integer(check);
    if (number < (double)low)
        state = wrong_size(check, true, "number", low);
    if (number > (double)high)
        state = wrong_size(check, false, "number", high);
    return state;
}

static enum state enum_check(struct check *check, const struct field *field, json *value)
{
    struct str text = json_str(value);
    for (const char *const *option = field->options; *option; option++)
        if (str_eq(text, str_of(*option)))
            return VALID;
    return invalid_enum_value(check, field, value);
}

static enum state array_check(struct check *check, const struct field *field, json *value)
{
    enum state state =
        size_check(check, field, "array", (int64_t)yyjson_arr_size(value), field->min);
    if (!field->item)
        return state;
    json *element;
    size_t index = 0;
    yyjson_arr_iter iter = yyjson_arr_iter_with(value);
    while ((element = yyjson_arr_iter_next(&iter)) && !is_full(check)) {
        push(check, STR_NONE, index++);
        state = worse(state, value_check(check, field->item, element));
        pop(check);
    }
    return state;
}

static enum state member_check(struct check *check, const struct field *field, bool required,
                               json *object)
{
    json *value = json_get(object, field->name);
    if (!value && !required)
        return VALID;
    push(check, field->name, 0);
    enum state state = value ? value_check(check, field, value) : invalid_type(check, field, NULL);
    pop(check);
    return state;
}

static enum state object_check(struct check *check, const struct field *field, json *value)
{
    enum state state = VALID;
    for (const struct field *member = field->fields; member && member->name.p; member++)
        state = worse(state, member_check(check, member, member->flags & FIELD_REQUIRED, value));
    return state;
}

static bool has_type(const struct field *field, json *value)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_ENUM:
        return yyjson_is_str(value);
    case FIELD_INT:
        return yyjson_is_num(value);
    case FIELD_BOOL:
        return yyjson_is_bool(value);
    case FIELD_OBJECT:
    case FIELD_MAP:
        return yyjson_is_obj(value);
    case FIELD_ARRAY:
        return yyjson_is_arr(value);
    case FIELD_ANY:
        return true;
    }
    return false;
}

static enum state typed_check(struct check *check, const struct field *field, json *value)
{
    switch (field->type) {
    case FIELD_STRING:
        return string_check(check, field, value);
    case FIELD_INT:
        return int_check(check, field, value);
    case FIELD_ENUM:
        return enum_check(check, field, value);
    case FIELD_ARRAY:
        return array_check(check, field, value);
    case FIELD_OBJECT:
        return object_check(check, field, value);
    case FIELD_BOOL:
    case FIELD_MAP:
    case FIELD_ANY:
        return VALID;
    }
    return VALID;
}

static enum state value_check(struct check *check, const struct field *field, json *value)
{
    if (yyjson_is_null(value) && field->flags & FIELD_NULLABLE)
        return VALID;
    if (!has_type(field, value))
        return invalid_type(check, field, value);
    enum state state = typed_check(check, field, value);
    if (state != ABORTED && field->check && !field->check(value))
        state = worse(state, refused(check, field->type == FIELD_STRING ? field->format : NULL));
    return state;
}

/* ---- Unions of a query: an array of items, or one item ---- */

/* A branch of the union, its issues kept apart. */
static enum state branch_check(const struct check *check, const struct field *field, json *value,
                               struct check *branch, struct buf *issues)
{
    *branch = *check;
    branch->issues = issues;
    branch->details = NULL;
    branch->count = 0;
    return value_check(branch, field, value);
}

static void invalid_union(struct check *check, const struct buf branches[2])
{
    struct buf members = buf_new(check->arena, SIZE_MAX);
    BUF_LIT(&members, "\"code\":\"invalid_union\",\"unionErrors\":[");
    for (size_t i = 0; i < 2; i++) {
        buf_printf(&members, "%s{\"issues\":[", i ? "," : "");
        buf_str(&members, buf_view(&branches[i]));
        BUF_LIT(&members, "],\"name\":\"ZodError\"}");
    }
    BUF_LIT(&members, "]");
    put_detail(check, STR("invalid_union"), STR("Invalid input"));
    put_issue(check, buf_view(&members), false, STR("Invalid input"));
}

/* As zod: the first valid branch decides, then the first dirty one, and its issues are the union's.
 */
static enum state union_check(struct check *check, const struct field *field, json *value)
{
    const struct field *options[2] = {field, field->item};
    struct buf branches[2];
    if (is_full(check))
        return ABORTED;
    const struct field *dirty = NULL;
    for (size_t i = 0; i < 2; i++) {
        struct check branch;
        branches[i] = buf_new(check->arena, SIZE_MAX);
        enum state state = branch_check(check, options[i], value, &branch, &branches[i]);
        if (state == VALID)
            return VALID;
        if (state == DIRTY && !dirty)
            dirty = options[i];
    }
    if (dirty)
        return value_check(check, dirty, value);
    invalid_union(check, branches);
    return ABORTED;
}

/* ---- Entries ---- */

static void root_check(struct check *check, const struct field *fields, enum body_mode mode,
                       json *value)
{
    const unsigned writable = mode == BODY_UPDATE ? FIELD_UPDATE : FIELD_CREATE;
    if (!yyjson_is_obj(value)) {
        invalid_type(check, &(const struct field){.type = FIELD_OBJECT}, value);
        return;
    }
    for (const struct field *field = fields; field && field->name.p; field++) {
        if (!(field->flags & writable))
            continue;
        json *member =
            check->query && field->type == FIELD_ARRAY ? json_get(value, field->name) : NULL;
        if (!member || !field->item) {
            member_check(check, field, mode != BODY_UPDATE && field->flags & FIELD_REQUIRED, value);
            continue;
        }
        push(check, field->name, 0);
        union_check(check, field, member);
        pop(check);
    }
}

bool schema_check(const struct field *fields, enum body_mode mode, json *value, struct arena *arena,
                  struct buf *issues, struct buf *details)
{
    struct check check = {.arena = arena, .issues = issues, .details = details};
    root_check(&check, fields, mode, value);
    return check.count == 0;
}

bool query_check(const struct field *fields, json *value, struct arena *arena, struct buf *issues,
                 struct buf *details)
{
    struct check check = {.arena = arena, .issues = issues, .details = details, .query = true};
    root_check(&check, fields, BODY_CREATE, value);
    return check.count == 0;
}
