/* The embedded engine: statements, rows and errors of SQLite. */
#include "store/sqlite.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static struct sqlite_conn *self(struct db_conn *conn)
{
    return (struct sqlite_conn *)conn;
}

/* Errors */

static enum err constraint_error(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_DB_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return ERR_DB_FOREIGN_KEY;
    default:
        return ERR_DB_CONSTRAINT;
    }
}

/* A failed write is a full disk, a quota or a broken disk: nothing can be stored either way. */
static enum err io_error(int code)
{
    switch (code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMSIZE:
        return ERR_STORAGE_FULL;
    case SQLITE_IOERR_NOMEM:
        return ERR_NO_MEMORY;
    default:
        return ERR_UNAVAILABLE;
    }
}

static enum err error_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_CONSTRAINT:
        return constraint_error(code);
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return ERR_DB_CONSTRAINT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_SCHEMA:
        return ERR_DB_CONFLICT;
    case SQLITE_FULL:
        return ERR_STORAGE_FULL;
    case SQLITE_IOERR:
        return io_error(code);
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL:
        return ERR_UNAVAILABLE;
    default:
        return ERR_INTERNAL;
    }
}

static bool is_everyday(enum err err)
{
    return err == OK || err == ERR_DB_UNIQUE || err == ERR_DB_FOREIGN_KEY ||
           err == ERR_DB_CONSTRAINT || err == ERR_DB_CONFLICT;
}

enum err sqlite_error(sqlite3 *handle, int code, const char *what)
{
    enum err err = error_of(code);
    if (!is_everyday(err))
        log_error("database: cannot %s: %s (%d)", what, sqlite3_errmsg(handle), code);
    return err;
}

void sqlite_note_damage(struct sqlite_conn *conn, int code)
{
    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        conn->base.db->damaged = true;
}

/* Statements */

/* Parameters must be $1, $2, … in the order of their first use: PostgreSQL counts by name and
 * SQLite by place. */
static bool params_in_order(sqlite3_stmt *stmt, size_t count)
{
    for (int i = 1; i <= (int)count; i++) {
        char expected[16];
        snprintf(expected, sizeof(expected), "$%d", i);
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        if (!name || strcmp(name, expected) != 0)
            return false;
    }
    return true;
}

static enum err sqlite_prepare(struct db_conn *conn, struct statement *statement)
{
    sqlite3 *handle = self(conn)->handle;
    sqlite3_stmt *stmt = NULL;
    const char *tail = NULL;
    int code =
        sqlite3_prepare_v3(handle, statement->sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &tail);
    if (code != SQLITE_OK)
        return sqlite_error(handle, code, "prepare a statement");
    size_t params = (size_t)sqlite3_bind_parameter_count(stmt);
    if (!stmt || *tail || !params_in_order(stmt, params)) {
        log_error("database: not one statement with $1, $2, … in order: %s", statement->sql);
        sqlite3_finalize(stmt);
        return ERR_INTERNAL;
    }
    statement->handle = stmt;
    statement->params = params;
    return OK;
}

static void sqlite_discard(struct db_conn *conn, struct statement *statement)
{
    (void)conn;
    sqlite3_finalize(statement->handle);
}

static int bind(sqlite3_stmt *stmt, int index, const struct db_value *value)
{
    switch (value->kind) {
    case DB_NULL:
        return sqlite3_bind_null(stmt, index);
    case DB_INT:
        return sqlite3_bind_int64(stmt, index, value->i);
    case DB_TEXT:
        return sqlite3_bind_text64(stmt, index, value->s.p, value->s.n, SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_MISUSE;
}

static int bind_all(sqlite3_stmt *stmt, const struct db_value *params, size_t count)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = bind(stmt, (int)i + 1, &params[i]);
    return code;
}

/* False when memory is out. */
static bool read_value(sqlite3_stmt *stmt, int column, struct arena *arena, struct db_value *out)
{
    int type = sqlite3_column_type(stmt, column);
    if (type == SQLITE_NULL) {
        *out = (struct db_value){.kind = DB_NULL};
    } else if (type == SQLITE_INTEGER) {
        *out = db_int_value(sqlite3_column_int64(stmt, column));
    } else {
        const char *text = (const char *)sqlite3_column_text(stmt, column);
        size_t n = (size_t)sqlite3_column_bytes(stmt, column);
        struct str copy = arena_str(arena, (struct str){text ? text : "", n});
        *out = (struct db_value){.kind = DB_TEXT, .s = copy};
        return copy.p && (text || n == 0);
    }
    return true;
}

static bool grow_scratch(struct sqlite_conn *conn, size_t need)
{
    if (need <= conn->scratch_cap)
        return true;
    size_t cap = need < 64 ? 64 : need * 2;
    struct db_value *grown = realloc(conn->scratch, cap * sizeof(*grown));
    if (!grown)
        return false;
    conn->scratch = grown;
    conn->scratch_cap = cap;
    return true;
}

static enum err read_row(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct db_rows *rows)
{
    if (rows->count >= DB_MAX_ROWS) {
        log_error("database: more than %d rows: %s", DB_MAX_ROWS, sqlite3_sql(stmt));
        return ERR_INTERNAL;
    }
    size_t at = rows->count * rows->columns;
    if (!grow_scratch(conn, at + rows->columns))
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->columns; i++) {
        if (!read_value(stmt, (int)i, rows->arena, &conn->scratch[at + i]))
            return ERR_NO_MEMORY;
    }
    rows->count++;
    return OK;
}

/* Moves the values read into the arena; a large scratch is not kept. */
static enum err keep_rows(struct sqlite_conn *conn, struct db_rows *rows)
{
    size_t count = rows->count * rows->columns;
    if (count) {
        struct db_value *values = ARENA_ARRAY(rows->arena, struct db_value, count);
        if (!values)
            return ERR_NO_MEMORY;
        memcpy(values, conn->scratch, count * sizeof(*values));
        rows->values = values;
    }
    if (conn->scratch_cap > 4096) {
        free(conn->scratch);
        conn->scratch = NULL;
        conn->scratch_cap = 0;
    }
    return OK;
}

static enum err step_all(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct db_rows *rows)
{
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        enum err err = rows ? read_row(conn, stmt, rows) : OK;
        if (err)
            return err;
    }
    sqlite_note_damage(conn, code);
    return sqlite_error(conn->handle, code, "run a statement");
}

static enum err sqlite_run(struct db_conn *base, struct statement *statement,
                           const struct db_value *params, size_t count, struct db_result *result)
{
    struct sqlite_conn *conn = self(base);
    sqlite3_stmt *stmt = statement->handle;
    if (count != statement->params) {
        log_error("database: %zu parameters given: %s", count, statement->sql);
        return ERR_INTERNAL;
    }
    int code = bind_all(stmt, params, count);
    if (code != SQLITE_OK)
        return sqlite_error(conn->handle, code, "bind parameters");
    if (result->rows)
        result->rows->columns = (size_t)sqlite3_column_count(stmt);
    /* sqlite3_changes keeps its value over statements that change nothing. */
    int64_t before = sqlite3_total_changes64(conn->handle);
    enum err err = step_all(conn, stmt, result->rows);
    sqlite3_reset(stmt);
    if (!err && result->rows)
        err = keep_rows(conn, result->rows);
    if (sqlite3_total_changes64(conn->handle) != before)
        result->affected = sqlite3_changes64(conn->handle);
    return err;
}

static enum err sqlite_script(struct db_conn *conn, const char *sql)
{
    sqlite3 *handle = self(conn)->handle;
    int code = sqlite3_exec(handle, sql, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return OK;
    sqlite_note_damage(self(conn), code);
    log_error("database: script failed: %s (%d)", sqlite3_errmsg(handle), code);
    return error_of(code);
}

/* Transactions and the rest */

/* A writing transaction takes its lock at once: an upgrade from reading could fail halfway. */
static const char *sqlite_begin_sql(const struct db_conn *conn)
{
    return conn->access == DB_READ ? "BEGIN" : "BEGIN IMMEDIATE";
}

static bool sqlite_in_transaction(struct db_conn *conn)
{
    return !sqlite3_get_autocommit(self(conn)->handle);
}

static enum err sqlite_listen(struct db_conn *conn, const char *channel)
{
    (void)conn, (void)channel;
    return OK;
}

static int sqlite_wait_notify(struct db_conn *conn, int timeout_ms)
{
    (void)conn;
    sqlite3_sleep(timeout_ms);
    return 0;
}

/* Upgrading connections do not enforce foreign keys while tables are rebuilt; before the COMMIT
 * everything must be in order again. */
static enum err sqlite_check(struct db_conn *conn)
{
    struct arena *arena = arena_new(1 << 20);
    if (!arena)
        return ERR_NO_MEMORY;
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1",
                            DB_NO_PARAMS, arena, &rows);
    if (!err && rows.count) {
        log_error("database: the migration leaves rows of table %.*s without their parents",
                  STR_ARG(db_text(&rows, 0, 0)));
        err = ERR_DB_FOREIGN_KEY;
    }
    arena_free(arena);
    return err;
}

const struct db_engine sqlite_engine = {
    .name = "sqlite",
    .embedded = true,
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .prepare = sqlite_prepare,
    .discard = sqlite_discard,
    .run = sqlite_run,
    .script = sqlite_script,
    .begin_sql = sqlite_begin_sql,
    .in_transaction = sqlite_in_transaction,
    .listen = sqlite_listen,
    .wait_notify = sqlite_wait_notify,
    .maintain = sqlite_maintain,
    .backup = sqlite_backup,
    .place = sqlite_place,
    .save = sqlite_save,
    .check = sqlite_check,
};
