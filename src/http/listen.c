/* Listening sockets: bound by hand, since libuv sets SO_REUSEADDR only. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t size_of(const union address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

static in_port_t *port_of(union address *address)
{
    return address->any.sa_family == AF_INET6 ? &address->v6.sin6_port : &address->v4.sin_port;
}

static bool parse(struct str text, union address *out)
{
    char cstr[INET6_ADDRSTRLEN];
    if (text.n >= sizeof cstr)
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    *out = (union address){0};
    if (inet_pton(AF_INET, cstr, &out->v4.sin_addr) == 1)
        out->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, cstr, &out->v6.sin6_addr) == 1)
        out->any.sa_family = AF_INET6;
    return out->any.sa_family != AF_UNSPEC;
}

static bool turn_on(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* A bound socket, or -1 with errno set. Accepted sockets inherit TCP_NODELAY. */
static int open_bound(const union address *address, bool shared)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool set = turn_on(fd, SOL_SOCKET, SO_REUSEADDR) && turn_on(fd, IPPROTO_TCP, TCP_NODELAY) &&
               (!shared || turn_on(fd, SOL_SOCKET, SO_REUSEPORT)) &&
               (address->any.sa_family != AF_INET6 || turn_on(fd, IPPROTO_IPV6, IPV6_V6ONLY));
    if (set && bind(fd, &address->any, size_of(address)) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Binding alone tells whether another process listens there. */
static bool is_free(const union address *address)
{
    int fd = open_bound(address, false);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool bind_all(union address *address, int *fds, int count)
{
    socklen_t size = size_of(address);
    for (int i = 0; i < count; i++) {
        fds[i] = open_bound(address, true);
        if (fds[i] >= 0 && (i > 0 || getsockname(fds[i], &address->any, &size) == 0))
            continue;
        int error = errno;
        for (int j = 0; j <= i; j++) {
            if (fds[j] >= 0)
                close(fds[j]);
        }
        errno = error;
        return false;
    }
    return true;
}

bool listen_bind(struct str text, int *port, int *fds, int count, struct arena *arena,
                 struct str *why)
{
    union address address;
    if (!parse(text, &address)) {
        *why = arena_printf(arena, "cannot listen on %.*s: not an IP address", STR_ARG(text));
        return false;
    }
    *port_of(&address) = htons((uint16_t)*port);
    if ((*port && !is_free(&address)) || !bind_all(&address, fds, count)) {
        bool brackets = address.any.sa_family == AF_INET6;
        *why = arena_printf(arena, "cannot listen on %s%.*s%s port %d: %s", brackets ? "[" : "",
                            STR_ARG(text), brackets ? "]" : "", *port, strerror(errno));
        return false;
    }
    *port = ntohs(*port_of(&address));
    return true;
}
