/* Forms: decoding, repeats, empty values and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/route.h"

static int set_up(void **state)
{
    *state = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void decodes_pairs(void **state)
{
    struct form form;
    assert_true(form_parse(STR("a=1&&b+c=%20x%3D%26&d&=e&%zz=100%&f=g=h&"), *state, &form));
    static const char *const pairs[][2] = {
        {"a", "1"}, {"b c", " x=&"}, {"d", ""}, {"", "e"}, {"%zz", "100%"}, {"f", "g=h"},
    };
    assert_int_equal(form.count, 6);
    for (size_t i = 0; i < form.count; i++) {
        assert_true(str_eq(form.pairs[i].name, str_of(pairs[i][0])));
        assert_true(str_eq(form.pairs[i].value, str_of(pairs[i][1])));
    }
}

static void parses_nothing(void **state)
{
    struct form form;
    assert_true(form_parse(STR_NONE, *state, &form));
    assert_int_equal(form.count, 0);
    assert_true(form_parse(STR("&&&"), *state, &form));
    assert_int_equal(form.count, 0);
    assert_null(form_get(&form, STR("a"), NULL).p);
}

static void shows_repeats_and_empty_values(void **state)
{
    struct form form;
    size_t count;
    assert_true(form_parse(STR("a=1&b=&a=2&c=&c=3"), *state, &form));
    assert_true(str_eq(form_get(&form, STR("a"), &count), STR("1")));
    assert_int_equal(count, 2);
    /* RFC 6749 3.1: a parameter without a value counts as omitted. */
    assert_null(form_get(&form, STR("b"), &count).p);
    assert_int_equal(count, 1);
    assert_null(form_get(&form, STR("c"), &count).p);
    assert_int_equal(count, 2);
    assert_null(form_get(&form, STR("d"), &count).p);
    assert_int_equal(count, 0);
}

static void refuses_what_is_no_text(void **state)
{
    struct form form;
    assert_false(form_parse(STR("a=%ff"), *state, &form));
    assert_false(form_parse(STR("a=\xc3"), *state, &form));
    assert_false(form_parse(STR("%00=1"), *state, &form));
    assert_false(form_parse(STR("a=%ed%a0%80"), *state, &form));
}

static void takes_a_hundred_pairs(void **state)
{
    struct form form;
    struct buf text = buf_new(*state, 1 << 12);
    for (size_t i = 0; i < 100; i++)
        BUF_LIT(&text, "a=1&");
    assert_true(form_parse(buf_view(&text), *state, &form));
    assert_int_equal(form.count, 100);
    BUF_LIT(&text, "a");
    assert_false(form_parse(buf_view(&text), *state, &form));
}

static void reports_that_memory_is_out(void **state)
{
    (void)state;
    struct form form;
    struct arena *small = arena_new(64);
    assert_false(form_parse(STR("a=1&b=2&c=3&d=4&e=5&f=6"), small, &form));
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decodes_pairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_repeats_and_empty_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_a_hundred_pairs, set_up, tear_down),
        cmocka_unit_test(reports_that_memory_is_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
