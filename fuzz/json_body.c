/* Fuzzes the input check with JSON bodies: issues are JSON, and what is accepted can be cleaned. */
#include <assert.h>
#include <stdint.h>

#include "http/route.h"

static bool is_short(json *value)
{
    return yyjson_get_len(value) < 3;
}

static const char *const colors[] = {"red", "blue", NULL};
static const struct field color = {.type = FIELD_ENUM, .options = colors};
static const struct field members[] = {
    {.name = STR_INIT("a"), .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .item = &color, .max = 2},
    {.name = STR_INIT("n"), .type = FIELD_INT, .min = 1, .max = 9},
    FIELDS_END,
};
static const struct field object = {.type = FIELD_OBJECT, .fields = members};
static const struct field fields[] = {
    {.name = STR_INIT("s"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .max = 4},
    {.name = STR_INIT("k"), .type = FIELD_STRING, .flags = FIELD_WRITE, .check = is_short},
    {.name = STR_INIT("m"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .check = field_is_email,
     .format = "email"},
    {.name = STR_INIT("u"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .check = field_is_url,
     .format = "url"},
    {.name = STR_INIT("i"), .type = FIELD_INT, .flags = FIELD_WRITE | FIELD_NULLABLE},
    {.name = STR_INIT("b"), .type = FIELD_BOOL, .flags = FIELD_WRITE},
    {.name = STR_INIT("e"), .type = FIELD_ENUM, .flags = FIELD_WRITE, .options = colors},
    {.name = STR_INIT("o"), .type = FIELD_OBJECT, .flags = FIELD_WRITE, .fields = members},
    {.name = STR_INIT("p"), .type = FIELD_MAP, .flags = FIELD_WRITE},
    {.name = STR_INIT("l"), .type = FIELD_ARRAY, .flags = FIELD_WRITE, .item = &object},
    {.name = STR_INIT("x"), .type = FIELD_ANY, .flags = FIELD_WRITE},
    FIELDS_END,
};

static void clean_all(json *body, struct arena *arena)
{
    for (const struct field *field = fields; field->name.p; field++) {
        json *value = json_get(body, field->name), *again;
        if (!value)
            continue;
        struct str text = field_clean(field, value, arena);
        assert(json_parse(arena, text, &again, NULL) == JSON_OK);
        assert(str_eq(field_clean(field, again, arena), text));
    }
}

static void check_body(json *body, enum body_mode mode, struct arena *arena)
{
    struct buf issues = buf_new(arena, 4 << 20), details = buf_new(arena, 4 << 20), list;
    bool valid = schema_check(fields, mode, body, arena, &issues, &details);
    assert(valid == (issues.n == 0) && valid == (details.n == 0));
    if (valid)
        clean_all(body, arena);
    list = buf_new(arena, 8 << 20);
    buf_byte(&list, '[');
    buf_str(&list, buf_view(&issues));
    buf_byte(&list, ']');
    json *parsed;
    assert(!issues.failed && json_parse(arena, buf_view(&list), &parsed, NULL) == JSON_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    json *body;
    if (json_parse(arena, (struct str){(const char *)data, size}, &body, NULL) == JSON_OK) {
        check_body(body, BODY_CREATE, arena);
        check_body(body, BODY_UPDATE, arena);
    }
    arena_free(arena);
    return 0;
}
