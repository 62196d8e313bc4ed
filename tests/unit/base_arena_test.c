/* base/arena.h and base/buf.h: maximum, alignment, growth, order of deferred calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

#define MEGABYTE ((size_t)1024 * 1024)

static void zeroes_and_aligns(void **state)
{
    (void)state;
    struct arena *arena = arena_new(MEGABYTE);
    for (size_t round = 0; round < 2; round++) {
        for (size_t n = 1; n < 200; n++) {
            memset(arena_bytes(arena, n), 'x', n);
            char *p = arena_alloc(arena, n);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static void keeps_pieces_apart(void **state)
{
    (void)state;
    enum { PIECES = 300 };
    struct arena *arena = arena_new(64 * MEGABYTE);
    unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        size_t n = i * i / 2 + 1; /* up to 45,000 bytes: small, next block, own block */
        pieces[i] = (unsigned char *)arena_bytes(arena, n);
        memset(pieces[i], (int)(i & 0xff), n);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t j = 0; j < i * i / 2 + 1; j++)
            assert_int_equal(pieces[i][j], i & 0xff);
    }
    arena_free(arena);
}

static void hands_out_its_maximum_and_no_more(void **state)
{
    (void)state;
    static const size_t maximums[] = {0, 1, 100, 16 * 1024, 100 * 1024, MEGABYTE};
    static const size_t sizes[] = {1, 7, 1000, 20000};
    for (size_t m = 0; m < sizeof maximums / sizeof *maximums; m++) {
        struct arena *arena = arena_new(maximums[m]);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            size_t sum = 0;
            while (arena_bytes(arena, sizes[s]))
                sum += sizes[s];
            assert_int_equal(sum, maximums[m] / sizes[s] * sizes[s]);
            size_t left = maximums[m] - sum;
            assert_null(arena_bytes(arena, left + 1));
            assert_non_null(arena_bytes(arena, left));
            assert_null(arena_bytes(arena, 1));
            arena_reset(arena);
        }
        arena_free(arena);
    }
}

static void refuses_absurd_sizes(void **state)
{
    (void)state;
    struct arena *arena = arena_new(SIZE_MAX);
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 15));
    assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 3));
    assert_non_null(arena_alloc_array(arena, 3, 5));
    arena_free(arena);
}

static void grows_in_place_at_the_end(void **state)
{
    (void)state;
    struct arena *arena = arena_new(MEGABYTE);
    char *p = memcpy(arena_alloc_raw(arena, 4), "abc", 4);
    assert_ptr_equal(arena_grow(arena, p, 4, 400), p);
    arena_bytes(arena, 1);
    char *moved = arena_grow(arena, p, 400, 500);
    assert_ptr_not_equal(moved, p);
    assert_string_equal(moved, "abc");

    char *big = arena_grow(arena, moved, 500, 30000);
    char *bigger = arena_grow(arena, big, 30000, 200000);
    bigger[199999] = 'x';
    assert_string_equal(bigger, "abc");
    assert_null(arena_grow(arena, bigger, 200000, 2 * MEGABYTE));
    assert_string_equal(bigger, "abc");
    assert_non_null(arena_grow(arena, NULL, 0, 10));
    arena_free(arena);
}

/* A block that grows gives its old size back to the maximum. */
static void counts_grown_pieces_once(void **state)
{
    (void)state;
    struct arena *arena = arena_new(MEGABYTE);
    char *p = arena_alloc_raw(arena, MEGABYTE / 4);
    p = arena_grow(arena, p, MEGABYTE / 4, MEGABYTE / 2);
    assert_non_null(p);
    p = arena_grow(arena, p, MEGABYTE / 2, MEGABYTE);
    assert_non_null(p);
    p[MEGABYTE - 1] = 'x';
    assert_null(arena_bytes(arena, 1));
    arena_free(arena);
}

static void copies_strings(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1000);
    struct str copy = arena_str(arena, STR("abc"));
    assert_true(str_eq(copy, STR("abc")));
    assert_int_equal(copy.p[3], 0);
    assert_null(arena_str(arena, STR_NONE).p);
    assert_non_null(arena_str(arena, STR("")).p);
    assert_string_equal(arena_cstr(arena, STR("xyz")), "xyz");
    assert_string_equal(arena_cstr(arena, STR_NONE), "");
    arena_bytes(arena, 900);
    assert_null(arena_str(arena, (struct str){copy.p, 100}).p);
    arena_free(arena);
}

static void prints(void **state)
{
    (void)state;
    struct arena *arena = arena_new(MEGABYTE);
    assert_true(str_eq(arena_printf(arena, "%s-%d", "a", 7), STR("a-7")));
    struct str wide = arena_printf(arena, "%020000d", 7); /* does not fit into what is left */
    assert_int_equal(wide.n, 20000);
    assert_int_equal(wide.p[19999], '7');
    assert_int_equal(wide.p[20000], 0);
    assert_null(arena_printf(arena, "%02000000d", 7).p);
    arena_free(arena);

    arena = arena_new(4);
    assert_true(str_eq(arena_printf(arena, "%s", "abc"), STR("abc")));
    assert_null(arena_printf(arena, "%s", "").p);
    arena_free(arena);
}

static char calls[8];

static void note(void *arg)
{
    calls[strlen(calls)] = *(const char *)arg;
}

static void runs_deferred_calls_newest_first(void **state)
{
    (void)state;
    memset(calls, 0, sizeof calls);
    struct arena *arena = arena_new(1000);
    assert_true(arena_defer(arena, note, (char[]){"a"}));
    assert_true(arena_defer(arena, note, (char[]){"b"}));
    assert_string_equal(calls, "");
    arena_reset(arena);
    assert_string_equal(calls, "ba");
    assert_true(arena_defer(arena, note, (char[]){"c"}));
    arena_free(arena);
    assert_string_equal(calls, "bac");
    arena_free(NULL);

    arena = arena_new(8);
    assert_false(arena_defer(arena, note, (char[]){"d"}));
    assert_string_equal(calls, "bacd");
    arena_free(arena);
    assert_string_equal(calls, "bacd");
}

/* The same for memory of the arena, memory of malloc, and an arena that others use in between. */
static void check_growth(struct arena *arena, bool disturbed)
{
    struct buf buf = buf_new(arena, 100000);
    for (int i = 0; i < 20000; i++) {
        buf_int(&buf, i % 10);
        if (disturbed && i % 100 == 0)
            arena_bytes(arena, 3);
    }
    assert_int_equal(buf_view(&buf).n, 20000);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(buf.p[i], '0' + i % 10);
    if (!arena)
        buf_free(&buf);
}

static void buf_grows(void **state)
{
    (void)state;
    check_growth(NULL, false);
    struct arena *arena = arena_new(MEGABYTE);
    check_growth(arena, false);
    arena_reset(arena);
    check_growth(arena, true);
    arena_free(arena);
}

static void buf_stops_at_its_maximum(void **state)
{
    (void)state;
    struct buf buf = buf_new(NULL, 10);
    BUF_LIT(&buf, "0123456789");
    assert_true(str_eq(buf_view(&buf), STR("0123456789")));
    buf_byte(&buf, 'x');
    assert_true(buf.failed);
    assert_null(buf_view(&buf).p);
    buf_byte(&buf, 'x');
    assert_int_equal(buf.n, 10);
    buf_free(&buf);

    buf = buf_new(NULL, SIZE_MAX);
    BUF_LIT(&buf, "x");
    assert_false(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.failed);
    assert_false(buf_reserve(&buf, 0));
    buf_free(&buf);
    buf_free(&buf);
}

/* Doubling would exceed the arena, what is needed does not. */
static void buf_takes_the_arenas_last_bytes(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1000);
    struct buf buf = buf_new(arena, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        buf_byte(&buf, 'x');
    assert_int_equal(buf_view(&buf).n, 1000);
    buf_byte(&buf, 'x');
    assert_null(buf_view(&buf).p);
    arena_free(arena);
}

static void buf_prints(void **state)
{
    (void)state;
    struct buf buf = buf_new(NULL, 1000);
    struct str empty = buf_view(&buf);
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    buf_printf(&buf, "%s", "");
    buf_printf(&buf, "%s %d", "a", 1);
    buf_printf(&buf, "%0500d", 2);
    assert_int_equal(buf_view(&buf).n, 503);
    assert_int_equal(buf.p[502], '2');
    buf_printf(&buf, "%0500d", 3);
    assert_true(buf.failed);
    buf_free(&buf);
}

static void buf_writes_integers(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {10, "10"},
        {99, "99"},
        {100, "100"},
        {-1, "-1"},
        {-100, "-100"},
        {1234567, "1234567"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf buf = buf_new(NULL, 30);
        buf_int(&buf, cases[i].value);
        assert_true(str_eq(buf_view(&buf), str_of(cases[i].text)));
        buf_free(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroes_and_aligns),
        cmocka_unit_test(keeps_pieces_apart),
        cmocka_unit_test(hands_out_its_maximum_and_no_more),
        cmocka_unit_test(refuses_absurd_sizes),
        cmocka_unit_test(grows_in_place_at_the_end),
        cmocka_unit_test(counts_grown_pieces_once),
        cmocka_unit_test(copies_strings),
        cmocka_unit_test(prints),
        cmocka_unit_test(runs_deferred_calls_newest_first),
        cmocka_unit_test(buf_grows),
        cmocka_unit_test(buf_stops_at_its_maximum),
        cmocka_unit_test(buf_takes_the_arenas_last_bytes),
        cmocka_unit_test(buf_prints),
        cmocka_unit_test(buf_writes_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
