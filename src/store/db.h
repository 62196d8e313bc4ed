/* The database interface: two engines behind one table of functions. */
#ifndef SIGNET_STORE_DB_H
#define SIGNET_STORE_DB_H

#include "base/arena.h"
#include "base/error.h"

struct db;      /* one tenant's database: SQLite files or a PostgreSQL schema; thread-safe */
struct db_conn; /* one connection of it, used by one thread at a time */

/* A statement parameter. Text and blobs are borrowed until the call returns. */
struct db_value {
    enum { DB_NULL, DB_INT, DB_TEXT } kind;
    int64_t i;
    struct str s;
};
static inline struct db_value db_int_value(int64_t i)
{
    return (struct db_value){DB_INT, i, {0}};
}
static inline struct db_value db_text_value(struct str s) /* absent text is NULL */
{
    return s.p ? (struct db_value){DB_TEXT, 0, s} : (struct db_value){DB_NULL, 0, {0}};
}
#define DB_PARAMS(...)                                                                             \
    ((const struct db_value[]){__VA_ARGS__}),                                                      \
        (sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))
#define DB_NO_PARAMS NULL, 0

/* The rows of one query. All texts live in the arena given to db_query. */
struct db_rows {
    struct arena *arena;
    size_t count, columns;
    const struct db_value *values; /* count * columns */
};
static inline const struct db_value *db_at(const struct db_rows *rows, size_t row, size_t column)
{
    return &rows->values[row * rows->columns + column];
}
static inline struct str db_text(const struct db_rows *rows, size_t row, size_t column)
{
    return db_at(rows, row, column)->s; /* {NULL,0} for NULL */
}
static inline int64_t db_int(const struct db_rows *rows, size_t row, size_t column)
{
    return db_at(rows, row, column)->i; /* 0 for NULL */
}
static inline bool db_is_null(const struct db_rows *rows, size_t row, size_t column)
{
    return db_at(rows, row, column)->kind == DB_NULL;
}

/* sql is one text for both engines: $1…$n in ascending order of first use, prepared once per
 * connection and kept (a cache by text; texts composed at run time are fine as long as they come
 * from a bounded set). Reads all rows into the arena: at most max_rows of them (ERR_INTERNAL
 * beyond). Errors: ERR_DB_UNIQUE, ERR_DB_FOREIGN_KEY, ERR_DB_CONSTRAINT, ERR_DB_CONFLICT
 * (serialization, deadlock, busy), ERR_STORAGE_FULL, ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL
 * (logged with the engine's message, never with parameters). */
#define DB_MAX_ROWS 200000
enum err db_query(struct db_conn *conn, const char *sql, const struct db_value *params,
                  size_t count, struct arena *arena, struct db_rows *rows);

/* As db_query for statements without rows (or whose rows do not matter); *affected may be NULL. */
enum err db_exec(struct db_conn *conn, const char *sql, const struct db_value *params, size_t count,
                 int64_t *affected);

/* Several statements separated by ';' without parameters, in the dialect of the migrations (bigint,
 * text, ") STRICT;"; see migrate_translate). */
enum err db_script(struct db_conn *conn, struct str sql);

/* Inserts row_count rows of column_count values with as few round trips as the engine allows
 * (multi-row statements of a few fixed sizes). table_columns is "table (a, b, c)". */
enum err db_insert_rows(struct db_conn *conn, const char *table_columns, size_t column_count,
                        const struct db_value *values, size_t row_count);

/* After an error inside a transaction nothing more runs in it (ERR_INTERNAL, on both engines) until
 * db_rollback, or db_rollback_to of the savepoint around it. db_commit and db_release of such a
 * transaction fail; a transaction whose db_commit failed is rolled back and over. */
enum err db_begin(struct db_conn *conn);
enum err db_commit(struct db_conn *conn);
void db_rollback(struct db_conn *conn);
/* Savepoints nest inside a transaction. */
enum err db_savepoint(struct db_conn *conn);
enum err db_release(struct db_conn *conn);
void db_rollback_to(struct db_conn *conn); /* and releases it */

enum db_part { DB_MAIN, DB_AUDIT }; /* SQLite: a file each; PostgreSQL: the same schema */

struct db_options {
    const char *url;    /* postgres://…; empty: SQLite in dir */
    const char *dir;    /* the data directory; made with mode 0700 when missing */
    const char *tenant; /* "default" or "admin": file name, schema name */
    size_t pool;        /* PostgreSQL: connections for requests */
};

/* Opens (SQLite: makes) the database and brings its schema up to date: each migration in a
 * transaction, under a lock (so two servers may start at once), a SQLite file copied to
 * dir/backup/TENANT-VERSION-TIME.db first. Refuses a schema newer than the binary, an SQLite
 * library with the WAL-reset bug (before 3.51.3, and 3.52.0), and PostgreSQL before 15. On failure
 * writes a sentence to *why (arena) and returns an error. */
enum err db_open(const struct db_options *options, struct arena *arena, struct db **out,
                 struct str *why);
void db_close(struct db *db); /* takes NULL; SQLite: checkpoints */

/* Connections. Writing connections of SQLite belong to the writer alone. Reading connections of
 * SQLite see main and the audit part (attached as schema "audit"; tables are found without naming
 * it). Reconnects by itself (PostgreSQL) on the next use after a failure. */
enum err db_connect_read(struct db *db, struct db_conn **out);
enum err db_connect_write(struct db *db, enum db_part part, struct db_conn **out);
void db_disconnect(struct db_conn *conn); /* takes NULL */

/* PostgreSQL: notices of a channel arrive at this connection from now on. After db_wait_notify said
 * -1 call it again: it connects anew. SQLite: does nothing. */
enum err db_listen(struct db_conn *conn, const char *channel);
/* Waits until a notice is there, and takes all that are: 1; 0 after timeout_ms; -1 when the
 * connection is broken. SQLite: waits and returns 0. */
int db_wait_notify(struct db_conn *conn, int timeout_ms);

/* True when reads may run on a loop thread (SQLite) and writes must go through one writer. */
bool db_is_embedded(const struct db *db);
bool db_conn_is_embedded(const struct db_conn *conn); /* of its database */
const char *db_engine_name(const struct db *db);      /* "sqlite" or "postgres" */
/* Online backup of all parts into the folder (SQLite only; ERR_UNAVAILABLE on PostgreSQL). */
enum err db_backup(struct db *db, const char *folder);

#endif
