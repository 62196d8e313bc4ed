/* The HTTP server: start, reload, stop, figures. */
#include "http/server.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "http/listen.h"

struct str http_header_get(const struct http_request *request, struct str name, size_t *count)
{
    struct str first = STR_NONE;
    size_t n = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (header->name.n != name.n || !str_eq_nocase(header->name, name))
            continue;
        if (n++ == 0)
            first = header->value;
        if (!count)
            break;
    }
    if (count)
        *count = n;
    return first;
}

static void free_server(struct http_server *server)
{
    tls_context_free(server->tls);
    pthread_mutex_destroy(&server->tls_lock);
    peers_free(server->peers);
    free(server->cert_path);
    free(server->key_path);
    free(server->ports);
    free(server->loops);
    free(server);
}

static bool copy_paths(struct http_server *server, const struct http_options *options)
{
    if (!options->cert_path)
        return true;
    assert(options->key_path);
    server->cert_path = strdup(options->cert_path);
    server->key_path = strdup(options->key_path);
    return server->cert_path && server->key_path;
}

static struct http_server *new_server(const struct http_options *options)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    pthread_mutex_init(&server->tls_lock, NULL);
    server->options = *options;
    server->peers =
        peers_new((size_t)options->limits.max_connections, options->limits.max_per_address);
    server->ports = calloc(options->listener_count, sizeof *server->ports);
    server->loops = calloc((size_t)options->threads, sizeof *server->loops);
    if (server->peers && server->ports && server->loops && copy_paths(server, options))
        return server;
    free_server(server);
    return NULL;
}

static void close_from(const int *fds, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        close(fds[i]);
}

/* fds: threads a listener, listener by listener. */
static bool bind_listeners(struct http_server *server, int *fds, struct arena *arena,
                           struct str *why)
{
    size_t threads = (size_t)server->options.threads;
    for (size_t i = 0; i < server->options.listener_count; i++) {
        const struct http_listener *listener = &server->options.listeners[i];
        server->ports[i] = listener->port;
        if (!listen_bind(listener->address, &server->ports[i], fds + i * threads, (int)threads,
                         arena, why)) {
            close_from(fds, 0, i * threads);
            return false;
        }
    }
    return true;
}

static bool make_loops(struct http_server *server, int *fds, int *row)
{
    size_t threads = (size_t)server->options.threads, count = server->options.listener_count;
    for (size_t t = 0; t < threads; t++) {
        for (size_t i = 0; i < count; i++) {
            row[i] = fds[i * threads + t];
            fds[i * threads + t] = -1;
        }
        server->loops[t] = loop_new(server, row);
        if (!server->loops[t]) {
            for (size_t i = 0; i < count * threads; i++) {
                if (fds[i] >= 0)
                    close(fds[i]);
            }
            return false;
        }
        server->loop_count++;
    }
    return true;
}

static bool run_loops(struct http_server *server)
{
    for (int started = 0; started < server->loop_count; started++) {
        if (loop_run(server->loops[started]))
            continue;
        for (int i = 0; i < started; i++)
            loop_stop(server->loops[i], 0);
        for (int i = 0; i < server->loop_count; i++)
            loop_free(server->loops[i], i < started);
        server->loop_count = 0;
        return false;
    }
    return true;
}

static void drop_loops(struct http_server *server)
{
    for (int i = 0; i < server->loop_count; i++)
        loop_free(server->loops[i], false);
    server->loop_count = 0;
}

static bool load_certificate(struct http_server *server, struct arena *arena, struct str *why)
{
    char text[512];
    if (!server->cert_path)
        return true;
    server->tls = tls_context_new(server->cert_path, server->key_path, text, sizeof text);
    if (!server->tls)
        *why = arena_printf(arena, "%s", text);
    return server->tls;
}

static bool start(struct http_server *server, struct arena *arena, struct str *why)
{
    size_t count = server->options.listener_count;
    int *fds = arena_alloc_array(arena, (size_t)server->options.threads * count, sizeof *fds);
    int *row = arena_alloc_array(arena, count, sizeof *row);
    if (!fds || !row || !load_certificate(server, arena, why) ||
        !bind_listeners(server, fds, arena, why))
        return false;
    if (make_loops(server, fds, row) && run_loops(server))
        return true;
    drop_loops(server);
    return false;
}

enum err http_server_start(const struct http_options *options, struct arena *arena,
                           struct http_server **out, struct str *why)
{
    assert(options->threads > 0 && options->listener_count > 0 && options->handle);
    *why = STR("cannot start the server: out of memory, descriptors or threads");
    struct http_server *server = new_server(options);
    if (!server)
        return ERR_NO_MEMORY;
    if (!start(server, arena, why)) {
        free_server(server);
        return ERR_INTERNAL;
    }
    /* The caller's from here on. */
    server->options.listeners = NULL;
    *out = server;
    return OK;
}

int http_server_port(const struct http_server *server, size_t i)
{
    assert(i < server->options.listener_count);
    return server->ports[i];
}

bool http_server_reload(struct http_server *server)
{
    char why[512];
    if (!server->cert_path)
        return true;
    struct tls_context *fresh =
        tls_context_new(server->cert_path, server->key_path, why, sizeof why);
    if (!fresh) {
        log_error("%s; the old certificate stays in use", why);
        return false;
    }
    pthread_mutex_lock(&server->tls_lock);
    struct tls_context *old = server->tls;
    server->tls = fresh;
    pthread_mutex_unlock(&server->tls_lock);
    tls_context_free(old);
    return true;
}

void http_server_stop(struct http_server *server, int timeout_ms)
{
    for (int i = 0; i < server->loop_count; i++)
        loop_stop(server->loops[i], timeout_ms);
    for (int i = 0; i < server->loop_count; i++)
        loop_free(server->loops[i], true);
    free_server(server);
}

void http_server_stats(const struct http_server *server, struct http_stats *out)
{
    *out = (struct http_stats){.connections = atomic_load(&server->connections),
                               .unsent = (int64_t)atomic_load(&server->unsent)};
    for (int i = 0; i < server->loop_count; i++) {
        const struct loop_stats *stats = &server->loops[i]->stats;
        out->accepted += atomic_load_explicit(&stats->accepted, memory_order_relaxed);
        out->refused += atomic_load_explicit(&stats->refused, memory_order_relaxed);
        out->requests += atomic_load_explicit(&stats->requests, memory_order_relaxed);
        out->bad_requests += atomic_load_explicit(&stats->bad_requests, memory_order_relaxed);
    }
}
