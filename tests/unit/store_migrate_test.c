/* Migrations: translation, fresh start, upgrade with a copy, refusals, several starters at once. */
#include "store_test.h"

#include <dirent.h>
#include <pthread.h>

#define CREATE_A "CREATE TABLE a (id text PRIMARY KEY NOT NULL, n bigint) STRICT;\n"
#define CREATE_B                                                                                   \
    "CREATE TABLE b (id text PRIMARY KEY NOT NULL, a_id text REFERENCES a (id)) STRICT;\n"

static const struct migration nothing[] = {NO_MIGRATION};
static const struct migration first[] = {MIGRATION(1, "a", CREATE_A), NO_MIGRATION};
static const struct migration second[] = {
    MIGRATION(1, "a", CREATE_A),
    MIGRATION(2, "b", CREATE_B),
    MIGRATION(5, "seed", "INSERT INTO a VALUES ('seed; -- no comment', 1);"),
    NO_MIGRATION,
};

static struct db_conn *writer_of(struct fixture *f)
{
    assert_ok(db_connect_write(f->db, DB_MAIN, &f->conn));
    return f->conn;
}

static void close_database(struct fixture *f)
{
    db_disconnect(f->conn);
    db_close(f->db);
    f->conn = NULL;
    f->db = NULL;
}

/* Files in the backup folder; the last one's name in name. */
static size_t backups(struct fixture *f, char *name, size_t size)
{
    size_t count = 0;
    DIR *dir = opendir(arena_printf(f->arena, "%s/backup", f->dir).p);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        snprintf(name, size, "%s", entry->d_name);
    }
    if (dir)
        closedir(dir);
    return count;
}

/* Translation */

static void check_translation(const char *sql, bool embedded, const char *expected)
{
    struct buf out = buf_new(NULL, 4096);
    migrate_translate(&out, str_of(sql), embedded);
    assert_text(buf_view(&out), expected);
    buf_free(&out);
}

static void test_translation(void **state)
{
    (void)state;
    const char *table = "CREATE TABLE t (a bigint, b TEXT, c bytea) STRICT, WITHOUT ROWID;\nX";
    check_translation(table, true,
                      "CREATE TABLE t (a INTEGER, b TEXT, c BLOB) STRICT, WITHOUT "
                      "ROWID;\nX");
    check_translation(table, false, "CREATE TABLE t (a bigint, b text COLLATE \"C\", c bytea);\nX");
    const char *quoted = "-- bigint's text\nSELECT 'bigint '' text', \"STRICT\" /* STRICT; */, "
                         "bigints, a_text, text2;";
    check_translation(quoted, true, quoted);
    check_translation(quoted, false, quoted);
    check_translation("", true, "");
    check_translation("'open", true, "'open");
    check_translation(") STRICT", false, ")");
    const char *both = "a /*sqlite: bigint,*/ b /*postgres:text; STRICT;*/ c /* d */";
    check_translation(both, true, "a  bigint, b  c /* d */");
    check_translation(both, false, "a  b text; STRICT; c /* d */");
}

/* Running */

static void test_fresh(void **state)
{
    struct fixture *f = *state;
    assert_ok(fixture_open(f, second, test_audit_set));
    writer_of(f);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM a WHERE id = 'seed; -- no comment'"),
                     1);
    assert_int_equal(number(f, f->conn, "SELECT max(version) FROM schema_versions"), 5);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM schema_versions"), 3);
    struct db_conn *reader;
    assert_ok(db_connect_read(f->db, &reader));
    assert_int_equal(number(f, reader, "SELECT max(version) FROM audit_schema_versions"), 1);
    db_disconnect(reader);
    char name[300];
    assert_int_equal(backups(f, name, sizeof(name)), 0);
}

static void test_upgrade_keeps_data_and_makes_a_copy(void **state)
{
    struct fixture *f = *state;
    assert_ok(fixture_open(f, first, nothing));
    assert_ok(db_exec(writer_of(f), "INSERT INTO a VALUES ('kept', 7)", DB_NO_PARAMS, NULL));
    close_database(f);
    assert_ok(fixture_open(f, second, nothing));
    writer_of(f);
    assert_int_equal(number(f, f->conn, "SELECT n FROM a WHERE id = 'kept'"), 7);
    assert_int_equal(number(f, f->conn, "SELECT max(version) FROM schema_versions"), 5);

    char name[300];
    assert_int_equal(backups(f, name, sizeof(name)), on_postgres() ? 0 : 1);
    if (on_postgres())
        return;
    struct str prefix = arena_printf(f->arena, "%s-1-20", f->tenant);
    assert_true(str_starts(str_of(name), prefix));
    close_database(f);
    /* The copy is a database at version 1. */
    struct str live = arena_printf(f->arena, "%s/%s.db", f->dir, f->tenant);
    assert_int_equal(rename(arena_printf(f->arena, "%s/backup/%s", f->dir, name).p, live.p), 0);
    assert_ok(fixture_open(f, first, nothing));
    assert_int_equal(number(f, writer_of(f), "SELECT n FROM a WHERE id = 'kept'"), 7);
    assert_int_equal(number(f, f->conn, "SELECT max(version) FROM schema_versions"), 1);
}

/* One that came into being beside a later one. */
static void test_a_gap_is_filled(void **state)
{
    static const struct migration gap[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(5, "seed", "INSERT INTO a VALUES ('seed; -- no comment', 1);"),
        NO_MIGRATION,
    };
    struct fixture *f = *state;
    assert_ok(fixture_open(f, gap, nothing));
    close_database(f);
    assert_ok(fixture_open(f, second, nothing));
    assert_int_equal(number(f, writer_of(f), "SELECT count(*) FROM b"), 0);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM a"), 1);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM schema_versions"), 3);
}

static void test_up_to_date_changes_nothing(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        assert_ok(fixture_open(f, second, test_audit_set));
        assert_int_equal(number(f, writer_of(f), "SELECT count(*) FROM a"), 1);
        close_database(f);
    }
    char name[300];
    assert_int_equal(backups(f, name, sizeof(name)), 0);
}

static void test_a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_ok(fixture_open(f, second, nothing));
    close_database(f);
    assert_int_equal(fixture_open(f, first, nothing), ERR_UNAVAILABLE);
    assert_non_null(memmem(f->why.p, f->why.n, "has version 5, newer than this program's 1", 42));
    assert_ok(fixture_open(f, second, nothing));
}

static void test_a_failed_migration_leaves_the_version_before(void **state)
{
    static const struct migration broken[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(2, "b", CREATE_B),
        MIGRATION(3, "broken", "INSERT INTO a VALUES ('x', 1); INSERT INTO nowhere VALUES (1);"),
        NO_MIGRATION,
    };
    struct fixture *f = *state;
    assert_int_equal(fixture_open(f, broken, nothing), ERR_INTERNAL);
    assert_non_null(memmem(f->why.p, f->why.n, "migration 3 (broken) failed", 27));
    static const struct migration good[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(2, "b", CREATE_B),
        NO_MIGRATION,
    };
    assert_ok(fixture_open(f, good, nothing));
    assert_int_equal(number(f, writer_of(f), "SELECT count(*) FROM a"), 0);
    assert_int_equal(number(f, f->conn, "SELECT max(version) FROM schema_versions"), 2);
}

static void test_rows_without_parents_are_refused(void **state)
{
    static const struct migration orphan[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(2, "b", CREATE_B),
        MIGRATION(3, "orphan", "INSERT INTO b VALUES ('b', 'no such a');"),
        NO_MIGRATION,
    };
    struct fixture *f = *state;
    assert_int_equal(fixture_open(f, orphan, nothing), ERR_DB_FOREIGN_KEY);
}

/* A table that others refer to is made anew, as SQLite needs it for most changes. */
static void test_a_parent_table_can_be_rebuilt(void **state)
{
    static const struct migration before[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(2, "b",
                  CREATE_B "INSERT INTO a VALUES ('1', 2); INSERT INTO b VALUES ('x', '1');"),
        NO_MIGRATION,
    };
    static const struct migration after[] = {
        MIGRATION(1, "a", CREATE_A),
        MIGRATION(2, "b", CREATE_B),
        MIGRATION(3, "rebuild",
                  "CREATE TABLE a_new (id text PRIMARY KEY NOT NULL, n bigint, m bigint) STRICT;"
                  "INSERT INTO a_new SELECT id, n, 5 FROM a; DROP TABLE a;"
                  "ALTER TABLE a_new RENAME TO a;"),
        NO_MIGRATION,
    };
    struct fixture *f = *state;
    if (on_postgres())
        return; /* there columns are simply added */
    assert_ok(fixture_open(f, before, nothing));
    close_database(f);
    assert_ok(fixture_open(f, after, nothing));
    assert_int_equal(number(f, writer_of(f), "SELECT a.m FROM b JOIN a ON a.id = b.a_id"), 5);
}

/* Several starters */

struct starter {
    struct fixture *f;
    struct arena *arena;
    struct db *db;
    struct str why;
    enum err err;
    pthread_t thread;
};

static void *start(void *arg)
{
    struct starter *starter = arg;
    starter->err = db_open_with(&starter->f->options, second, test_audit_set, starter->arena,
                                &starter->db, &starter->why);
    return NULL;
}

static void run_starters(struct fixture *f)
{
    struct starter starters[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        starters[i].f = f;
        starters[i].arena = arena_new(1 << 20);
        assert_int_equal(pthread_create(&starters[i].thread, NULL, start, &starters[i]), 0);
    }
    enum err errors = OK;
    for (size_t i = 0; i < 6; i++) {
        pthread_join(starters[i].thread, NULL);
        errors = starters[i].err ? starters[i].err : errors;
    }
    for (size_t i = 0; i < 6; i++) {
        db_close(starters[i].db);
        arena_free(starters[i].arena);
    }
    assert_ok(errors);
}

static void test_several_starters_at_once(void **state)
{
    struct fixture *f = *state;
    run_starters(f);
    assert_ok(fixture_open(f, second, test_audit_set));
    assert_int_equal(number(f, writer_of(f), "SELECT count(*) FROM a"), 1);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM schema_versions"), 3);
}

static void test_several_starters_upgrade_once(void **state)
{
    struct fixture *f = *state;
    assert_ok(fixture_open(f, first, nothing));
    close_database(f);
    run_starters(f);
    char name[300];
    assert_int_equal(backups(f, name, sizeof(name)), on_postgres() ? 0 : 1);
    assert_ok(fixture_open(f, second, test_audit_set));
    assert_int_equal(number(f, writer_of(f), "SELECT count(*) FROM a"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translation),
        PLACE_TEST(test_fresh),
        PLACE_TEST(test_upgrade_keeps_data_and_makes_a_copy),
        PLACE_TEST(test_up_to_date_changes_nothing),
        PLACE_TEST(test_a_newer_schema_is_refused),
        PLACE_TEST(test_a_gap_is_filled),
        PLACE_TEST(test_a_failed_migration_leaves_the_version_before),
        PLACE_TEST(test_rows_without_parents_are_refused),
        PLACE_TEST(test_a_parent_table_can_be_rebuilt),
        PLACE_TEST(test_several_starters_at_once),
        PLACE_TEST(test_several_starters_upgrade_once),
    };
    RUN_ON_BOTH(tests);
}
