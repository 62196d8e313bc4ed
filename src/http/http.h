/* The HTTP/1.1 server: listeners, loop threads, requests and answers. RFC 9110, RFC 9112. */
#ifndef SIGNET_HTTP_HTTP_H
#define SIGNET_HTTP_HTTP_H

#include "base/arena.h"
#include "base/error.h"

enum http_method {
    HTTP_M_GET,
    HTTP_M_HEAD,
    HTTP_M_POST,
    HTTP_M_PUT,
    HTTP_M_PATCH,
    HTTP_M_DELETE,
    HTTP_M_OPTIONS,
    HTTP_M_OTHER /* known to the parser but none of the above: PROPFIND, TRACE … */
};

struct http_header {
    struct str name, value; /* name as sent; compare with str_eq_nocase */
};

struct spool;
struct http_loop; /* a loop thread */
struct http_conn; /* a connection, private to the server */

/* A whole request, body included. It and all it points to live until http_respond. */
struct http_request {
    enum http_method method;
    struct str method_name;
    struct str path;  /* as sent, without query; starts with '/' (or is "*") */
    struct str query; /* behind the first '?', without it; {NULL,0}: none */
    struct str host;  /* checked syntax: host or host:port */
    struct http_header *headers;
    size_t header_count;
    struct str body;        /* chunks joined; n is 0 when there is none */
    struct spool *spool;    /* the body's file, when it has one (http_limits.spool) */
    bool body_too_large;    /* the body passed max_body and was thrown away; answer and it closes */
    struct str remote;      /* peer address as text, without port */
    bool secure;            /* came over TLS */
    int listener;           /* tag of the listener it came in by */
    struct arena *arena;    /* the request's memory; reset after the answer is written */
    struct http_loop *loop; /* where http_respond must be called */
    void *user;             /* the handler's */
    struct http_conn *conn;
};

/* The first header of that name, {NULL,0} when there is none. *count (may be NULL): how many. */
struct str http_header_get(const struct http_request *request, struct str name, size_t *count);

struct http_response {
    int status;
    struct str fixed; /* prebuilt header lines, each ending in CRLF; lives till respond returns */
    struct http_header *headers; /* further ones; values must hold no CR or LF (such a header is
                                    dropped and logged) */
    size_t header_count;
    struct str content_type; /* {NULL,0}: none is sent */
    struct str body; /* for HEAD give what GET would have: its length is sent, not its bytes */
    bool body_stays; /* its bytes stay as they are while the server runs: they are not copied */
    bool close;      /* end the connection after this answer */
};

/* Sends the answer (status 200 to 599) and frees the request. On the request's loop thread only,
 * exactly once a request; the peer may be gone by then, which is not an error. Adds Date,
 * Content-Length (not on 204, 304 and 1xx), Connection where needed. */
void http_respond(struct http_request *request, const struct http_response *response);

/* Work handed to a loop thread from any thread. */
struct http_task {
    void (*run)(struct http_task *task); /* on the loop thread */
    struct http_task *next;              /* the server's */
};
/* Tasks of one thread run in the order they were posted; run may free the task. Whoever posts not
 * for a request under way must have ended before http_server_stop is called. */
void http_post(struct http_loop *loop, struct http_task *task);
/* The same for many tasks in a row: the loops may hear of them only when this thread calls
 * http_wake_posted, which it must, soon. Waking a loop costs more than a task (docs/storage.md). */
void http_post_quietly(struct http_loop *loop, struct http_task *task);
void http_wake_posted(void);
/* What loop_start returned for this loop. */
void *http_loop_user(struct http_loop *loop);

struct http_listener {
    struct str address; /* "0.0.0.0", "::", "127.0.0.1" … */
    int port;           /* 0: any free one (tests) */
    int tag;
};

struct http_limits {
    size_t max_target;  /* request target, bytes: 414 beyond */
    size_t max_headers; /* all header bytes: 431 beyond; also at most 100 headers */
    size_t max_body;
    int max_connections, max_per_address; /* IPv6: per /64 */
    int header_timeout_ms; /* from the first byte of a request to the end of its headers: 408 */
    int idle_timeout_ms;   /* between requests: closed */
    int body_rate; /* bytes a second that a body must arrive with after body_grace_ms: 408 */
    int body_grace_ms;
    int write_timeout_ms; /* a peer that takes nothing of its answer: closed */
    size_t max_unsent;    /* bytes in memory for peers that do not take their answers, and of
                             requests behind those, of all connections: beyond, who takes nothing
                             is closed; with half of it, sooner than otherwise */
    size_t arena_max;     /* bytes of one request's memory */
    /* Asked when the headers of a request with a body are there: the file (spool_open) that the
     * body goes to instead of memory, and how long it may be; -1: memory, as always. May be NULL.
     */
    int (*spool)(struct http_request *request, size_t *max_body);
};

struct http_options {
    const struct http_listener *listeners;
    size_t listener_count;
    int threads; /* loop threads, each with its own SO_REUSEPORT socket a listener */
    struct http_limits limits;
    const char *cert_path, *key_path; /* PEM; NULL: no TLS */
    /* A complete request. Called on its loop thread; must lead to one http_respond, now or later.
     */
    void (*handle)(struct http_request *request, void *arg);
    void *(*loop_start)(struct http_loop *loop, void *arg); /* on the new loop thread; may be NULL
                                                             */
    void (*loop_stop)(void *user, void *arg);               /* before it ends; may be NULL */
    void *arg;
};

struct http_server;

/* Binds all listeners and starts the threads. On failure returns an error and a sentence with the
 * address, port and reason in *why. */
enum err http_server_start(const struct http_options *options, struct arena *arena,
                           struct http_server **out, struct str *why);
/* The port that listener i got. */
int http_server_port(const struct http_server *server, size_t i);
/* Reads certificate and key again; connections keep theirs, new ones get the new. False (and the
 * old ones stay) when they cannot be used; the reason is logged. */
bool http_server_reload(struct http_server *server);
/* Graceful: stops accepting, closes idle connections, answers the open requests with
 * "Connection: close", cuts what is left after timeout_ms, joins the threads, frees. A request that
 * is still being worked on then keeps its memory, and the stop waits until it gets its
 * http_respond. */
void http_server_stop(struct http_server *server, int timeout_ms);

struct http_stats {
    int64_t connections, accepted, refused, requests, bad_requests;
    int64_t unsent; /* as in http_limits.max_unsent */
};
void http_server_stats(const struct http_server *server, struct http_stats *out);

#endif
