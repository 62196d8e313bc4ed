/* The loopback address where the browser brings the authorization code. RFC 8252 7.3 */
#ifndef SIGNET_CLI_CALLBACK_H
#define SIGNET_CLI_CALLBACK_H

#include "base/arena.h"

#define CALLBACK_SOCKETS 2

struct callback {
    struct arena *arena;
    struct str uri;  /* redirect_uri, with the port that was taken */
    struct str path; /* its path */
    int sockets[CALLBACK_SOCKETS];
    size_t socket_count; /* 0: the address is not ours to listen on */
};

struct callback_answer {
    struct str code, state, error, error_description, issuer; /* absent when not sent */
};

/* Listens where uri says, on any free port when it names none. An exit status, the reason printed.
 */
int callback_open(struct callback *callback, struct arena *arena, struct str uri);
void callback_close(struct callback *callback);
/* Waits for the browser, at most until deadline (clock_monotonic_ms); CLI_INTERACTION then. */
int callback_wait(struct callback *callback, int64_t deadline, struct callback_answer *answer);
/* From the query of an address that the browser ended at. False when there is neither code nor
 * error. */
bool callback_read(struct arena *arena, struct str url, struct callback_answer *answer);

#endif
