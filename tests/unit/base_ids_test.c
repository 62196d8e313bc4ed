/* base/ids.h, base/clock.h and base/error.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"

static void fills_any_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 16, 1000, 1024, 1025, 4096, 10000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t n = lengths[i];
        unsigned char *bytes = calloc(n + 1, 1);
        /* Each byte is something else than zero sooner or later; the one behind never. */
        for (size_t at = 0; at < n; at++) {
            while (!bytes[at])
                random_bytes(bytes, n);
        }
        assert_int_equal(bytes[n], 0);
        free(bytes);
    }
}

static int compare_words(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static void never_repeats(void **state)
{
    (void)state;
    enum { WORDS = 20000 };
    unsigned char(*words)[16] = malloc(WORDS * sizeof *words);
    for (size_t i = 0; i < WORDS; i++)
        random_bytes(words[i], 16);
    qsort(words, WORDS, sizeof *words, compare_words);
    for (size_t i = 1; i < WORDS; i++)
        assert_memory_not_equal(words[i - 1], words[i], 16);
    free(words);
}

/* The child must not go on in its copy of the parent's buffer. */
static void forgets_its_bytes_after_fork(void **state)
{
    (void)state;
    unsigned char ours[16], theirs[16];
    int ends[2], status;
    random_bytes(ours, sizeof ours);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        random_bytes(ours, sizeof ours);
        _exit(write(ends[1], ours, sizeof ours) == sizeof ours ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    random_bytes(ours, sizeof ours);
    assert_memory_not_equal(ours, theirs, sizeof ours);
    close(ends[0]);
    close(ends[1]);
}

/* A modulo bias would make some characters an eighth more frequent: far beyond six deviations. */
static void check_characters(void (*make)(char *, size_t), const char *alphabet)
{
    enum { EACH = 10000, PIECE = 1000 };
    size_t size = strlen(alphabet), counts[256] = {0};
    char text[PIECE];
    for (size_t i = 0; i < size * EACH / PIECE; i++) {
        make(text, PIECE);
        for (size_t j = 0; j < PIECE; j++)
            counts[(unsigned char)text[j]]++;
    }
    for (size_t c = 0; c < 256; c++) {
        if (c && strchr(alphabet, (int)c))
            assert_in_range(counts[c], EACH - 600, EACH + 600);
        else
            assert_int_equal(counts[c], 0);
    }
}

static void chooses_characters_evenly(void **state)
{
    (void)state;
    check_characters(id_random, "0123456789abcdefghijklmnopqrstuvwxyz");
    check_characters(secret_random,
                     "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static void writes_no_more_than_asked(void **state)
{
    (void)state;
    char text[40];
    memset(text, '!', sizeof text);
    id_random(text, 0);
    assert_int_equal(text[0], '!');
    id_random(text, ID_SHORT_LENGTH);
    assert_int_equal(text[ID_SHORT_LENGTH - 1] == '!', 0);
    assert_int_equal(text[ID_SHORT_LENGTH], '!');
    id_ordered(text, clock_now_ms());
    assert_int_equal(text[ID_LENGTH - 1] == '!', 0);
    assert_int_equal(text[ID_LENGTH], '!');
}

static void ordered_ids_hold_their_time(void **state)
{
    (void)state;
    char id[ID_LENGTH + 1] = "", time[10] = "";
    int64_t now = clock_now_ms() + 1000;
    id_ordered(id, now);
    memcpy(time, id, 9);
    assert_int_equal(strtoll(time, NULL, 36), now);
    assert_int_equal(strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"), ID_LENGTH);
}

/* More of one millisecond than its counter can tell apart, and a clock that goes back. */
static void ordered_ids_increase(void **state)
{
    (void)state;
    char last[ID_LENGTH], id[ID_LENGTH];
    int64_t now = clock_now_ms() + 2000;
    id_ordered(last, now);
    for (int i = 0; i < 60000; i++) {
        id_ordered(id, i % 2 ? now : now - i);
        assert_true(memcmp(last, id, ID_LENGTH) < 0);
        memcpy(last, id, ID_LENGTH);
    }
    id_ordered(id, -1);
    assert_true(memcmp(last, id, ID_LENGTH) < 0);
    id_ordered(last, now + 1000);
    assert_true(memcmp(id, last, ID_LENGTH) < 0);
}

enum { THREADS = 4, IDS = 20000, ORDERED_PART = 12 };

static void *make_ids(void *arg)
{
    char(*ids)[ORDERED_PART] = arg;
    char id[ID_LENGTH];
    for (size_t i = 0; i < IDS; i++) {
        id_ordered(id, clock_now_ms());
        memcpy(ids[i], id, ORDERED_PART);
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, ORDERED_PART);
}

static void ordered_ids_increase_across_threads(void **state)
{
    (void)state;
    char(*ids)[ORDERED_PART] = malloc((size_t)THREADS * IDS * ORDERED_PART);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids + i * IDS), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++) {
        for (size_t j = 1; j < IDS; j++)
            assert_true(memcmp(ids[i * IDS + j - 1], ids[i * IDS + j], ORDERED_PART) < 0);
    }
    /* The part before the random characters alone tells all of them apart. */
    qsort(ids, (size_t)THREADS * IDS, ORDERED_PART, compare_ids);
    for (size_t i = 1; i < (size_t)THREADS * IDS; i++)
        assert_memory_not_equal(ids[i - 1], ids[i], ORDERED_PART);
    free(ids);
}

static void clocks_tell_milliseconds(void **state)
{
    (void)state;
    int64_t now = clock_now_ms(), start = clock_monotonic_ms();
    assert_true(now > INT64_C(1700000000000) && now < INT64_C(10000000000000));
    while (clock_monotonic_ms() == start)
        continue;
    assert_true(clock_monotonic_ms() > start);
}

static void errors_are_complete(void **state)
{
    (void)state;
    for (int err = OK + 1; err < ERR_COUNT; err++) {
        const struct error_info *info = error_info((enum err)err);
        assert_in_range(info->status, 400, 599);
        assert_true(!info->code || *info->code);
        assert_true(info->text && *info->text);
        assert_true(!info->oauth || *info->oauth);
    }
    assert_int_equal(error_info(ERR_INTERNAL)->status, 500);
    assert_string_equal(error_info(ERR_DB_UNIQUE)->code, "entity.unique_integrity_violation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_any_length),
        cmocka_unit_test(never_repeats),
        cmocka_unit_test(forgets_its_bytes_after_fork),
        cmocka_unit_test(chooses_characters_evenly),
        cmocka_unit_test(writes_no_more_than_asked),
        cmocka_unit_test(ordered_ids_hold_their_time),
        cmocka_unit_test(ordered_ids_increase),
        cmocka_unit_test(ordered_ids_increase_across_threads),
        cmocka_unit_test(clocks_tell_milliseconds),
        cmocka_unit_test(errors_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
