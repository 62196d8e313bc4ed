/* The HTTP server under pressure: slow and vanished clients, too many of them, tasks, and its stop.
 */
#include <poll.h>
#include <semaphore.h>
#include <sys/resource.h>

#include "http_client.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void start_with(struct http_limits limits)
{
    struct http_options options = default_options();
    options.limits = limits;
    start_server(&options);
}

static struct http_limits default_limits(void)
{
    return default_options().limits;
}

/* ---- Slow clients ---- */

static void idle_connection_is_closed(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.idle_timeout_ms = 100;
    start_with(limits);
    int fresh = dial(), used = dial();
    send_text(used, GET("/"));
    assert_int_equal(read_answer(used).status, 200);
    int64_t start = monotonic_ms();
    assert_closed(used);
    assert_closed(fresh);
    assert_in_range(monotonic_ms() - start, 50, 5000);
}

static void slow_head_is_refused(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.header_timeout_ms = 100;
    start_with(limits);
    int fd = dial();
    send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n");
    assert_int_equal(read_answer(fd).status, 408);
    assert_ended(fd);
}

static void stalled_body_is_refused(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.body_grace_ms = 100;
    start_with(limits);
    int fd = dial();
    send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    assert_int_equal(read_answer(fd).status, 408);
    assert_ended(fd);
}

/* At the minimum rate a body may take longer than the time of grace. */
static void slow_but_steady_body_is_taken(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.body_grace_ms = 200;
    limits.body_rate = 1000;
    start_with(limits);
    int fd = dial();
    struct pollfd answered = {.fd = fd, .events = POLLIN};
    send_text(fd, "POST /204 HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n");
    static char piece[300];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 10; i++) {
        send_str(fd, (struct str){piece, sizeof piece});
        /* Nothing must come for the time that the piece may take. */
        assert_int_equal(poll(&answered, 1, i < 9 ? 60 : 0) && i < 9, 0);
    }
    assert_int_equal(read_answer(fd).status, 204);
    close(fd);
}

static void unread_answer_is_cut(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.write_timeout_ms = 100;
    start_with(limits);
    int fd = dial();
    for (int i = 0; i < 8; i++)
        send_text(fd, GET("/large"));
    struct pollfd reset = {.fd = fd};
    assert_int_equal(poll(&reset, 1, PATIENCE_S * 1000), 1);
    assert_true(reset.revents & (POLLERR | POLLHUP));
    wait_connections(0);
    close(fd);
}

/* A slow reader that does read gets all of it. */
static void slowly_read_answer_is_not_cut(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.write_timeout_ms = 1000;
    start_with(limits);
    int fd = dial();
    struct answer answer = {0};
    send_text(fd, GET("/large"));
    assert_true(read_head(fd, &answer));
    struct pollfd nothing = {.fd = -1};
    for (size_t i = 1; i <= 16; i++) {
        poll(&nothing, 1, 200);
        read_body(fd, &answer, LARGE / 16 * i);
    }
    send_text(fd, GET("/"));
    assert_int_equal(read_answer(fd).status, 200);
    close(fd);
}

/* ---- Many clients ---- */

static void connections_are_limited(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.max_connections = 3;
    start_with(limits);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = dial();
        send_text(fds[i], GET("/"));
        assert_int_equal(read_answer(fds[i]).status, 200);
    }
    int fd = dial();
    assert_int_equal(read_answer(fd).status, 503);
    assert_closed(fd);
    close(fds[0]);
    wait_connections(2);
    assert_int_equal(ask(GET("/")).status, 200);
    assert_int_equal(stats_now().refused, 1);
    close(fds[1]);
    close(fds[2]);
}

static void connections_of_an_address_are_limited(void **state)
{
    (void)state;
    struct http_limits limits = default_limits();
    limits.max_per_address = 2;
    start_with(limits);
    int fds[2] = {dial(), dial()};
    wait_connections(2);
    assert_closed(dial());
    close(fds[0]);
    wait_connections(1);
    assert_int_equal(ask(GET("/")).status, 200);
    close(fds[1]);
}

static struct http_loop *loops[2];
static atomic_int loop_count;

static void *note_loop(struct http_loop *loop, void *arg)
{
    (void)arg;
    loops[atomic_fetch_add(&loop_count, 1)] = loop;
    return loop;
}

struct turn {
    struct http_task task;
    sem_t done;
};

static void end_turn(struct http_task *task)
{
    sem_post(&((struct turn *)task)->done);
}

/* Returns when both loops are through with what they were doing. */
static void wait_turns(void)
{
    for (int i = 0; i < 2; i++) {
        struct turn turn = {.task = {.run = end_turn}};
        sem_init(&turn.done, 0, 0);
        http_post(loops[i], &turn.task);
        while (sem_wait(&turn.done) != 0)
            ;
        sem_destroy(&turn.done);
    }
}

/* Without a descriptor to accept with, the connection ends instead of spinning in the loop. */
static void exhausted_descriptors_are_survived(void **state)
{
    (void)state;
    struct http_options options = default_options();
    options.loop_start = note_loop;
    atomic_store(&loop_count, 0);
    start_server(&options);
    struct rlimit before, none;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), fillers[1024], count = 0;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = (rlim_t)fd + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    while (count < 1024 && (fillers[count] = dup(fd)) >= 0)
        count++;
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_closed(fd);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < count; i++)
        close(fillers[i]);
    wait_turns(); /* until then the loop may still be ending what waits at its listener */
    assert_int_equal(ask(GET("/")).status, 200);
}

/* ---- Vanished clients ---- */

static void client_may_vanish_before_its_answer(void **state)
{
    (void)state;
    start_with(default_limits());
    const struct linger reset = {.l_onoff = 1};
    int fd = dial();
    send_text(fd, GET("/hold"));
    wait_held();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    wait_connections(0);
    release_held();
    assert_int_equal(ask(GET("/")).status, 200);
}

static void client_may_vanish_inside_its_request(void **state)
{
    (void)state;
    start_with(default_limits());
    static const char *const beginnings[] = {
        "",
        "\r\n",
        "GET",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
    };
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        int fd = dial();
        send_text(fd, beginnings[i]);
        shutdown(fd, SHUT_WR);
        assert_closed(fd); /* and no answer before that */
    }
    wait_connections(0);
    assert_int_equal(stats_now().requests, 0);
}

/* ---- Tasks ---- */

enum { POSTERS = 4, POSTS = 5000 };

struct counted {
    struct http_task task;
    int number;
    struct poster *poster;
};

struct poster {
    pthread_t thread;
    struct http_loop *loop;
    int next; /* written by the loop's thread */
    struct counted tasks[POSTS];
};

static atomic_int stopped_loops;

static void note_stop(void *user, void *arg)
{
    (void)arg;
    assert_true(user == loops[0] || user == loops[1]);
    atomic_fetch_add(&stopped_loops, 1);
}

static void run_counted(struct http_task *task)
{
    struct counted *counted = (struct counted *)task;
    assert_int_equal(counted->poster->next, counted->number);
    counted->poster->next++;
}

static void *post_all(void *arg)
{
    struct poster *poster = arg;
    for (int i = 0; i < POSTS; i++) {
        poster->tasks[i] = (struct counted){{.run = run_counted}, i, poster};
        http_post(poster->loop, &poster->tasks[i].task);
    }
    return NULL;
}

/* All tasks run, each poster's in order, also those still waiting when the server is stopped. */
static void posted_tasks_run(void **state)
{
    (void)state;
    static struct poster posters[POSTERS];
    struct http_options options = default_options();
    options.loop_start = note_loop;
    options.loop_stop = note_stop;
    atomic_store(&loop_count, 0);
    atomic_store(&stopped_loops, 0);
    start_server(&options);
    assert_int_equal(atomic_load(&loop_count), 2);
    assert_ptr_equal(http_loop_user(loops[0]), loops[0]);
    for (int i = 0; i < POSTERS; i++) {
        posters[i].loop = loops[i % 2];
        posters[i].next = 0;
        pthread_create(&posters[i].thread, NULL, post_all, &posters[i]);
    }
    for (int i = 0; i < POSTERS; i++)
        pthread_join(posters[i].thread, NULL);
    stop_server(NULL);
    for (int i = 0; i < POSTERS; i++)
        assert_int_equal(posters[i].next, POSTS);
    assert_int_equal(atomic_load(&stopped_loops), 2);
}

/* ---- The stop ---- */

static void *stop_within(void *timeout_ms)
{
    http_server_stop(server, *(int *)timeout_ms);
    return NULL;
}

static pthread_t stop_in_background(int *timeout_ms)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_within, timeout_ms), 0);
    return thread;
}

static void end_of_stop(pthread_t thread)
{
    pthread_join(thread, NULL);
    server = NULL;
}

static void stop_answers_open_requests(void **state)
{
    (void)state;
    start_with(default_limits());
    int idle = dial(), waiting = dial(), begun = dial(), timeout = PATIENCE_S * 1000;
    send_text(idle, GET("/"));
    assert_int_equal(read_answer(idle).status, 200);
    send_text(
        begun,
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    assert_int_equal(read_answer(begun).status, 100);
    send_text(waiting, GET("/hold"));
    wait_held();
    pthread_t stop = stop_in_background(&timeout);
    assert_closed(idle);
    send_text(begun, "body");
    struct answer answer = read_answer(begun);
    assert_int_equal(answer.status, 200);
    assert_true(str_eq(header_of(&answer, "\nConnection: "), STR("close")));
    assert_ended(begun);
    release_held();
    answer = read_answer(waiting);
    assert_int_equal(answer.status, 200);
    assert_true(str_eq(header_of(&answer, "\nConnection: "), STR("close")));
    assert_ended(waiting);
    end_of_stop(stop);
}

/* The connection is cut in time; the request, which another thread still works on, stays valid. */
static void stop_cuts_what_takes_too_long(void **state)
{
    (void)state;
    start_with(default_limits());
    int fd = dial(), slow = dial(), timeout = 50;
    send_text(fd, GET("/hold"));
    send_text(slow, "GET / HTTP/1.1\r\n");
    wait_held();
    wait_connections(2);
    pthread_t stop = stop_in_background(&timeout);
    assert_closed(fd);
    assert_closed(slow);
    release_held();
    end_of_stop(stop);
}

/* What is already in the kernel's hands or in libuv's queue leaves before the connection ends. */
static void stop_finishes_answers(void **state)
{
    (void)state;
    start_with(default_limits());
    int fds[20], timeout = PATIENCE_S * 1000;
    for (int i = 0; i < 20; i++) {
        fds[i] = dial();
        send_text(fds[i], GET("/large"));
    }
    wait_requests(20);
    pthread_t stop = stop_in_background(&timeout);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(read_answer(fds[i]).body_n, LARGE);
        close(fds[i]);
    }
    end_of_stop(stop);
}

/* ---- The start ---- */

static void taken_port_is_refused(void **state)
{
    (void)state;
    start_with(default_limits());
    struct http_listener listener = {STR("127.0.0.1"), port, 0};
    struct http_options options = default_options();
    struct http_server *second;
    struct str why;
    char expected[100];
    options.listeners = &listener;
    assert_int_equal(http_server_start(&options, server_arena, &second, &why), ERR_INTERNAL);
    snprintf(expected, sizeof expected,
             "cannot listen on 127.0.0.1 port %d: Address already in use", port);
    assert_string_equal(why.p, expected);
}

static void bad_address_is_refused(void **state)
{
    (void)state;
    struct http_listener listeners[] = {{STR("127.0.0.1"), 0, 0}, {STR("localhost"), 0, 0}};
    struct http_options options = default_options();
    struct str why;
    options.listeners = listeners;
    options.listener_count = 2;
    server_arena = arena_new(1 << 20);
    assert_int_equal(http_server_start(&options, server_arena, &server, &why), ERR_INTERNAL);
    assert_string_equal(why.p, "cannot listen on localhost: not an IP address");
}

static void listeners_are_told_apart(void **state)
{
    (void)state;
    struct http_listener listeners[] = {{STR("127.0.0.1"), 0, 1}, {STR("::1"), 0, 2}};
    struct http_options options = default_options();
    options.listeners = listeners;
    options.listener_count = 2;
    start_server(&options);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    address.sin6_port = htons((uint16_t)http_server_port(server, 1));
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    send_text(fd, GET("/where"));
    assert_string_equal(read_answer(fd).body, "listener 2, from ::1, plain");
    close(fd);
    assert_string_equal(ask(GET("/where")).body, "listener 1, from 127.0.0.1, plain");
}

/* As many requests on their way as the client likes, a new one for each answer: what waits is never
 * all gone. */
static void a_pipeline_that_never_runs_empty(void **state)
{
    (void)state;
    start_with(default_limits());
    enum { ON_THE_WAY = 8, COUNT = 400, SIZE = 3000 }; /* more bytes than may ever wait */
    char *text = malloc(SIZE + 200);
    int fd = dial();
    int n = snprintf(text, 200, "GET /later HTTP/1.1\r\nHost: x\r\nX-Filler: ");
    memset(text + n, 'x', SIZE);
    memcpy(text + n + SIZE, "\r\n\r\n", 5);
    for (int i = 0; i < COUNT; i++) {
        send_text(fd, text);
        if (i >= ON_THE_WAY)
            assert_int_equal(read_answer(fd).status, 200);
    }
    for (int i = 0; i < ON_THE_WAY; i++)
        assert_int_equal(read_answer(fd).status, 200);
    close(fd);
    free(text);
}

#define TEST(fn) cmocka_unit_test_teardown(fn, stop_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(idle_connection_is_closed),
        TEST(slow_head_is_refused),
        TEST(stalled_body_is_refused),
        TEST(slow_but_steady_body_is_taken),
        TEST(unread_answer_is_cut),
        TEST(slowly_read_answer_is_not_cut),
        TEST(connections_are_limited),
        TEST(connections_of_an_address_are_limited),
        TEST(exhausted_descriptors_are_survived),
        TEST(a_pipeline_that_never_runs_empty),
        TEST(client_may_vanish_before_its_answer),
        TEST(client_may_vanish_inside_its_request),
        TEST(posted_tasks_run),
        TEST(stop_answers_open_requests),
        TEST(stop_cuts_what_takes_too_long),
        TEST(stop_finishes_answers),
        TEST(taken_port_is_refused),
        TEST(bad_address_is_refused),
        TEST(listeners_are_told_apart),
    };
    return cmocka_run_group_tests_name("http_limits", tests, NULL, NULL);
}
