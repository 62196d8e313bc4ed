/* What the parts of the HTTP server share: the server, a loop, a connection. Private to http/. */
#ifndef SIGNET_HTTP_SERVER_H
#define SIGNET_HTTP_SERVER_H

#include <stdatomic.h>
#include <uv.h>

#include "http/http.h"
#include "http/message.h"
#include "http/peers.h"
#include "http/response.h"
#include "http/tls.h"

/* One read takes at most this much. */
#define LOOP_INPUT ((size_t)64 * 1024)
/* With that many answers held the next input waits until they are written. */
#define HELD_TURN 16

struct http_server {
    struct http_options options; /* the pointers in it are not used after the start, but for these:
                                  */
    char *cert_path, *key_path;
    struct peers *peers;
    atomic_int connections;
    atomic_size_t unsent;     /* http_limits.max_unsent */
    pthread_mutex_t tls_lock; /* guards the pointer tls */
    struct tls_context *tls;  /* NULL: no TLS */
    int *ports;               /* one a listener */
    struct http_loop **loops;
    int loop_count;
};

struct loop_listener {
    uv_tcp_t tcp;
    int tag;
    bool waits; /* with a connection, for the spare one to come back */
};

struct loop_task {
    struct http_task task;
    struct http_loop *loop;
};

struct held_write {
    struct http_conn *conn;
    size_t n; /* bytes of loop->held, behind those before it */
};

struct loop_stats {
    atomic_int_fast64_t accepted, refused, requests, bad_requests;
};

/* Its thread alone touches it, but for tasks, posting, stats and what the start filled in. */
struct http_loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t sweep; /* runs only while there are connections */
    uint64_t sweep_ms;
    struct http_server *server;
    uv_thread_t thread;
    uv_sem_t started;
    void *user;
    struct loop_listener *listeners;
    _Atomic(struct http_task *) tasks; /* newest first */
    atomic_int posting;                /* threads inside http_post */
    struct http_conn *conns;
    struct http_conn *spare_conn; /* to refuse with where there is no memory; NULL while it does */
    int64_t requests;             /* at the handler, unanswered */
    struct message *spare;
    int spare_count;
    struct http_conn *current; /* whose input is being processed: loop->out is its */
    struct http_conn *ready;   /* a list; can go on as soon as current is done */
    bool settling;
    struct buf out;      /* answers not yet written */
    struct buf cipher;   /* TLS records not yet written */
    struct buf plain;    /* what TLS records held */
    uv_check_t turn;     /* the end of a turn writes what is held */
    struct buf held;     /* the bytes, entry by entry */
    struct buf entries;  /* struct held_write */
    bool holds;          /* input is being taken: what is answered may be held */
    uint64_t date_until; /* loop time up to which date is right */
    char date[RESPONSE_DATE_LENGTH];
    bool stopping, ended;
    int stop_timeout_ms;
    uint64_t stop_at; /* loop time */
    struct loop_task stop;
    uint64_t complained_at; /* loop time of the last error of connections that was logged */
    struct loop_stats stats;
    char input[LOOP_INPUT];
};

enum conn_state {
    CONN_OPEN,   /* waits for a request or is receiving one */
    CONN_BUSY,   /* its request is at the handler */
    CONN_ENDING, /* closes when all is written; input is thrown away */
    CONN_LINGER, /* our side is shut down; input is thrown away until the peer's is, too */
    CONN_CLOSED,
};

/* Small, because most connections wait: buffers and arena come with a request (struct message). */
struct http_conn {
    uv_tcp_t tcp;
    struct http_loop *loop;
    struct http_conn *prev, *next;
    struct http_conn *ready_next;
    struct message *message; /* the request being received or answered */
    struct tls_session *tls;
    struct buf pending; /* input that waits for the answer before it */
    size_t pending_at;  /* up to here it is done */
    struct str rest;    /* of an answer whose bytes stay, and that goes out piece by piece */
    size_t unsent;      /* its part of server->unsent */
    uint64_t deadline;  /* loop time; 0: none */
    size_t unwritten;   /* bytes in libuv's queue when its peer last took some */
    uint32_t writes;    /* held, or in libuv's queue */
    enum conn_state state;
    bool is_ready, paused, eof, linger, shaking_hands;
    uint8_t stalls; /* sweeps in a row before which its peer took nothing */
    bool is_spare;
    bool holding; /* has bytes in loop->held: what follows goes behind them */
    int tag;
    struct peer peer;
    char remote[48];
};

/* ---- loop.c ---- */

/* The loop with its listeners (fds, one a listener: taken over); not running. NULL: memory or
 * descriptors are out; the fds are closed then. */
struct http_loop *loop_new(struct http_server *server, const int *fds);
/* Starts its thread and waits until loop_start has returned. False: no thread. */
bool loop_run(struct http_loop *loop);
/* Posts the stop; loop_free joins. */
void loop_stop(struct http_loop *loop, int timeout_ms);
void loop_free(struct http_loop *loop, bool running);
/* Ends the loop when it is stopping and has nothing left to do. */
void loop_check_done(struct http_loop *loop);
/* Deadlines are looked at from now on. */
void loop_start_sweep(struct http_loop *loop);
const char *loop_date(struct http_loop *loop);
/* Logs what cannot be done and why, once a second at most. */
void loop_complain(struct http_loop *loop, const char *what, const char *why);

/* ---- connection.c ---- */

/* Takes the connection that waits at the listener; refuses it where there is no memory for it. */
void conn_accept(struct http_loop *loop, struct loop_listener *listener);
/* Closes at once. It is freed in a later turn of the loop. */
void conn_close(struct http_conn *conn);
/* Closes it unless a request is under way: for the graceful stop. */
void conn_close_idle(struct http_conn *conn);
/* Whether its peer has taken anything since the last sweep; one that has gets time again. */
void conn_look_at_writes(struct http_conn *conn);
/* Counts n more bytes as the connection's that wait in memory. Where that is too much, closes
 * connections of the loop that take nothing or keep more, and if none is left, this one: false. */
bool conn_hold_bytes(struct http_conn *conn, size_t n);
/* They wait no more. */
void conn_release_bytes(struct http_conn *conn, size_t n);
/* Closes it at once, with nothing left to the kernel to try. */
void conn_reset(struct http_conn *conn);
/* Whether its peer takes nothing of its answers. */
bool conn_is_deaf(const struct http_conn *conn);
/* Its deadline has passed. */
void conn_expire(struct http_conn *conn);
/* Continues with pending input, if it can. */
void conn_resume(struct http_conn *conn);
/* Gives a message back to the loop for the next request. */
void message_release(struct http_loop *loop, struct message *message);

/* ---- output.c ---- */

/* Answers with an error of the server's own and ends the connection. */
void output_refuse(struct http_conn *conn, int status, const char *reason);
/* Writes loop->out to the connection. */
void output_flush(struct http_conn *conn);
/* Writes TLS records as they are (loop->cipher). */
void output_flush_cipher(struct http_conn *conn);
/* Writes what is held for all connections of the loop. */
void output_flush_held(struct http_loop *loop);
/* output_flush; then ends a connection in CONN_ENDING if all is written. */
void output_finish(struct http_conn *conn);

static inline void stats_add(atomic_int_fast64_t *counter)
{
    /* One writer: no need for a locked instruction. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

#endif
