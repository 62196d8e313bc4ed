/* base/log.h: form of a line, injection, levels, reopening while others write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

static struct arena *arena;
static char folder[] = "/tmp/signet-log-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 * 1024 * 1024);
    return arena && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* The file's content; the file is removed. */
static struct str take_file(const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct buf buf = buf_new(arena, (size_t)16 * 1024 * 1024);
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, file)))
        buf_put(&buf, piece, n);
    fclose(file);
    unlink(path);
    return buf_view(&buf);
}

/* Takes a line off the front of text and parses it. */
static json *take_line(struct str *text)
{
    json *line = NULL;
    assert_int_equal(json_parse(arena, str_split(text, '\n'), &line, NULL), JSON_OK);
    return line;
}

static void writes_json_lines(void **state)
{
    (void)state;
    int64_t before = clock_now_ms();
    assert_true(log_open("log", LOG_INFO));
    errno = EPIPE;
    log_info("port %d is \"open\"", 3001);
    assert_int_equal(errno, EPIPE);
    log_error("second");
    struct str text = take_file("log");
    struct str first = str_split(&(struct str){text.p, text.n}, '\n');
    assert_true(str_starts(first, STR("{\"time\":\"2")));
    assert_true(
        str_ends(first, STR("Z\",\"level\":\"info\",\"msg\":\"port 3001 is \\\"open\\\"\"}")));

    json *line = take_line(&text);
    struct str time = json_str(json_get(line, STR("time")));
    struct tm utc = {0};
    assert_int_equal(time.n, strlen("2000-01-01T00:00:00.000Z"));
    assert_ptr_equal(strptime(time.p, "%Y-%m-%dT%H:%M:%S.", &utc), time.p + 20);
    int64_t stamp = (int64_t)timegm(&utc) * 1000 + strtol(time.p + 20, NULL, 10);
    assert_true(stamp >= before && stamp <= clock_now_ms());

    line = take_line(&text);
    assert_true(str_eq(json_str(json_get(line, STR("level"))), STR("error")));
    assert_int_equal(text.n, 0);
}

static void lines_cannot_be_forged(void **state)
{
    (void)state;
    static const char attack[] = "x\n{\"level\":\"error\",\"msg\":\"forged\"}\r\n\x1b[2J\x01";
    assert_true(log_open("log", LOG_INFO));
    log_warn("%s", attack);
    log_warn("bad \xff\xfe bytes \xc3");
    struct str text = take_file("log");
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("msg"))), str_of(attack)));
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("msg"))), STR("bad ?? bytes ?")));
    assert_int_equal(text.n, 0);
}

static void cuts_long_messages_at_a_character(void **state)
{
    (void)state;
    assert_true(log_open("log", LOG_INFO));
    for (int shift = 0; shift < 4; shift++) {
        struct buf buf = buf_new(arena, 10000);
        buf_put(&buf, "abc", (size_t)shift);
        for (int i = 0; i < 1500; i++)
            BUF_LIT(&buf, "\xe2\x82\xac");
        log_info("%.*s", STR_ARG(buf_view(&buf)));
    }
    /* Six bytes for each of these. */
    log_info("%.*s", 3000,
             arena_cstr(arena, (struct str){memset(arena_bytes(arena, 3000), 1, 3000), 3000}));
    struct str text = take_file("log");
    for (int i = 0; i < 5; i++) {
        struct str message = json_str(json_get(take_line(&text), STR("msg")));
        assert_in_range(message.n, 2040, 2047);
        assert_true(str_find(message, '?') == message.n);
    }
}

static void keeps_to_the_level(void **state)
{
    (void)state;
    assert_true(log_open("log", LOG_WARN));
    log_debug("no");
    log_info("no");
    log_warn("warn");
    log_error("error");
    assert_true(log_open("log", LOG_DEBUG));
    log_debug("debug");
    assert_true(log_open("log", LOG_ERROR));
    log_warn("no");
    struct str text = take_file("log");
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("msg"))), STR("warn")));
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("msg"))), STR("error")));
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("level"))), STR("debug")));
    assert_int_equal(text.n, 0);
}

static void a_failed_opening_changes_nothing(void **state)
{
    (void)state;
    assert_true(log_open("log", LOG_INFO));
    assert_false(log_open("no/such/folder", LOG_ERROR));
    assert_int_equal(errno, ENOENT);
    log_info("still here");
    struct str text = take_file("log");
    assert_true(str_eq(json_str(json_get(take_line(&text), STR("msg"))), STR("still here")));
}

static void goes_back_to_standard_error(void **state)
{
    (void)state;
    int ends[2], saved = dup(STDERR_FILENO);
    char text[200] = "";
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    assert_true(log_open("log", LOG_INFO));
    assert_true(log_open(NULL, LOG_INFO));
    log_info("here");
    dup2(saved, STDERR_FILENO);
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "\"msg\":\"here\"}\n"));
    assert_int_equal(take_file("log").n, 0);
    close(saved);
    close(ends[0]);
    close(ends[1]);
}

enum { THREADS = 3, LINES = 2000, FILES = 50 };

static void *write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_info("%s %d", (const char *)arg, i);
    return NULL;
}

static void loses_no_line_when_reopened(void **state)
{
    (void)state;
    static char names[THREADS][2] = {"a", "b", "c"};
    pthread_t threads[THREADS];
    assert_true(log_open("log", LOG_INFO));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (int i = 0; i < FILES; i++) {
        char rotated[16];
        snprintf(rotated, sizeof rotated, "log.%d", i);
        assert_int_equal(rename("log", rotated), 0);
        assert_true(log_open("log", LOG_INFO));
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    size_t lines = 0;
    for (int i = 0; i <= FILES; i++) {
        char rotated[16];
        snprintf(rotated, sizeof rotated, "log.%d", i);
        struct str text = take_file(i < FILES ? rotated : "log");
        for (; text.n; lines++)
            take_line(&text);
    }
    assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_json_lines),
        cmocka_unit_test(lines_cannot_be_forged),
        cmocka_unit_test(cuts_long_messages_at_a_character),
        cmocka_unit_test(keeps_to_the_level),
        cmocka_unit_test(a_failed_opening_changes_nothing),
        cmocka_unit_test(goes_back_to_standard_error),
        cmocka_unit_test(loses_no_line_when_reopened),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
