/* base/json.h: what is read, what is refused, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"

#define MEGABYTE ((size_t)1024 * 1024)

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(64 * MEGABYTE);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static json *parse(struct str text)
{
    json *root = NULL;
    assert_int_equal(json_parse(arena, text, &root, NULL), JSON_OK);
    assert_non_null(root);
    return root;
}

static enum json_error error_of(struct str text)
{
    json *root = (json *)(uintptr_t)1;
    enum json_error error = json_parse(arena, text, &root, NULL);
    assert_true(error == JSON_OK || root == (json *)(uintptr_t)1);
    return error;
}

static void reads_members(void **state)
{
    (void)state;
    json *root = parse(STR(" {\"a\":\"x\",\"n\":-5,\"\":true,\"o\":{\"a\":null}} \n"));
    assert_true(str_eq(json_str(json_get(root, STR("a"))), STR("x")));
    assert_int_equal(yyjson_get_sint(json_get(root, STR("n"))), -5);
    assert_true(yyjson_get_bool(json_get(root, STR(""))));
    assert_true(yyjson_is_null(json_get(json_get(root, STR("o")), STR("a"))));
    assert_null(json_get(root, STR("b")));
    assert_null(json_get(NULL, STR("a")));
    assert_null(json_get(json_get(root, STR("a")), STR("a")));
    assert_null(json_str(json_get(root, STR("n"))).p);
    assert_null(json_str(NULL).p);
}

static void reads_any_root(void **state)
{
    (void)state;
    static const char *const roots[] = {"1", "\"a\"", "null", "true", "false", "[]", "{}", " 0 "};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        parse(str_of(roots[i]));
}

static void reads_escapes(void **state)
{
    (void)state;
    struct str text = json_str(parse(STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"")));
    assert_true(str_eq(text, STR("\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80")));
    text = json_str(parse(STR("\"a\\u0000b\"")));
    assert_int_equal(text.n, 3);
    assert_int_equal(text.p[1], 0);
}

/* The text is copied: what was read outlives it. */
static void owns_its_strings(void **state)
{
    (void)state;
    char text[] = "{\"key\":\"value\"}";
    json *root = parse(str_of(text));
    memset(text, '!', sizeof text - 1);
    assert_true(str_eq(json_str(json_get(root, STR("key"))), STR("value")));
}

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{1:2}",
                                      "[1 2]",
                                      "[1}",
                                      "// x\n1",
                                      "/**/1",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "nan",
                                      "01",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "1e",
                                      "-",
                                      "0x10",
                                      "1_000",
                                      "1e400",
                                      "True",
                                      "undefined",
                                      "1 1",
                                      "{}{}",
                                      "\"\t\"",
                                      "\"\n\"",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\ud800\\u0041\"",
                                      "\xef\xbb\xbf{}",
                                      "\v1",
                                      "\302\2401",
                                      "\"\xff\"",
                                      "\"\xc0\xaf\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xe2\x82\"",
                                      "{\"\xff\":1}",
                                      "\"\xf4\x90\x80\x80\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(error_of(str_of(bad[i])), JSON_SYNTAX);
    assert_int_equal(error_of(STR_NONE), JSON_SYNTAX);
    assert_int_equal(error_of((struct str){"1\0", 2}), JSON_SYNTAX);
    assert_int_equal(error_of((struct str){"\"\0\"", 3}), JSON_SYNTAX);
    assert_int_equal(error_of((struct str){"{}x", 2}), JSON_OK);
}

static void says_whether_the_text_was_cut_short(void **state)
{
    (void)state;
    struct str whole = STR("{\"a\":[1.5e3,true,null,\"\\u00e9x\"],\"b\":{}}");
    json *root;
    bool at_end = true;
    for (size_t n = 0; n < whole.n; n++) {
        at_end = false;
        assert_int_equal(json_parse(arena, (struct str){whole.p, n}, &root, &at_end), JSON_SYNTAX);
        assert_true(at_end);
    }
    assert_int_equal(json_parse(arena, whole, &root, &at_end), JSON_OK);
    assert_false(at_end);

    static const char *const inside[] = {"{]", "[1,]", "nulx ", "{\"a\":1}x", "[01]", "\"\\x\""};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        at_end = true;
        assert_int_equal(json_parse(arena, str_of(inside[i]), &root, &at_end), JSON_SYNTAX);
        assert_false(at_end);
    }
}

/* depth levels of arrays, or of objects. */
static struct str nested(size_t depth, bool objects)
{
    struct buf buf = buf_new(arena, MEGABYTE);
    for (size_t i = 0; i < depth; i++)
        buf_str(&buf, !objects ? STR("[") : i + 1 < depth ? STR("{\"a\":") : STR("{"));
    for (size_t i = 0; i < depth; i++)
        buf_byte(&buf, objects ? '}' : ']');
    return buf_view(&buf);
}

static void limits_the_depth(void **state)
{
    (void)state;
    for (int objects = 0; objects < 2; objects++) {
        assert_int_equal(error_of(nested(JSON_MAX_DEPTH, objects)), JSON_OK);
        assert_int_equal(error_of(nested(JSON_MAX_DEPTH + 1, objects)), JSON_TOO_DEEP);
        assert_int_equal(error_of(nested(100000, objects)), JSON_TOO_DEEP);
    }
    /* Siblings do not add up. */
    struct buf buf = buf_new(arena, MEGABYTE);
    struct str deepest = nested(JSON_MAX_DEPTH - 1, false);
    buf_byte(&buf, '[');
    for (int i = 0; i < 100; i++) {
        buf_str(&buf, deepest);
        buf_byte(&buf, ',');
    }
    BUF_LIT(&buf, "1]");
    assert_int_equal(error_of(buf_view(&buf)), JSON_OK);
}

static void refuses_duplicate_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"b\":{\"a\":1},\"a\":2}",
        "[{},{\"x\":{\"\":1,\"\":2}}]",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"role\":\"user\",\"b\":[1,2,{}],\"role\":\"admin\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(error_of(str_of(bad[i])), JSON_DUPLICATE);
    static const char *const good[] = {
        "{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}",
        "{\"a\":1,\"A\":2,\"aa\":3,\"\":4}",
        "{\"k\":\"k\",\"v\":\"k\"}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(error_of(str_of(good[i])), JSON_OK);
}

/* An object of count different keys, each with a container, then `again` once more. */
static struct str big_object(int count, int again)
{
    struct buf buf = buf_new(arena, MEGABYTE);
    buf_byte(&buf, '{');
    for (int i = 0; i < count; i++)
        buf_printf(&buf, "\"key%d\":[%d],", i, i);
    if (again < 0)
        BUF_LIT(&buf, "\"last\":0}");
    else
        buf_printf(&buf, "\"key%d\":0}", again);
    return buf_view(&buf);
}

static void refuses_duplicate_keys_in_objects_of_any_size(void **state)
{
    (void)state;
    for (int count = 1; count < 100; count++) {
        assert_int_equal(error_of(big_object(count, -1)), JSON_OK);
        assert_int_equal(error_of(big_object(count, 0)), JSON_DUPLICATE);
        assert_int_equal(error_of(big_object(count, count - 1)), JSON_DUPLICATE);
        assert_int_equal(error_of(big_object(count, count / 2)), JSON_DUPLICATE);
        arena_reset(arena);
    }
    assert_int_equal(error_of(big_object(10000, -1)), JSON_OK);
    assert_int_equal(error_of(big_object(10000, 0)), JSON_DUPLICATE);
    assert_int_equal(error_of(big_object(10000, 9999)), JSON_DUPLICATE);
}

/* Whatever the maximum, it is either enough or reported. */
static void reports_missing_memory(void **state)
{
    (void)state;
    struct str text = big_object(200, -1);
    bool failed = false, succeeded = false;
    for (size_t max = 0; max < 64 * 1024; max += 509) {
        struct arena *small = arena_new(max);
        json *root;
        enum json_error error = json_parse(small, text, &root, NULL);
        assert_true(error == JSON_OK || error == JSON_NO_MEMORY);
        failed |= error == JSON_NO_MEMORY;
        succeeded |= error == JSON_OK;
        arena_free(small);
    }
    assert_true(failed && succeeded);
}

static void assert_rewritten(const char *text, const char *expected)
{
    struct str written = json_text(arena, parse(str_of(text)));
    if (!str_eq(written, str_of(expected)))
        fail_msg("%s became %.*s", text, STR_ARG(written));
}

static void writes_values_as_read(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{}",
        "[]",
        "[[],{}]",
        "null",
        "\"\"",
        "{\"b\":1,\"a\":[true,false,null,\"x\"],\"\":{}}",
        "[9223372036854775807,-9223372036854775808,18446744073709551615]",
        "[0.1,1.5,-2.25e-7]",
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xc3\xa9\xf0\x9f\x98\x80\"",
        "{\"\\n\":\"\\\"\"}"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_rewritten(same[i], same[i]);
    assert_rewritten(" { \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2]}");
    assert_rewritten("[1.0,-0.0,1e3,100.5]", "[1,0,1000,100.5]");
    assert_rewritten("\"\\u00e9\\/\\u0041\"", "\"\xc3\xa9/A\"");
    assert_rewritten("{\"a\\u0022\":1}", "{\"a\\\"\":1}");
    assert_true(str_eq(json_text(arena, NULL), STR("null")));
    struct str deep = nested(JSON_MAX_DEPTH, true);
    assert_true(str_eq(json_text(arena, parse(deep)), deep));
}

static void puts_commas(void **state)
{
    (void)state;
    struct buf buf = buf_new(arena, 1000);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "s", STR("x"));
    JSON_STR(&out, "none", STR_NONE);
    JSON_INT(&out, "i", -7);
    JSON_BOOL(&out, "t", true);
    JSON_BOOL(&out, "f", false);
    JSON_RAW(&out, "r", STR("[1]"));
    json_key_escaped(&out, STR("a\"b"));
    json_open_array(&out);
    json_open_object(&out);
    json_close_object(&out);
    json_open_array(&out);
    json_close_array(&out);
    json_put_null(&out);
    json_put_int(&out, 1);
    json_put_str(&out, STR(""));
    json_put_raw(&out, STR("{}"));
    json_put_value(&out, parse(STR("[null,1]")));
    json_close_array(&out);
    JSON_INT(&out, "z", 0);
    json_close_object(&out);
    assert_true(str_eq(buf_view(&buf),
                       STR("{\"s\":\"x\",\"none\":null,\"i\":-7,\"t\":true,\"f\":false,\"r\":[1],"
                           "\"a\\\"b\":[{},[],null,1,\"\",{},[null,1]],\"z\":0}")));
}

/* Each byte at each place of a word, where the fast path could miss it. */
static void escapes_everywhere(void **state)
{
    (void)state;
    for (int c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < 20; at++) {
            char text[20], expected[40] = {0};
            memset(text, ' ', sizeof text);
            text[at] = (char)c;
            bool escaped = c < 0x20 || c == '"' || c == '\\';
            struct buf buf = buf_new(arena, 1000);
            json_escape(&buf, (struct str){text, sizeof text});
            assert_int_equal(buf.n > sizeof text, escaped);
            memset(expected, ' ', sizeof text);
            assert_memory_equal(buf.p, expected, at);
            assert_memory_equal(buf.p + buf.n - (19 - at), expected, 19 - at);

            struct json_out out = json_out(&buf);
            buf.n = 0;
            json_put_str(&out, (struct str){text, sizeof text});
            assert_true(str_eq(json_str(parse(buf_view(&buf))), (struct str){text, sizeof text}));
        }
        arena_reset(arena);
    }
}

static void stops_at_the_buffers_maximum(void **state)
{
    (void)state;
    json *root = parse(STR("{\"key\":[\"text\",1.5,10,true,null,\"\\n\"]}"));
    struct str whole = json_text(arena, root);
    for (size_t max = 0; max < whole.n; max++) {
        struct buf buf = buf_new(NULL, max);
        struct json_out out = json_out(&buf);
        json_put_value(&out, root);
        assert_true(buf.failed);
        assert_true(buf.n <= max);
        assert_null(buf_view(&buf).p);
        buf_free(&buf);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(reads_members),
        TEST(reads_any_root),
        TEST(reads_escapes),
        TEST(owns_its_strings),
        TEST(refuses_what_is_no_json),
        TEST(says_whether_the_text_was_cut_short),
        TEST(limits_the_depth),
        TEST(refuses_duplicate_keys),
        TEST(refuses_duplicate_keys_in_objects_of_any_size),
        TEST(reports_missing_memory),
        TEST(writes_values_as_read),
        TEST(puts_commas),
        TEST(escapes_everywhere),
        TEST(stops_at_the_buffers_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
