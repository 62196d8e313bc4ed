/* The input check against the issues that zod 3 gives, byte for byte, and queries read by rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/route.h"

static bool is_even(json *value)
{
    int64_t number;
    return field_int(value, &number) && number % 2 == 0;
}

static bool begins_with_letter(json *value)
{
    struct str text = json_str(value);
    return text.n && (text.p[0] | 32) >= 'a' && (text.p[0] | 32) <= 'z';
}

static bool has_no_blank(json *value)
{
    struct str text = json_str(value);
    return str_find(text, ' ') == text.n;
}

static const char *const types[] = {"Native", "SPA", NULL};
static const struct field uri_item = {.type = FIELD_STRING, .check = has_no_blank};
static const struct field type_item = {.type = FIELD_ENUM, .options = types};
static const struct field number_item = {.type = FIELD_INT, .min = 1};
static const struct field text_item = {.type = FIELD_STRING, .flags = FIELD_NOT_EMPTY};
static const struct field metadata[] = {
    {.name = STR_INIT("uris"), .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .item = &uri_item},
    {.name = STR_INIT("ttl"), .type = FIELD_INT},
    FIELDS_END,
};
static const struct field fields[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED | FIELD_WRITE | FIELD_NOT_EMPTY,
     .max = 8},
    {.name = STR_INIT("note"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .max = 4},
    {.name = STR_INIT("type"), .type = FIELD_ENUM, .flags = FIELD_CREATE, .options = types},
    {.name = STR_INIT("level"), .type = FIELD_INT, .flags = FIELD_WRITE, .min = 1, .max = 9},
    {.name = STR_INIT("even"), .type = FIELD_INT, .flags = FIELD_WRITE, .check = is_even},
    {.name = STR_INIT("count"), .type = FIELD_INT, .flags = FIELD_WRITE, .max = FIELD_INT_MAX},
    {.name = STR_INIT("isOn"), .type = FIELD_BOOL, .flags = FIELD_WRITE},
    {.name = STR_INIT("meta"), .type = FIELD_OBJECT, .flags = FIELD_WRITE, .fields = metadata},
    {.name = STR_INIT("data"), .type = FIELD_MAP, .flags = FIELD_WRITE},
    {.name = STR_INIT("types"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE,
     .min = 1,
     .max = 2,
     .item = &type_item},
    {.name = STR_INIT("any"), .type = FIELD_ANY, .flags = FIELD_WRITE},
    {.name = STR_INIT("login"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .check = begins_with_letter,
     .format = "regex"},
    {.name = STR_INIT("mail"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .check = field_is_email,
     .format = "email"},
    {.name = STR_INIT("link"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .check = field_is_url,
     .format = "url"},
    {.name = STR_INIT("readOnly"), .type = FIELD_STRING},
    FIELDS_END,
};

struct result {
    struct arena *arena;
    bool valid;
    struct buf issues, details;
};

static json *parse(struct arena *arena, const char *text)
{
    json *value = NULL;
    if (text)
        assert_int_equal(json_parse(arena, str_of(text), &value, NULL), JSON_OK);
    return value;
}

static struct result check(enum body_mode mode, const char *body)
{
    struct result result = {.arena = arena_new(1 << 20)};
    result.issues = buf_new(result.arena, 1 << 20);
    result.details = buf_new(result.arena, 1 << 20);
    result.valid = schema_check(fields, mode, parse(result.arena, body), result.arena,
                                &result.issues, &result.details);
    return result;
}

static void assert_text(const struct buf *buf, const char *expected)
{
    char *text = strndup(buf->n ? buf->p : "", buf->n);
    assert_string_equal(text, expected);
    free(text);
}

struct example {
    enum body_mode mode;
    const char *body; /* NULL: there is none */
    const char *issues, *details;
};

static const struct example refused[] = {
    {BODY_CREATE, "{}",
     "{\"code\":\"invalid_type\",\"expected\":\"string\",\"received\":\"undefined\",\"path\":["
     "\"name\"],"
     "\"message\":\"Required\"}",
     "Error in key path \"name\": (invalid_type) Expected string but received undefined."},
    {BODY_CREATE, NULL,
     "{\"code\":\"invalid_type\",\"expected\":\"object\",\"received\":\"undefined\",\"path\":[],"
     "\"message\":\"Required\"}",
     "Error in key path \"\": (invalid_type) Expected object but received undefined."},
    {BODY_CREATE, "[1]",
     "{\"code\":\"invalid_type\",\"expected\":\"object\",\"received\":\"array\",\"path\":[],"
     "\"message\":\"Expected object, received array\"}",
     "Error in key path \"\": (invalid_type) Expected object but received array."},
    {BODY_UPDATE, "\"{}\"",
     "{\"code\":\"invalid_type\",\"expected\":\"object\",\"received\":\"string\",\"path\":[],"
     "\"message\":\"Expected object, received string\"}",
     "Error in key path \"\": (invalid_type) Expected object but received string."},
    {BODY_UPDATE, "{\"name\":null}",
     "{\"code\":\"invalid_type\",\"expected\":\"string\",\"received\":\"null\",\"path\":[\"name\"],"
     "\"message\":\"Expected string, received null\"}",
     "Error in key path \"name\": (invalid_type) Expected string but received null."},
    {BODY_UPDATE, "{\"name\":\"\"}",
     "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"string\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"String must contain at least 1 character(s)\",\"path\":[\"name\"]}",
     "Error in key path \"name\": (too_small) String must contain at least 1 character(s)"},
    {BODY_CREATE, "{\"name\":\"123456789\"}",
     "{\"code\":\"too_big\",\"maximum\":8,\"type\":\"string\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"String must contain at most 8 character(s)\",\"path\":[\"name\"]}",
     "Error in key path \"name\": (too_big) String must contain at most 8 character(s)"},
    {BODY_UPDATE, "{\"level\":0}",
     "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"number\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Number must be greater than or equal to 1\",\"path\":[\"level\"]}",
     "Error in key path \"level\": (too_small) Number must be greater than or equal to 1"},
    {BODY_UPDATE, "{\"level\":10}",
     "{\"code\":\"too_big\",\"maximum\":9,\"type\":\"number\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Number must be less than or equal to 9\",\"path\":[\"level\"]}",
     "Error in key path \"level\": (too_big) Number must be less than or equal to 9"},
    {BODY_UPDATE, "{\"level\":\"5\"}",
     "{\"code\":\"invalid_type\",\"expected\":\"number\",\"received\":\"string\",\"path\":["
     "\"level\"],"
     "\"message\":\"Expected number, received string\"}",
     "Error in key path \"level\": (invalid_type) Expected number but received string."},
    {BODY_UPDATE, "{\"level\":0.5}",
     "{\"code\":\"invalid_type\",\"expected\":\"integer\",\"received\":\"float\","
     "\"message\":\"Expected integer, received float\",\"path\":[\"level\"]},"
     "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"number\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Number must be greater than or equal to 1\",\"path\":[\"level\"]}",
     "Error in key path \"level\": (invalid_type) Expected integer but received float.\n"
     "Error in key path \"level\": (too_small) Number must be greater than or equal to 1"},
    {BODY_UPDATE, "{\"even\":3}",
     "{\"code\":\"custom\",\"message\":\"Invalid input\",\"path\":[\"even\"]}",
     "Error in key path \"even\": (custom) Invalid input"},
    {BODY_UPDATE, "{\"even\":1e300}",
     "{\"code\":\"too_big\",\"maximum\":9007199254740991,\"type\":\"number\",\"inclusive\":true,"
     "\"exact\":false,\"message\":\"Number must be less than or equal to 9007199254740991\","
     "\"path\":[\"even\"]},"
     "{\"code\":\"custom\",\"message\":\"Invalid input\",\"path\":[\"even\"]}",
     "Error in key path \"even\": (too_big) Number must be less than or equal to 9007199254740991\n"
     "Error in key path \"even\": (custom) Invalid input"},
    {BODY_UPDATE, "{\"count\":-1}",
     "{\"code\":\"too_small\",\"minimum\":0,\"type\":\"number\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Number must be greater than or equal to 0\",\"path\":[\"count\"]}",
     "Error in key path \"count\": (too_small) Number must be greater than or equal to 0"},
    {BODY_UPDATE, "{\"isOn\":\"yes\"}",
     "{\"code\":\"invalid_type\",\"expected\":\"boolean\",\"received\":\"string\",\"path\":["
     "\"isOn\"],"
     "\"message\":\"Expected boolean, received string\"}",
     "Error in key path \"isOn\": (invalid_type) Expected boolean but received string."},
    {BODY_CREATE, "{\"name\":\"x\",\"type\":\"F\\\"o\"}",
     "{\"received\":\"F\\\"o\",\"code\":\"invalid_enum_value\",\"options\":[\"Native\",\"SPA\"],"
     "\"path\":[\"type\"],\"message\":\"Invalid enum value. Expected 'Native' | 'SPA', received "
     "'F\\\"o'\"}",
     "Error in key path \"type\": (invalid_enum_value) Invalid enum value. Expected 'Native' | "
     "'SPA', received 'F\"o'"},
    {BODY_CREATE, "{\"name\":\"x\",\"type\":1}",
     "{\"expected\":\"'Native' | 'SPA'\",\"received\":\"number\",\"code\":\"invalid_type\","
     "\"path\":[\"type\"],\"message\":\"Expected 'Native' | 'SPA', received number\"}",
     "Error in key path \"type\": (invalid_type) Expected 'Native' | 'SPA' but received number."},
    {BODY_UPDATE, "{\"meta\":{\"ttl\":\"a\"}}",
     "{\"code\":\"invalid_type\",\"expected\":\"array\",\"received\":\"undefined\","
     "\"path\":[\"meta\",\"uris\"],\"message\":\"Required\"},"
     "{\"code\":\"invalid_type\",\"expected\":\"number\",\"received\":\"string\","
     "\"path\":[\"meta\",\"ttl\"],\"message\":\"Expected number, received string\"}",
     "Error in key path \"meta.uris\": (invalid_type) Expected array but received undefined.\n"
     "Error in key path \"meta.ttl\": (invalid_type) Expected number but received string."},
    {BODY_UPDATE, "{\"meta\":{\"uris\":[\"ok\",\"not ok\",7]}}",
     "{\"code\":\"custom\",\"message\":\"Invalid input\",\"path\":[\"meta\",\"uris\",1]},"
     "{\"code\":\"invalid_type\",\"expected\":\"string\",\"received\":\"number\","
     "\"path\":[\"meta\",\"uris\",2],\"message\":\"Expected string, received number\"}",
     "Error in key path \"meta.uris.1\": (custom) Invalid input\n"
     "Error in key path \"meta.uris.2\": (invalid_type) Expected string but received number."},
    {BODY_UPDATE, "{\"data\":[]}",
     "{\"code\":\"invalid_type\",\"expected\":\"object\",\"received\":\"array\",\"path\":[\"data\"]"
     ","
     "\"message\":\"Expected object, received array\"}",
     "Error in key path \"data\": (invalid_type) Expected object but received array."},
    {BODY_UPDATE, "{\"types\":\"SPA\"}",
     "{\"code\":\"invalid_type\",\"expected\":\"array\",\"received\":\"string\",\"path\":["
     "\"types\"],"
     "\"message\":\"Expected array, received string\"}",
     "Error in key path \"types\": (invalid_type) Expected array but received string."},
    {BODY_UPDATE, "{\"types\":[]}",
     "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"array\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Array must contain at least 1 element(s)\",\"path\":[\"types\"]}",
     "Error in key path \"types\": (too_small) Array must contain at least 1 element(s)"},
    {BODY_UPDATE, "{\"types\":[\"SPA\",\"SPA\",\"SPA\"]}",
     "{\"code\":\"too_big\",\"maximum\":2,\"type\":\"array\",\"inclusive\":true,\"exact\":false,"
     "\"message\":\"Array must contain at most 2 element(s)\",\"path\":[\"types\"]}",
     "Error in key path \"types\": (too_big) Array must contain at most 2 element(s)"},
    {BODY_UPDATE, "{\"login\":\"1abc\"}",
     "{\"validation\":\"regex\",\"code\":\"invalid_string\",\"message\":\"Invalid\","
     "\"path\":[\"login\"]}",
     "Error in key path \"login\": (invalid_string) Invalid"},
    {BODY_UPDATE, "{\"mail\":\"zz\"}",
     "{\"validation\":\"email\",\"code\":\"invalid_string\",\"message\":\"Invalid email\","
     "\"path\":[\"mail\"]}",
     "Error in key path \"mail\": (invalid_string) Invalid email"},
    {BODY_UPDATE, "{\"link\":\"nope\"}",
     "{\"validation\":\"url\",\"code\":\"invalid_string\",\"message\":\"Invalid url\","
     "\"path\":[\"link\"]}",
     "Error in key path \"link\": (invalid_string) Invalid url"},
    {BODY_UPDATE, "{\"note\":\"a\\u0000b\"}",
     "{\"code\":\"custom\",\"message\":\"Invalid input\",\"path\":[\"note\"]}",
     "Error in key path \"note\": (custom) Invalid input"},
};

static void refuses_as_zod(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct result result = check(refused[i].mode, refused[i].body);
        assert_false(result.valid);
        assert_text(&result.issues, refused[i].issues);
        assert_text(&result.details, refused[i].details);
        arena_free(result.arena);
    }
}

static void accepts(void **state)
{
    static const struct {
        enum body_mode mode;
        const char *body;
    } accepted[] = {
        {BODY_CREATE, "{\"name\":\"x\"}"},
        {BODY_UPDATE, "{}"},
        {BODY_UPDATE, "{\"note\":null,\"any\":null,\"data\":{\"a\":[1]}}"},
        {BODY_UPDATE, "{\"level\":9.0,\"even\":-1e3,\"count\":9007199254740991}"},
        {BODY_UPDATE, "{\"meta\":{\"uris\":[]},\"types\":[\"SPA\",\"Native\"]}"},
        {BODY_UPDATE, "{\"type\":5,\"readOnly\":5,\"unknown\":5}"}, /* none of them is looked at */
        {BODY_UPDATE, "{\"mail\":\"a.b+c@d-e.example\",\"link\":\"https://x.example:8443/p?q#f\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        struct result result = check(accepted[i].mode, accepted[i].body);
        assert_text(&result.issues, "");
        assert_text(&result.details, "");
        assert_true(result.valid);
        arena_free(result.arena);
    }
}

/* Lengths are JavaScript's: two units for a character beyond U+FFFF. */
static void counts_utf16_units(void **state)
{
    (void)state;
    struct result result = check(BODY_UPDATE, "{\"note\":\"😀é😀\"}");
    assert_false(result.valid);
    arena_free(result.arena);
    result = check(BODY_UPDATE, "{\"note\":\"é😀é\"}");
    assert_true(result.valid);
    arena_free(result.arena);
}

static void reports_a_bounded_number_of_issues(void **state)
{
    (void)state;
    struct arena *arena = arena_new(8 << 20);
    struct buf body = buf_new(arena, 1 << 20), issues = buf_new(arena, 1 << 20);
    struct buf details = buf_new(arena, 1 << 20);
    BUF_LIT(&body, "{\"meta\":{\"uris\":[0");
    for (size_t i = 0; i < 5000; i++)
        BUF_LIT(&body, ",0");
    BUF_LIT(&body, "]}}");
    json *value;
    assert_int_equal(json_parse(arena, buf_view(&body), &value, NULL), JSON_OK);
    assert_false(schema_check(fields, BODY_UPDATE, value, arena, &issues, &details));
    assert_true(issues.n < 20000);
    arena_free(arena);
}

static void cleans(void **state)
{
    static const struct {
        size_t field;
        const char *value, *cleaned;
    } examples[] = {
        {7, "{\"x\":1,\"ttl\":5,\"uris\":[\"a\"]}", "{\"uris\":[\"a\"],\"ttl\":5}"},
        {7, "{}", "{}"},
        {7, "null", "null"},
        {8, "{ \"b\": {\"c\": 1.5}, \"a\": null }", "{\"b\":{\"c\":1.5},\"a\":null}"},
        {9, "[ \"SPA\" ]", "[\"SPA\"]"},
        {0, "\"q\\\"\"", "\"q\\\"\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct arena *arena = arena_new(1 << 20);
        struct str text =
            field_clean(&fields[examples[i].field], parse(arena, examples[i].value), arena);
        assert_string_equal(arena_cstr(arena, text), examples[i].cleaned);
        arena_free(arena);
    }
    assert_null(field_clean(&fields[0], NULL, NULL).p);
}

/* ---- Queries ---- */

static const struct field query_fields[] = {
    {.name = STR_INIT("types"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &type_item},
    {.name = STR_INIT("ids"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &number_item},
    {.name = STR_INIT("names"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &text_item},
    {.name = STR_INIT("limit"), .type = FIELD_INT, .flags = FIELD_CREATE},
    {.name = STR_INIT("isOn"), .type = FIELD_BOOL, .flags = FIELD_CREATE},
    {.name = STR_INIT("search"), .type = FIELD_STRING, .flags = FIELD_CREATE},
    FIELDS_END,
};

static void reads_queries(void **state)
{
    static const struct {
        const char *text, *object;
    } examples[] = {
        {"", "{}"},
        {"types=SPA", "{\"types\":[\"SPA\"]}"},
        {"types=SPA&types=Native", "{\"types\":[\"SPA\",\"Native\"]}"},
        {"types=SPA,Native", "{\"types\":[\"SPA\",\"Native\"]}"},
        {"types=Foo", "{\"types\":\"Foo\"}"},
        {"types=SPA,Foo", "{\"types\":\"SPA,Foo\"}"},
        {"types=", "{\"types\":\"\"}"},
        {"ids=1,22&ids=x", "{\"ids\":[\"1,22\",\"x\"]}"},
        {"ids=1,22", "{\"ids\":[1,22]}"},
        {"limit=007&isOn=true", "{\"limit\":7,\"isOn\":true}"},
        {"limit=ten&isOn=1", "{\"limit\":\"ten\",\"isOn\":\"1\"}"},
        {"limit=99999999999999999999", "{\"limit\":\"99999999999999999999\"}"},
        {"limit=1&limit=2", "{\"limit\":[1,2]}"},
        {"search=a%20b+c%22&page=2&x&&y=1&y=2",
         "{\"search\":\"a b c\\\"\",\"page\":\"2\",\"x\":\"\",\"y\":\"1\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct arena *arena = arena_new(1 << 20);
        json *query = query_parse(query_fields, str_of(examples[i].text), arena);
        assert_non_null(query);
        assert_string_equal(arena_cstr(arena, json_text(arena, query)), examples[i].object);
        arena_free(arena);
    }
}

static void refuses_queries_that_are_no_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    assert_null(query_parse(query_fields, STR("search=%ff"), arena));
    assert_null(query_parse(query_fields, STR("%00=1"), arena));
    arena_free(arena);
}

static void refuses_query_arrays_as_zod_unions(void **state)
{
    static const struct example examples[] = {
        {BODY_CREATE, "types=Foo",
         "{\"code\":\"invalid_union\",\"unionErrors\":[{\"issues\":[{\"code\":\"invalid_type\","
         "\"expected\":\"array\",\"received\":\"string\",\"path\":[\"types\"],\"message\":"
         "\"Expected "
         "array, received string\"}],\"name\":\"ZodError\"},{\"issues\":[{\"received\":\"Foo\","
         "\"code\":\"invalid_enum_value\",\"options\":[\"Native\",\"SPA\"],\"path\":[\"types\"],"
         "\"message\":\"Invalid enum value. Expected 'Native' | 'SPA', received 'Foo'\"}],"
         "\"name\":\"ZodError\"}],\"path\":[\"types\"],\"message\":\"Invalid input\"}",
         "Error in key path \"types\": (invalid_union) Invalid input"},
        {BODY_CREATE, "ids=0",
         "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"number\",\"inclusive\":true,"
         "\"exact\":false,\"message\":\"Number must be greater than or equal to 1\","
         "\"path\":[\"ids\",0]}",
         "Error in key path \"ids.0\": (too_small) Number must be greater than or equal to 1"},
        {BODY_CREATE, "names=",
         "{\"code\":\"too_small\",\"minimum\":1,\"type\":\"string\",\"inclusive\":true,"
         "\"exact\":false,\"message\":\"String must contain at least 1 character(s)\","
         "\"path\":[\"names\"]}",
         "Error in key path \"names\": (too_small) String must contain at least 1 character(s)"},
        {BODY_CREATE, "limit=x",
         "{\"code\":\"invalid_type\",\"expected\":\"number\",\"received\":\"string\","
         "\"path\":[\"limit\"],\"message\":\"Expected number, received string\"}",
         "Error in key path \"limit\": (invalid_type) Expected number but received string."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct arena *arena = arena_new(1 << 20);
        struct buf issues = buf_new(arena, 1 << 16), details = buf_new(arena, 1 << 16);
        json *query = query_parse(query_fields, str_of(examples[i].body), arena);
        assert_false(query_check(query_fields, query, arena, &issues, &details));
        assert_text(&issues, examples[i].issues);
        assert_text(&details, examples[i].details);
        arena_free(arena);
    }
    struct arena *arena = arena_new(1 << 20);
    struct buf issues = buf_new(arena, 1 << 16);
    json *query = query_parse(query_fields, STR("types=SPA&ids=1&ids=2&names=a,b"), arena);
    assert_true(query_check(query_fields, query, arena, &issues, NULL));
    arena_free(arena);
}

/* ---- Rules that rows share ---- */

static void knows_emails_and_urls(void **state)
{
    static const struct {
        const char *text;
        bool email, url;
    } examples[] = {
        {"\"a@b.co\"", true, false},
        {"\"A_b'c.d+e@x.y-z.ORG\"", true, false},
        {"\".a@b.co\"", false, false},
        {"\"a..b@b.co\"", false, false},
        {"\"a.@b.co\"", false, false},
        {"\"a@b\"", false, false},
        {"\"a@b.c\"", false, false},
        {"\"a@-b.co\"", false, false},
        {"\"a@b.c0\"", false, false},
        {"\"a@@b.co\"", false, false},
        {"\"a b@b.co\"", false, false},
        {"\"\"", false, false},
        {"1", false, false},
        {"\"http://localhost\"", false, true},
        {"\"https://u:p@[::1]:80/x\"", false, true},
        {"\"custom:anything\"", false, true},
        {"\"com.example.app://callback\"", false, true},
        {"\"http://\"", false, false},
        {"\"http://a b/\"", false, false},
        {"\"http://a:99999/\"", false, false},
        {"\"http://a:port/\"", false, false},
        {"\"/path\"", false, false},
        {"\"1http://a\"", false, false},
        {"\"http://[::1\"", false, false},
        {"\"://a\"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct arena *arena = arena_new(1 << 16);
        json *value = parse(arena, examples[i].text);
        if (field_is_email(value) != examples[i].email || field_is_url(value) != examples[i].url)
            fail_msg("%s", examples[i].text);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_as_zod),
        cmocka_unit_test(accepts),
        cmocka_unit_test(counts_utf16_units),
        cmocka_unit_test(reports_a_bounded_number_of_issues),
        cmocka_unit_test(cleans),
        cmocka_unit_test(reads_queries),
        cmocka_unit_test(refuses_queries_that_are_no_text),
        cmocka_unit_test(refuses_query_arrays_as_zod_unions),
        cmocka_unit_test(knows_emails_and_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
