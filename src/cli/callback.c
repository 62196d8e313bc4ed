/* A listener for one request of the browser. Connections that say nothing, which browsers open in
 * advance, must not hold up the one that brings the code. */
#include "cli/callback.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/host.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/http_client.h"

#define CONNECTIONS 16
#define REQUEST_MAX 16384
#define PORT_TEXT   8

struct connection {
    int fd;
    size_t n;
    char bytes[REQUEST_MAX];
};

/* Binds host's addresses to port ("0": any); the second address gets the port that the first got.
 */
static int listen_on(struct callback *callback, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *all = NULL;
    char number[PORT_TEXT] = "0";
    int saved = EADDRNOTAVAIL;
    snprintf(number, sizeof number, "%s", port);
    if (getaddrinfo(host, number, &hints, &all) != 0)
        return cli_fail("there is no address for %s: check --callback-url", host);
    for (struct addrinfo *one = all; one && callback->socket_count < CALLBACK_SOCKETS;
         one = one->ai_next) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)one->ai_addr;
        int on = 1, fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t n = one->ai_addrlen;
        if (callback->socket_count) /* sin_port and sin6_port lie at the same place */
            in->sin_port = htons((uint16_t)strtoul(number, NULL, 10));
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, one->ai_addr, n) == 0 && listen(fd, CONNECTIONS) == 0 &&
            getsockname(fd, one->ai_addr, &n) == 0) {
            snprintf(number, sizeof number, "%u", ntohs(in->sin_port));
            callback->sockets[callback->socket_count++] = fd;
            continue;
        }
        saved = errno;
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(all);
    if (!callback->socket_count)
        return cli_fail("cannot listen on %s port %s (%s): choose another port in --callback-url",
                        host, port, strerror(saved));
    callback->uri = arena_str(callback->arena, str_of(number));
    return CLI_OK;
}

int callback_open(struct callback *callback, struct arena *arena, struct str uri)
{
    struct str origin = http_url_origin(uri), host = http_url_host(uri);
    *callback = (struct callback){.arena = arena, .uri = uri};
    if (!origin.p || !str_starts(uri, STR("http://")) || !host_is_loopback(host))
        return CLI_OK;
    struct str rest = str_from(origin, (size_t)(host.p - origin.p) + host.n);
    if (rest.n && rest.p[0] == ']')
        rest = str_from(rest, 1);
    bool has_port = rest.n > 1 && rest.p[0] == ':';
    char *port = has_port ? arena_cstr(arena, str_from(rest, 1)) : arena_cstr(arena, STR("0"));
    char *name = arena_cstr(arena, host);
    struct str path = str_from(uri, origin.n);
    path.n = str_find(path, '?');
    callback->path = path.n ? path : STR("/");
    if (!port || !name)
        return cli_fail("memory is out");
    int status = listen_on(callback, name, port);
    if (status)
        return status;
    origin.n -= rest.n;
    bool given = has_port && strcmp(port, "0") != 0;
    callback->uri =
        given ? uri
              : arena_printf(arena, "%.*s:%.*s%.*s", STR_ARG(origin), STR_ARG(callback->uri),
                             STR_ARG(str_from(uri, origin.n + rest.n)));
    return callback->uri.p ? CLI_OK : cli_fail("memory is out");
}

void callback_close(struct callback *callback)
{
    for (size_t i = 0; i < callback->socket_count; i++)
        close(callback->sockets[i]);
    callback->socket_count = 0;
}

bool callback_read(struct arena *arena, struct str url, struct callback_answer *answer)
{
    struct str rest = str_from(url, str_find(url, '?') + 1), pair;
    const struct {
        struct str name;
        struct str *value;
    } members[] = {
        {STR("code"), &answer->code},   {STR("state"), &answer->state},
        {STR("error"), &answer->error}, {STR("error_description"), &answer->error_description},
        {STR("iss"), &answer->issuer},
    };
    *answer = (struct callback_answer){.code = STR_NONE};
    rest.n = str_find(rest, '#');
    while ((pair = str_split(&rest, '&')).p) {
        size_t equals = str_find(pair, '=');
        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
            if (str_eq(members[i].name, (struct str){pair.p, equals}))
                *members[i].value = form_decode(arena, str_from(pair, equals + 1));
        }
    }
    return answer->code.n || answer->error.n;
}

static void respond(int fd, const char *status, const char *text)
{
    char page[512];
    int n = snprintf(page, sizeof page,
                     "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                     "Connection: close\r\nCache-Control: no-store\r\n"
                     "Content-Security-Policy: default-src 'none'\r\n\r\n"
                     "<!doctype html><title>Signet</title><p>%s</p>\n",
                     status, text);
    if (send(fd, page, (size_t)n, MSG_NOSIGNAL) != n)
        fputs("signet: warning: the browser went away before it was answered\n", stderr);
}

/* Whether this connection brought the answer. */
static bool serve(const struct callback *callback, struct connection *connection,
                  struct callback_answer *answer)
{
    struct str request = {connection->bytes, connection->n};
    struct str line = {request.p, str_find(request, '\n')};
    struct str method = str_split(&line, ' '), target = str_split(&line, ' ');
    struct str path = {target.p, str_find(target, '?')};
    struct str copy = arena_str(callback->arena, target);
    if (!str_eq(method, STR("GET")) || !str_eq(path, callback->path) ||
        !callback_read(callback->arena, copy, answer)) {
        respond(connection->fd, "404 Not Found", "Nothing is here.");
        return false;
    }
    bool good = answer->code.n && !answer->error.n;
    respond(connection->fd, good ? "200 OK" : "400 Bad Request",
            good ? "Done. You can close this window and return to the terminal."
                 : "The server refused. The terminal says more.");
    return true;
}

/* Reads what is there; whether the head of the request is complete or the connection is over. */
static bool read_some(struct connection *connection, bool *usable)
{
    ssize_t got = recv(connection->fd, connection->bytes + connection->n,
                       REQUEST_MAX - connection->n, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    connection->n += got > 0 ? (size_t)got : 0;
    *usable = memmem(connection->bytes, connection->n, "\r\n\r\n", 4) != NULL;
    return *usable || got <= 0 || connection->n == REQUEST_MAX;
}

struct waiting {
    struct connection *connections; /* CONNECTIONS of them; fd -1: free */
    struct pollfd fds[CALLBACK_SOCKETS + CONNECTIONS];
};

static void accept_one(struct waiting *waiting, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < CONNECTIONS; i++) {
        if (waiting->connections[i].fd < 0) {
            waiting->connections[i].fd = fd;
            waiting->connections[i].n = 0;
            return;
        }
    }
    if (fd >= 0)
        close(fd);
}

/* One round of poll; whether the answer came. */
static bool turn(struct callback *callback, struct waiting *waiting, int timeout,
                 struct callback_answer *answer)
{
    size_t listeners = callback->socket_count;
    bool came = false;
    for (size_t i = 0; i < listeners; i++)
        waiting->fds[i] = (struct pollfd){.fd = callback->sockets[i], .events = POLLIN};
    for (size_t i = 0; i < CONNECTIONS; i++)
        waiting->fds[listeners + i] =
            (struct pollfd){.fd = waiting->connections[i].fd, .events = POLLIN};
    if (poll(waiting->fds, listeners + CONNECTIONS, timeout) <= 0)
        return false;
    for (size_t i = 0; i < CONNECTIONS && !came; i++) {
        struct connection *connection = &waiting->connections[i];
        bool usable = false;
        if (!waiting->fds[listeners + i].revents || !read_some(connection, &usable))
            continue;
        came = usable && serve(callback, connection, answer);
        close(connection->fd);
        connection->fd = -1;
    }
    for (size_t i = 0; i < listeners && !came; i++) {
        if (waiting->fds[i].revents)
            accept_one(waiting, callback->sockets[i]);
    }
    return came;
}

int callback_wait(struct callback *callback, int64_t deadline, struct callback_answer *answer)
{
    struct waiting waiting = {.connections =
                                  ARENA_ARRAY(callback->arena, struct connection, CONNECTIONS)};
    bool came = false;
    if (!waiting.connections)
        return cli_fail("memory is out");
    for (size_t i = 0; i < CONNECTIONS; i++)
        waiting.connections[i].fd = -1;
    for (int64_t left; !came && (left = deadline - clock_monotonic_ms()) > 0;)
        came = turn(callback, &waiting, left < 1000000 ? (int)left : 1000000, answer);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (waiting.connections[i].fd >= 0)
            close(waiting.connections[i].fd);
    }
    if (came)
        return CLI_OK;
    fputs("signet: nobody signed in within the time: run it again, or allow more with --wait\n",
          stderr);
    return CLI_INTERACTION;
}
