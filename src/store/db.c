/* The database interface: picks the engine, keeps statements and the transaction's state. */
#include "store/db.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/engine.h"

/* Opening and connecting */

enum err db_open_with(const struct db_options *options, const struct migration *main_set,
                      const struct migration *audit_set, struct arena *arena, struct db **out,
                      struct str *why)
{
    const struct db_engine *engine =
        options->url && *options->url ? &postgres_engine : &sqlite_engine;
    struct db *db = NULL;
    enum err err = engine->open(options, arena, &db, why);
    if (err)
        return err;
    err = migrate(db, DB_MAIN, main_set, arena, why);
    if (!err)
        err = migrate(db, DB_AUDIT, audit_set, arena, why);
    if (err) {
        engine->close(db);
        return err;
    }
    *out = db;
    return OK;
}

enum err db_open(const struct db_options *options, struct arena *arena, struct db **out,
                 struct str *why)
{
    return db_open_with(options, migrations, audit_migrations, arena, out, why);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    assert(atomic_load(&db->connections) == 0);
    db->engine->close(db);
}

enum err db_connect(struct db *db, enum db_access access, enum db_part part, struct db_conn **out)
{
    enum err err = db->engine->connect(db, access, part, out);
    if (!err)
        atomic_fetch_add(&db->connections, 1);
    return err;
}

enum err db_connect_read(struct db *db, struct db_conn **out)
{
    return db_connect(db, DB_READ, DB_MAIN, out);
}

enum err db_connect_write(struct db *db, enum db_part part, struct db_conn **out)
{
    return db_connect(db, DB_WRITE, part, out);
}

void db_disconnect(struct db_conn *conn)
{
    if (!conn)
        return;
    struct db *db = conn->db;
    db_rollback(conn);
    db_drop_statements(conn, false);
    db->engine->disconnect(conn);
    atomic_fetch_sub(&db->connections, 1);
}

bool db_is_embedded(const struct db *db)
{
    return db->engine->embedded;
}

bool db_conn_is_embedded(const struct db_conn *conn)
{
    return db_is_embedded(conn->db);
}

const char *db_engine_name(const struct db *db)
{
    return db->engine->name;
}

enum err db_backup(struct db *db, const char *folder)
{
    return db->engine->backup(db, folder);
}

enum err db_listen(struct db_conn *conn, const char *channel)
{
    return conn->db->engine->listen(conn, channel);
}

int db_wait_notify(struct db_conn *conn, int timeout_ms)
{
    return conn->db->engine->wait_notify(conn, timeout_ms);
}

bool db_maintain(struct db_conn *conn, bool idle)
{
    return conn->db->engine->maintain(conn, idle);
}

/* The statement cache */

/* Only spreads texts of our own over buckets; eight bytes at a time since it runs at each call. */
static uint64_t hash_text(const char *text, size_t n, size_t rows)
{
    const uint64_t prime = 0x9e3779b97f4a7c15u;
    uint64_t hash = (n ^ (uint64_t)rows << 32) * prime;
    for (; n >= 8; text += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    memcpy(&rest, text, n);
    hash = (hash ^ rest) * prime;
    return hash ^ hash >> 32;
}

static void statement_free(struct statement *statement)
{
    if (statement->sql != statement->key)
        free(statement->sql);
    free(statement->key);
    free(statement);
}

void db_drop_statements(struct db_conn *conn, bool forget)
{
    for (size_t i = 0; i < STATEMENT_BUCKETS; i++) {
        while (conn->buckets[i]) {
            struct statement *statement = conn->buckets[i];
            conn->buckets[i] = statement->next;
            if (!forget)
                conn->db->engine->discard(conn, statement);
            statement_free(statement);
        }
    }
    conn->statements = 0;
}

/* INSERT INTO table (a, b) VALUES ($1,$2),($3,$4)… */
static char *insert_sql(const char *table_columns, size_t columns, size_t rows)
{
    struct buf sql = buf_new(NULL, 1 << 20);
    buf_printf(&sql, "INSERT INTO %s VALUES ", table_columns);
    for (size_t i = 0; i < rows * columns; i++) {
        buf_put(&sql, i % columns ? "," : i ? ",(" : "(", i && i % columns == 0 ? 2 : 1);
        buf_byte(&sql, '$');
        buf_int(&sql, (int64_t)i + 1);
        if (i % columns == columns - 1)
            buf_byte(&sql, ')');
    }
    buf_byte(&sql, '\0');
    if (sql.failed) {
        buf_free(&sql);
        return NULL;
    }
    return sql.p;
}

/* rows and columns as in struct statement; 0 for a statement that is its own key. */
static struct statement *statement_new(const char *key, size_t key_len, size_t rows, size_t columns)
{
    struct statement *statement = calloc(1, sizeof(*statement));
    if (!statement)
        return NULL;
    statement->key = malloc(key_len + 1);
    if (statement->key) {
        memcpy(statement->key, key, key_len + 1);
        statement->sql = rows ? insert_sql(key, columns, rows) : statement->key;
    }
    if (!statement->sql) {
        free(statement->key);
        free(statement);
        return NULL;
    }
    statement->key_len = key_len;
    statement->rows = rows;
    return statement;
}

static enum err statement_get(struct db_conn *conn, const char *key, size_t rows, size_t columns,
                              struct statement **out)
{
    size_t n = strlen(key);
    uint64_t hash = hash_text(key, n, rows);
    struct statement **bucket = &conn->buckets[hash % STATEMENT_BUCKETS];
    for (struct statement *s = *bucket; s; s = s->next) {
        if (s->hash == hash && s->rows == rows && s->key_len == n && !memcmp(s->key, key, n)) {
            *out = s;
            return OK;
        }
    }
    if (conn->statements >= STATEMENT_MAX)
        db_drop_statements(conn, false);
    struct statement *statement = statement_new(key, n, rows, columns);
    if (!statement)
        return ERR_NO_MEMORY;
    enum err err = conn->db->engine->prepare(conn, statement);
    if (err) {
        statement_free(statement);
        return err;
    }
    statement->hash = hash;
    statement->next = *bucket;
    *bucket = statement;
    conn->statements++;
    *out = statement;
    return OK;
}

/* Running statements */

bool db_params_valid(const struct db_value *params, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (params[i].kind == DB_TEXT && memchr(params[i].s.p, 0, params[i].s.n))
            return false;
    }
    return true;
}

/* What may run in the transaction's state: everything but in one that failed. */
static enum err check_state(const struct db_conn *conn)
{
    if (conn->state == DB_LOST)
        return conn->lost_with;
    if (conn->state != DB_FAILED)
        return OK;
    log_error("database: a statement follows a failed one in the same transaction");
    return ERR_INTERNAL;
}

/* Notes an error in the transaction's state and hands it on. */
static enum err noted(struct db_conn *conn, enum err err)
{
    if (err && (conn->state == DB_IN_TRANSACTION || conn->state == DB_FAILED)) {
        bool open = conn->db->engine->in_transaction(conn);
        conn->state = open ? DB_FAILED : DB_LOST;
        conn->lost_with = err;
    }
    return err;
}

static enum err run(struct db_conn *conn, const char *key, size_t rows, size_t columns,
                    const struct db_value *params, size_t count, struct db_result *result)
{
    enum err err = check_state(conn);
    if (err)
        return err;
    struct statement *statement;
    err = db_params_valid(params, count) ? OK : ERR_DB_CONSTRAINT;
    if (!err)
        err = statement_get(conn, key, rows, columns, &statement);
    if (!err)
        err = conn->db->engine->run(conn, statement, params, count, result);
    return noted(conn, err);
}

enum err db_query(struct db_conn *conn, const char *sql, const struct db_value *params,
                  size_t count, struct arena *arena, struct db_rows *rows)
{
    struct db_rows read = {.arena = arena};
    struct db_result result = {.arena = arena, .rows = &read};
    enum err err = run(conn, sql, 0, 0, params, count, &result);
    if (!err)
        *rows = read;
    return err;
}

enum err db_exec(struct db_conn *conn, const char *sql, const struct db_value *params, size_t count,
                 int64_t *affected)
{
    struct db_result result = {0};
    enum err err = run(conn, sql, 0, 0, params, count, &result);
    if (!err && affected)
        *affected = result.affected;
    return err;
}

enum err db_script(struct db_conn *conn, struct str sql)
{
    enum err err = check_state(conn);
    if (err)
        return err;
    struct buf text = buf_new(NULL, 16 << 20);
    migrate_translate(&text, sql, db_is_embedded(conn->db));
    buf_byte(&text, '\0');
    err = text.failed ? ERR_NO_MEMORY : conn->db->engine->script(conn, text.p);
    buf_free(&text);
    return noted(conn, err);
}

enum err db_insert_rows(struct db_conn *conn, const char *table_columns, size_t column_count,
                        const struct db_value *values, size_t row_count)
{
    static const size_t chunks[] = {64, 16, 4, 1};
    for (size_t i = 0; row_count > 0; i++) {
        size_t rows = chunks[i], count = rows * column_count;
        while (row_count >= rows) {
            struct db_result result = {0};
            enum err err = run(conn, table_columns, rows, column_count, values, count, &result);
            if (err)
                return err;
            values += count;
            row_count -= rows;
        }
    }
    return OK;
}

/* Transactions */

enum err db_begin(struct db_conn *conn)
{
    assert(conn->state == DB_NO_TRANSACTION);
    enum err err = db_exec(conn, conn->db->engine->begin_sql(conn), DB_NO_PARAMS, NULL);
    if (!err) {
        conn->state = DB_IN_TRANSACTION;
        conn->savepoints = 0;
    }
    return err;
}

enum err db_commit(struct db_conn *conn)
{
    assert(conn->state != DB_NO_TRANSACTION && conn->savepoints == 0);
    enum err err = db_exec(conn, "COMMIT", DB_NO_PARAMS, NULL);
    if (err)
        db_rollback(conn);
    else
        conn->state = DB_NO_TRANSACTION;
    return err;
}

void db_rollback(struct db_conn *conn)
{
    if (conn->state == DB_NO_TRANSACTION)
        return;
    conn->state = DB_NO_TRANSACTION;
    if (conn->db->engine->in_transaction(conn))
        db_exec(conn, "ROLLBACK", DB_NO_PARAMS, NULL);
}

enum err db_savepoint(struct db_conn *conn)
{
    assert(conn->state != DB_NO_TRANSACTION);
    enum err err = db_exec(conn, "SAVEPOINT s", DB_NO_PARAMS, NULL);
    if (!err)
        conn->savepoints++;
    return err;
}

enum err db_release(struct db_conn *conn)
{
    assert(conn->savepoints > 0);
    enum err err = db_exec(conn, "RELEASE s", DB_NO_PARAMS, NULL);
    if (!err)
        conn->savepoints--;
    return err;
}

void db_rollback_to(struct db_conn *conn)
{
    assert(conn->savepoints > 0);
    conn->savepoints--;
    if (conn->state == DB_LOST)
        return;
    conn->state = DB_IN_TRANSACTION;
    if (!db_exec(conn, "ROLLBACK TO s", DB_NO_PARAMS, NULL))
        db_exec(conn, "RELEASE s", DB_NO_PARAMS, NULL);
}

void db_unwind(struct db_conn *conn, unsigned savepoints)
{
    while (conn->savepoints > savepoints)
        db_rollback_to(conn);
}

enum err db_lost(const struct db_conn *conn)
{
    return conn->state == DB_LOST ? conn->lost_with : OK;
}
