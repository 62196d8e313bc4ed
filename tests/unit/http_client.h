/* A server with a handler for tests, and a client of raw bytes, for the tests of the HTTP server.
 */
#ifndef SIGNET_TESTS_HTTP_CLIENT_H
#define SIGNET_TESTS_HTTP_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/http.h"

/* ---- The server ---- */

static struct http_server *server;
static struct arena *server_arena;
static int port;

/* The request that GET /hold left unanswered; the test answers it by release_held. */
static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t held_changed = PTHREAD_COND_INITIALIZER;
static struct http_request *held;

static void answer_text(struct http_request *request, int status, struct str text)
{
    struct http_response response = {
        .status = status,
        .fixed = STR("Cache-Control: no-store\r\n"),
        .content_type = STR("text/plain"),
        .body = text,
    };
    http_respond(request, &response);
}

/* What the server understood, as one line. */
static void answer_echo(struct http_request *request)
{
    answer_text(request, 200,
                arena_printf(request->arena, "%.*s path=%.*s query=%.*s host=%.*s body=%.*s%s",
                             STR_ARG(request->method_name), STR_ARG(request->path),
                             STR_ARG(request->query), STR_ARG(request->host),
                             STR_ARG(request->body), request->query.p ? "" : " (no query)"));
}

struct held_answer {
    struct http_task task;
    struct http_request *request;
};

static void answer_held(struct http_task *task)
{
    answer_echo(((struct held_answer *)task)->request);
}

static void post_answer(struct http_request *request)
{
    struct held_answer *later = ARENA_NEW(request->arena, struct held_answer);
    later->task.run = answer_held;
    later->request = request;
    http_post(request->loop, &later->task);
}

static void *answer_from_thread(void *arg)
{
    post_answer(arg);
    return NULL;
}

static void answer_later(struct http_request *request)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_from_thread, request), 0);
    pthread_detach(thread);
}

static void hold(struct http_request *request)
{
    pthread_mutex_lock(&held_lock);
    held = request;
    pthread_cond_signal(&held_changed);
    pthread_mutex_unlock(&held_lock);
}

static inline void wait_held(void)
{
    pthread_mutex_lock(&held_lock);
    while (!held)
        pthread_cond_wait(&held_changed, &held_lock);
    pthread_mutex_unlock(&held_lock);
}

static inline void release_held(void)
{
    wait_held();
    struct http_request *request = held;
    held = NULL;
    post_answer(request);
}

/* Answers the held request from the handler of another one, before or after its own answer. */
static inline void answer_both(struct http_request *request, bool held_first)
{
    struct http_request *other = held;
    held = NULL;
    if (held_first)
        answer_echo(other);
    answer_echo(request);
    if (!held_first)
        answer_echo(other);
}

/* More than the kernel takes on both sides. */
#define LARGE ((size_t)16 * 1024 * 1024)

static void answer_large(struct http_request *request)
{
    static char bytes[LARGE]; /* not const, or it would lie in the executable */
    answer_text(request, 200, (struct str){bytes, sizeof bytes});
}

static void answer_headers(struct http_request *request)
{
    struct http_header headers[] = {
        {STR_INIT("X-Good"), STR_INIT("yes")},
        {STR_INIT("X-Bad"), STR_INIT("a\r\nX-Injected: yes")},
        {STR_INIT("X-Bad\n"), STR_INIT("b")},
    };
    struct http_response response = {.status = 200, .headers = headers, .header_count = 3};
    http_respond(request, &response);
}

static void answer_where(struct http_request *request)
{
    answer_text(request, 200,
                arena_printf(request->arena, "listener %d, from %.*s, %s", request->listener,
                             STR_ARG(request->remote), request->secure ? "TLS" : "plain"));
}

static void handle(struct http_request *request, void *arg)
{
    (void)arg;
    if (request->body_too_large)
        answer_text(request, 413, STR("too large"));
    else if (str_eq(request->path, STR("/later")))
        answer_later(request);
    else if (str_eq(request->path, STR("/hold")))
        hold(request);
    else if (str_eq(request->path, STR("/held-first")))
        answer_both(request, true);
    else if (str_eq(request->path, STR("/held-last")))
        answer_both(request, false);
    else if (str_eq(request->path, STR("/large")))
        answer_large(request);
    else if (str_eq(request->path, STR("/where")))
        answer_where(request);
    else if (str_eq(request->path, STR("/headers")))
        answer_headers(request);
    else if (str_eq(request->path, STR("/204")))
        http_respond(request, &(struct http_response){.status = 204});
    else if (str_eq(request->path, STR("/close")))
        http_respond(request, &(struct http_response){.status = 200, .close = true});
    else
        answer_echo(request);
}

static inline struct http_options default_options(void)
{
    static const struct http_listener listener = {STR_INIT("127.0.0.1"), 0, 7};
    return (struct http_options){
        .listeners = &listener,
        .listener_count = 1,
        .threads = 2,
        .limits = {.max_target = 1000,
                   .max_headers = 4000,
                   .max_body = 100000,
                   .max_connections = 1000,
                   .max_per_address = 1000,
                   .max_unsent = (size_t)64 * LARGE,
                   .header_timeout_ms = 20000,
                   .idle_timeout_ms = 20000,
                   .body_rate = 1000,
                   .body_grace_ms = 20000,
                   .write_timeout_ms = 20000,
                   .arena_max = 1 << 20},
        .handle = handle,
    };
}

static inline void start_server(const struct http_options *options)
{
    struct str why;
    server_arena = arena_new(1 << 20);
    if (http_server_start(options, server_arena, &server, &why) != OK)
        fail_msg("%.*s", STR_ARG(why));
    port = http_server_port(server, 0);
}

static inline int stop_server(void **state)
{
    (void)state;
    if (server)
        http_server_stop(server, 0);
    server = NULL;
    arena_free(server_arena);
    server_arena = NULL;
    return 0;
}

static inline int start_default(void **state)
{
    (void)state;
    struct http_options options = default_options();
    start_server(&options);
    return 0;
}

static inline struct http_stats stats_now(void)
{
    struct http_stats stats;
    http_server_stats(server, &stats);
    return stats;
}

/* ---- The client ---- */

/* Long enough that only a defect reaches it. */
enum { PATIENCE_S = 20 };

/* Without time limits of its own: calls with one are interrupted by the completions of libuv's
 * io_uring, and a test that hangs is ended by its runner. */
static inline int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void send_str(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        assert_true(n > 0);
        s = str_from(s, (size_t)n);
    }
}

static inline void send_text(int fd, const char *text)
{
    send_str(fd, str_of(text));
}

struct answer {
    int status; /* 0: the connection ended before a whole head */
    char head[2048];
    char body[2048]; /* its beginning */
    size_t body_n;   /* all of it */
};

static inline struct str header_of(const struct answer *answer, const char *name)
{
    const char *line = strcasestr(answer->head, name);
    if (!line)
        return STR_NONE;
    line += strlen(name);
    return (struct str){line, strcspn(line, "\r")};
}

/* Takes the head and nothing behind it. */
static inline bool read_head(int fd, struct answer *answer)
{
    size_t n = 0, room = sizeof answer->head - 1;
    ssize_t got;
    while (n < room && (got = recv(fd, answer->head + n, room - n, MSG_PEEK)) > 0) {
        size_t from = n > 3 ? n - 3 : 0;
        answer->head[n + (size_t)got] = '\0';
        const char *end = strstr(answer->head + from, "\r\n\r\n");
        size_t take = end ? (size_t)(end - answer->head) + 4 - n : (size_t)got;
        assert_int_equal(recv(fd, answer->head + n, take, 0), take);
        n += take;
        answer->head[n] = '\0';
        if (end)
            return true;
    }
    return false;
}

static inline void read_body(int fd, struct answer *answer, size_t length)
{
    char bytes[65536];
    while (answer->body_n < length) {
        size_t want = length - answer->body_n;
        ssize_t n = recv(fd, bytes, want < sizeof bytes ? want : sizeof bytes, 0);
        assert_true(n > 0);
        for (ssize_t i = 0; i < n && answer->body_n + (size_t)i < sizeof answer->body - 1; i++)
            answer->body[answer->body_n + (size_t)i] = bytes[i];
        answer->body_n += (size_t)n;
    }
}

static inline struct answer read_answer_to(int fd, bool head_only)
{
    struct answer answer = {0};
    if (!read_head(fd, &answer))
        return (struct answer){0};
    answer.status = atoi(answer.head + sizeof "HTTP/1.1 " - 1);
    struct str length = header_of(&answer, "\nContent-Length: ");
    if (length.p && !head_only)
        read_body(fd, &answer, (size_t)strtoul(length.p, NULL, 10));
    return answer;
}

static inline struct answer read_answer(int fd)
{
    return read_answer_to(fd, false);
}

/* The peer ended it without a reset, which could have taken the answer from us. */
static inline void assert_ended(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static inline void assert_closed(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);
    if (n > 0)
        fail_msg("a byte came where the connection should have ended");
    if (n < 0 && errno != ECONNRESET)
        fail_msg("the connection did not end");
    close(fd);
}

/* Sends text on a connection of its own and closes it after the answer. */
static inline struct answer ask(const char *text)
{
    int fd = dial();
    send_text(fd, text);
    struct answer answer = read_answer(fd);
    close(fd);
    return answer;
}

static inline int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void wait_requests(int64_t count)
{
    int64_t end = monotonic_ms() + PATIENCE_S * 1000;
    while (stats_now().requests != count) {
        assert_true(monotonic_ms() < end);
        sched_yield();
    }
}

/* Waits until the server has count connections. */
static inline void wait_connections(int64_t count)
{
    int64_t end = monotonic_ms() + PATIENCE_S * 1000;
    while (stats_now().connections != count) {
        assert_true(monotonic_ms() < end);
        sched_yield();
    }
}

#endif
