/* HTTP requests as a client; the only user of libcurl among the subcommands. */
#ifndef SIGNET_CLI_HTTP_CLIENT_H
#define SIGNET_CLI_HTTP_CLIENT_H

#include "base/buf.h"

#define HTTP_CLIENT_MAX_HEADERS 64

struct http_call {
    const char *method;
    struct str url;
    struct str headers[HTTP_CLIENT_MAX_HEADERS]; /* "Name: value" */
    size_t header_count;
    struct str body;     /* {NULL,0}: none */
    const char *ca_file; /* PEM, or NULL for the system's certificates */
    int64_t timeout_s;
    bool allow_http; /* plain http to other hosts, too */
};

struct http_reply {
    long status;
    struct str headers; /* all lines of the final answer */
    struct str body;
};

/* Adds "name: value"; false when there is no room or a line break is in it. */
bool http_call_header(struct http_call *call, struct arena *arena, struct str name,
                      struct str value);

/* Sends it; no redirect is followed. False when no answer came: *why is a sentence for people that
 * says what to change. The reply lives in the arena. */
bool http_client_send(const struct http_call *call, struct arena *arena, struct http_reply *reply,
                      struct str *why);

/* The first header of that name; {NULL,0} when there is none. */
struct str http_reply_header(const struct http_reply *reply, struct str name);

/* All headers of that name, joined by ", " (RFC 9110 5.3). */
struct str http_reply_headers(const struct http_reply *reply, struct arena *arena, struct str name);

/* scheme://host[:port] of an http or https URL; {NULL,0} for anything else. A slice of url. */
struct str http_url_origin(struct str url);
/* Host without port and brackets. */
struct str http_url_host(struct str url);

#endif
