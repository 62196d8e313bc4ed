/* A loop thread: its listeners, tasks from other threads, the sweep over deadlines, its end. */
#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"

#define BACKLOG 4096
/* Descriptors beside those of connections: databases, files, what is asked elsewhere. */
#define OTHER_FILES 1024

const char *loop_date(struct http_loop *loop)
{
    uint64_t now = uv_now(&loop->uv);
    if (now >= loop->date_until) {
        int64_t ms = clock_now_ms();
        response_date(ms / 1000, loop->date);
        loop->date_until = now + (uint64_t)(1000 - ms % 1000);
    }
    return loop->date;
}

/* ---- Tasks ---- */

/* True when nobody has told the loop of tasks yet. */
static bool push(struct http_loop *loop, struct http_task *task)
{
    struct http_task *head = atomic_load_explicit(&loop->tasks, memory_order_relaxed);
    do
        task->next = head;
    while (!atomic_compare_exchange_weak_explicit(&loop->tasks, &head, task, memory_order_release,
                                                  memory_order_relaxed));
    return !head;
}

void http_post(struct http_loop *loop, struct http_task *task)
{
    /* Once the task is in the list it can be the last thing that the loop waited for; posting keeps
     * the loop until this thread is out of here. */
    atomic_fetch_add(&loop->posting, 1);
    if (push(loop, task))
        uv_async_send(&loop->wake);
    atomic_fetch_sub(&loop->posting, 1);
}

#define UNWOKEN_MAX 16

/* Loops that this thread has to wake; each is counted in its posting until then. */
static _Thread_local struct {
    struct http_loop *loops[UNWOKEN_MAX];
    size_t count;
} unwoken;

void http_post_quietly(struct http_loop *loop, struct http_task *task)
{
    size_t i = 0;
    while (i < unwoken.count && unwoken.loops[i] != loop)
        i++;
    if (i == UNWOKEN_MAX) {
        http_post(loop, task);
        return;
    }
    if (i == unwoken.count) {
        atomic_fetch_add(&loop->posting, 1);
        unwoken.loops[unwoken.count++] = loop;
    }
    push(loop, task);
}

void http_wake_posted(void)
{
    for (size_t i = 0; i < unwoken.count; i++) {
        struct http_loop *loop = unwoken.loops[i];
        if (atomic_load_explicit(&loop->tasks, memory_order_relaxed))
            uv_async_send(&loop->wake);
        atomic_fetch_sub(&loop->posting, 1);
    }
    unwoken.count = 0;
}

static bool run_tasks(struct http_loop *loop)
{
    struct http_task *task = atomic_exchange_explicit(&loop->tasks, NULL, memory_order_acquire);
    struct http_task *ordered = NULL;
    while (task) {
        struct http_task *next = task->next;
        task->next = ordered;
        ordered = task;
        task = next;
    }
    bool any = ordered != NULL;
    while (ordered) {
        struct http_task *next = ordered->next; /* run may free the task */
        ordered->run(ordered);
        ordered = next;
    }
    return any;
}

static void on_wake(uv_async_t *wake)
{
    run_tasks(wake->data);
}

static void on_turn(uv_check_t *turn)
{
    struct http_loop *loop = turn->data;
    if (loop->entries.n || loop->entries.failed)
        output_flush_held(loop);
}

void *http_loop_user(struct http_loop *loop)
{
    return loop->user;
}

/* ---- Deadlines ---- */

/* By how much the deadlines of those who take nothing come earlier, ms: when much waits in memory
 * for such, they get PRESSED_MS. */
static uint64_t hurry_of(const struct http_loop *loop)
{
    enum { PRESSED_MS = 5000 };
    const struct http_limits *limits = &loop->server->options.limits;
    if (atomic_load_explicit(&loop->server->unsent, memory_order_relaxed) <
            limits->max_unsent / 2 ||
        limits->write_timeout_ms < PRESSED_MS)
        return 0;
    return (uint64_t)limits->write_timeout_ms - PRESSED_MS;
}

static void on_sweep(uv_timer_t *sweep)
{
    struct http_loop *loop = sweep->data;
    uint64_t now = uv_now(&loop->uv);
    bool cut = loop->stopping && now >= loop->stop_at;
    uint64_t hurry = hurry_of(loop);
    struct http_conn *next;
    for (struct http_conn *conn = loop->conns; conn; conn = next) {
        next = conn->next;
        if (cut) {
            conn_close(conn);
            continue;
        }
        if (conn->writes)
            conn_look_at_writes(conn);
        if (conn->deadline && now + (conn_is_deaf(conn) ? hurry : 0) >= conn->deadline)
            conn_expire(conn);
    }
}

void loop_start_sweep(struct http_loop *loop)
{
    uv_timer_start(&loop->sweep, on_sweep, loop->sweep_ms, loop->sweep_ms);
}

/* A deadline is kept to a quarter of the shortest time-out, but no more often than needed. */
static uint64_t sweep_interval(const struct http_limits *limits)
{
    const int times[] = {limits->header_timeout_ms, limits->idle_timeout_ms, limits->body_grace_ms,
                         limits->write_timeout_ms};
    int shortest = 2000;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i] < shortest)
            shortest = times[i];
    }
    return shortest < 40 ? 10 : (uint64_t)shortest / 4;
}

/* ---- Listeners ---- */

void loop_complain(struct http_loop *loop, const char *what, const char *why)
{
    uint64_t now = uv_now(&loop->uv);
    if (now - loop->complained_at < 1000)
        return;
    loop->complained_at = now;
    log_error("%s: %s", what, why);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct http_loop *loop = stream->data;
    if (status == 0)
        conn_accept(loop, (struct loop_listener *)stream);
    else
        loop_complain(loop, "cannot accept a connection", uv_strerror(status));
}

static bool open_listener(struct http_loop *loop, size_t i, int fd)
{
    struct loop_listener *listener = &loop->listeners[i];
    listener->tag = loop->server->options.listeners[i].tag;
    uv_tcp_init(&loop->uv, &listener->tcp);
    listener->tcp.data = loop;
    if (uv_tcp_open(&listener->tcp, fd) == 0)
        return uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection) == 0;
    close(fd);
    return false;
}

static bool open_listeners(struct http_loop *loop, const int *fds)
{
    bool opened = true;
    for (size_t i = 0; i < loop->server->options.listener_count; i++)
        opened = open_listener(loop, i, fds[i]) && opened;
    return opened;
}

static void close_listeners(struct http_loop *loop)
{
    for (size_t i = 0; i < loop->server->options.listener_count; i++)
        uv_close((uv_handle_t *)&loop->listeners[i].tcp, NULL);
}

/* ---- Life ---- */

static void start_stop(struct http_task *task)
{
    struct http_loop *loop = ((struct loop_task *)task)->loop;
    uint64_t timeout = (uint64_t)loop->stop_timeout_ms;
    loop->stopping = true;
    loop->stop_at = uv_now(&loop->uv) + timeout;
    close_listeners(loop);
    struct http_conn *next;
    for (struct http_conn *conn = loop->conns; conn; conn = next) {
        next = conn->next;
        conn_close_idle(conn);
    }
    if (loop->conns)
        uv_timer_start(&loop->sweep, on_sweep, timeout < loop->sweep_ms ? timeout : loop->sweep_ms,
                       loop->sweep_ms);
    loop_check_done(loop);
}

void loop_check_done(struct http_loop *loop)
{
    if (!loop->stopping || loop->ended || loop->conns || loop->requests)
        return;
    loop->ended = true;
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->sweep, NULL);
    uv_close((uv_handle_t *)&loop->turn, NULL);
}

static void run(void *arg)
{
    struct http_loop *loop = arg;
    const struct http_options *options = &loop->server->options;
    pthread_setname_np(pthread_self(), "http");
    if (options->loop_start)
        loop->user = options->loop_start(loop, options->arg);
    uv_sem_post(&loop->started);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    while (run_tasks(loop) || atomic_load(&loop->posting))
        sched_yield();
    if (options->loop_stop)
        options->loop_stop(loop->user, options->arg);
}

bool loop_run(struct http_loop *loop)
{
    sigset_t all, before;
    sigfillset(&all);
    /* Signals are the main thread's; SIGPIPE must not reach a thread that writes to sockets. */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool created = uv_thread_create(&loop->thread, run, loop) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created)
        uv_sem_wait(&loop->started);
    return created;
}

static void on_nothing(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
}

static bool init(struct http_loop *loop)
{
    if (uv_loop_init(&loop->uv) != 0)
        return false;
    if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) {
        uv_loop_close(&loop->uv);
        return false;
    }
    loop->wake.data = loop;
    uv_timer_init(&loop->uv, &loop->sweep);
    loop->sweep.data = loop;
    uv_check_init(&loop->uv, &loop->turn);
    loop->turn.data = loop;
    uv_check_start(&loop->turn, on_turn);
    return true;
}

/* libuv's table of descriptors grows with the highest one, and where there is no memory for that
 * libuv ends the process: so the table gets its size before the first connection. */
static void make_room(struct http_loop *loop)
{
    rlim_t at = (rlim_t)loop->server->options.limits.max_connections + OTHER_FILES;
    struct rlimit files;
    uv_poll_t highest;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && at >= files.rlim_cur)
        at = files.rlim_cur - 1;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, (int)at);
    if (copy >= 0 && uv_poll_init(&loop->uv, &highest, copy) == 0) {
        uv_poll_start(&highest, UV_READABLE, on_nothing);
        uv_close((uv_handle_t *)&highest, NULL);
        uv_run(&loop->uv, UV_RUN_NOWAIT);
    }
    if (copy >= 0)
        close(copy);
    if (fd >= 0)
        close(fd);
}

struct http_loop *loop_new(struct http_server *server, const int *fds)
{
    size_t count = server->options.listener_count;
    struct http_loop *loop = calloc(1, sizeof *loop);
    struct loop_listener *listeners = calloc(count, sizeof *listeners);
    struct http_conn *spare = calloc(1, sizeof *spare);
    if (!loop || !listeners || !spare || uv_sem_init(&loop->started, 0) != 0 || !init(loop)) {
        for (size_t i = 0; i < count; i++)
            close(fds[i]);
        free(loop);
        free(listeners);
        free(spare);
        return NULL;
    }
    loop->server = server;
    loop->listeners = listeners;
    loop->spare_conn = spare;
    loop->sweep_ms = sweep_interval(&server->options.limits);
    loop->stop = (struct loop_task){.task = {.run = start_stop}, .loop = loop};
    loop->out = buf_new(NULL, SIZE_MAX / 2);
    loop->cipher = buf_new(NULL, SIZE_MAX / 2);
    loop->plain = buf_new(NULL, SIZE_MAX / 2);
    loop->held = buf_new(NULL, SIZE_MAX / 2);
    loop->entries = buf_new(NULL, SIZE_MAX / 2);
    make_room(loop);
    if (open_listeners(loop, fds))
        return loop;
    loop_free(loop, false);
    return NULL;
}

void loop_stop(struct http_loop *loop, int timeout_ms)
{
    loop->stop_timeout_ms = timeout_ms;
    http_post(loop, &loop->stop.task);
}

void loop_free(struct http_loop *loop, bool running)
{
    if (running) {
        uv_thread_join(&loop->thread);
    } else {
        start_stop(&loop->stop.task);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    }
    int busy = uv_loop_close(&loop->uv);
    assert(busy == 0);
    (void)busy;
    uv_sem_destroy(&loop->started);
    while (loop->spare) {
        struct message *message = loop->spare;
        loop->spare = message->next;
        message_free(message);
    }
    buf_free(&loop->out);
    buf_free(&loop->cipher);
    buf_free(&loop->plain);
    buf_free(&loop->held);
    buf_free(&loop->entries);
    free(loop->listeners);
    free(loop->spare_conn);
    free(loop);
}
