/* The scale-out engine: PostgreSQL through libpq. A tenant is a schema; a connection prepares its
 * statements as they are used and connects anew, outside of transactions, when it was lost. */
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/engine.h"

#define OLDEST       150000 /* version 15, as PQserverVersion counts */
#define STATEMENT_MS 5000
#define ANSWER_MS    7000 /* a server that lives has cancelled the statement by then */
#define FOREVER      (-1)

struct pg_db {
    struct db base;
    char *url;
    char schema[64];
};

struct pg_conn {
    struct db_conn base;
    PGconn *pg;            /* NULL: not connected */
    uint64_t next_number;  /* of the next statement to prepare */
    uint64_t first_number; /* statements with smaller numbers died with an earlier connection */
    bool deallocate;       /* the server has statements that are of no use any more */
    bool stale;            /* the last failure was one of a statement older than the schema */
    bool missed;           /* notices may have been lost while there was no connection */
    char channel[64];      /* "" or what LISTEN was asked for */
    struct buf text;       /* parameters, each with a NUL */
    const char **values;   /* pointers into text */
    size_t values_cap;
};

static struct pg_conn *self(struct db_conn *conn)
{
    return (struct pg_conn *)conn;
}

/* Errors */

/* SQLSTATEs by their beginning; the first that fits counts. */
static const struct {
    const char *state;
    enum err err;
} states[] = {
    {"23505", ERR_DB_UNIQUE},    {"23503", ERR_DB_FOREIGN_KEY}, {"23", ERR_DB_CONSTRAINT},
    {"22", ERR_DB_CONSTRAINT}, /* a value the column's type does not take */
    {"40001", ERR_DB_CONFLICT},  {"40P01", ERR_DB_CONFLICT},    {"55P03", ERR_DB_CONFLICT},
    {"0A000", ERR_DB_CONFLICT}, /* a prepared statement older than the schema */
    {"26000", ERR_DB_CONFLICT}, /* a prepared statement that someone deallocated */
    {"53100", ERR_STORAGE_FULL}, {"53", ERR_UNAVAILABLE},       {"57", ERR_UNAVAILABLE},
    {"58", ERR_UNAVAILABLE},     {"08P01", ERR_INTERNAL}, /* e.g. a wrong number of parameters */
    {"08", ERR_UNAVAILABLE},     {"28", ERR_UNAVAILABLE},       {"25P03", ERR_UNAVAILABLE},
    {"XX001", ERR_UNAVAILABLE},  {"XX002", ERR_UNAVAILABLE},
};

static bool state_is(const PGresult *result, const char *prefix)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state && strncmp(state, prefix, strlen(prefix)) == 0;
}

static void disconnect_now(struct pg_conn *conn)
{
    PQfinish(conn->pg);
    conn->pg = NULL;
}

/* The error a failed result (NULL: none came) stands for. A connection that is lost, or that leads
 * to a server that became a standby, is closed. Only the primary message is logged: details hold
 * values. */
static enum err result_error(struct pg_conn *conn, const PGresult *result)
{
    enum err err = ERR_INTERNAL;
    if (!result || PQstatus(conn->pg) != CONNECTION_OK) {
        err = ERR_UNAVAILABLE;
    } else if (state_is(result, "25006") && conn->base.access != DB_READ) {
        err = ERR_UNAVAILABLE;
    } else {
        for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
            if (state_is(result, states[i].state)) {
                err = states[i].err;
                break;
            }
        }
    }
    if (err == ERR_INTERNAL || err == ERR_UNAVAILABLE || err == ERR_STORAGE_FULL) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        log_error("database: %s (%s)", message ? message : "the connection was lost",
                  state ? state : "no answer");
    }
    conn->stale = state_is(result, "0A000") || state_is(result, "26000");
    if (err == ERR_UNAVAILABLE &&
        (!result || PQstatus(conn->pg) != CONNECTION_OK || state_is(result, "25006")))
        disconnect_now(conn);
    return err;
}

/* Talking to the server */

/* False when the deadline passed or the connection broke. */
static bool wait_readable(PGconn *pg, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline == FOREVER ? FOREVER : deadline - clock_monotonic_ms();
        if (deadline != FOREVER && left <= 0)
            return false;
        struct pollfd socket = {.fd = PQsocket(pg), .events = POLLIN};
        int ready = poll(&socket, 1, (int)left);
        if (ready > 0)
            return PQconsumeInput(pg) == 1;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/* The answer to what was sent: its last result, which is the error if there was one. NULL when none
 * came in time. The caller clears it. */
static PGresult *wait_result(PGconn *pg, int64_t timeout_ms)
{
    int64_t deadline = timeout_ms == FOREVER ? FOREVER : clock_monotonic_ms() + timeout_ms;
    PGresult *kept = NULL;
    for (;;) {
        while (PQisBusy(pg)) {
            if (!wait_readable(pg, deadline)) {
                PQclear(kept);
                return NULL;
            }
        }
        PGresult *result = PQgetResult(pg);
        if (!result)
            return kept;
        PQclear(kept);
        kept = result;
    }
}

static bool is_success(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static int64_t timeout_of(const struct pg_conn *conn)
{
    return conn->base.access == DB_UPGRADE ? FOREVER : ANSWER_MS;
}

/* The answer to what was just sent, or NULL and *err. */
static PGresult *take_result(struct pg_conn *conn, int sent, enum err *err)
{
    PGresult *result = sent ? wait_result(conn->pg, timeout_of(conn)) : NULL;
    *err = is_success(result) ? OK : result_error(conn, result);
    if (!*err)
        return result;
    PQclear(result);
    return NULL;
}

static enum err simple(struct pg_conn *conn, const char *sql, int *rows)
{
    enum err err;
    PGresult *result = take_result(conn, PQsendQuery(conn->pg, sql), &err);
    if (result && rows)
        *rows = PQntuples(result);
    PQclear(result);
    return err;
}

/* Connecting */

static void drop_notice(void *arg, const PGresult *result)
{
    (void)arg, (void)result;
}

/* What the URL says wins over these. */
static PGconn *dial(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",  "client_encoding",           "keepalives_idle", "keepalives_interval",
        "keepalives_count", "fallback_application_name", "dbname",          NULL};
    const char *const values[] = {"5", "UTF8", "10", "5", "3", "signet", url, NULL};
    PGconn *pg = PQconnectdbParams(names, values, 1);
    if (pg)
        PQsetNoticeReceiver(pg, drop_notice, NULL);
    return pg;
}

/* Texts end in a line feed in libpq. */
static struct str message_of(const PGconn *pg)
{
    struct str text = str_of(pg ? PQerrorMessage(pg) : "out of memory");
    while (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    return text;
}

static enum err make_schema(struct pg_conn *conn, const char *schema)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock(hashtext('%s'))", schema);
    enum err err = simple(conn, sql, NULL);
    int found = 0;
    snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_namespace WHERE nspname = '%s'", schema);
    if (!err)
        err = simple(conn, sql, &found);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", schema);
    return err || found ? err : simple(conn, sql, NULL);
}

static enum err listen_now(struct pg_conn *conn)
{
    char *name = PQescapeIdentifier(conn->pg, conn->channel, strlen(conn->channel));
    char sql[192];
    snprintf(sql, sizeof(sql), "LISTEN %s", name ? name : "");
    enum err err = name ? simple(conn, sql, NULL) : ERR_NO_MEMORY;
    PQfreemem(name);
    return err;
}

static enum err set_up(struct pg_conn *conn)
{
    const char *schema = ((struct pg_db *)conn->base.db)->schema;
    bool upgrade = conn->base.access == DB_UPGRADE;
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SET search_path TO \"%s\"; SET statement_timeout = %d;"
             "SET idle_in_transaction_session_timeout = %d;"
             "SET default_transaction_read_only = %s",
             schema, upgrade ? 0 : STATEMENT_MS, upgrade ? 0 : 6 * STATEMENT_MS,
             conn->base.access == DB_READ ? "on" : "off");
    enum err err = simple(conn, sql, NULL);
    if (!err && upgrade)
        err = make_schema(conn, schema);
    if (!err && *conn->channel)
        err = listen_now(conn);
    return err;
}

static enum err connect_now(struct pg_conn *conn)
{
    disconnect_now(conn);
    conn->pg = dial(((struct pg_db *)conn->base.db)->url);
    conn->first_number = conn->next_number;
    conn->deallocate = false;
    conn->missed = *conn->channel != '\0';
    enum err err = ERR_UNAVAILABLE;
    if (PQstatus(conn->pg) == CONNECTION_OK)
        err = set_up(conn);
    else
        log_error("database: cannot connect: %.*s", STR_ARG(message_of(conn->pg)));
    if (err)
        disconnect_now(conn);
    return err;
}

/* Whether an idle connection can be used: what arrived meanwhile may be the server's good-bye. */
static bool is_alive(struct pg_conn *conn)
{
    if (!conn->pg || PQstatus(conn->pg) != CONNECTION_OK ||
        PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
        return false;
    struct pollfd socket = {.fd = PQsocket(conn->pg), .events = POLLIN};
    while (poll(&socket, 1, 0) > 0) {
        if (!PQconsumeInput(conn->pg))
            return false;
    }
    return true;
}

/* In a transaction there is only the connection it began on. */
static enum err ready(struct pg_conn *conn)
{
    if (conn->base.state != DB_NO_TRANSACTION)
        return conn->pg ? OK : ERR_UNAVAILABLE;
    return is_alive(conn) ? OK : connect_now(conn);
}

static enum err pg_connect(struct db *db, enum db_access access, enum db_part part,
                           struct db_conn **out)
{
    struct pg_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        return ERR_NO_MEMORY;
    conn->base.db = db;
    conn->base.access = access;
    conn->base.part = part;
    conn->next_number = 1;
    conn->text = buf_new(NULL, 256 << 20);
    enum err err = connect_now(conn);
    if (err) {
        buf_free(&conn->text);
        free(conn);
        return err;
    }
    *out = &conn->base;
    return OK;
}

static void pg_disconnect(struct db_conn *base)
{
    struct pg_conn *conn = self(base);
    disconnect_now(conn);
    buf_free(&conn->text);
    free(conn->values);
    free(conn);
}

/* Opening */

static const char *refusal(const PGconn *pg)
{
    const char *encoding = PQparameterStatus(pg, "server_encoding");
    if (PQserverVersion(pg) < OLDEST)
        return "PostgreSQL is too old: version 15 or newer is needed";
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return "PostgreSQL's database does not have the encoding UTF8";
    return NULL;
}

static enum err check_server(const char *url, struct arena *arena, struct str *why)
{
    PGconn *pg = dial(url);
    const char *refused = NULL;
    if (PQstatus(pg) != CONNECTION_OK)
        *why = arena_printf(arena, "cannot connect to PostgreSQL: %.*s", STR_ARG(message_of(pg)));
    else if ((refused = refusal(pg)))
        *why = str_of(refused);
    enum err err = PQstatus(pg) == CONNECTION_OK && !refused ? OK : ERR_UNAVAILABLE;
    PQfinish(pg);
    return err;
}

static void pg_close(struct db *base)
{
    struct pg_db *db = (struct pg_db *)base;
    free(db->url);
    free(db);
}

static enum err pg_open(const struct db_options *options, struct arena *arena, struct db **out,
                        struct str *why)
{
    enum err err = check_server(options->url, arena, why);
    if (err)
        return err;
    struct pg_db *db = calloc(1, sizeof(*db));
    if (!db || !(db->url = strdup(options->url))) {
        free(db);
        *why = STR("out of memory");
        return ERR_NO_MEMORY;
    }
    db->base.engine = &postgres_engine;
    snprintf(db->schema, sizeof(db->schema), "signet_%s", options->tenant);
    *out = &db->base;
    return OK;
}

static const char *pg_place(struct db *db, enum db_part part)
{
    (void)part;
    return ((struct pg_db *)db)->schema;
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
    enum err err = conn->deallocate ? simple(conn, "DEALLOCATE ALL", NULL) : OK;
    if (err)
        return err;
    if (conn->deallocate)
        conn->first_number = conn->next_number;
    conn->deallocate = false;
    statement->number = conn->next_number++;
    char name[32];
    statement_name(statement, name, sizeof(name));
    PQclear(take_result(conn, PQsendPrepare(conn->pg, name, statement->sql, 0, NULL), &err));
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
    return take_result(conn, sent, err);
}

static enum err pg_run(struct db_conn *base, struct statement *statement,
                       const struct db_value *params, size_t count, struct db_result *result)
{
    struct pg_conn *conn = self(base);
    enum err err = ready(conn);
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
    enum err err = ready(conn);
    return err ? err : simple(conn, sql, NULL);
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

static enum err pg_listen(struct db_conn *base, const char *channel)
{
    struct pg_conn *conn = self(base);
    snprintf(conn->channel, sizeof(conn->channel), "%s", channel);
    if (!is_alive(conn))
        return connect_now(conn);
    return listen_now(conn);
}

static bool take_notices(PGconn *pg)
{
    bool any = false;
    for (PGnotify *notice; (notice = PQnotifies(pg)); any = true)
        PQfreemem(notice);
    return any;
}

static int pg_wait_notify(struct db_conn *base, int timeout_ms)
{
    struct pg_conn *conn = self(base);
    int64_t deadline = clock_monotonic_ms() + timeout_ms;
    if (!conn->pg)
        return -1;
    bool any = take_notices(conn->pg) || conn->missed;
    conn->missed = false;
    while (!any && wait_readable(conn->pg, deadline))
        any = take_notices(conn->pg);
    if (!any && PQstatus(conn->pg) != CONNECTION_OK) {
        disconnect_now(conn);
        return -1;
    }
    return any;
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
