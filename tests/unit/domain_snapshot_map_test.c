/* domain/snapshot_map.h: versions that share nodes and yet do not see each other's changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/snapshot_map.h"

#define SEED 0x5eed5eed5eed5eedu
enum { MANY = 20000 };

struct numbered {
    struct map_entry head;
    int value;
    char key[16];
};

static struct map_entry *entry(int key, int value)
{
    struct numbered *numbered = calloc(1, sizeof(*numbered));
    snprintf(numbered->key, sizeof(numbered->key), "key%d", key);
    atomic_init(&numbered->head.refs, 1);
    numbered->head.key = str_of(numbered->key);
    numbered->value = value;
    return &numbered->head;
}

static void put(struct map *map, int key, int value)
{
    assert_true(map_put(map, entry(key, value)));
}

/* The value under a key, -1 when there is none. */
static int get(const struct map *map, int key)
{
    char text[16];
    snprintf(text, sizeof(text), "key%d", key);
    const struct map_entry *found = map_find(map, str_of(text));
    return found ? ((const struct numbered *)found)->value : -1;
}

static void drop_key(struct map *map, int key)
{
    char text[16];
    snprintf(text, sizeof(text), "key%d", key);
    assert_true(map_remove(map, str_of(text)));
}

static void test_an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct map map = map_new(SEED);
    assert_int_equal(get(&map, 1), -1);
    drop_key(&map, 1);
    assert_int_equal(map.count, 0);
    map_drop(&map);
}

static void test_finds_each_of_many(void **state)
{
    (void)state;
    struct map map = map_new(SEED);
    for (int i = 0; i < MANY; i++)
        put(&map, i, i);
    assert_int_equal(map.count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(get(&map, i), i);
    assert_int_equal(get(&map, MANY), -1);
    assert_null(map_find(&map, STR("")));
    map_drop(&map);
}

static void test_replaces_under_the_same_key(void **state)
{
    (void)state;
    struct map map = map_new(SEED);
    for (int i = 0; i < 100; i++)
        put(&map, i, i);
    put(&map, 7, 700);
    assert_int_equal(get(&map, 7), 700);
    assert_int_equal(map.count, 100);
    map_drop(&map);
}

static void test_removes_all_in_any_order(void **state)
{
    (void)state;
    struct map map = map_new(SEED);
    for (int i = 0; i < MANY; i++)
        put(&map, i, i);
    for (int i = 0; i < MANY; i += 2)
        drop_key(&map, i);
    assert_int_equal(map.count, MANY / 2);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(get(&map, i), i % 2 ? i : -1);
    for (int i = MANY - 1; i > 0; i -= 2)
        drop_key(&map, i);
    assert_int_equal(map.count, 0);
    map_drop(&map);
}

static void test_a_version_does_not_see_later_changes(void **state)
{
    (void)state;
    struct map old = map_new(SEED);
    for (int i = 0; i < MANY; i++)
        put(&old, i, i);
    struct map new = map_share(&old);
    for (int i = 0; i < MANY; i += 10)
        put(&new, i, -2);
    for (int i = 5; i < MANY; i += 10)
        drop_key(&new, i);
    for (int i = MANY; i < MANY + 1000; i++)
        put(&new, i, i);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(get(&old, i), i);
    assert_int_equal(get(&old, MANY), -1);
    assert_int_equal(old.count, MANY);
    assert_int_equal(new.count, MANY - MANY / 10 + 1000);
    map_drop(&old);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(get(&new, i), i % 10 == 0 ? -2 : i % 10 == 5 ? -1 : i);
    map_drop(&new);
}

static void test_versions_may_be_dropped_in_any_order(void **state)
{
    (void)state;
    enum { VERSIONS = 50 };
    struct map versions[VERSIONS];
    versions[0] = map_new(SEED);
    for (int i = 1; i < VERSIONS; i++) {
        versions[i] = map_share(&versions[i - 1]);
        put(&versions[i], i, i);
    }
    for (int i = 0; i < VERSIONS; i += 2)
        map_drop(&versions[i]);
    for (int i = 1; i < VERSIONS; i += 2) {
        assert_int_equal(get(&versions[i], i), i);
        assert_int_equal(get(&versions[i], i + 1), -1);
        map_drop(&versions[i]);
    }
}

static void test_the_seed_decides_the_hash(void **state)
{
    (void)state;
    assert_int_not_equal(map_hash(1, STR("a")), map_hash(2, STR("a")));
    assert_int_not_equal(map_hash(1, STR("a")), map_hash(1, STR("b")));
    /* A text and the same text with zero bytes behind it are not the same. */
    assert_int_not_equal(map_hash(1, STR("a")), map_hash(1, STR("a\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_map_has_nothing),
        cmocka_unit_test(test_finds_each_of_many),
        cmocka_unit_test(test_replaces_under_the_same_key),
        cmocka_unit_test(test_removes_all_in_any_order),
        cmocka_unit_test(test_a_version_does_not_see_later_changes),
        cmocka_unit_test(test_versions_may_be_dropped_in_any_order),
        cmocka_unit_test(test_the_seed_decides_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
