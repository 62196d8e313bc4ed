/* A connection: accepted, read, its requests handed to the handler one after the other, closed. */
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "http/server.h"

/* Input that waits for an answer; beyond it nothing is read. TLS may add what one read held. */
#define PENDING_PAUSE ((size_t)64 * 1024)
#define PENDING_MAX   ((size_t)512 * 1024)
/* Answers to pipelined requests are gathered up to this. */
#define GATHER_MAX ((size_t)32 * 1024)
/* Messages that a loop keeps for the next requests. */
#define SPARE_MAX 64
/* A peer that took nothing before that many sweeps in a row is deaf. */
#define DEAF_AFTER 2

static const struct http_limits *limits_of(const struct http_conn *conn)
{
    return &conn->loop->server->options.limits;
}

static void set_deadline(struct http_conn *conn, int ms)
{
    conn->deadline = uv_now(&conn->loop->uv) + (uint64_t)ms;
}

/* ---- Messages ---- */

void message_release(struct http_loop *loop, struct message *message)
{
    if (loop->spare_count == SPARE_MAX) {
        message_free(message);
        return;
    }
    if (message->request.arena)
        arena_reset(message->request.arena);
    message->next = loop->spare;
    loop->spare = message;
    loop->spare_count++;
}

static struct message *take_message(struct http_loop *loop)
{
    struct message *message = loop->spare;
    if (!message)
        return message_new(&loop->server->options.limits);
    loop->spare = message->next;
    loop->spare_count--;
    return message;
}

/* ---- Input ---- */

static bool can_run(const struct http_conn *conn)
{
    return conn->state == CONN_OPEN && !conn->writes;
}

static bool begin(struct http_conn *conn)
{
    conn->message = take_message(conn->loop);
    if (!conn->message) {
        log_error("out of memory: a connection is closed");
        conn_close(conn);
        return false;
    }
    message_start(conn->message);
    struct message *message = conn->message;
    struct http_request *request = &message->request;
    memcpy(message->remote, conn->remote, sizeof message->remote);
    request->remote = str_of(message->remote);
    request->secure = conn->tls != NULL;
    request->listener = conn->tag;
    request->loop = conn->loop;
    request->conn = conn;
    set_deadline(conn, limits_of(conn)->header_timeout_ms);
    return true;
}

static void dispatch(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    struct message *message = conn->message;
    struct http_request *request = &message->request;
    if (!request->arena && !(request->arena = arena_new(limits_of(conn)->arena_max))) {
        output_refuse(conn, 503, "the server is out of memory");
        return;
    }
    conn->state = CONN_BUSY;
    conn->deadline = 0;
    loop->requests++;
    stats_add(&loop->stats.requests);
    loop->server->options.handle(request, loop->server->options.arg);
}

/* The deadline moves on with each byte, so that the body arrives at the minimum rate. */
static void expect_body(struct http_conn *conn)
{
    struct message *message = conn->message;
    const struct http_limits *limits = limits_of(conn);
    if (!message->body_since) {
        message->body_since = uv_now(&conn->loop->uv) + (uint64_t)limits->body_grace_ms;
        if (message->expects_continue && message->raw_body == 0 && message->body_n == 0)
            BUF_LIT(&conn->loop->out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    conn->deadline = message->body_since + message->body_n * 1000 / (uint64_t)limits->body_rate;
}

static void react(struct http_conn *conn)
{
    struct message *message = conn->message;
    switch (message->state) {
    case MESSAGE_HEAD:
        break;
    case MESSAGE_BODY:
        expect_body(conn);
        break;
    case MESSAGE_DONE:
        dispatch(conn);
        break;
    case MESSAGE_REFUSED:
        output_refuse(conn, message->status, message->reason);
        break;
    }
}

/* Returns how many bytes were taken: all, or those before a request whose answer is not there yet.
 */
static size_t process(struct http_conn *conn, const char *bytes, size_t n)
{
    struct http_loop *loop = conn->loop;
    size_t used = 0;
    loop->current = conn;
    while (used < n && can_run(conn)) {
        if (!conn->message && !begin(conn))
            break;
        used += message_feed(conn->message, bytes + used, n - used);
        react(conn);
        if (loop->out.n > GATHER_MAX)
            output_flush(conn);
    }
    loop->current = NULL;
    output_finish(conn);
    return used;
}

static void keep(struct http_conn *conn, const char *bytes, size_t n)
{
    if (n == 0 || conn->state > CONN_BUSY)
        return;
    /* A client that always has a request under way never lets this run empty. */
    if (conn->pending_at) {
        conn->pending.n -= conn->pending_at;
        memmove(conn->pending.p, conn->pending.p + conn->pending_at, conn->pending.n);
        conn_release_bytes(conn, conn->pending_at);
        conn->pending_at = 0;
    }
    if (!conn_hold_bytes(conn, n))
        return;
    buf_put(&conn->pending, bytes, n);
    if (conn->pending.failed) {
        log_warn("out of memory: a connection is closed");
        conn_close(conn);
    } else if ((conn->writes || conn->pending.n >= PENDING_PAUSE) && !conn->paused) {
        conn->paused = true;
        uv_read_stop((uv_stream_t *)&conn->tcp);
    }
}

static void drop_pending(struct http_conn *conn)
{
    conn_release_bytes(conn, conn->pending.n);
    buf_free(&conn->pending);
    conn->pending_at = 0;
}

static void start_reading(struct http_conn *conn);

static void run_pending(struct http_conn *conn)
{
    while (conn->pending_at < conn->pending.n && can_run(conn))
        conn->pending_at +=
            process(conn, conn->pending.p + conn->pending_at, conn->pending.n - conn->pending_at);
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->pending_at == conn->pending.n || conn->state > CONN_BUSY)
        drop_pending(conn);
    if (conn->paused && conn->pending.n == 0)
        start_reading(conn);
    if (conn->eof && can_run(conn))
        conn_close(conn);
}

/* Connections that became ready while another one's input was processed. */
static void settle(struct http_loop *loop)
{
    if (loop->settling)
        return;
    loop->settling = true;
    while (loop->ready) {
        struct http_conn *conn = loop->ready;
        loop->ready = conn->ready_next;
        conn->is_ready = false;
        run_pending(conn);
    }
    loop->settling = false;
}

void conn_resume(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    if (!conn->is_ready && (conn->pending.n || conn->eof || conn->paused)) {
        conn->is_ready = true;
        conn->ready_next = loop->ready;
        loop->ready = conn;
    }
    if (!loop->current)
        settle(loop);
}

static void take_input(struct http_conn *conn, const char *bytes, size_t n)
{
    size_t used = conn->pending.n == 0 ? process(conn, bytes, n) : 0;
    keep(conn, bytes + used, n - used);
    settle(conn->loop);
}

/* ---- Reading ---- */

static void on_eof(struct http_conn *conn)
{
    conn->eof = true;
    if (conn->state == CONN_LINGER || (can_run(conn) && conn->pending.n == 0))
        conn_close(conn);
}

static void take_records(struct http_conn *conn, const char *bytes, size_t n)
{
    struct http_loop *loop = conn->loop;
    loop->plain.n = 0;
    enum tls_result result =
        tls_read(conn->tls, (struct str){bytes, n}, &loop->plain, &loop->cipher);
    output_flush_cipher(conn);
    if (result == TLS_FAILED && conn->state != CONN_CLOSED)
        conn_close(conn);
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->shaking_hands && tls_is_established(conn->tls)) {
        conn->shaking_hands = false;
        set_deadline(conn, limits_of(conn)->idle_timeout_ms);
    }
    if (loop->plain.n)
        take_input(conn, loop->plain.p, loop->plain.n);
    if (result == TLS_CLOSED && conn->state != CONN_CLOSED)
        on_eof(conn);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct http_conn *conn = (struct http_conn *)handle;
    (void)suggested;
    *buffer = uv_buf_init(conn->loop->input, LOOP_INPUT);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct http_conn *conn = (struct http_conn *)stream;
    struct http_loop *loop = conn->loop;
    if (loop->entries.n >= HELD_TURN * sizeof(struct held_write))
        output_flush_held(loop);
    loop->holds = true;
    if (n == UV_EOF)
        on_eof(conn);
    else if (n < 0)
        conn_close(conn);
    else if (n > 0 && conn->state <= CONN_BUSY && conn->tls)
        take_records(conn, buffer->base, (size_t)n);
    else if (n > 0 && conn->state <= CONN_BUSY)
        take_input(conn, buffer->base, (size_t)n);
    loop->holds = false;
}

static void start_reading(struct http_conn *conn)
{
    conn->paused = false;
    if (!conn->eof && uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) != 0)
        conn_close(conn);
}

/* ---- The end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct http_conn *conn = (struct http_conn *)handle;
    struct http_loop *loop = conn->loop;
    free(conn);
    loop_check_done(loop);
}

static void forget(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        loop->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    if (!loop->conns)
        uv_timer_stop(&loop->sweep);
    peers_remove(loop->server->peers, conn->peer);
    atomic_fetch_sub(&loop->server->connections, 1);
}

void conn_close(struct http_conn *conn)
{
    if (conn->state == CONN_CLOSED)
        return;
    /* A request at the handler goes on without its connection; http_respond gives it back. */
    if (conn->state == CONN_BUSY)
        conn->message->request.conn = NULL;
    else if (conn->message)
        message_release(conn->loop, conn->message);
    conn->message = NULL;
    conn->state = CONN_CLOSED;
    tls_session_free(conn->tls);
    conn->tls = NULL;
    buf_free(&conn->pending);
    conn->pending_at = 0;
    conn->rest = STR_NONE;
    conn_release_bytes(conn, conn->unsent);
    forget(conn);
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

void conn_close_idle(struct http_conn *conn)
{
    if (conn->state == CONN_OPEN && !conn->message && !conn->writes && !conn->pending.n)
        conn_close(conn);
}

void conn_reset(struct http_conn *conn)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    conn_close(conn);
}

/* ---- Answers that are not taken ---- */

void conn_look_at_writes(struct http_conn *conn)
{
    size_t left = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);
    if (left == conn->unwritten) {
        if (conn->stalls < DEAF_AFTER)
            conn->stalls++;
        return;
    }
    conn->stalls = 0;
    conn->unwritten = left;
    set_deadline(conn, limits_of(conn)->write_timeout_ms);
}

bool conn_is_deaf(const struct http_conn *conn)
{
    return conn->writes && conn->stalls == DEAF_AFTER;
}

/* Who is to go for the sake of another connection: of those who take nothing the one that keeps
 * most, else who keeps at least as much as that one; NULL: nobody. */
static struct http_conn *find_victim(const struct http_conn *but)
{
    struct http_conn *victim = NULL;
    for (struct http_conn *conn = but->loop->conns; conn; conn = conn->next) {
        bool deaf = conn_is_deaf(conn);
        if (conn == but || !conn->unsent || (!deaf && conn->unsent < but->unsent))
            continue;
        bool better = !victim || deaf > conn_is_deaf(victim) ||
                      (deaf == conn_is_deaf(victim) && conn->unsent > victim->unsent);
        if (better)
            victim = conn;
    }
    return victim;
}

bool conn_hold_bytes(struct http_conn *conn, size_t n)
{
    struct http_server *server = conn->loop->server;
    size_t max = server->options.limits.max_unsent;
    conn->unsent += n;
    atomic_fetch_add_explicit(&server->unsent, n, memory_order_relaxed);
    while (atomic_load_explicit(&server->unsent, memory_order_relaxed) > max) {
        struct http_conn *victim = find_victim(conn);
        loop_complain(conn->loop, "a connection is closed",
                      "clients take too little of their answers (SIGNET_MAX_UNSENT)");
        conn_reset(victim ? victim : conn);
        if (!victim)
            return false;
    }
    return true;
}

void conn_release_bytes(struct http_conn *conn, size_t n)
{
    conn->unsent -= n;
    atomic_fetch_sub_explicit(&conn->loop->server->unsent, n, memory_order_relaxed);
}

/* ---- Deadlines ---- */

void conn_expire(struct http_conn *conn)
{
    if (conn->writes) {
        conn_reset(conn);
    } else if (conn->state == CONN_OPEN && conn->message) {
        bool head = conn->message->state == MESSAGE_HEAD;
        output_refuse(conn, 408,
                      head ? "the request headers took too long to arrive"
                           : "the request body arrived too slowly");
        output_finish(conn);
    } else {
        conn_close(conn);
    }
}

/* ---- The beginning ---- */

static void on_dropped(uv_handle_t *handle)
{
    struct http_conn *conn = (struct http_conn *)handle;
    struct http_loop *loop = conn->loop;
    if (!conn->is_spare) {
        free(conn);
        return;
    }
    loop->spare_conn = conn;
    for (size_t i = 0; i < loop->server->options.listener_count; i++) {
        struct loop_listener *listener = &loop->listeners[i];
        if (listener->waits && !loop->stopping)
            conn_accept(loop, listener);
    }
}

/* libuv listens no more until a connection that it told of is accepted: so where there is no memory
 * for one, the spare one takes it, to be closed at once; and if that is under way, the connection
 * waits. */
static struct http_conn *conn_new(struct http_loop *loop, struct loop_listener *listener)
{
    struct http_conn *conn = calloc(1, sizeof *conn);
    listener->waits = !conn && !loop->spare_conn;
    if (listener->waits)
        return NULL;
    if (!conn) {
        conn = loop->spare_conn;
        loop->spare_conn = NULL;
        *conn = (struct http_conn){.is_spare = true};
    }
    conn->loop = loop;
    conn->tag = listener->tag;
    uv_tcp_init(&loop->uv, &conn->tcp);
    return conn;
}

static void drop(struct http_conn *conn, bool say_busy)
{
    static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Connection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n";
    stats_add(&conn->loop->stats.refused);
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)busy, sizeof busy - 1);
    if (say_busy && !conn->loop->server->cert_path)
        uv_try_write((uv_stream_t *)&conn->tcp, &buffer, 1);
    uv_close((uv_handle_t *)&conn->tcp, on_dropped);
}

static bool read_peer(struct http_conn *conn)
{
    struct sockaddr_storage address;
    int n = sizeof address;
    if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&address, &n) != 0)
        return false;
    conn->peer = peer_of((const struct sockaddr *)&address);
    return uv_ip_name((const struct sockaddr *)&address, conn->remote, sizeof conn->remote) == 0;
}

static bool start_tls(struct http_conn *conn)
{
    struct http_server *server = conn->loop->server;
    pthread_mutex_lock(&server->tls_lock);
    if (server->tls) {
        conn->tls = tls_session_new(server->tls);
        conn->shaking_hands = true;
    }
    pthread_mutex_unlock(&server->tls_lock);
    return conn->tls || !conn->shaking_hands;
}

static void admit(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    conn->next = loop->conns;
    if (conn->next)
        conn->next->prev = conn;
    else
        loop_start_sweep(loop);
    loop->conns = conn;
    conn->pending = buf_new(NULL, PENDING_MAX);
    stats_add(&loop->stats.accepted);
    if (!start_tls(conn)) {
        conn_close(conn);
        return;
    }
    set_deadline(conn,
                 conn->tls ? limits_of(conn)->header_timeout_ms : limits_of(conn)->idle_timeout_ms);
    start_reading(conn);
}

void conn_accept(struct http_loop *loop, struct loop_listener *listener)
{
    struct http_server *server = loop->server;
    struct http_conn *conn = conn_new(loop, listener);
    if (!conn)
        return;
    if (uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&conn->tcp) != 0 ||
        !read_peer(conn)) {
        uv_close((uv_handle_t *)&conn->tcp, on_dropped);
        return;
    }
    if (conn->is_spare) {
        loop_complain(loop, "cannot accept a connection", "out of memory");
        drop(conn, true);
        return;
    }
    bool full = atomic_fetch_add(&server->connections, 1) >= server->options.limits.max_connections;
    if (full || !peers_add(server->peers, conn->peer)) {
        atomic_fetch_sub(&server->connections, 1);
        drop(conn, full);
        return;
    }
    admit(conn);
}
