/* What the running server may still do. */
#ifndef SIGNET_SANDBOX_H
#define SIGNET_SANDBOX_H

#include "base/arena.h"
#include "base/config.h"

/* Before the first thread and after the databases are open. A kernel that cannot confine it is said
 * in the log. */
void sandbox_server(const struct config *config, struct arena *arena);

#endif
