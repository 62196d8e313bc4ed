/* The scale-out engine: connections to PostgreSQL, what is said over them, and its errors. A
 * connection that was lost is made anew at its next use outside of a transaction. */
#include "store/postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define OLDEST       150000 /* version 15, as PQserverVersion counts */
#define CONNECT_S    "3"    /* for each host of the URL */
#define SILENT_MS    1000   /* who refuses a connection does so at once */
#define STATEMENT_MS 4500
#define ANSWER_MS    5000 /* a server that lives has cancelled the statement by then */
#define FOREVER      (-1)
#define HANDED_ON    4 /* connections of a start: two upgrades, the seeding, the first snapshot */

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

static int64_t timeout_of(const struct pg_conn *conn)
{
    return conn->base.access == DB_UPGRADE ? FOREVER : ANSWER_MS;
}

/* The answer to what was sent: its last result, which is the error if there was one. NULL when none
 * came in time. The caller clears it. */
static PGresult *wait_result(struct pg_conn *conn)
{
    PGconn *pg = conn->pg;
    int64_t timeout_ms = timeout_of(conn);
    int64_t deadline = timeout_ms == FOREVER ? FOREVER : clock_monotonic_ms() + timeout_ms;
    PGresult *kept = NULL;
    for (;;) {
        while (PQisBusy(pg)) {
            if (!wait_readable(pg, deadline)) {
                PQclear(kept);
                conn->base.silent = deadline != FOREVER && clock_monotonic_ms() >= deadline;
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

/* The answer to what was just sent, or NULL and *err. */
PGresult *pg_take(struct pg_conn *conn, int sent, enum err *err)
{
    PGresult *result = sent ? wait_result(conn) : NULL;
    *err = is_success(result) ? OK : result_error(conn, result);
    if (!*err)
        return result;
    PQclear(result);
    return NULL;
}

enum err pg_simple(struct pg_conn *conn, const char *sql, int *rows)
{
    enum err err;
    PGresult *result = pg_take(conn, PQsendQuery(conn->pg, sql), &err);
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

/* What the URL says wins over these. GSSAPI is not asked to encrypt unless that is wanted: its
 * library ends the process where there is no memory. */
static PGconn *dial(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",           "client_encoding",  "keepalives_idle",
        "keepalives_interval",       "keepalives_count", "gssencmode",
        "fallback_application_name", "dbname",           NULL};
    const char *gss = getenv("PGGSSENCMODE") ? NULL : "disable";
    const char *const values[] = {CONNECT_S, "UTF8", "10", "5", "3", gss, "signet", url, NULL};
    PGconn *pg = PQconnectdbParams(names, values, 1);
    if (pg)
        PQsetNoticeReceiver(pg, drop_notice, NULL);
    return pg;
}

#define MESSAGE_MAX 512

/* libpq's text, which may have several lines, as one. */
static const char *message_of(const PGconn *pg, char out[MESSAGE_MAX])
{
    struct str rest = str_of(pg ? PQerrorMessage(pg) : "out of memory"), line;
    size_t n = 0;
    out[0] = '\0';
    while (n < MESSAGE_MAX - 1 && (line = str_split(&rest, '\n')).p) {
        line = str_trim(line);
        if (line.n)
            n += (size_t)snprintf(out + n, MESSAGE_MAX - n, "%s%.*s", n ? "; " : "", STR_ARG(line));
    }
    return out;
}

/* Whether libpq understands the URL. What it says of one that it does not may quote the password.
 */
static bool is_understood(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    PQconninfoFree(options);
    return options != NULL;
}

static enum err make_schema(struct pg_conn *conn, const char *schema)
{
    char sql[256];
    /* One upgrade at a time in the whole database: an extension belongs to all schemas. */
    enum err err = pg_simple(conn, "SELECT pg_advisory_lock(hashtext('signet'))", NULL);
    int found = 0;
    snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_namespace WHERE nspname = '%s'", schema);
    if (!err)
        err = pg_simple(conn, sql, &found);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", schema);
    return err || found ? err : pg_simple(conn, sql, NULL);
}

static enum err listen_now(struct pg_conn *conn)
{
    char *name = PQescapeIdentifier(conn->pg, conn->channel, strlen(conn->channel));
    char sql[192];
    snprintf(sql, sizeof(sql), "LISTEN %s", name ? name : "");
    enum err err = name ? pg_simple(conn, sql, NULL) : ERR_NO_MEMORY;
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
    enum err err = pg_simple(conn, sql, NULL);
    if (!err && upgrade)
        err = make_schema(conn, schema);
    if (!err && *conn->channel)
        err = listen_now(conn);
    return err;
}

/* Whether nobody said anything on the connection since its last answer: what arrived meanwhile may
 * be the server's good-bye. */
static bool is_idle(PGconn *pg)
{
    if (!pg || PQstatus(pg) != CONNECTION_OK || PQtransactionStatus(pg) != PQTRANS_IDLE)
        return false;
    struct pollfd socket = {.fd = PQsocket(pg), .events = POLLIN};
    while (poll(&socket, 1, 0) > 0) {
        if (!PQconsumeInput(pg))
            return false;
    }
    return true;
}

/* What a start needs one after the other it does on one connection, whose server process has read
 * the catalog already. */
static PGconn *spare_or_dial(struct pg_db *db)
{
    PGconn *spare = atomic_exchange(&db->spare, NULL);
    if (is_idle(spare))
        return spare;
    PQfinish(spare);
    return dial(db->url);
}

static void hand_on(struct pg_conn *conn)
{
    struct pg_db *db = (struct pg_db *)conn->base.db;
    if (*conn->channel || !is_idle(conn->pg) || atomic_fetch_add(&db->handed_on, 1) >= HANDED_ON ||
        pg_simple(conn, "DISCARD ALL", NULL))
        return;
    PQfinish(atomic_exchange(&db->spare, conn->pg));
    conn->pg = NULL;
}

static enum err connect_now(struct pg_conn *conn)
{
    disconnect_now(conn);
    int64_t since = clock_monotonic_ms();
    conn->pg = spare_or_dial((struct pg_db *)conn->base.db);
    conn->first_number = conn->next_number;
    conn->deallocate = false;
    conn->missed = *conn->channel != '\0';
    char message[MESSAGE_MAX];
    enum err err = ERR_UNAVAILABLE;
    if (PQstatus(conn->pg) == CONNECTION_OK)
        err = set_up(conn);
    else
        log_error("database: cannot connect: %s", message_of(conn->pg, message));
    if (err && clock_monotonic_ms() - since >= SILENT_MS)
        conn->base.silent = true;
    if (err)
        disconnect_now(conn);
    return err;
}

/* In a transaction there is only the connection it began on. */
enum err pg_ready(struct pg_conn *conn)
{
    if (conn->base.state != DB_NO_TRANSACTION)
        return conn->pg ? OK : ERR_UNAVAILABLE;
    return is_idle(conn->pg) ? OK : connect_now(conn);
}

enum err pg_connect(struct db *db, enum db_access access, enum db_part part, struct db_conn **out)
{
    struct pg_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        return ERR_NO_MEMORY;
    conn->base.db = db;
    conn->base.access = access;
    conn->base.part = part;
    conn->next_number = 1;
    conn->text = buf_new(NULL, 256 << 20);
    /* The pools' are made at their first use: an upgrade came before them and found the server. */
    enum err err = access == DB_UPGRADE ? connect_now(conn) : OK;
    if (err) {
        buf_free(&conn->text);
        free(conn);
        return err;
    }
    *out = &conn->base;
    return OK;
}

void pg_disconnect(struct db_conn *base)
{
    struct pg_conn *conn = self(base);
    hand_on(conn);
    disconnect_now(conn);
    buf_free(&conn->text);
    free(conn->values);
    free(conn);
}

/* Notices */

enum err pg_listen(struct db_conn *base, const char *channel)
{
    struct pg_conn *conn = self(base);
    bool first = *conn->channel == '\0';
    snprintf(conn->channel, sizeof(conn->channel), "%s", channel);
    enum err err = is_idle(conn->pg) ? listen_now(conn) : connect_now(conn);
    conn->missed = conn->missed && !first; /* who had not listened has missed nothing */
    return err;
}

static bool take_notices(PGconn *pg)
{
    bool any = false;
    for (PGnotify *notice; (notice = PQnotifies(pg)); any = true)
        PQfreemem(notice);
    return any;
}

int pg_wait_notify(struct db_conn *base, int timeout_ms)
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

/* *out is a connection to a server that will do. */
static enum err check_server(const char *url, struct arena *arena, PGconn **out, struct str *why)
{
    const char *refused = pq_load();
    if (refused) {
        *why = arena_printf(arena, "PostgreSQL's client library is not there: %s", refused);
        return ERR_UNAVAILABLE;
    }
    if (!is_understood(url)) {
        *why = STR("it is malformed: percent-encode user and password");
        return ERR_UNAVAILABLE;
    }
    char message[MESSAGE_MAX];
    PGconn *pg = dial(url);
    if (PQstatus(pg) != CONNECTION_OK)
        *why = arena_printf(arena, "cannot connect to PostgreSQL: %s", message_of(pg, message));
    else if ((refused = refusal(pg)))
        *why = str_of(refused);
    if (PQstatus(pg) == CONNECTION_OK && !refused) {
        *out = pg;
        return OK;
    }
    PQfinish(pg);
    return ERR_UNAVAILABLE;
}

void pg_close(struct db *base)
{
    struct pg_db *db = (struct pg_db *)base;
    PQfinish(db->spare);
    free(db->url);
    free(db);
}

enum err pg_open(const struct db_options *options, struct arena *arena, struct db **out,
                 struct str *why)
{
    PGconn *pg;
    enum err err = check_server(options->url, arena, &pg, why);
    if (err)
        return err;
    struct pg_db *db = calloc(1, sizeof(*db));
    if (!db || !(db->url = strdup(options->url))) {
        free(db);
        PQfinish(pg);
        *why = STR("out of memory");
        return ERR_NO_MEMORY;
    }
    db->base.engine = &postgres_engine;
    atomic_init(&db->spare, pg);
    snprintf(db->schema, sizeof(db->schema), "signet_%s", options->tenant);
    *out = &db->base;
    return OK;
}

const char *pg_place(struct db *db, enum db_part part)
{
    (void)part;
    return ((struct pg_db *)db)->schema;
}
