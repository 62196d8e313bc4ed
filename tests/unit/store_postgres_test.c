/* The scale-out engine: lost connections, conflicts, time limits, notices, schema changes. Runs
 * when SIGNET_TEST_PG_URL is set. */
#include "store_test.h"

/* Ends the server's side of a connection and waits until it is gone. */
static void kill_connection(struct fixture *f, struct db_conn *victim)
{
    int64_t pid = number(f, victim, "SELECT pg_backend_pid()");
    struct db_rows rows;
    assert_ok(db_query(f->conn, "SELECT pg_terminate_backend(CAST($1 AS int), 5000)",
                       DB_PARAMS(db_int_value(pid)), f->arena, &rows));
    assert_int_equal(db_int(&rows, 0, 0), 1);
}

static struct db_conn *connect_writer(struct fixture *f)
{
    struct db_conn *conn;
    assert_ok(db_connect_write(f->db, DB_MAIN, &conn));
    return conn;
}

static void test_a_lost_connection_comes_back(void **state)
{
    struct fixture *f = *state;
    struct db_conn *conn = connect_writer(f);
    assert_int_equal(number(f, conn, "SELECT count(*) FROM parents"), 0);
    kill_connection(f, conn);
    assert_int_equal(number(f, conn, "SELECT count(*) FROM parents"), 0);
    kill_connection(f, conn);
    assert_ok(db_begin(conn));
    assert_ok(db_exec(conn, "INSERT INTO parents VALUES ('a', 1)", DB_NO_PARAMS, NULL));
    assert_ok(db_commit(conn));
    db_disconnect(conn);
}

static void test_a_connection_lost_in_a_transaction(void **state)
{
    struct fixture *f = *state;
    struct db_conn *conn = connect_writer(f);
    assert_ok(db_begin(conn));
    assert_ok(db_savepoint(conn));
    assert_ok(db_exec(conn, "INSERT INTO parents VALUES ('a', 1)", DB_NO_PARAMS, NULL));
    kill_connection(f, conn);
    assert_int_equal(db_exec(conn, "INSERT INTO parents VALUES ('b', 1)", DB_NO_PARAMS, NULL),
                     ERR_UNAVAILABLE);
    db_rollback_to(conn);
    assert_int_equal(db_lost(conn), ERR_UNAVAILABLE);
    assert_int_equal(db_exec(conn, "INSERT INTO parents VALUES ('b', 1)", DB_NO_PARAMS, NULL),
                     ERR_UNAVAILABLE);
    assert_int_equal(db_commit(conn), ERR_UNAVAILABLE);
    assert_int_equal(number(f, conn, "SELECT count(*) FROM parents"), 0);
    db_disconnect(conn);
}

static void test_a_change_based_on_old_data_conflicts(void **state)
{
    struct fixture *f = *state;
    struct db_conn *conn = connect_writer(f);
    assert_ok(db_exec(conn, "INSERT INTO parents VALUES ('a', 1)", DB_NO_PARAMS, NULL));
    assert_ok(db_begin(conn));
    assert_int_equal(number(f, conn, "SELECT n FROM parents"), 1);
    assert_ok(db_exec(f->conn, "UPDATE parents SET n = 2", DB_NO_PARAMS, NULL));
    assert_int_equal(db_exec(conn, "UPDATE parents SET n = 5", DB_NO_PARAMS, NULL),
                     ERR_DB_CONFLICT);
    db_rollback(conn);
    assert_int_equal(number(f, conn, "SELECT n FROM parents"), 2);
    db_disconnect(conn);
}

static void test_a_slow_statement_ends(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_begin(f->conn));
    assert_ok(db_script(f->conn, STR("SET LOCAL statement_timeout = 10")));
    assert_int_equal(db_exec(f->conn, "SELECT pg_sleep(60)", DB_NO_PARAMS, NULL), ERR_UNAVAILABLE);
    db_rollback(f->conn);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents"), 0);
}

static void test_statements_survive_a_schema_change(void **state)
{
    struct fixture *f = *state;
    struct db_conn *conn = connect_writer(f);
    struct db_rows rows;
    const char *sql = "SELECT * FROM parents";
    assert_ok(db_query(conn, sql, DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.columns, 2);
    assert_ok(db_script(f->conn, STR("ALTER TABLE parents ADD COLUMN extra bigint")));
    assert_ok(db_query(conn, sql, DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.columns, 3);

    assert_ok(db_script(f->conn, STR("ALTER TABLE parents DROP COLUMN extra")));
    assert_ok(db_begin(conn));
    assert_int_equal(db_query(conn, sql, DB_NO_PARAMS, f->arena, &rows), ERR_DB_CONFLICT);
    db_rollback(conn);
    assert_ok(db_begin(conn));
    assert_ok(db_query(conn, sql, DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.columns, 2);
    assert_ok(db_commit(conn));
    db_disconnect(conn);
}

static void notify(struct fixture *f)
{
    assert_ok(
        db_exec(f->conn, "SELECT pg_notify('news', $1)", DB_PARAMS(db_text_value(STR("x"))), NULL));
}

static void test_notices(void **state)
{
    struct fixture *f = *state;
    struct db_conn *listener;
    assert_ok(db_connect_read(f->db, &listener));
    assert_ok(db_listen(listener, "news"));
    assert_int_equal(db_wait_notify(listener, 0), 0);
    notify(f);
    notify(f);
    assert_int_equal(db_wait_notify(listener, 5000), 1);
    while (db_wait_notify(listener, 100) == 1)
        ;
    kill_connection(f, listener);
    assert_int_equal(db_wait_notify(listener, 5000), -1);
    assert_int_equal(db_wait_notify(listener, 0), -1);
    assert_ok(db_listen(listener, "news"));
    /* What came while nobody listened counts as a notice. */
    assert_int_equal(db_wait_notify(listener, 5000), 1);
    assert_int_equal(db_wait_notify(listener, 0), 0);
    notify(f);
    assert_int_equal(db_wait_notify(listener, 5000), 1);
    kill_connection(f, listener);
    assert_int_equal(number(f, listener, "SELECT count(*) FROM parents"), 0);
    assert_int_equal(db_wait_notify(listener, 5000), 1);
    notify(f);
    assert_int_equal(db_wait_notify(listener, 5000), 1);
    db_disconnect(listener);
}

static void test_a_server_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    f->options.url = "postgres://nobody:secret-word@127.0.0.1:1/none";
    assert_int_equal(fixture_open(f, test_main_set, test_audit_set), ERR_UNAVAILABLE);
    assert_true(str_starts(f->why, STR("cannot connect to PostgreSQL: ")));
    assert_null(memmem(f->why.p, f->why.n, "secret-word", 11));
    f->options.url = test_url;
}

static void test_no_backup(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_backup(f->db, f->dir), ERR_UNAVAILABLE);
    assert_false(db_is_embedded(f->db));
    assert_string_equal(db_engine_name(f->db), "postgres");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_lost_connection_comes_back),
        STORE_TEST(test_a_connection_lost_in_a_transaction),
        STORE_TEST(test_a_change_based_on_old_data_conflicts),
        STORE_TEST(test_a_slow_statement_ends),
        STORE_TEST(test_statements_survive_a_schema_change),
        STORE_TEST(test_notices),
        PLACE_TEST(test_a_server_that_is_not_there),
        STORE_TEST(test_no_backup),
    };
    test_url = postgres_url();
    quiet_log();
    return test_url ? cmocka_run_group_tests_name("postgres", tests, NULL, NULL) : 0;
}
