/* The embedded engine: its files, locks, checkpoints, copies and damage. */
#include "store_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static struct str path_of(struct fixture *f, const char *suffix)
{
    return arena_printf(f->arena, "%s/%s%s", f->options.dir, f->tenant, suffix);
}

static struct stat stat_of(struct fixture *f, const char *suffix)
{
    struct stat st;
    assert_int_equal(stat(path_of(f, suffix).p, &st), 0);
    return st;
}

/* n rows of about a page each. */
static void write_pages(struct db_conn *conn, int64_t first, int n)
{
    char id[3900];
    for (int64_t i = first; i < first + n; i++) {
        memset(id, 'x', sizeof(id));
        id[snprintf(id, sizeof(id), "%lld", (long long)i)] = '-';
        assert_ok(db_exec(conn, "INSERT INTO parents VALUES ($1, 1)",
                          DB_PARAMS(db_text_value((struct str){id, sizeof(id)})), NULL));
    }
}

static void test_versions_with_the_wal_reset_bug_are_refused(void **state)
{
    (void)state;
    assert_false(sqlite_version_safe(3040001));
    assert_false(sqlite_version_safe(3051002));
    assert_true(sqlite_version_safe(3051003));
    assert_false(sqlite_version_safe(3052000));
    assert_true(sqlite_version_safe(3053000));
}

static void test_files_are_for_the_owner_only(void **state)
{
    struct fixture *f = *state;
    struct str made = arena_printf(f->arena, "%s/made", f->dir);
    f->options.dir = made.p;
    mode_t mask = umask(0);
    enum err err = fixture_open(f, test_main_set, test_audit_set);
    if (!err)
        err = db_connect_write(f->db, DB_MAIN, &f->conn);
    if (!err)
        err = db_exec(f->conn, "INSERT INTO parents VALUES ('a', 1)", DB_NO_PARAMS, NULL);
    umask(mask);
    assert_ok(err);
    struct stat st;
    assert_int_equal(stat(made.p, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    static const char *const files[] = {".db", ".db-wal", ".db-shm", "-audit.db", ".lock"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(stat_of(f, files[i]).st_mode & 0777, 0600);
}

static void test_a_folder_that_cannot_be_made(void **state)
{
    struct fixture *f = *state;
    f->options.dir = "/dev/null/data";
    assert_int_equal(fixture_open(f, test_main_set, test_audit_set), ERR_UNAVAILABLE);
    assert_true(str_starts(f->why, STR("cannot make the data directory /dev/null/data: ")));
}

static void test_parameters_out_of_order_are_found(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_exec(f->conn, "INSERT INTO parents (n, id) VALUES ($2, $1)",
                             DB_PARAMS(db_text_value(STR("a")), db_int_value(1)), NULL),
                     ERR_INTERNAL);
    assert_int_equal(
        db_exec(f->conn, "DELETE FROM parents; DELETE FROM parents", DB_NO_PARAMS, NULL),
        ERR_INTERNAL);
}

static void test_a_second_writer_waits_and_then_conflicts(void **state)
{
    struct fixture *f = *state;
    struct db_conn *other;
    assert_ok(db_connect_write(f->db, DB_MAIN, &other));
    assert_ok(db_script(other, STR("PRAGMA busy_timeout=1")));
    assert_ok(db_begin(f->conn));
    assert_int_equal(db_begin(other), ERR_DB_CONFLICT);
    assert_int_equal(db_exec(other, "DELETE FROM parents", DB_NO_PARAMS, NULL), ERR_DB_CONFLICT);
    assert_ok(db_commit(f->conn));
    assert_ok(db_begin(other));
    assert_ok(db_commit(other));
    db_disconnect(other);
}

static void test_checkpoints_keep_the_log_short(void **state)
{
    struct fixture *f = *state;
    for (int64_t i = 0; i < 900; i++) {
        assert_ok(db_begin(f->conn));
        write_pages(f->conn, i * 10, 10);
        assert_ok(db_commit(f->conn));
        db_maintain(f->conn, false);
    }
    assert_in_range(stat_of(f, ".db-wal").st_size, 1, 4000 * 4096);
    assert_true(stat_of(f, ".db").st_size > 5000 * 4096);
    assert_false(db_maintain(f->conn, true));
    assert_int_equal(stat_of(f, ".db-wal").st_size, 0);
}

static void test_a_reader_delays_the_checkpoint_only(void **state)
{
    struct fixture *f = *state;
    struct db_conn *reader;
    assert_ok(db_connect_read(f->db, &reader));
    assert_ok(db_begin(reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 0);
    write_pages(f->conn, 0, 10);
    assert_true(db_maintain(f->conn, true));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 0);
    assert_ok(db_commit(reader));
    assert_false(db_maintain(f->conn, true));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 10);
    db_disconnect(reader);
}

/* Pages to the log, 100 a transaction. */
static void fill_log(struct fixture *f, int64_t first, int transactions)
{
    for (int64_t i = 0; i < transactions; i++) {
        assert_ok(db_begin(f->conn));
        write_pages(f->conn, first + i * 100, 100);
        assert_ok(db_commit(f->conn));
        db_maintain(f->conn, false);
    }
}

static void test_a_log_that_grew_is_cut(void **state)
{
    struct fixture *f = *state;
    struct db_conn *reader;
    assert_ok(db_connect_read(f->db, &reader));
    assert_ok(db_begin(reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 0);
    fill_log(f, 0, 110);
    assert_true(stat_of(f, ".db-wal").st_size > 64 << 20);
    assert_ok(db_commit(reader));
    fill_log(f, 20000, 10);
    assert_true(stat_of(f, ".db-wal").st_size < 16 << 20);
    db_disconnect(reader);
}

static void test_closing_leaves_whole_files(void **state)
{
    struct fixture *f = *state;
    struct db_conn *reader;
    write_pages(f->conn, 0, 10);
    assert_ok(db_connect_read(f->db, &reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 10);
    db_disconnect(f->conn);
    f->conn = NULL;
    db_disconnect(reader);
    db_close(f->db);
    f->db = NULL;
    assert_int_not_equal(access(path_of(f, ".db-wal").p, F_OK), 0);
    assert_int_not_equal(access(path_of(f, "-audit.db-wal").p, F_OK), 0);
    assert_ok(fixture_open(f, test_main_set, test_audit_set));
    assert_ok(db_connect_read(f->db, &reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 10);
    db_disconnect(reader);
}

static void test_backup_while_writing(void **state)
{
    struct fixture *f = *state;
    write_pages(f->conn, 0, 10);
    assert_ok(db_begin(f->conn));
    assert_ok(db_exec(f->conn, "DELETE FROM parents", DB_NO_PARAMS, NULL));
    struct str folder = arena_printf(f->arena, "%s/copy", f->dir);
    assert_ok(db_backup(f->db, folder.p));
    assert_int_equal(db_backup(f->db, folder.p), ERR_UNAVAILABLE);
    db_rollback(f->conn);
    struct stat st;
    assert_int_equal(stat(arena_printf(f->arena, "%s/%s.db", folder.p, f->tenant).p, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    struct db *copy;
    struct db_conn *reader;
    f->options.dir = folder.p;
    assert_ok(db_open_with(&f->options, test_main_set, test_audit_set, f->arena, &copy, &f->why));
    assert_ok(db_connect_read(copy, &reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 10);
    assert_int_equal(number(f, reader, "SELECT count(*) FROM notes"), 0);
    db_disconnect(reader);
    db_close(copy);
}

/* The writing layer */

static void copy_raw(struct fixture *f, const char *folder, const char *suffix)
{
    char buffer[65536];
    int from = open(path_of(f, suffix).p, O_RDONLY);
    int to = open(arena_printf(f->arena, "%s/%s%s", folder, f->tenant, suffix).p,
                  O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(from >= 0 && to >= 0);
    ssize_t n;
    while ((n = read(from, buffer, sizeof(buffer))) > 0)
        assert_int_equal(write(to, buffer, (size_t)n), n);
    close(from);
    close(to);
}

/* Rows in a copy of the files as they are now: what a process that is killed here leaves behind. */
static int64_t rows_left_behind(struct fixture *f)
{
    static const char *const files[] = {".db", ".db-wal", "-audit.db", "-audit.db-wal"};
    struct str folder = arena_printf(f->arena, "%s/left", f->dir);
    mkdir(folder.p, 0700);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        copy_raw(f, folder.p, files[i]);
    struct db_options options = f->options;
    options.dir = folder.p;
    struct db *copy;
    struct db_conn *reader;
    assert_ok(db_open_with(&options, test_main_set, test_audit_set, f->arena, &copy, &f->why));
    assert_ok(db_connect_read(copy, &reader));
    int64_t rows = number(f, reader, "SELECT count(*) FROM parents");
    db_disconnect(reader);
    db_close(copy);
    return rows;
}

static void test_a_commit_is_in_the_files(void **state)
{
    struct fixture *f = *state;
    struct db_conn *audit, *reader;
    assert_ok(db_connect_write(f->db, DB_AUDIT, &audit));
    assert_ok(db_exec(audit, "DELETE FROM notes", DB_NO_PARAMS, NULL));
    assert_ok(db_connect_read(f->db, &reader));
    /* Fewer and more pages than are gathered at a time. */
    static const int sizes[] = {1, 20, 30, 200};
    int64_t rows = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_ok(db_begin(f->conn));
        write_pages(f->conn, rows, sizes[i]);
        assert_ok(db_commit(f->conn));
        rows += sizes[i];
        assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), rows);
        assert_int_equal(rows_left_behind(f), rows);
        nftw(arena_printf(f->arena, "%s/left", f->dir).p, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    db_disconnect(reader);
    db_disconnect(audit);
}

static void check_integrity(struct fixture *f, struct db_conn *conn)
{
    struct db_rows rows;
    assert_ok(db_query(conn, "PRAGMA integrity_check", DB_NO_PARAMS, f->arena, &rows));
    assert_text(db_text(&rows, 0, 0), "ok");
}

/* What one writer gave up must not reach the log when the other one has written there since. The
 * cache is made smaller than the transaction. */
static void test_what_was_undone_stays_away(void **state)
{
    struct fixture *f = *state;
    signal(SIGXFSZ, SIG_IGN);
    struct db_conn *other;
    assert_ok(db_connect_write(f->db, DB_MAIN, &other));
    assert_ok(db_script(f->conn, STR("PRAGMA cache_size=20")));
    for (int64_t i = 0; i < 10; i++) {
        assert_ok(db_begin(f->conn));
        write_pages(f->conn, 1000, 22 + (int)i);
        if (i % 2) {
            limit_files((rlim_t)stat_of(f, ".db-wal").st_size + 10000);
            assert_int_equal(db_commit(f->conn), ERR_STORAGE_FULL);
            limit_files(RLIM_INFINITY);
        } else {
            db_rollback(f->conn);
        }
        write_pages(other, i * 10, 5);
        write_pages(f->conn, i * 10 + 5, 5);
    }
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents"), 100);
    check_integrity(f, other);
    db_maintain(f->conn, true);
    check_integrity(f, f->conn);
    db_disconnect(other);
}

/* Damage */

static void overwrite(const char *path, off_t at, size_t n)
{
    char junk[4096];
    memset(junk, 0x5a, sizeof(junk));
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, junk, n, at), n);
    close(fd);
}

static void close_database(struct fixture *f)
{
    db_disconnect(f->conn);
    db_close(f->db);
    f->conn = NULL;
    f->db = NULL;
}

static void test_a_file_that_is_no_database(void **state)
{
    struct fixture *f = *state;
    close_database(f);
    overwrite(path_of(f, ".db").p, 0, 100);
    assert_int_equal(fixture_open(f, test_main_set, test_audit_set), ERR_UNAVAILABLE);
    assert_true(
        str_ends(f->why, STR(" is damaged: restore a backup of it (signet restore FOLDER)")));
}

static void test_a_damaged_page_is_unavailable(void **state)
{
    struct fixture *f = *state;
    write_pages(f->conn, 0, 100);
    close_database(f);
    /* Behind the first page, which holds the schema, and the roots that an empty database has. */
    for (off_t page = 8; page < 60; page++)
        overwrite(path_of(f, ".db").p, page * 4096, 4096);
    assert_ok(fixture_open(f, test_main_set, test_audit_set));
    assert_ok(db_connect_write(f->db, DB_MAIN, &f->conn));
    struct db_rows rows;
    assert_int_equal(db_query(f->conn, "SELECT n, id FROM parents ORDER BY id, n", DB_NO_PARAMS,
                              f->arena, &rows),
                     ERR_UNAVAILABLE);
}

static void test_notices_are_only_waited_for(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_listen(f->conn, "channel"));
    assert_int_equal(db_wait_notify(f->conn, 1), 0);
    assert_true(db_is_embedded(f->db));
    assert_string_equal(db_engine_name(f->db), "sqlite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_with_the_wal_reset_bug_are_refused),
        PLACE_TEST(test_files_are_for_the_owner_only),
        PLACE_TEST(test_a_folder_that_cannot_be_made),
        STORE_TEST(test_parameters_out_of_order_are_found),
        STORE_TEST(test_a_second_writer_waits_and_then_conflicts),
        STORE_TEST(test_checkpoints_keep_the_log_short),
        STORE_TEST(test_a_reader_delays_the_checkpoint_only),
        STORE_TEST(test_a_log_that_grew_is_cut),
        STORE_TEST(test_closing_leaves_whole_files),
        STORE_TEST(test_backup_while_writing),
        STORE_TEST(test_a_commit_is_in_the_files),
        STORE_TEST(test_what_was_undone_stays_away),
        STORE_TEST(test_a_file_that_is_no_database),
        STORE_TEST(test_a_damaged_page_is_unavailable),
        STORE_TEST(test_notices_are_only_waited_for),
    };
    quiet_log();
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
