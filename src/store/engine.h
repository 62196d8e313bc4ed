/* What db.c asks of an engine: one table of functions, and the state all connections share. */
#ifndef SIGNET_STORE_ENGINE_H
#define SIGNET_STORE_ENGINE_H

#include <stdatomic.h>

#include "store/db.h"
#include "store/migrate.h"

/* What a connection may do. An upgrading connection holds the lock that keeps other starters of the
 * same tenant out, until it is closed; it has no statement timeout. */
enum db_access { DB_READ, DB_WRITE, DB_UPGRADE };

enum db_state {
    DB_NO_TRANSACTION,
    DB_IN_TRANSACTION,
    DB_FAILED, /* a statement failed: nothing runs until db_rollback_to or db_rollback */
    DB_LOST,   /* the engine ended the transaction by itself: only db_rollback helps */
};

/* A prepared statement in the cache of its connection. */
struct statement {
    struct statement *next; /* in its bucket */
    uint64_t hash;
    char *key;      /* the text given by the caller */
    size_t key_len; /* without the NUL */
    size_t rows;    /* 0: key is the SQL; else key is "table (columns)" of an INSERT of that many */
    char *sql;      /* what the engine prepares: key itself or its own memory */
    size_t params;  /* SQLite: how many it has */
    void *handle;   /* SQLite: sqlite3_stmt */
    uint64_t number; /* PostgreSQL: makes its name */
};
#define STATEMENT_BUCKETS 256
#define STATEMENT_MAX     512 /* beyond, all are dropped and prepared anew as they are used */

struct db {
    const struct db_engine *engine;
    atomic_int connections;
    atomic_bool damaged; /* a file was found to be: then it can only be restored */
};

struct db_conn {
    struct db *db;
    enum db_access access;
    enum db_part part;
    enum db_state state;
    enum err lost_with; /* DB_LOST: the error that ended the transaction */
    bool silent;        /* the server gave no answer in time: who waits need not wait as long */
    unsigned savepoints;
    size_t statements;
    struct statement *buckets[STATEMENT_BUCKETS];
};

/* Where the outcome of a statement goes. */
struct db_result {
    struct arena *arena;
    struct db_rows *rows; /* NULL: rows are read and dropped */
    int64_t affected;
};

struct db_engine {
    const char *name;
    bool embedded;
    /* Checks versions and remembers the options; makes no schema. */
    enum err (*open)(const struct db_options *options, struct arena *arena, struct db **out,
                     struct str *why);
    void (*close)(struct db *db);
    /* Zeroed base fields besides db, access and part. */
    enum err (*connect)(struct db *db, enum db_access access, enum db_part part,
                        struct db_conn **out);
    void (*disconnect)(struct db_conn *conn);
    enum err (*prepare)(struct db_conn *conn, struct statement *statement);
    void (*discard)(struct db_conn *conn, struct statement *statement);
    enum err (*run)(struct db_conn *conn, struct statement *statement,
                    const struct db_value *params, size_t count, struct db_result *result);
    enum err (*script)(struct db_conn *conn, const char *sql);
    const char *(*begin_sql)(const struct db_conn *conn);
    bool (*in_transaction)(struct db_conn *conn);
    enum err (*listen)(struct db_conn *conn, const char *channel);
    int (*wait_notify)(struct db_conn *conn, int timeout_ms);
    bool (*maintain)(struct db_conn *conn, bool idle);
    enum err (*backup)(struct db *db, const char *folder);
    /* For migrations: what a part is called in messages, a copy of it before its first change, and
     * the check before each COMMIT. */
    const char *(*place)(struct db *db, enum db_part part);
    enum err (*save)(struct db *db, enum db_part part, int64_t version);
    enum err (*check)(struct db_conn *conn);
};
extern const struct db_engine sqlite_engine;
extern const struct db_engine postgres_engine;

/* Whether an SQLite library, by its sqlite3_libversion_number, is free of the WAL-reset bug. */
bool sqlite_version_safe(int number);

/* db_open with schemas given by the caller. */
enum err db_open_with(const struct db_options *options, const struct migration *main_set,
                      const struct migration *audit_set, struct arena *arena, struct db **out,
                      struct str *why);

enum err db_connect(struct db *db, enum db_access access, enum db_part part, struct db_conn **out);

/* The error with which the engine ended the transaction by itself, OK when it did not. What ran in
 * it before is undone. */
enum err db_lost(const struct db_conn *conn);

/* Rolls savepoints back until so many are left: those that a failed job left open. */
void db_unwind(struct db_conn *conn, unsigned savepoints);

/* Upkeep by the one who writes: checkpoints when they are due, or all of it when nothing else is to
 * be done. True when there is upkeep left for an idle moment. */
bool db_maintain(struct db_conn *conn, bool idle);

/* Empties the cache; with forget the engine's side is known to be gone. */
void db_drop_statements(struct db_conn *conn, bool forget);

/* Text with a NUL byte, which PostgreSQL cannot store, is refused by both engines. */
bool db_params_valid(const struct db_value *params, size_t count);

#endif
