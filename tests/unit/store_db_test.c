/* The database interface on both engines: values, errors, transactions, bulk inserts. */
#include "store_test.h"

static enum err insert_parent(struct db_conn *conn, const char *id, int64_t n)
{
    return db_exec(conn, "INSERT INTO parents (id, n) VALUES ($1, $2)",
                   DB_PARAMS(db_text_value(str_of(id)), db_int_value(n)), NULL);
}

static int64_t parents(struct fixture *f)
{
    return number(f, f->conn, "SELECT count(*) FROM parents");
}

/* Values and rows */

static void test_values_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    struct db_conn *audit;
    assert_ok(db_connect_write(f->db, DB_AUDIT, &audit));
    const struct db_value in[] = {
        db_int_value(INT64_MAX), db_text_value(STR("na\xc3\xafve \xf0\x9f\x94\x91 'quoted' $1")),
        db_text_value(STR("")),  db_int_value(INT64_MIN),
        db_text_value(STR("x")), db_text_value(STR_NONE),
    };
    assert_ok(db_insert_rows(audit, "notes (id, text_, maybe)", 3, in, 2));
    struct db_rows rows;
    assert_ok(db_query(audit, "SELECT id, text_, maybe FROM notes ORDER BY id DESC", DB_NO_PARAMS,
                       f->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.columns, 3);
    assert_true(db_int(&rows, 0, 0) == INT64_MAX);
    assert_true(str_eq(db_text(&rows, 0, 1), in[1].s));
    assert_false(db_is_null(&rows, 0, 2));
    assert_non_null(db_text(&rows, 0, 2).p);
    assert_true(db_int(&rows, 1, 0) == INT64_MIN);
    assert_true(db_is_null(&rows, 1, 2));
    assert_null(db_text(&rows, 1, 2).p);
    db_disconnect(audit);
}

static void test_computed_values_have_one_type_on_both_engines(void **state)
{
    struct fixture *f = *state;
    assert_ok(insert_parent(f->conn, "a", 3));
    assert_ok(insert_parent(f->conn, "b", 4));
    struct db_rows rows;
    assert_ok(db_query(f->conn,
                       "SELECT count(*), sum(n), n > 3, EXISTS (SELECT 1 FROM children), "
                       "CAST($1 AS bigint), CAST($2 AS text) FROM parents GROUP BY n ORDER BY n",
                       DB_PARAMS(db_int_value(-7), db_text_value(STR("t"))), f->arena, &rows));
    assert_int_equal(rows.count, 2);
    for (size_t column = 0; column < 5; column++)
        assert_int_equal(db_at(&rows, 1, column)->kind, DB_INT);
    assert_int_equal(db_int(&rows, 1, 0), 1);
    assert_int_equal(db_int(&rows, 1, 1), 4);
    assert_int_equal(db_int(&rows, 1, 2), 1);
    assert_int_equal(db_int(&rows, 0, 2), 0);
    assert_int_equal(db_int(&rows, 0, 3), 0);
    assert_int_equal(db_int(&rows, 0, 4), -7);
    assert_text(db_text(&rows, 0, 5), "t");
}

static void test_no_rows(void **state)
{
    struct fixture *f = *state;
    struct db_rows rows;
    assert_ok(db_query(f->conn, "SELECT id FROM parents", DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.count, 0);
    assert_int_equal(rows.columns, 1);
}

static void test_affected_counts_this_statement_only(void **state)
{
    struct fixture *f = *state;
    int64_t affected = -1;
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_ok(insert_parent(f->conn, "b", 1));
    assert_ok(db_exec(f->conn, "UPDATE parents SET n = n + 1", DB_NO_PARAMS, &affected));
    assert_int_equal(affected, 2);
    assert_ok(db_exec(f->conn, "UPDATE parents SET n = 9 WHERE id = 'c'", DB_NO_PARAMS, &affected));
    assert_int_equal(affected, 0);
    assert_ok(db_begin(f->conn));
    assert_ok(db_exec(f->conn, "SAVEPOINT x", DB_NO_PARAMS, &affected));
    assert_int_equal(affected, 0);
    assert_ok(db_commit(f->conn));
}

static void test_returning_gives_rows_of_a_change(void **state)
{
    struct fixture *f = *state;
    assert_ok(insert_parent(f->conn, "a", 1));
    const char *take = "DELETE FROM parents WHERE id = $1 RETURNING n";
    struct db_rows rows;
    assert_ok(db_query(f->conn, take, DB_PARAMS(db_text_value(STR("a"))), f->arena, &rows));
    assert_int_equal(rows.count, 1);
    assert_ok(db_query(f->conn, take, DB_PARAMS(db_text_value(STR("a"))), f->arena, &rows));
    assert_int_equal(rows.count, 0);
}

static void test_a_parameter_may_be_used_twice(void **state)
{
    struct fixture *f = *state;
    assert_ok(insert_parent(f->conn, "a", 5));
    struct db_rows rows;
    assert_ok(db_query(f->conn, "SELECT id FROM parents WHERE (n = $1 OR n = $1 + 1) AND id = $2",
                       DB_PARAMS(db_int_value(5), db_text_value(STR("a"))), f->arena, &rows));
    assert_int_equal(rows.count, 1);
}

static void test_texts_compare_by_bytes(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"b", "A", "a", "B", "\xc3\xa4"};
    for (size_t i = 0; i < 5; i++)
        assert_ok(insert_parent(f->conn, ids[i], 0));
    struct db_rows rows;
    assert_ok(
        db_query(f->conn, "SELECT id FROM parents ORDER BY id", DB_NO_PARAMS, f->arena, &rows));
    static const char *const sorted[] = {"A", "B", "a", "b", "\xc3\xa4"};
    for (size_t i = 0; i < 5; i++)
        assert_text(db_text(&rows, i, 0), sorted[i]);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents WHERE id LIKE 'a%'"), 1);
}

static void test_too_many_rows_are_an_error(void **state)
{
    struct fixture *f = *state;
    struct db_rows rows;
    const char *sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                      "WHERE i < $1) SELECT i FROM n";
    assert_int_equal(
        db_query(f->conn, sql, DB_PARAMS(db_int_value(DB_MAX_ROWS + 1)), f->arena, &rows),
        ERR_INTERNAL);
    assert_ok(db_query(f->conn, sql, DB_PARAMS(db_int_value(DB_MAX_ROWS)), f->arena, &rows));
    assert_int_equal(rows.count, DB_MAX_ROWS);
    assert_int_equal(db_int(&rows, DB_MAX_ROWS - 1, 0), DB_MAX_ROWS);
}

static void test_a_small_arena_is_out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(8192);
    struct db_rows rows;
    assert_int_equal(db_query(f->conn,
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                              "WHERE i < 1000) SELECT 'some text', i FROM n",
                              DB_NO_PARAMS, small, &rows),
                     ERR_NO_MEMORY);
    arena_free(small);
    assert_int_equal(parents(f), 0);
}

static void test_more_statements_than_the_cache_holds(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < STATEMENT_MAX + 10; i++) {
            char sql[64];
            snprintf(sql, sizeof(sql), "SELECT count(*) + %d FROM parents", i);
            assert_int_equal(number(f, f->conn, sql), i);
        }
    }
    assert_true(f->conn->statements <= STATEMENT_MAX);
}

/* Errors */

static void test_errors_have_their_names(void **state)
{
    struct fixture *f = *state;
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_int_equal(insert_parent(f->conn, "a", 2), ERR_DB_UNIQUE);
    assert_int_equal(insert_parent(f->conn, "b", -1), ERR_DB_CONSTRAINT);
    assert_int_equal(insert_parent(f->conn, NULL, 1), ERR_DB_CONSTRAINT);
    assert_int_equal(db_exec(f->conn, "INSERT INTO children VALUES ($1, $2)",
                             DB_PARAMS(db_text_value(STR("c")), db_text_value(STR("none"))), NULL),
                     ERR_DB_FOREIGN_KEY);
    assert_int_equal(db_exec(f->conn, "INSERT INTO parents VALUES ($1, $2)",
                             DB_PARAMS(db_text_value(STR("t")), db_text_value(STR("word"))), NULL),
                     ERR_DB_CONSTRAINT);
    assert_int_equal(db_exec(f->conn, "SELECT no_such FROM nowhere", DB_NO_PARAMS, NULL),
                     ERR_INTERNAL);
    assert_int_equal(db_script(f->conn, STR("SELEC 1; SELECT 2")), ERR_INTERNAL);
    assert_int_equal(parents(f), 1);
}

static void test_foreign_keys_cascade(void **state)
{
    struct fixture *f = *state;
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_ok(db_exec(f->conn, "INSERT INTO children VALUES ('c', 'a')", DB_NO_PARAMS, NULL));
    assert_ok(db_exec(f->conn, "DELETE FROM parents", DB_NO_PARAMS, NULL));
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM children"), 0);
}

static void test_text_with_nul_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_exec(f->conn, "INSERT INTO parents VALUES ($1, 1)",
                             DB_PARAMS(db_text_value(STR("a\0b"))), NULL),
                     ERR_DB_CONSTRAINT);
    assert_int_equal(parents(f), 0);
}

static void test_wrong_number_of_parameters(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_exec(f->conn, "DELETE FROM parents WHERE id = $1", DB_NO_PARAMS, NULL),
                     ERR_INTERNAL);
    assert_int_equal(
        db_exec(f->conn, "DELETE FROM parents", DB_PARAMS(db_text_value(STR("a"))), NULL),
        ERR_INTERNAL);
}

/* Transactions */

static void test_commit_and_rollback(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_ok(db_commit(f->conn));
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "b", 1));
    db_rollback(f->conn);
    assert_int_equal(parents(f), 1);
}

static void test_nothing_runs_after_an_error_in_a_transaction(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_int_equal(insert_parent(f->conn, "a", 1), ERR_DB_UNIQUE);
    assert_int_equal(insert_parent(f->conn, "b", 1), ERR_INTERNAL);
    assert_int_equal(db_script(f->conn, STR("DELETE FROM parents")), ERR_INTERNAL);
    assert_int_equal(db_commit(f->conn), ERR_INTERNAL);
    assert_int_equal(parents(f), 0);
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_ok(db_commit(f->conn));
    assert_int_equal(parents(f), 1);
}

static void test_savepoints_nest(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "outer", 1));
    assert_ok(db_savepoint(f->conn));
    assert_ok(insert_parent(f->conn, "kept", 1));
    assert_ok(db_savepoint(f->conn));
    assert_ok(insert_parent(f->conn, "undone", 1));
    assert_int_equal(insert_parent(f->conn, "outer", 1), ERR_DB_UNIQUE);
    assert_int_equal(db_release(f->conn), ERR_INTERNAL);
    db_rollback_to(f->conn);
    assert_ok(insert_parent(f->conn, "after", 1));
    assert_ok(db_release(f->conn));
    assert_ok(db_savepoint(f->conn));
    assert_ok(insert_parent(f->conn, "undone too", 1));
    db_rollback_to(f->conn);
    assert_ok(db_commit(f->conn));
    struct db_rows rows;
    assert_ok(
        db_query(f->conn, "SELECT id FROM parents ORDER BY id", DB_NO_PARAMS, f->arena, &rows));
    assert_int_equal(rows.count, 3);
    assert_text(db_text(&rows, 0, 0), "after");
    assert_text(db_text(&rows, 1, 0), "kept");
    assert_text(db_text(&rows, 2, 0), "outer");
}

static void test_closing_a_connection_rolls_back(void **state)
{
    struct fixture *f = *state;
    assert_ok(db_begin(f->conn));
    assert_ok(insert_parent(f->conn, "a", 1));
    db_disconnect(f->conn);
    f->conn = NULL;
    assert_ok(db_connect_write(f->db, DB_MAIN, &f->conn));
    assert_int_equal(parents(f), 0);
}

/* Bulk inserts */

static void fill_notes(struct db_value *values, size_t rows, int64_t first)
{
    for (size_t i = 0; i < rows; i++) {
        values[i * 3] = db_int_value(first + (int64_t)i);
        values[i * 3 + 1] = db_text_value(STR("note"));
        values[i * 3 + 2] = i % 2 ? db_text_value(STR("odd")) : db_text_value(STR_NONE);
    }
}

static void test_rows_in_bulk(void **state)
{
    struct fixture *f = *state;
    static struct db_value values[200 * 3];
    static const size_t sizes[] = {0, 1, 3, 5, 63, 64, 65, 149};
    struct db_conn *audit;
    assert_ok(db_connect_write(f->db, DB_AUDIT, &audit));
    int64_t first = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fill_notes(values, sizes[i], first);
        assert_ok(db_insert_rows(audit, "notes (id, text_, maybe)", 3, values, sizes[i]));
        first += (int64_t)sizes[i];
        assert_int_equal(number(f, audit, "SELECT count(*) FROM notes"), first);
    }
    assert_int_equal(number(f, audit, "SELECT sum(id) FROM notes"), first * (first - 1) / 2);
    fill_notes(values, 70, first - 1);
    assert_ok(db_begin(audit));
    assert_int_equal(db_insert_rows(audit, "notes (id, text_, maybe)", 3, values, 70),
                     ERR_DB_UNIQUE);
    db_rollback(audit);
    assert_int_equal(number(f, audit, "SELECT count(*) FROM notes"), first);
    db_disconnect(audit);
}

/* Reading connections */

static void test_readers_see_both_parts_and_change_nothing(void **state)
{
    struct fixture *f = *state;
    struct db_conn *audit, *reader;
    assert_ok(db_connect_read(f->db, &reader));
    assert_ok(db_connect_write(f->db, DB_AUDIT, &audit));
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_ok(db_exec(audit, "INSERT INTO notes VALUES (1, 'x', NULL)", DB_NO_PARAMS, NULL));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents JOIN notes ON n = notes.id"),
                     1);
    assert_int_equal(insert_parent(reader, "b", 1), ERR_INTERNAL);
    assert_int_equal(db_exec(reader, "DELETE FROM notes", DB_NO_PARAMS, NULL), ERR_INTERNAL);
    assert_int_equal(parents(f), 1);
    db_disconnect(reader);
    db_disconnect(audit);
}

static void test_a_reading_transaction_sees_one_moment(void **state)
{
    struct fixture *f = *state;
    struct db_conn *reader;
    assert_ok(db_connect_read(f->db, &reader));
    assert_ok(db_begin(reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 0);
    assert_ok(insert_parent(f->conn, "a", 1));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 0);
    assert_ok(db_commit(reader));
    assert_int_equal(number(f, reader, "SELECT count(*) FROM parents"), 1);
    db_disconnect(reader);
}

int main(void)
{
    const struct CMUnitTest common[] = {
        STORE_TEST(test_values_come_back_as_they_were),
        STORE_TEST(test_computed_values_have_one_type_on_both_engines),
        STORE_TEST(test_no_rows),
        STORE_TEST(test_affected_counts_this_statement_only),
        STORE_TEST(test_returning_gives_rows_of_a_change),
        STORE_TEST(test_a_parameter_may_be_used_twice),
        STORE_TEST(test_texts_compare_by_bytes),
        STORE_TEST(test_too_many_rows_are_an_error),
        STORE_TEST(test_a_small_arena_is_out_of_memory),
        STORE_TEST(test_more_statements_than_the_cache_holds),
        STORE_TEST(test_errors_have_their_names),
        STORE_TEST(test_foreign_keys_cascade),
        STORE_TEST(test_text_with_nul_is_refused),
        STORE_TEST(test_wrong_number_of_parameters),
        STORE_TEST(test_commit_and_rollback),
        STORE_TEST(test_nothing_runs_after_an_error_in_a_transaction),
        STORE_TEST(test_savepoints_nest),
        STORE_TEST(test_closing_a_connection_rolls_back),
        STORE_TEST(test_rows_in_bulk),
        STORE_TEST(test_readers_see_both_parts_and_change_nothing),
        STORE_TEST(test_a_reading_transaction_sees_one_moment),
    };
    RUN_ON_BOTH(common);
}
