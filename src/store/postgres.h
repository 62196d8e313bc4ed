/* What the files of the PostgreSQL engine share; included by store/postgres*.c only. */
#ifndef SIGNET_STORE_POSTGRES_H
#define SIGNET_STORE_POSTGRES_H

#include <stdatomic.h>

#include "store/engine.h"
#include "store/postgres_library.h"

struct pg_db {
    struct db base;
    char *url;
    char schema[64];
    _Atomic(PGconn *) spare; /* a connection nobody has, for the next who connects; or NULL */
    atomic_int handed_on;    /* how many became the spare */
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

/* postgres_link.c */
enum err pg_open(const struct db_options *options, struct arena *arena, struct db **out,
                 struct str *why);
void pg_close(struct db *db);
const char *pg_place(struct db *db, enum db_part part);
enum err pg_connect(struct db *db, enum db_access access, enum db_part part, struct db_conn **out);
void pg_disconnect(struct db_conn *conn);
enum err pg_listen(struct db_conn *conn, const char *channel);
int pg_wait_notify(struct db_conn *conn, int timeout_ms);

/* Outside of a transaction connects anew if need be; inside, there is only the connection it began
 * on. */
enum err pg_ready(struct pg_conn *conn);
/* The answer to what a PQsend function sent, or NULL and *err; the caller clears it. sent is what
 * that function returned. */
PGresult *pg_take(struct pg_conn *conn, int sent, enum err *err);
/* Statements without parameters; *rows (may be NULL) is the number of rows of the last one. */
enum err pg_simple(struct pg_conn *conn, const char *sql, int *rows);

#endif
