/* A tenant's signing keys in the database: made, rotated, promoted, deleted, loaded. */
#ifndef SIGNET_DOMAIN_SIGNING_KEYS_H
#define SIGNET_DOMAIN_SIGNING_KEYS_H

#include "domain/tenant.h"

/* A key is published as Next before it signs as Current, and as Previous afterwards, so that who
 * has cached the published keys knows the signing one at any time (OpenID Connect Core 10.1.1).
 * There is at most one of each; private keys leave the database only into a keyring. */
struct signing_key {
    struct str id, alg, state; /* "Next", "Current", "Previous" */
    int64_t signs_at;          /* ms; when a Next becomes Current */
    int64_t created_at;        /* ms */
};

/* Where other servers may share the database, a key that is made Current is published for this long
 * before it signs; until then the Previous one does. More than two of their polls. */
#define SIGNING_KEY_LEAD_MS ((int64_t)2000)

/* Next, Current, Previous, in this order; list is in the arena. */
enum err signing_keys_list(struct db_conn *conn, struct arena *arena,
                           const struct signing_key **list, size_t *count);

/* The published keys as a keyring, the caller's. ERR_INTERNAL, and why in the log, when a key
 * cannot be opened (another installation's key file) or none is Current. */
enum err signing_keys_load(struct db_conn *conn, struct vault *vault, struct keyring **out);

/* The rest runs inside the caller's writing transaction and notes CHANGE_KEYS. */

/* Makes a key and writes its id. grace (ms) > 0: it is Next until now + grace, in place of an
 * earlier Next. grace 0: it is Current at once, the old Current becomes Previous, other keys are
 * deleted. */
enum err signing_keys_rotate(struct tenant *tenant, struct db_conn *conn, enum jwk_alg alg,
                             int64_t grace, int64_t now, char id[ID_LENGTH]);
/* Lets a Next whose time has come sign. *promoted is false when there is none, or another process
 * was quicker. */
enum err signing_keys_promote(struct tenant *tenant, struct db_conn *conn, int64_t now,
                              bool *promoted);
/* Whether signing_keys_promote has something to do. */
enum err signing_keys_due(struct db_conn *conn, struct arena *arena, int64_t now, bool *due);
/* Whether a Current key has not signed yet or began to only now: then the keys are to be loaded
 * again from time to time. */
enum err signing_keys_unseen(struct db_conn *conn, struct arena *arena, int64_t now, bool *unseen);
/* ERR_KEY_REQUIRED for the Current one, ERR_NOT_FOUND. Tokens signed by a deleted key are worth
 * nothing from then on. */
enum err signing_keys_delete(struct tenant *tenant, struct db_conn *conn, struct str id,
                             int64_t now);

#endif
