/* Texts that people take for the same have one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pattern.h"
#include "base/unicode.h"

static struct arena *arena;

static void expect(struct str got, const char *wanted)
{
    if (!str_eq(got, str_of(wanted)))
        fail_msg("got \"%.*s\", not \"%s\"", STR_ARG(got), wanted);
}

static void folded(void **state)
{
    (void)state;
    expect(unicode_fold(arena, STR("")), "");
    expect(unicode_fold(arena, STR("Alice@EXAMPLE.com")), "alice@example.com");
    expect(unicode_fold(arena, STR("STRASSE")), "strasse");
    expect(unicode_fold(arena, STR("Stra\xc3\x9f"
                                   "e")),
           "strasse");
    expect(unicode_fold(arena, STR("\xc3\x89\xef\xbc\xa1")), "\xc3\xa9"
                                                             "a");
    expect(unicode_fold(arena, STR("E\xcc\x81")), "\xc3\xa9");
}

static void composed(void **state)
{
    (void)state;
    expect(unicode_nfc(arena, STR("Abc")), "Abc");
    expect(unicode_nfc(arena, STR("cafe\xcc\x81")), "caf\xc3\xa9");
    expect(unicode_nfc(arena, STR("caf\xc3\xa9 \xef\xbc\xa1")), "caf\xc3\xa9 \xef\xbc\xa1");
}

/* Texts of one letter case are one another's, whatever stands around the letters. */
static void lowered(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"Alice@EXAMPLE.com", "alice@example.com"},
        {"\u00dcBER", "\u00fcber"},
        {"\u041f\u0420\u0418\u0412\u0415\u0422", "\u043f\u0440\u0438\u0432\u0435\u0442"},
        {"\u039f\u0394\u03a5\u03a3", "\u03bf\u03b4\u03c5\u03c3"},
        {"\u03bf\u03b4\u03c5\u03c2", "\u03bf\u03b4\u03c5\u03c3"},
        {"\u0130ZM\u0130R", "izmir"},
        {"STRASSE \u1e9e", "strasse \u00df"},
        {"\xff\xfe X", "\xff\xfe X"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        expect(unicode_lower_arena(arena, str_of(pairs[i][0])), pairs[i][1]);
    expect(unicode_lower_others(arena, STR("\\D\u00dc+[A-Z]\u0130$")), "\\D\u00fc+[A-Z]i$");
    expect(unicode_lower_others(arena, STR("")), "");
}

static void similar(void **state)
{
    (void)state;
    expect(pattern_from_similar(arena, STR("a%b_c")), "^(a.*b.c)$");
    expect(pattern_from_similar(arena, STR("a.b^c$")), "^(a\\.b\\^c\\$)$");
    expect(pattern_from_similar(arena, STR("\\%\\_\\\\")), "^(%_\\\\)$");
    expect(pattern_from_similar(arena, STR("(a|b){2}[^]%]*")), "^((a|b){2}[^]%]*)$");
    expect(pattern_from_similar(arena, STR("[ab")), "^([ab)$");
}

static void sound_patterns(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "^a(b|c)*$", "a{2,255}", "[a-z]+", "\\{{2}"};
    static const char *const bad[] = {
        "(", "[a", "a{256}", "(a{16}){16}", "(a)\\1", "a{1,99999999}", "a{2"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        if (!pattern_is_sound(arena, str_of(good[i])))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (pattern_is_sound(arena, str_of(bad[i])))
            fail_msg("%s is taken", bad[i]);
    assert_false(pattern_is_sound(arena, STR("a\0b")));
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded),  cmocka_unit_test(composed),       cmocka_unit_test(lowered),
        cmocka_unit_test(similar), cmocka_unit_test(sound_patterns),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
