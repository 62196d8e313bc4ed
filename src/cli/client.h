/* Machine-to-machine clients as init and the bootstrap file want them to be. */
#ifndef SIGNET_CLI_CLIENT_H
#define SIGNET_CLI_CLIENT_H

#include "cli/bootstrap.h"
#include "domain/tenant.h"

/* All run inside a writing transaction and note what they change. */
struct client_work {
    struct tenant *tenant;
    struct db_conn *conn;
    struct arena *arena;
    int64_t now;
    struct str why; /* a sentence for people when a function fails for a reason of the input */
};

enum err client_exists(struct client_work *work, struct str id, bool *exists);
/* The quick-start client, with the built-in role while there is one. */
enum err client_make_quick_start(struct client_work *work, struct str id);
enum err client_add_secret(struct client_work *work, struct str id, struct str name,
                           struct str secret);
/* Makes what is missing and replaces what differs; doing it twice changes nothing.
 * ERR_INVALID_INPUT and why: an application of another type has the id, or a scope or role does not
 * exist. */
enum err client_ensure(struct client_work *work, const struct bootstrap_client *client);
/* The secret of that name has this value afterwards. */
enum err client_ensure_secret(struct client_work *work, struct str id, struct str name,
                              struct str secret);

#endif
