/* Requests that the server itself makes to addresses that others chose. A user of libcurl
 * beside the command line client. */
#ifndef SIGNET_HTTP_OUTGOING_H
#define SIGNET_HTTP_OUTGOING_H

#include <sys/socket.h>

#include "base/arena.h"

#define OUTGOING_MAX_HEADERS  32
#define OUTGOING_MAX_RESPONSE 16384 /* bytes of the response that are kept */

/* A mail: the address is smtp:// or smtps://, the body the message as it is sent (RFC 5322). The
 * texts end in a NUL byte. */
struct outgoing_mail {
    struct str from, to;       /* addresses alone; from {NULL,0}: this is no mail, but a POST */
    struct str user, password; /* empty: it does not sign in */
    enum {
        OUTGOING_TLS_OFFERED, /* when the server offers it */
        OUTGOING_TLS_NEEDED,
        OUTGOING_TLS_NEVER
    } security; /* of smtp:// */
};

/* One POST or mail. The caller owns it, and all texts, until it is finished. No redirect is
 * followed, no proxy used; it ends after ten seconds at the latest. */
struct outgoing {
    struct str url, body;
    struct str headers[OUTGOING_MAX_HEADERS]; /* "name: value" */
    size_t header_count;
    struct outgoing_mail mail;
    struct str traceparent; /* on whose behalf (W3C Trace Context); {NULL,0}: what this thread works
                               for */
    bool get;               /* a GET without a body instead */
    bool allow_private; /* private, loopback and other special addresses are no reason to refuse */
    char *room; /* where the response goes instead of into response, and how much fits; NULL:
                   into response */
    size_t room_size;
    /* Afterwards: */
    int status;        /* 0: there was no response */
    const char *error; /* why, when there was none; a static text */
    char response[OUTGOING_MAX_RESPONSE];
    size_t response_length;
    /* The sender's own. */
    void *handle, *lines;
    size_t received, sent;
    bool refused;
};

/* Whether the address is one of the public Internet (RFC 6890 and its registries). */
bool outgoing_is_public(const struct sockaddr *address);

/* Adds a header; false when there are too many, or the text would break out of its line. */
bool outgoing_header(struct outgoing *outgoing, struct arena *arena, struct str name,
                     struct str value);

/* Sends and waits. */
void outgoing_send(struct outgoing *outgoing);

/* Several at once, by one thread. */
struct outgoing_pool;
struct outgoing_pool *outgoing_pool_new(void);       /* NULL when memory is out */
void outgoing_pool_free(struct outgoing_pool *pool); /* takes NULL; nothing may be under way */
/* False: it could not be started, and has an error. */
bool outgoing_pool_add(struct outgoing_pool *pool, struct outgoing *outgoing);
/* The next one that is finished; NULL after timeout_ms or a wake-up. */
struct outgoing *outgoing_pool_wait(struct outgoing_pool *pool, int timeout_ms);
/* Takes back one that is under way. */
void outgoing_pool_remove(struct outgoing_pool *pool, struct outgoing *outgoing);
/* From any thread: ends a wait. */
void outgoing_pool_wake(struct outgoing_pool *pool);

#endif
