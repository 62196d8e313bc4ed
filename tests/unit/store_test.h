/* For the store's tests: a fresh database on each engine, removed at the end. PostgreSQL takes part
 * when SIGNET_TEST_PG_URL names a database where schemas may be made. */
#ifndef SIGNET_TESTS_STORE_TEST_H
#define SIGNET_TESTS_STORE_TEST_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "store/engine.h"

#define assert_ok(expression) assert_int_equal((expression), OK)

/* A migration from a literal. */
#define MIGRATION(version, name, sql)                                                              \
    {                                                                                              \
        version, name, sql, sizeof(sql) - 1                                                        \
    }
#define NO_MIGRATION                                                                               \
    {                                                                                              \
        0, NULL, NULL, 0                                                                           \
    }

struct fixture {
    struct arena *arena;
    struct db_options options;
    struct db *db;
    struct db_conn *conn; /* writes to the main part */
    char dir[64], tenant[32];
    struct str why;
};

static const char *test_url; /* NULL: the embedded engine */

static inline const char *postgres_url(void)
{
    const char *url = getenv("SIGNET_TEST_PG_URL");
    return url && *url ? url : NULL;
}

static inline bool on_postgres(void)
{
    return test_url != NULL;
}

static const struct migration test_main_set[] = {
    MIGRATION(1, "tables",
              "CREATE TABLE parents (id text PRIMARY KEY NOT NULL, n bigint NOT NULL "
              "CHECK (n >= 0)) STRICT;\n"
              "CREATE TABLE children (id text PRIMARY KEY NOT NULL, parent_id text NOT NULL "
              "REFERENCES parents (id) ON DELETE CASCADE) STRICT;\n"),
    NO_MIGRATION,
};
static const struct migration test_audit_set[] = {
    MIGRATION(1, "notes",
              "CREATE TABLE notes (id bigint PRIMARY KEY NOT NULL, text_ text NOT NULL, "
              "maybe text) STRICT;"),
    NO_MIGRATION,
};

static inline struct fixture *fixture_new(void)
{
    static int serial;
    struct fixture *f = calloc(1, sizeof(*f));
    f->arena = arena_new(64 << 20);
    snprintf(f->dir, sizeof(f->dir), "/tmp/signet-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->tenant, sizeof(f->tenant), "test_%d_%d", (int)getpid(), serial++);
    f->options =
        (struct db_options){.url = test_url, .dir = f->dir, .tenant = f->tenant, .pool = 2};
    return f;
}

static inline enum err fixture_open(struct fixture *f, const struct migration *main_set,
                                    const struct migration *audit_set)
{
    return db_open_with(&f->options, main_set, audit_set, f->arena, &f->db, &f->why);
}

/* For cmocka: a database with the tables above and a writing connection. */
static inline int set_up(void **state)
{
    struct fixture *f = fixture_new();
    *state = f;
    assert_ok(fixture_open(f, test_main_set, test_audit_set));
    assert_ok(db_connect_write(f->db, DB_MAIN, &f->conn));
    return 0;
}

/* For cmocka: only a place for a database. */
static inline int set_up_place(void **state)
{
    *state = fixture_new();
    return 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void drop_schema(struct fixture *f)
{
    static const struct migration nothing[] = {NO_MIGRATION};
    char sql[128];
    snprintf(sql, sizeof(sql), "DROP SCHEMA IF EXISTS signet_%s CASCADE", f->tenant);
    if (!f->db) {
        struct str why;
        struct db_options options = f->options;
        options.tenant = "test_cleaner";
        if (db_open_with(&options, nothing, nothing, f->arena, &f->db, &why))
            return;
    }
    struct db_conn *conn;
    if (db_connect_write(f->db, DB_MAIN, &conn) == OK) {
        db_exec(conn, sql, DB_NO_PARAMS, NULL);
        db_disconnect(conn);
    }
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    db_disconnect(f->conn);
    if (on_postgres())
        drop_schema(f);
    if (f->db)
        assert_int_equal(atomic_load(&f->db->connections), 0);
    db_close(f->db);
    nftw(f->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* One number from one row. */
static inline int64_t number(struct fixture *f, struct db_conn *conn, const char *sql)
{
    struct db_rows rows;
    assert_ok(db_query(conn, sql, DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.count, 1);
    return db_int(&rows, 0, 0);
}

static inline struct str long_text(struct fixture *f, size_t n)
{
    char *text = arena_bytes(f->arena, n);
    memset(text, 'x', n);
    return (struct str){text, n};
}

/* From now on files of this process do not grow beyond size, as on a full disk; the test ignores
 * SIGXFSZ. RLIM_INFINITY ends it. */
static inline void limit_files(rlim_t size)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static inline void assert_text(struct str actual, const char *expected)
{
    assert_int_equal(actual.n, strlen(expected));
    assert_memory_equal(actual.p, expected, actual.n);
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up_place, tear_down)

/* Provoked errors are not shown; SIGNET_TEST_LOG=1 shows them. */
static inline void quiet_log(void)
{
    log_open(getenv("SIGNET_TEST_LOG") ? NULL : "/dev/null", LOG_INFO);
}

/* Runs the tests on the embedded engine and, when there is one, on PostgreSQL. */
#define RUN_ON_BOTH(tests)                                                                         \
    do {                                                                                           \
        quiet_log();                                                                               \
        int failed = cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);                     \
        test_url = postgres_url();                                                                 \
        if (test_url)                                                                              \
            failed += cmocka_run_group_tests_name("postgres", tests, NULL, NULL);                  \
        return failed;                                                                             \
    } while (0)

#endif
