/* base/str.h: comparing, splitting, numbers, UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#define assert_str(actual, literal) assert_true(str_eq((actual), STR(literal)))

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR("a"), STR("a")));
    assert_false(str_eq(STR("a"), STR("b")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_true(str_eq(STR_NONE, STR("")));
    assert_true(str_eq_nocase(STR("Content-Type"), STR("cONTENT-tYPE")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    /* '@' and '`' differ by the bit that makes letters lower case, but are no letters. */
    assert_false(str_eq_nocase(STR("@"), STR("`")));
    assert_false(str_eq_nocase(STR("["), STR("{")));
    assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
}

static void compares_secrets(void **state)
{
    (void)state;
    assert_true(str_eq_secret(STR("secret"), STR("secret")));
    assert_true(str_eq_secret(STR(""), STR("")));
    assert_false(str_eq_secret(STR("secret"), STR("Secret")));
    assert_false(str_eq_secret(STR("secret"), STR("secreT")));
    assert_false(str_eq_secret(STR("secret"), STR("secret ")));
    assert_false(str_eq_secret(STR("\x80"), STR("\x00")));
}

static void finds_prefix_and_suffix(void **state)
{
    (void)state;
    assert_true(str_starts(STR("Bearer x"), STR("Bearer ")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_false(str_starts(STR("Bear"), STR("Bearer ")));
    assert_true(str_ends(STR("a.sql"), STR(".sql")));
    assert_false(str_ends(STR("sql"), STR(".sql")));
    assert_int_equal(str_find(STR("abc"), 'c'), 2);
    assert_int_equal(str_find(STR("abc"), 'x'), 3);
    assert_int_equal(str_find(STR_NONE, 'x'), 0);
    assert_str(str_from(STR("abc"), 1), "bc");
    assert_str(str_from(STR("abc"), 9), "");
    assert_null(str_from(STR_NONE, 0).p);
}

static void splits(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    assert_str(str_split(&rest, ','), "a");
    struct str empty = str_split(&rest, ',');
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    assert_str(str_split(&rest, ','), "b");
    assert_non_null(str_split(&rest, ',').p);
    assert_null(str_split(&rest, ',').p);
    assert_null(str_split(&rest, ',').p);

    rest = STR("");
    assert_non_null(str_split(&rest, ',').p);
    assert_null(str_split(&rest, ',').p);
}

static void finds_words(void **state)
{
    (void)state;
    struct str scope = STR("openid offline_access  all");
    assert_true(str_has_word(scope, STR("openid")));
    assert_true(str_has_word(scope, STR("offline_access")));
    assert_true(str_has_word(scope, STR("all")));
    assert_false(str_has_word(scope, STR("offline")));
    assert_false(str_has_word(scope, STR("access")));
    assert_false(str_has_word(scope, STR("openid offline_access")));
    assert_false(str_has_word(STR_NONE, STR("all")));
}

static void trims(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t a b\t ")), "a b");
    assert_str(str_trim(STR(" \t")), "");
    assert_str(str_trim(STR("\na")), "\na");
    assert_null(str_trim(STR_NONE).p);
}

static void reads_integers(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(str_to_int64(STR("0"), &value) && value == 0);
    assert_true(str_to_int64(STR("-12"), &value) && value == -12);
    assert_true(str_to_int64(STR("9223372036854775807"), &value) && value == INT64_MAX);
    assert_true(str_to_int64(STR("-9223372036854775808"), &value) && value == INT64_MIN);
}

static void refuses_other_integers(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1a",
                                      "0x10",
                                      "1.0",
                                      "--1",
                                      "\xb1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value = 77;
        assert_false(str_to_int64(str_of(bad[i]), &value));
        assert_int_equal(value, 77);
    }
    int64_t value;
    assert_false(str_to_int64(STR_NONE, &value));
}

/* Alone, and at each place around a word's border, where the fast path ends. */
static bool valid_everywhere(struct str piece, bool expected)
{
    char text[64];
    for (size_t before = 0; before < 20; before++) {
        for (size_t after = 0; after < 20; after++) {
            memset(text, 'a', sizeof text);
            memcpy(text + before, piece.p, piece.n);
            if (str_is_utf8((struct str){text, before + piece.n + after}) != expected)
                return false;
        }
    }
    return true;
}

static void accepts_utf8(void **state)
{
    (void)state;
    assert_true(str_is_utf8(STR("")));
    assert_true(str_is_utf8(STR_NONE));
    assert_true(valid_everywhere(STR("\x7f"), true));
    assert_true(valid_everywhere(STR("\x01"), true));
    assert_true(valid_everywhere(STR("\xc2\x80"), true));
    assert_true(valid_everywhere(STR("\xdf\xbf"), true));
    assert_true(valid_everywhere(STR("\xe0\xa0\x80"), true));
    assert_true(valid_everywhere(STR("\xed\x9f\xbf"), true));
    assert_true(valid_everywhere(STR("\xee\x80\x80"), true));
    assert_true(valid_everywhere(STR("\xef\xbf\xbf"), true));
    assert_true(valid_everywhere(STR("\xf0\x90\x80\x80"), true));
    assert_true(valid_everywhere(STR("\xf4\x8f\xbf\xbf"), true));
}

static void refuses_what_is_no_utf8(void **state)
{
    (void)state;
    static const struct str bad[] = {
        {"\0", 1},                    /* NUL */
        STR_INIT("\x80"),             /* a tail alone */
        STR_INIT("\xff"),             /* never used */
        STR_INIT("\xc0\xaf"),         /* overlong */
        STR_INIT("\xc1\xbf"),         /* overlong */
        STR_INIT("\xe0\x9f\xbf"),     /* overlong */
        STR_INIT("\xf0\x8f\xbf\xbf"), /* overlong */
        STR_INIT("\xed\xa0\x80"),     /* surrogate */
        STR_INIT("\xed\xbf\xbf"),     /* surrogate */
        STR_INIT("\xf4\x90\x80\x80"), /* beyond U+10FFFF */
        STR_INIT("\xf5\x80\x80\x80"), /* beyond U+10FFFF */
        STR_INIT("\xc3"),             /* cut short, or followed by a letter */
        STR_INIT("\xe2\x82"),         /* the same */
        STR_INIT("\xf0\x9f\x98"),     /* the same */
        STR_INIT("\xc3\xc3\xa4"),     /* a head in a tail's place */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(valid_everywhere(bad[i], false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),
        cmocka_unit_test(compares_secrets),
        cmocka_unit_test(finds_prefix_and_suffix),
        cmocka_unit_test(splits),
        cmocka_unit_test(finds_words),
        cmocka_unit_test(trims),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(refuses_other_integers),
        cmocka_unit_test(accepts_utf8),
        cmocka_unit_test(refuses_what_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
