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
enum err client_make_quick_start(struct client_work *work, struct str id);
/* Scopes of the Management API that a client has, apart by blanks, `all` alone when it is among
 * them; {NULL,0}: none. */
enum err client_find_access(struct client_work *work, struct str id, struct str *scopes);
/* Gives it `all`, by the built-in role while there is one. */
enum err client_give_access(struct client_work *work, struct str id);
enum err client_add_secret(struct client_work *work, struct str id, struct str name,
                           struct str secret);
/* ERR_INVALID_INPUT and why: an application of another type has the id. */
enum err client_check_quick_start(struct client_work *work, struct str id);
/* The same, or a scope or role does not exist. */
enum err client_check(struct client_work *work, const struct bootstrap_client *client);
/* The same of all clients of the file, in either tenant, and of the id that the setting gives the
 * quick start: what signet init would refuse. Reads alone. tenants are by tag. */
enum err client_check_all(const struct config *config, const struct bootstrap *bootstrap,
                          struct tenant *const *tenants, struct arena *arena, struct str *why);
/* Makes what is missing, replaces what differs, and takes the built-in role away when it is not
 * asked for; doing it twice changes nothing. Fails as client_check does. */
enum err client_ensure(struct client_work *work, const struct bootstrap_client *client);
/* The secret of that name has this value afterwards. */
enum err client_ensure_secret(struct client_work *work, struct str id, struct str name,
                              struct str secret);

#endif
