/* The server's side: processes that run scripts, kept for the next one. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "script/frame.h"
#include "script/script.h"

enum { KEPT = 2, GRACE_MS = 1000, CHECK_MAX = 4 << 20 /* bytes */ };

struct child {
    pid_t pid;
    int fd; /* our end of the pair; reads and writes time out */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct child idle[KEPT];
static size_t idle_count;

/* ---- Processes ---- */

static bool spawn(int fd, pid_t *pid)
{
    char *const arguments[] = {(char *)"signet", (char *)SCRIPT_RUNNER, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDIN_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error)
        log_error("no process for scripts can be started: %s", strerror(error));
    return error == 0;
}

static bool start(struct child *child)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    bool started = spawn(pair[1], &child->pid);
    close(pair[1]);
    child->fd = pair[0];
    if (!started)
        close(pair[0]);
    return started;
}

static void end(struct child *child)
{
    close(child->fd);
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static bool take(struct child *child)
{
    pthread_mutex_lock(&lock);
    bool any = idle_count > 0;
    if (any)
        *child = idle[--idle_count];
    pthread_mutex_unlock(&lock);
    return any;
}

static void keep(struct child *child)
{
    pthread_mutex_lock(&lock);
    bool room = idle_count < KEPT;
    if (room)
        idle[idle_count++] = *child;
    pthread_mutex_unlock(&lock);
    if (!room)
        end(child);
}

void script_stop(void)
{
    struct child child;
    while (take(&child))
        end(&child);
}

/* ---- Talking ---- */

/* One send or receive of what remains, by the deadline. */
static bool transfer(int fd, short what, char *data, size_t size, int64_t deadline)
{
    while (size) {
        struct pollfd wait = {.fd = fd, .events = what};
        int64_t left = deadline - clock_monotonic_ms();
        int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t done = what == POLLIN ? recv(fd, data, size, MSG_DONTWAIT)
                                      : send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (done <= 0)
            return false;
        data += done;
        size -= (size_t)done;
    }
    return true;
}

static bool send_request(int fd, const struct script_request *request, int64_t deadline)
{
    struct frame_head head = {(uint32_t)request->payload.n, (uint32_t)request->script.n};
    return transfer(fd, POLLOUT, (char *)&head, sizeof(head), deadline) &&
           transfer(fd, POLLOUT, (char *)request->payload.p, request->payload.n, deadline) &&
           transfer(fd, POLLOUT, (char *)request->script.p, request->script.n, deadline);
}

/* What it says is not trusted: a script may have got hold of the process. */
static bool receive(int fd, struct script_result *result, int64_t deadline)
{
    struct frame_head head;
    if (!transfer(fd, POLLIN, (char *)&head, sizeof(head), deadline) ||
        head.first > SCRIPT_FAILED || head.second > SCRIPT_RESPONSE_MAX)
        return false;
    char *text = malloc((size_t)head.second + 1);
    if (!text || !transfer(fd, POLLIN, text, head.second, deadline)) {
        free(text);
        return false;
    }
    text[head.second] = '\0';
    *result = (struct script_result){(enum script_outcome)head.first, text, head.second};
    return true;
}

static void fail_with(struct script_result *result, const char *text)
{
    *result = (struct script_result){SCRIPT_FAILED, strdup(text), strlen(text)};
    if (!result->text)
        result->length = 0;
}

/* NULL: it is an object that a token can carry. */
static const char *object_fault(struct arena *arena, struct str text)
{
    json *object;
    switch (json_parse(arena, text, &object, NULL)) {
    case JSON_OK:
        return yyjson_is_obj(object) ? NULL : "The script gave something else than an object";
    case JSON_SYNTAX:
        return "The script gave half of a surrogate pair, or what is no JSON";
    case JSON_TOO_DEEP:
        return "The script gave an object that is too deep";
    case JSON_DUPLICATE:
        return "The script gave a claim twice";
    case JSON_NO_MEMORY:
        break;
    }
    return "memory is out";
}

/* JavaScript writes texts that are no JSON to others: with half of a surrogate pair. */
static void check_value(struct script_result *result)
{
    struct arena *arena = arena_new(CHECK_MAX);
    const char *fault =
        arena ? object_fault(arena, (struct str){result->text, result->length}) : "memory is out";
    arena_free(arena);
    if (!fault)
        return;
    free(result->text);
    fail_with(result, fault);
}

void script_run(const struct script_request *request, struct script_result *result)
{
    struct child child;
    if (request->payload.n + request->script.n > SCRIPT_REQUEST_MAX) {
        fail_with(result, "The script and its context are too large");
        return;
    }
    int64_t deadline = clock_monotonic_ms() + SCRIPT_TIME_MS + GRACE_MS;
    bool sent = take(&child);
    if (sent && !(sent = send_request(child.fd, request, deadline)))
        end(&child); /* it died while it waited */
    if (!sent) {
        if (!start(&child)) {
            fail_with(result, "No process for the script can be started");
            return;
        }
        sent = send_request(child.fd, request, deadline);
    }
    if (sent && receive(child.fd, result, deadline)) {
        keep(&child);
        if (result->outcome == SCRIPT_VALUE)
            check_value(result);
        return;
    }
    bool late = clock_monotonic_ms() >= deadline;
    end(&child);
    fail_with(result, late ? "Script execution timed out after 5000ms."
                           : "The script ended the process that ran it");
}
