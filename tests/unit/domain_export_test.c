/* Quoting, indenting and archiving of exported files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/export_parts.h"

#define MAX 65536

static void expect(void (*quote)(struct buf *, struct str), struct str text, struct str wanted)
{
    struct buf out = buf_new(NULL, MAX);
    quote(&out, text);
    assert_true(out.n == wanted.n);
    assert_memory_equal(out.p, wanted.p, wanted.n);
    buf_free(&out);
}
#define EXPECT(quote, text, wanted) expect(quote, STR(text), STR(wanted))

static void quotes_for_json_and_its_kin(void **state)
{
    (void)state;
    EXPECT(quote_json, "", "\"\"");
    EXPECT(quote_json, "a \"b\" \\ {{c}}\n\t\x01", "\"a \\\"b\\\" \\\\ {{c}}\\n\\t\\u0001\"");
    expect(quote_json, STR_NONE, STR("\"\""));
}

static void quotes_for_yaml(void **state)
{
    (void)state;
    EXPECT(quote_yaml, "a: \"b\" # {c}\r\n- d", "\"a: \\\"b\\\" # {c}\\r\\n- d\"");
    EXPECT(quote_yaml, "\x7f", "\"\\u007f\"");
    EXPECT(quote_yaml, "\xc2\x85", "\"\\u0085\"");     /* NEL */
    EXPECT(quote_yaml, "\xe2\x80\xa8", "\"\\u2028\""); /* line separator */
    EXPECT(quote_yaml, "\xef\xbb\xbf", "\"\\ufeff\""); /* byte order mark */
    EXPECT(quote_yaml, "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"");
}

static void quotes_for_shells(void **state)
{
    (void)state;
    EXPECT(quote_shell, "", "''");
    EXPECT(quote_shell, "it's $(id) `id` \"x\" \\\n", "'it'\\''s $(id) `id` \"x\" \\\n'");
    EXPECT(quote_shell, "''", "''\\'''\\'''");
}

static void quotes_for_php(void **state)
{
    (void)state;
    EXPECT(quote_php, "it's {$x} \\ \"", "'it\\'s {$x} \\\\ \"'");
    EXPECT(quote_php, "\\'", "'\\\\\\''");
}

static void keeps_comments_in_their_line(void **state)
{
    (void)state;
    EXPECT(quote_line, "a\r\nb\tc", "a  b c");
    EXPECT(quote_line, "a */ b", "a *  b");
    EXPECT(quote_line, "a ?> b", "a ?  b");
    EXPECT(quote_line, "\\u000a", " u000a");
    EXPECT(quote_line,
           "a\xe2\x80\xa8"
           "b\xe2\x80\xae"
           "c",
           "a b c");
    EXPECT(quote_line, "\xc3\xa9 {{x}} 'q'", "\xc3\xa9 {{x}} 'q'");
}

static void indents(void **state)
{
    (void)state;
    EXPECT(export_indent, "{}", "{}\n");
    EXPECT(
        export_indent, "{\"a\":[],\"b\":[1,{\"c\":\"},[\\\"{\"}]}",
        "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {\n      \"c\": \"},[\\\"{\"\n    }\n  ]\n}\n");
}

static void finds_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < export_format_count; i++)
        assert_ptr_equal(export_format_find(export_formats[i]->name), export_formats[i]);
    assert_null(export_format_find(STR("postma")));
    assert_null(export_format_find(STR("")));
}

static void renders_without_memory(void **state)
{
    const struct export_server server = {1, STR("http://a"), STR("http://a/oidc"), STR("r")};
    const struct export_application application = {STR("id"), STR("name"), STR("MachineToMachine"),
                                                   STR("all"), STR_NONE};
    (void)state;
    for (size_t i = 0; i < export_format_count; i++) {
        for (size_t max = 256; max <= 65536; max *= 2) {
            struct arena *arena = arena_new(max);
            struct str text = export_render(export_formats[i], &server, &application, arena);
            assert_true(text.p == NULL || text.n > 0);
            arena_free(arena);
        }
    }
}

static void archives_whole_blocks(void **state)
{
    struct buf out = buf_new(NULL, MAX);
    (void)state;
    tar_add(&out, STR("a/b"), STR("12345"));
    assert_true(out.n == 1024);
    assert_string_equal(out.p, "a/b");
    assert_memory_equal(out.p + 124, "00000000005", 12);
    assert_memory_equal(out.p + 257, "ustar\00000", 8);
    assert_memory_equal(out.p + 512, "12345", 6);
    tar_add(&out, STR("empty"), STR(""));
    assert_true(out.n == 1536);
    tar_end(&out);
    assert_true(out.n == 2560);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_for_json_and_its_kin),
        cmocka_unit_test(quotes_for_yaml),
        cmocka_unit_test(quotes_for_shells),
        cmocka_unit_test(quotes_for_php),
        cmocka_unit_test(keeps_comments_in_their_line),
        cmocka_unit_test(indents),
        cmocka_unit_test(finds_formats),
        cmocka_unit_test(renders_without_memory),
        cmocka_unit_test(archives_whole_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
