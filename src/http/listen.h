/* Listening sockets. */
#ifndef SIGNET_HTTP_LISTEN_H
#define SIGNET_HTTP_LISTEN_H

#include "base/arena.h"

/* Binds count sockets (SO_REUSEPORT, not yet listening) to address and *port into fds; *port 0
 * becomes the port that was found. False, with a sentence in *why and nothing left open, when it
 * cannot. A port that another process listens on is refused, though SO_REUSEPORT would share it. */
bool listen_bind(struct str address, int *port, int *fds, int count, struct arena *arena,
                 struct str *why);

#endif
