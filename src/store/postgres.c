/* The scale-out engine: statements, rows and transactions of PostgreSQL. A tenant is a schema. */
#include "store/postgres.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static struct pg_conn *self(struct db_conn *conn)
{
    return (struct pg_conn *)conn;
}

/* Statements */

/* Nothing is sent before the first run: then a lost connection is noticed at one place. */
static enum err pg_prepare(struct db_conn *conn, struct statement *statement)
{
    (void)conn;
    statement->number = 0;
    return OK;
}

static void pg_discard(struct db_conn *conn, struct statement *statement)
{
    if (statement->number)
        self(conn)->deallocate = true;
}

static void statement_name(const struct statement *statement, char *out, size_t n)
{
    snprintf(out, n, "s%llu", (unsigned long long)statement->number);
}

static enum err prepare_now(struct pg_conn *conn, struct statement *statement)
{
    enum err err = conn->deallocate ? pg_simple(conn, "DEALLOCATE ALL", NULL) : OK;
    if (err)
        return err;
    if (conn->deallocate)
        conn->first_number = conn->next_number;
    conn->deallocate = false;
    statement->number = conn->next_number++;
    char name[32];
    statement_name(statement, name, sizeof(name));
    PQclear(pg_take(conn, PQsendPrepare(conn->pg, name, statement->sql, 0, NULL), &err));
    if (err)
        statement->number = 0;
    return err;
}

static size_t text_size(const struct db_value *params, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += params[i].kind == DB_TEXT ? params[i].s.n + 1 : 24;
    return n;
}

/* Writes the parameters as texts that end in NUL; the buffer is grown before pointers are taken. */
static enum err set_values(struct pg_conn *conn, const struct db_value *params, size_t count)
{
    if (count > conn->values_cap) {
        const char **grown = realloc(conn->values, count * sizeof(*grown));
        if (!grown)
            return ERR_NO_MEMORY;
        conn->values = grown;
        conn->values_cap = count;
    }
    conn->text.n = 0;
    if (!buf_reserve(&conn->text, text_size(params, count))) {
        conn->text.failed = false;
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        conn->values[i] = params[i].kind == DB_NULL ? NULL : conn->text.p + conn->text.n;
        if (params[i].kind == DB_INT)
            buf_int(&conn->text, params[i].i);
        else if (params[i].kind == DB_TEXT)
            buf_str(&conn->text, params[i].s);
        buf_byte(&conn->text, '\0');
    }
    return OK;
}

/* Rows */

enum { BOOL_OID = 16, INT8_OID = 20, INT2_OID = 21, INT4_OID = 23, NUMERIC_OID = 1700 };

/* As SQLite has it: booleans are 0 and 1, and sums (numeric here) are integers. */
static struct db_value read_value(const PGresult *result, int row, int column, struct arena *arena)
{
    if (PQgetisnull(result, row, column))
        return (struct db_value){.kind = DB_NULL};
    struct str text = {PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
    int64_t value;
    switch (PQftype(result, column)) {
    case BOOL_OID:
        return db_int_value(text.p[0] == 't');
    case INT2_OID:
    case INT4_OID:
    case INT8_OID:
    case NUMERIC_OID:
        if (str_to_int64(text, &value))
            return db_int_value(value);
    }
    return (struct db_value){.kind = DB_TEXT, .s = arena_str(arena, text)};
}

static enum err read_rows(const PGresult *result, struct db_rows *rows, const char *sql)
{
    size_t count = (size_t)PQntuples(result), columns = (size_t)PQnfields(result);
    rows->columns = columns;
    if (count > DB_MAX_ROWS) {
        log_error("database: more than %d rows: %s", DB_MAX_ROWS, sql);
        return ERR_INTERNAL;
    }
    if (count * columns == 0) {
        rows->count = count;
        return OK;
    }
    struct db_value *values = ARENA_ARRAY(rows->arena, struct db_value, count * columns);
    if (!values)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count * columns; i++) {
        values[i] = read_value(result, (int)(i / columns), (int)(i % columns), rows->arena);
        if (values[i].kind == DB_TEXT && !values[i].s.p)
            return ERR_NO_MEMORY;
    }
    rows->values = values;
    rows->count = count;
    return OK;
}

static PGresult *run_prepared(struct pg_conn *conn, struct statement *statement, size_t count,
                              enum err *err)
{
    *err = statement->number < conn->first_number ? prepare_now(conn, statement) : OK;
    if (*err)
        return NULL;
    char name[32];
    statement_name(statement, name, sizeof(name));
    int sent = PQsendQueryPrepared(conn->pg, name, (int)count, conn->values, NULL, NULL, 0);
    return pg_take(conn, sent, err);
}

static enum err pg_run(struct db_conn *base, struct statement *statement,
                       const struct db_value *params, size_t count, struct db_result *result)
{
    struct pg_conn *conn = self(base);
    enum err err = pg_ready(conn);
    if (!err)
        err = set_values(conn, params, count);
    if (err)
        return err;
    conn->stale = false;
    PGresult *answer = run_prepared(conn, statement, count, &err);
    if (err && conn->stale) {
        conn->deallocate = true;
        statement->number = 0;
        if (base->state == DB_NO_TRANSACTION)
            answer = run_prepared(conn, statement, count, &err);
    }
    if (err)
        return err;
    result->affected = strtoll(PQcmdTuples(answer), NULL, 10);
    if (result->rows)
        err = read_rows(answer, result->rows, statement->sql);
    PQclear(answer);
    return err;
}

static enum err pg_script(struct db_conn *base, const char *sql)
{
    struct pg_conn *conn = self(base);
    enum err err = pg_ready(conn);
    return err ? err : pg_simple(conn, sql, NULL);
}

/* Transactions, notices and the rest */

/* REPEATABLE READ: a change that was computed from a row someone else changed meanwhile is refused
 * with a conflict and computed again, as if there were one writer. Audit rows are computed from
 * nothing. */
static const char *pg_begin_sql(const struct db_conn *conn)
{
    switch (conn->access) {
    case DB_READ:
        return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    case DB_WRITE:
        return conn->part == DB_AUDIT ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ";
    case DB_UPGRADE:
        break;
    }
    return "BEGIN";
}

static bool pg_in_transaction(struct db_conn *conn)
{
    PGTransactionStatusType status = PQtransactionStatus(self(conn)->pg);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static bool pg_maintain(struct db_conn *conn, bool idle)
{
    (void)conn, (void)idle;
    return false;
}

static enum err pg_backup(struct db *db, const char *folder)
{
    (void)db, (void)folder;
    return ERR_UNAVAILABLE;
}

/* Copies of a PostgreSQL database are its operator's business. */
static enum err pg_save(struct db *db, enum db_part part, int64_t version)
{
    (void)db, (void)part, (void)version;
    return OK;
}

static enum err pg_check(struct db_conn *conn)
{
    (void)conn;
    return OK;
}

const struct db_engine postgres_engine = {
    .name = "postgres",
    .embedded = false,
    .open = pg_open,
    .close = pg_close,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .prepare = pg_prepare,
    .discard = pg_discard,
    .run = pg_run,
    .script = pg_script,
    .begin_sql = pg_begin_sql,
    .in_transaction = pg_in_transaction,
    .listen = pg_listen,
    .wait_notify = pg_wait_notify,
    .maintain = pg_maintain,
    .backup = pg_backup,
    .place = pg_place,
    .save = pg_save,
    .check = pg_check,
};
