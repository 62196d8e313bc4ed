/* A tenant while the server runs: its database, writers, keys and snapshot. */
#ifndef SIGNET_DOMAIN_TENANT_H
#define SIGNET_DOMAIN_TENANT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/config.h"
#include "domain/snapshot.h"
#include "store/writer.h"

enum { TENANT_DEFAULT = 1, TENANT_ADMIN = 2 }; /* listener tags, too */

struct tenant {
    int tag;
    struct str id;                  /* "default", "admin" */
    struct str management_resource; /* "https://default.logto.app/api" */
    struct str endpoint;            /* configured or default public address, no trailing slash */
    struct str users_endpoint;      /* the default tenant's endpoint */
    struct str issuer;              /* endpoint + "/oidc" */
    struct db *db;
    struct vault *vault; /* shared by all tenants */
    struct writer *writer;
    struct row_writer *audit;
    struct read_pool *readers; /* PostgreSQL: worker threads for RUN_READ; NULL on SQLite */
    const struct config *config;
    struct tenant *admin;     /* the admin tenant (itself for the admin tenant) */
    _Atomic uint64_t version; /* of the snapshot */
    pthread_mutex_t lock;     /* guards snapshot, pending and sender */
    struct snapshot *snapshot;
    int64_t loaded_at;              /* ms: when the first snapshot began to be read */
    struct tenant_pending *pending; /* changes of this process that the snapshot has not seen */
    struct tenant_poll *poll;       /* the thread that looks for other processes' changes */
    int64_t first_purge_ms;         /* from the start: expired rows can wait, a first request not */
    struct {
        void (*run)(void *arg);
        void *arg;
    } sender; /* of outboxes (domain/outbox.h); guarded by lock */
};

/* Opens the database (migrating it), seeds what every tenant has (built-in resource, scopes, role,
 * signing key), loads the snapshot. `signet init` and tests stop here. *why is a sentence. The
 * tenant lives in the arena, config and vault must outlive it; admin is set for the admin tenant
 * only. */
enum err tenant_open(const struct config *config, int tag, struct vault *vault, struct arena *arena,
                     struct tenant **out, struct str *why);
/* Starts writers and the poll thread: what serving needs. */
enum err tenant_start(struct tenant *tenant, struct str *why);
/* Stops threads and frees; takes NULL. */
void tenant_close(struct tenant *tenant);

/* What of a snapshot has changed. */
enum change_kind {
    CHANGE_APPLICATION,
    CHANGE_ACCESS,
    CHANGE_KEYS,
    CHANGE_SCRIPTS,
    CHANGE_REVOKED,
    CHANGE_MEMBERSHIP,
    CHANGE_OPERATORS,
};
/* Inside a writing transaction of conn: the entity has changed (an application's id, a revoked
 * token's jti, "ORGANIZATION/APPLICATION", any text for the other kinds). Other processes see it
 * within a second; this one as soon as the writer that conn belongs to has committed. Handlers call
 * change_note (domain/ctx.h).
 */
enum err tenant_note(struct tenant *tenant, struct db_conn *conn, int64_t now,
                     enum change_kind kind, struct str entity);

/* The current snapshot, with a reference for the caller. */
struct snapshot *tenant_snapshot(struct tenant *tenant);

/* The key file of config as a vault; made on first start. */
struct vault *tenant_vault(const struct config *config, struct arena *arena, struct str *why);

#endif
