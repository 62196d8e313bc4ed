/* Answers: from the handler to the socket, and the end of a connection. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/server.h"

/* Bodies up to this size are copied behind their head, so that one buffer is written. */
#define COPY_MAX ((size_t)16 * 1024)
/* A buffer of the loop that grew beyond this is given back. */
#define KEPT_BUFFER ((size_t)256 * 1024)

/* Of bodies whose bytes stay, that much is encrypted at a time. */
#define TLS_PIECE ((size_t)64 * 1024)

struct pending_write {
    uv_write_t write;
    size_t n;
    char bytes[];
};

/* What goes out in one write: bytes that the caller may reuse at once, and behind them such as
 * stay. */
struct output {
    struct str pieces[2];
    int count;
    bool stays; /* the last piece does */
};

static void watch_writes(struct http_conn *conn)
{
    conn->unwritten = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);
    conn->stalls = 0;
    conn->deadline =
        uv_now(&conn->loop->uv) + (uint64_t)conn->loop->server->options.limits.write_timeout_ms;
}

/* Our side ends; the peer may still be sending, and a reset would take the answer from it. So input
 * is read and thrown away for a while. RFC 9112 9.6. */
static void linger(struct http_conn *conn)
{
    enum { LINGER_MS = 2000 };
    uv_os_fd_t fd;
    conn->state = CONN_LINGER;
    conn->deadline = uv_now(&conn->loop->uv) + LINGER_MS;
    if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) != 0 || shutdown(fd, SHUT_WR) != 0)
        conn_close(conn);
}

static void empty(struct buf *buf)
{
    if (buf->cap > KEPT_BUFFER || buf->failed)
        buf_free(buf);
    buf->n = 0;
}

/* Tells a TLS peer that this is the end and no cut; one that does not take it gets none. */
static void say_goodbye(struct http_conn *conn)
{
    struct buf *cipher = &conn->loop->cipher;
    tls_close(conn->tls, cipher);
    uv_buf_t alert = uv_buf_init(cipher->p, (unsigned)cipher->n);
    if (alert.len)
        uv_try_write((uv_stream_t *)&conn->tcp, &alert, 1);
    empty(cipher);
}

/* All is written. */
static void end(struct http_conn *conn)
{
    if (conn->tls)
        say_goodbye(conn);
    if (conn->eof || !conn->linger)
        conn_close(conn);
    else
        linger(conn);
}

static void send_rest(struct http_conn *conn);

/* One write less: goes on with the connection if that was the last. */
static void written(struct http_conn *conn)
{
    if (!conn->writes)
        send_rest(conn);
    if (conn->state == CONN_CLOSED || conn->writes)
        return;
    if (conn->state == CONN_ENDING) {
        end(conn);
        return;
    }
    if (conn->state == CONN_OPEN && !conn->message)
        conn->deadline =
            uv_now(&conn->loop->uv) + (uint64_t)conn->loop->server->options.limits.idle_timeout_ms;
    conn_resume(conn);
    if (conn->loop->stopping)
        conn_close_idle(conn);
}

static void on_written(uv_write_t *write, int status)
{
    struct pending_write *pending = (struct pending_write *)write;
    struct http_conn *conn = write->data;
    if (conn->state != CONN_CLOSED)
        conn_release_bytes(conn, pending->n);
    free(pending);
    conn->writes--;
    if (status < 0)
        conn_close(conn);
    else
        written(conn);
}

/* Puts what the socket did not take, all but the first done bytes, into libuv's queue: as it is if
 * it stays, else as a copy. */
static void queue(struct http_conn *conn, const struct output *output, size_t done)
{
    struct str left[2] = {STR_NONE, STR_NONE};
    size_t n = 0;
    int copies = output->stays ? output->count - 1 : output->count;
    for (int i = 0; i < output->count; i++) {
        size_t skip = done < output->pieces[i].n ? done : output->pieces[i].n;
        done -= skip;
        left[i] = str_from(output->pieces[i], skip);
        n += i < copies ? left[i].n : 0;
    }
    if (!conn_hold_bytes(conn, n))
        return;
    struct pending_write *pending = malloc(sizeof *pending + n);
    if (!pending) {
        conn_close(conn);
        return;
    }
    pending->n = 0;
    for (int i = 0; i < copies; i++) {
        memcpy(pending->bytes + pending->n, left[i].p, left[i].n);
        pending->n += left[i].n;
    }
    uv_buf_t buffers[2] = {uv_buf_init(pending->bytes, (unsigned)n)};
    if (output->stays)
        buffers[1] = uv_buf_init((char *)(uintptr_t)left[copies].p, (unsigned)left[copies].n);
    pending->write.data = conn;
    if (uv_write(&pending->write, (uv_stream_t *)&conn->tcp, buffers, output->stays ? 2 : 1,
                 on_written) != 0) {
        free(pending);
        conn_close(conn);
        return;
    }
    conn->writes++;
    watch_writes(conn);
}

static void send_now(struct http_conn *conn, const struct output *output)
{
    uv_buf_t buffers[2] = {{0}};
    size_t total = 0;
    for (int i = 0; i < output->count; i++) {
        struct str piece = output->pieces[i];
        buffers[i] = uv_buf_init((char *)(uintptr_t)piece.p, (unsigned)piece.n);
        total += piece.n;
    }
    int sent = conn->writes
                   ? UV_EAGAIN
                   : uv_try_write((uv_stream_t *)&conn->tcp, buffers, (unsigned)output->count);
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent < 0)
        conn_close(conn);
    else if ((size_t)sent < total)
        queue(conn, output, (size_t)sent);
}

static struct held_write *held_entries(const struct http_loop *loop, size_t *count)
{
    *count = loop->entries.n / sizeof(struct held_write);
    return (struct held_write *)(void *)loop->entries.p;
}

/* Each write wakes the peer, who then sleeps again until the next one: so small answers wait for
 * the end of the turn, and are then written one right after the other. */
static void hold(struct http_conn *conn, const struct output *output)
{
    struct http_loop *loop = conn->loop;
    struct held_write entry = {.conn = conn, .n = loop->held.n};
    for (int i = 0; i < output->count; i++)
        buf_str(&loop->held, output->pieces[i]);
    entry.n = loop->held.n - entry.n;
    buf_put(&loop->entries, &entry, sizeof(entry));
    if (loop->entries.failed) {
        conn_close(conn);
        return;
    }
    conn->holding = true;
    conn->writes++;
}

/* First all is written, then the connections go on: what they answer now goes out at once. */
void output_flush_held(struct http_loop *loop)
{
    size_t count;
    struct held_write *entries = held_entries(loop, &count);
    struct str rest = buf_view(&loop->held);
    for (size_t i = 0; i < count; i++) {
        entries[i].conn->writes--;
        entries[i].conn->holding = false;
    }
    for (size_t i = 0; i < count; i++) {
        struct http_conn *conn = entries[i].conn;
        struct str bytes = {rest.p, entries[i].n};
        if (!rest.p)
            conn_close(conn);
        else if (conn->state != CONN_CLOSED)
            send_now(conn, &(struct output){.pieces = {bytes}, .count = 1});
        rest = str_from(rest, bytes.n);
    }
    for (size_t i = 0; i < count; i++)
        written(entries[i].conn);
    empty(&loop->held);
    empty(&loop->entries);
}

static bool may_hold(const struct http_conn *conn, const struct output *output)
{
    return conn->holding || (conn->loop->holds && !conn->writes && output->count == 1 &&
                             output->pieces[0].n <= COPY_MAX);
}

static void send_output(struct http_conn *conn, const struct output *output)
{
    if (may_hold(conn, output))
        hold(conn, output);
    else
        send_now(conn, output);
}

void output_flush_cipher(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    struct str records = buf_view(&loop->cipher);
    if (!records.p)
        conn_close(conn);
    else if (records.n)
        send_output(conn, &(struct output){.pieces = {records}, .count = 1});
    empty(&loop->cipher);
}

static bool encrypt(struct http_conn *conn, struct str bytes)
{
    struct buf *cipher = &conn->loop->cipher;
    if (tls_write(conn->tls, bytes, cipher))
        return true;
    empty(cipher);
    conn_close(conn);
    return false;
}

/* Goes on with it as long as the peer takes it. */
static void send_rest(struct http_conn *conn)
{
    while (conn->rest.n && !conn->writes) {
        struct str piece = {conn->rest.p, conn->rest.n < TLS_PIECE ? conn->rest.n : TLS_PIECE};
        conn->rest = str_from(conn->rest, piece.n);
        if (!encrypt(conn, piece))
            return;
        output_flush_cipher(conn);
    }
}

static void send_encrypted(struct http_conn *conn, const struct output *output)
{
    int whole = output->stays ? output->count - 1 : output->count;
    for (int i = 0; i < whole; i++)
        if (!encrypt(conn, output->pieces[i]))
            return;
    if (output->stays)
        conn->rest = output->pieces[whole];
    if (output->stays && !conn->writes)
        send_rest(conn);
    else
        output_flush_cipher(conn);
}

/* Writes loop->out and more behind it. */
static void flush_with(struct http_conn *conn, struct str more, bool stays)
{
    struct http_loop *loop = conn->loop;
    const struct output output = {
        .pieces = {buf_view(&loop->out), more},
        .count = more.n ? 2 : 1,
        .stays = more.n && stays,
    };
    if (!output.pieces[0].p)
        conn_close(conn);
    else if (conn->state != CONN_CLOSED && conn->tls)
        send_encrypted(conn, &output);
    else if (conn->state != CONN_CLOSED)
        send_output(conn, &output);
    empty(&loop->out);
}

void output_flush(struct http_conn *conn)
{
    if (conn->loop->out.n || conn->loop->out.failed)
        flush_with(conn, STR_NONE, false);
}

void output_finish(struct http_conn *conn)
{
    output_flush(conn);
    if (conn->state == CONN_ENDING && !conn->writes)
        end(conn);
}

static void put_response(struct http_conn *conn, const struct http_response *response,
                         enum response_connection connection, bool with_body)
{
    struct http_loop *loop = conn->loop;
    /* The buffer may hold another connection's answers, if its handler led here. */
    if (loop->current && loop->current != conn)
        output_flush(loop->current);
    response_head(&loop->out, response, connection, loop_date(loop));
    if (!with_body || response->body.n == 0)
        return;
    if (response->body.n <= COPY_MAX)
        buf_str(&loop->out, response->body);
    else
        flush_with(conn, response->body, response->body_stays);
}

void output_refuse(struct http_conn *conn, int status, const char *reason)
{
    struct http_loop *loop = conn->loop;
    struct message *message = conn->message;
    char text[128];
    struct http_response response = {
        .status = status,
        .content_type = STR("text/plain; charset=utf-8"),
        .body = {text, (size_t)snprintf(text, sizeof text, "%s\n", reason)},
    };
    stats_add(&loop->stats.bad_requests);
    put_response(conn, &response, RESPONSE_CLOSE, message->parser.method != HTTP_HEAD);
    conn->message = NULL;
    message_release(loop, message);
    conn->linger = true;
    if (conn->state != CONN_CLOSED)
        conn->state = CONN_ENDING;
}

static void answer(struct http_conn *conn, const struct message *message,
                   const struct http_response *response)
{
    struct http_loop *loop = conn->loop;
    bool ours = response->close || loop->stopping || message->request.body_too_large;
    bool close = ours || !message->keep_alive;
    bool with_body = message->request.method != HTTP_M_HEAD && response->status != 204 &&
                     response->status != 304;
    conn->message = NULL;
    conn->state = close ? CONN_ENDING : CONN_OPEN;
    conn->linger = ours || conn->pending.n > 0;
    conn->deadline = uv_now(&loop->uv) + (uint64_t)loop->server->options.limits.idle_timeout_ms;
    put_response(conn, response,
                 close               ? RESPONSE_CLOSE
                 : message->http_1_0 ? RESPONSE_KEEP_ALIVE
                                     : RESPONSE_PERSISTENT,
                 with_body);
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct message *message = (struct message *)request;
    struct http_loop *loop = request->loop;
    struct http_conn *conn = request->conn;
    loop->requests--;
    if (conn)
        answer(conn, message, response);
    message_release(loop, message);
    if (!conn) {
        loop_check_done(loop);
    } else if (conn != loop->current) {
        output_finish(conn);
        conn_resume(conn);
    }
}
