/* One request from bytes to struct http_request. Knows no sockets. RFC 9112. */
#ifndef SIGNET_HTTP_MESSAGE_H
#define SIGNET_HTTP_MESSAGE_H

#include <llhttp.h>

#include "base/buf.h"
#include "http/http.h"

#define MESSAGE_MAX_HEADERS 100
#define MESSAGE_TAIL        8

enum message_state {
    MESSAGE_HEAD,    /* more of the request line or the headers is needed */
    MESSAGE_BODY,    /* more of the body is needed */
    MESSAGE_DONE,    /* request is complete, or its body is too large */
    MESSAGE_REFUSED, /* status and reason say why; nothing behind it can be trusted */
};

struct message {
    struct http_request request; /* first, so that one pointer leads to the other */
    enum message_state state;
    int status;         /* MESSAGE_REFUSED */
    const char *reason; /* MESSAGE_REFUSED: one line for the client */
    bool http_1_0;
    bool keep_alive;       /* the client lets the connection live after the answer */
    bool expects_continue; /* it waits for 100 before it sends the body */

    struct message *next; /* the owner's */
    char remote[48];      /* the owner's: request.remote points here */
    uint64_t body_since;  /* the owner's: when the minimum rate begins to count; 0: no body yet */

    const struct http_limits *limits;
    llhttp_t parser;
    struct buf body;
    size_t body_n, body_max;   /* of the body so far, in memory or in a file */
    size_t head_n;             /* bytes in head */
    size_t header_n;           /* bytes of headers seen: names, values, separators */
    size_t raw_head, raw_body; /* bytes taken off the wire */
    size_t target_n;
    bool line_begun, after_cr, version_seen, name_open;
    const char *piece;       /* what the parser is looking at */
    char tail[MESSAGE_TAIL]; /* the last bytes before it */
    struct http_header headers[MESSAGE_MAX_HEADERS];
    char head[]; /* target, names and values, one behind the other */
};

/* A message with room for what limits allow; limits must outlive it. NULL when memory is out. */
struct message *message_new(const struct http_limits *limits);
void message_free(struct message *message); /* takes NULL */

/* Makes it ready for the next request. */
void message_start(struct message *message);

/* Takes bytes until the request is complete or refused; returns how many were taken. */
size_t message_feed(struct message *message, const char *bytes, size_t n);

#endif
