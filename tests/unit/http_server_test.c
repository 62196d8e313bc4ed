/* The HTTP server through raw sockets: what it must answer, in which order, and what it must
 * refuse. */
#include <errno.h>
#include <poll.h>

#include "http_client.h"

#define HOST "Host: example.test\r\n"

static void assert_status(const char *request, int status)
{
    struct answer answer = ask(request);
    if (answer.status != status)
        fail_msg("%d instead of %d for:\n%s", answer.status, status, request);
}

/* ---- Answers ---- */

static void answer_has_its_headers(void **state)
{
    (void)state;
    struct answer answer = ask("GET /a/b?c=d&e HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "GET path=/a/b query=c=d&e host=example.test body=");
    assert_true(str_eq(header_of(&answer, "\nContent-Type: "), STR("text/plain")));
    assert_true(str_eq(header_of(&answer, "\nCache-Control: "), STR("no-store")));
    assert_null(header_of(&answer, "\nConnection: ").p);
    struct tm tm;
    const char *end = strptime(header_of(&answer, "\nDate: ").p, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    assert_non_null(end);
    assert_int_equal(*end, '\r');
    int64_t age = (int64_t)time(NULL) - (int64_t)timegm(&tm);
    assert_in_range(age + 1, 0, 3);
}

static void head_has_length_but_no_bytes(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, "HEAD /echo HTTP/1.1\r\n" HOST "\r\n");
    struct answer head = read_answer_to(fd, true);
    send_text(fd, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
    struct answer get = read_answer(fd);
    assert_int_equal(get.status, 200);
    assert_int_equal(strtoul(header_of(&head, "\nContent-Length: ").p, NULL, 10), get.body_n + 1);
    close(fd);
}

static void no_content_has_no_length(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, "GET /204 HTTP/1.1\r\n" HOST "\r\nGET /x HTTP/1.1\r\n" HOST "\r\n");
    struct answer answer = read_answer(fd);
    assert_int_equal(answer.status, 204);
    assert_null(header_of(&answer, "\nContent-Length").p);
    assert_int_equal(read_answer(fd).status, 200);
    close(fd);
}

static void header_with_line_break_is_dropped(void **state)
{
    (void)state;
    struct answer answer = ask("GET /headers HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(answer.status, 200);
    assert_true(str_eq(header_of(&answer, "\nX-Good: "), STR("yes")));
    assert_null(header_of(&answer, "X-Bad").p);
    assert_null(header_of(&answer, "X-Injected").p);
}

static void large_answer_arrives_whole(void **state)
{
    (void)state;
    int fd = dial();
    for (int i = 0; i < 3; i++)
        send_text(fd, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 3; i++)
        assert_int_equal(read_answer(fd).body_n, LARGE);
    close(fd);
}

/* ---- Persistence ---- */

static void connection_persists_as_asked(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *connection; /* header of the answer */
        bool closes;
    } rows[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", NULL, false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", NULL, false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "close", true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n", "close", true},
        {"GET /close HTTP/1.1\r\n" HOST "\r\n", "close", true},
        {"GET / HTTP/1.0\r\n\r\n", "close", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = dial();
        send_text(fd, rows[i].request);
        struct answer answer = read_answer(fd);
        assert_int_equal(answer.status, 200);
        assert_true(str_eq(header_of(&answer, "\nConnection: "), str_of(rows[i].connection)));
        if (rows[i].closes) {
            assert_ended(fd);
            continue;
        }
        send_text(fd, rows[i].request);
        assert_int_equal(read_answer(fd).status, 200);
        close(fd);
    }
}

static void half_closed_client_gets_its_answers(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n");
    shutdown(fd, SHUT_WR);
    assert_int_equal(read_answer(fd).status, 200);
    assert_int_equal(read_answer(fd).status, 200);
    assert_ended(fd);
}

static void upgrade_is_declined(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, "GET /a HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\n"
                  "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
                  "GET /b HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(read_answer(fd).status, 200);
    struct answer answer = read_answer(fd);
    assert_string_equal(answer.body, "GET path=/b query= host=example.test body= (no query)");
    close(fd);
}

/* ---- Pipelining ---- */

struct pipeline {
    int fd;
    const char *path;
    int count;
};

static void *send_pipeline(void *arg)
{
    const struct pipeline *pipeline = arg;
    char text[200];
    for (int i = 0; i < pipeline->count; i++) {
        snprintf(text, sizeof text, "POST %s?%d HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody",
                 pipeline->path, i);
        send_text(pipeline->fd, text);
    }
    return NULL;
}

static void check_pipeline(const char *path, int count)
{
    struct pipeline pipeline = {dial(), path, count};
    pthread_t sender;
    char expected[200];
    assert_int_equal(pthread_create(&sender, NULL, send_pipeline, &pipeline), 0);
    for (int i = 0; i < count; i++) {
        struct answer answer = read_answer(pipeline.fd);
        snprintf(expected, sizeof expected, "POST path=%s query=%d host=example.test body=body",
                 path, i);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, expected);
    }
    pthread_join(sender, NULL);
    close(pipeline.fd);
}

static void pipelined_answers_keep_their_order(void **state)
{
    (void)state;
    check_pipeline("/echo", 1000);
    check_pipeline("/later", 1000); /* each answered from another thread */
}

/* A client that floods while its first request is being answered is not read without bound. */
static void flood_is_not_buffered(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    wait_held();
    size_t sent = 0;
    static const char request[] = "GET /echo HTTP/1.1\r\n" HOST "\r\n";
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    /* The kernel's buffers take some megabytes at most; 500 ms without progress means that they are
     * full and the server reads no more. */
    while (poll(&writable, 1, 500) == 1) {
        ssize_t n =
            send(fd, request + sent % (sizeof request - 1),
                 sizeof request - 1 - sent % (sizeof request - 1), MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        assert_true(sent < (size_t)64 * 1024 * 1024);
    }
    release_held();
    for (size_t i = 0; i <= sent / (sizeof request - 1); i++)
        assert_int_equal(read_answer(fd).status, 200);
    close(fd);
}

/* A handler answers the request of another connection, which then goes on with what it has; the
 * answers of the two must not get mixed up. */
static void handlers_may_answer_each_other(void **state)
{
    (void)state;
    static const char *const paths[] = {"/held-first", "/held-last"};
    struct http_options options = default_options();
    options.threads = 1;
    start_server(&options);
    for (int i = 0; i < 10; i++) {
        int waiting = dial(), releasing = dial();
        char text[600], expected[100];
        snprintf(text, sizeof text,
                 "GET /hold HTTP/1.1\r\n" HOST "\r\n"
                 "GET /w1 HTTP/1.1\r\n" HOST "\r\nGET /w2 HTTP/1.1\r\n" HOST "\r\n");
        send_text(waiting, text);
        wait_held();
        snprintf(text, sizeof text,
                 "GET /r0 HTTP/1.1\r\n" HOST "\r\nGET %s HTTP/1.1\r\n" HOST "\r\n"
                 "GET /r2 HTTP/1.1\r\n" HOST "\r\n",
                 paths[i % 2]);
        send_text(releasing, text);
        const char *const waited[] = {"/hold", "/w1", "/w2"};
        const char *const released[] = {"/r0", paths[i % 2], "/r2"};
        for (int j = 0; j < 3; j++) {
            snprintf(expected, sizeof expected, "GET path=%s query= host=", waited[j]);
            assert_non_null(strstr(read_answer(waiting).body, expected));
            snprintf(expected, sizeof expected, "GET path=%s query= host=", released[j]);
            assert_non_null(strstr(read_answer(releasing).body, expected));
        }
        close(waiting);
        close(releasing);
    }
}

/* ---- Bodies ---- */

static const char chunked[] = "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
                              "X-Empty:\r\n\r\n"
                              "5\r\nhello\r\n6;ext=\"1;2\"\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n";

static void chunked_body_is_joined(void **state)
{
    (void)state;
    struct answer answer = ask(chunked);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "body=hello world (no query)"));
}

static void single_bytes_make_a_request(void **state)
{
    (void)state;
    int fd = dial();
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof chunked - 1; i++)
            send_str(fd, (struct str){chunked + i, 1});
        struct answer answer = read_answer(fd);
        assert_non_null(strstr(answer.body, "body=hello world"));
    }
    close(fd);
}

static void body_at_the_limit_is_taken(void **state)
{
    (void)state;
    static char body[100001];
    memset(body, 'b', sizeof body - 1);
    int fd = dial();
    send_text(fd, "POST /204 HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
    send_text(fd, body);
    assert_int_equal(read_answer(fd).status, 204);
    close(fd);
}

/* The handler answers 413, and the client gets to read it although it is still sending. */
static void body_beyond_the_limit_is_not(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nf4240\r\n",
    };
    static char body[1000001];
    memset(body, 'b', sizeof body - 1);
    for (size_t i = 0; i < 2; i++) {
        int fd = dial();
        send_text(fd, heads[i]);
        send_text(fd, body);
        struct answer answer = read_answer(fd);
        assert_int_equal(answer.status, 413);
        assert_true(str_eq(header_of(&answer, "\nConnection: "), STR("close")));
        assert_ended(fd);
    }
}

static void continue_is_sent_when_waited_for(void **state)
{
    (void)state;
    static const char head[] =
        "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    int fd = dial();
    send_text(fd, head);
    assert_int_equal(read_answer(fd).status, 100);
    send_text(fd, "body");
    struct answer answer = read_answer(fd);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "body=body"));
    close(fd);
}

static void continue_is_not_sent_otherwise(void **state)
{
    (void)state;
    assert_status("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", 200);
    assert_status("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
                  200);
    assert_status(
        "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 200000\r\n\r\n", 413);
    assert_status("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", 200);
    assert_status("POST / HTTP/1.1\r\n" HOST "Expect: tea\r\nContent-Length: 1\r\n\r\nx", 417);
}

/* ---- Targets and Host ---- */

static void targets_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *request, *body;
    } rows[] = {
        {"GET http://other.test:80/p?q HTTP/1.1\r\n" HOST "\r\n",
         "GET path=/p query=q host=other.test:80 body="},
        {"GET HTTPS://other.test HTTP/1.1\r\n" HOST "\r\n",
         "GET path=/ query= host=other.test body= (no query)"},
        {"GET http://other.test?q HTTP/1.1\r\n" HOST "\r\n",
         "GET path=/ query=q host=other.test body="},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
         "OPTIONS path=* query= host=example.test body= (no query)"},
        {"GET /? HTTP/1.1\r\n" HOST "\r\n", "GET path=/ query= host=example.test body="},
        {"GET //a/../%00 HTTP/1.1\r\nHost: [::1]:3001\r\n\r\n",
         "GET path=//a/../%00 query= host=[::1]:3001 body= (no query)"},
        {"\r\nPROPFIND / HTTP/1.1\r\nHOST:\t 127.0.0.1 \t\r\n\r\n",
         "PROPFIND path=/ query= host=127.0.0.1 body= (no query)"},
        {"GET / HTTP/1.0\r\n\r\n", "GET path=/ query= host= body= (no query)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer = ask(rows[i].request);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, rows[i].body);
    }
}

/* ---- What must be refused ---- */

#define GET_  "GET / HTTP/1.1\r\n" HOST
#define POST_ "POST / HTTP/1.1\r\n" HOST

static const char *const malformed[] = {
    /* framing that two readers could understand differently */
    POST_ "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    POST_ "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
    POST_ "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
    POST_ "Content-Length: 4, 4\r\n\r\nbody",
    POST_ "Content-Length: +4\r\n\r\nbody",
    POST_ "Content-Length: -1\r\n\r\nbody",
    POST_ "Content-Length: 0x4\r\n\r\nbody",
    POST_ "Content-Length: 4 4\r\n\r\nbody",
    POST_ "Content-Length: 18446744073709551620\r\n\r\nbody",
    POST_ "Content-Length:\r\n\r\nbody",
    POST_ "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n",
    POST_ "Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1\n\r\n\r\n",
    /* line ends and blanks */
    "GET / HTTP/1.1\nHost: example.test\n\n",
    "GET / HTTP/1.1\r\nHost: example.test\n\r\n",
    "GET / HTTP/1.1\nHost: example.test\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: example.test\r\rX: 1\r\n\r\n",
    GET_ "X: a\rb\r\n\r\n",
    GET_ "X: a\nb\r\n\r\n",
    GET_ "X: 1\n\n",
    GET_ "X: a\r\n b\r\n\r\n",
    GET_ "X: a\r\n\tb\r\n\r\n",
    GET_ " X: a\r\n\r\n",
    "GET / HTTP/1.1\r\n " HOST "\r\n",
    GET_ "X : a\r\n\r\n",
    GET_ "X\r\n\r\n",
    GET_ ": a\r\n\r\n",
    GET_ "X(: a\r\n\r\n",
    GET_ "X\xc3\xa4: a\r\n\r\n",
    GET_ "X: a\x01\r\n\r\n",
    GET_ "X: a\x7f\r\n\r\n",
    "GET  / HTTP/1.1\r\n" HOST "\r\n",
    "GET /  HTTP/1.1\r\n" HOST "\r\n",
    "GET\t/ HTTP/1.1\r\n" HOST "\r\n",
    " GET / HTTP/1.1\r\n" HOST "\r\n",
    "\nGET / HTTP/1.1\r\n" HOST "\r\n",
    "\rGET / HTTP/1.1\r\n" HOST "\r\n",
    "\r\n\r\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
    /* request lines */
    "GET / HTTP/1.1 \r\n" HOST "\r\n",
    "GET / http/1.1\r\n" HOST "\r\n",
    "GET / HTTP/1.1x\r\n" HOST "\r\n",
    "GET / HTTP/11\r\n" HOST "\r\n",
    "GET / ICE/1.0\r\n" HOST "\r\n",
    "GET / RTSP/1.0\r\n" HOST "\r\n",
    "GET /\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "get / HTTP/1.1\r\n" HOST "\r\n",
    "G@T / HTTP/1.1\r\n" HOST "\r\n",
    "GET /a b HTTP/1.1\r\n" HOST "\r\n",
    "GET /\x01 HTTP/1.1\r\n" HOST "\r\n",
    "GET /\x7f HTTP/1.1\r\n" HOST "\r\n",
    "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n",
    "GET /a#b HTTP/1.1\r\n" HOST "\r\n",
    "GET a HTTP/1.1\r\n" HOST "\r\n",
    "GET * HTTP/1.1\r\n" HOST "\r\n",
    "GET ftp://example.test/ HTTP/1.1\r\n" HOST "\r\n",
    "GET http:///a HTTP/1.1\r\n" HOST "\r\n",
    "GET http://user@example.test/ HTTP/1.1\r\n" HOST "\r\n",
    "\x16\x03\x01\x02",
    /* Host */
    "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a%0d\r\n\r\n",
    "GET http://a/ HTTP/1.1\r\n\r\n",
    "GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: a b\r\n\r\n",
};

/* Each gets one 400, though a good request follows at once, and the end of the connection. */
static void malformed_requests_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        int fd = dial();
        send_text(fd, malformed[i]);
        send_text(fd, GET_ "\r\n");
        struct answer answer = read_answer(fd);
        if (answer.status != 400)
            fail_msg("%d instead of 400 for:\n%s", answer.status, malformed[i]);
        assert_true(str_eq(header_of(&answer, "\nConnection: "), STR("close")));
        assert_ended(fd);
    }
    struct http_stats stats = stats_now();
    assert_int_equal(stats.requests, 0);
    assert_int_equal(stats.bad_requests, sizeof malformed / sizeof *malformed);
}

static void other_refusals_have_their_status(void **state)
{
    (void)state;
    assert_status(POST_ "Transfer-Encoding: gzip\r\n\r\n", 501);
    assert_status(POST_ "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501);
    assert_status(POST_ "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501);
    assert_status(POST_ "Transfer-Encoding: identity\r\n\r\n", 501);
    assert_status(POST_ "Transfer-Encoding:\r\n\r\n", 501);
    assert_status("CONNECT example.test:443 HTTP/1.1\r\n" HOST "\r\n", 501);
    assert_status("GET / HTTP/2.0\r\n" HOST "\r\n", 505);
    assert_status("GET / HTTP/0.9\r\n" HOST "\r\n", 505);
    assert_status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    struct {
        const char *format;
        int n, status;
    } rows[] = {
        {"GET /%0*d HTTP/1.1\r\n" HOST "\r\n", 999, 200},
        {"GET /%0*d HTTP/1.1\r\n" HOST "\r\n", 1000, 414},
        {GET_ "X: %0*d\r\n\r\n", 3900, 200},
        {GET_ "X: %0*d\r\n\r\n", 4000, 431},
        {GET_ "%0*d: x\r\n\r\n", 4000, 431},
        {GET_ "X: %*d\r\n\r\n", 5300, 431}, /* blanks only: they are not stored */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[8000];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, rows[i].format, rows[i].n, 0);
#pragma GCC diagnostic pop
        assert_status(text, rows[i].status);
    }
}

static void headers_are_counted(void **state)
{
    (void)state;
    for (int count = 100; count <= 101; count++) {
        struct buf text = buf_new(NULL, 10000);
        BUF_LIT(&text, GET_);
        for (int i = 1; i < count; i++)
            buf_printf(&text, "X%d: 1\r\n", i);
        buf_put(&text, "\r\n", sizeof "\r\n");
        assert_status(text.p, count == 100 ? 200 : 431);
        buf_free(&text);
    }
}

/* A client cannot keep the server busy with framing that carries nothing. */
static void endless_framing_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "",                                                  /* empty lines */
        POST_ "Transfer-Encoding: chunked\r\n\r\n1;",        /* an extension */
        POST_ "Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1", /* a trailer */
    };
    static const int statuses[] = {431, 400, 400};
    static const char *const more[] = {"\r\n", "xx", "11"};
    for (size_t i = 0; i < 3; i++) {
        int fd = dial();
        send_text(fd, heads[i]);
        struct buf text = buf_new(NULL, 1 << 20);
        while (text.n < 150000)
            buf_put(&text, more[i], 2);
        send_str(fd, buf_view(&text));
        buf_free(&text);
        assert_int_equal(read_answer(fd).status, statuses[i]);
        assert_ended(fd);
    }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start_default, stop_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answer_has_its_headers),
        TEST(head_has_length_but_no_bytes),
        TEST(no_content_has_no_length),
        TEST(header_with_line_break_is_dropped),
        TEST(large_answer_arrives_whole),
        TEST(connection_persists_as_asked),
        TEST(half_closed_client_gets_its_answers),
        TEST(upgrade_is_declined),
        TEST(pipelined_answers_keep_their_order),
        TEST(flood_is_not_buffered),
        cmocka_unit_test_teardown(handlers_may_answer_each_other, stop_server),
        TEST(chunked_body_is_joined),
        TEST(single_bytes_make_a_request),
        TEST(body_at_the_limit_is_taken),
        TEST(body_beyond_the_limit_is_not),
        TEST(continue_is_sent_when_waited_for),
        TEST(continue_is_not_sent_otherwise),
        TEST(targets_are_understood),
        TEST(malformed_requests_are_refused),
        TEST(other_refusals_have_their_status),
        TEST(sizes_are_limited),
        TEST(headers_are_counted),
        TEST(endless_framing_is_refused),
    };
    return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
