/* A tenant: opened, seeded, loaded, served, closed. */
#include "domain/tenant.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/audit.h"
#include "domain/seed.h"
#include "domain/tenant_changes.h"
#include "domain/tenant_poll.h"
#include "http/http.h"

enum {
    FIRST_PURGE_MS = 10000,
    QUEUE_MAX = 10000,
    AUDIT_QUEUE = 100000,
    AUDIT_COLUMNS = 6,
    ADMIN_POOL = 2, /* connections of the admin tenant on PostgreSQL */
};

static bool is_set(const char *setting)
{
    return setting[0] != '\0';
}

/* Whether there is a database of the embedded kind: something was sealed with a key that was there.
 */
static bool is_initialised(const struct config *config, struct arena *arena)
{
    char *path = arena_cstr(arena, arena_printf(arena, "%s/default.db", config->data));
    return !is_set(config->db_url) && path && access(path, F_OK) == 0;
}

struct vault *tenant_vault(const struct config *config, struct arena *arena, struct str *why)
{
    struct vault *vault = NULL;
    if (is_set(config->key)) {
        vault = vault_from_hex(str_of(config->key));
        if (!vault)
            *why = STR("SIGNET_KEY must be 64 hexadecimal digits");
        return vault;
    }
    struct str path = is_set(config->key_file) ? str_of(config->key_file)
                                               : arena_printf(arena, "%s/secret.key", config->data);
    const char *reason = NULL;
    bool make = !is_initialised(config, arena);
    if (!is_set(config->key_file) && mkdir(config->data, 0700) != 0 && errno != EEXIST)
        reason = strerror(errno);
    else if (path.p)
        vault = vault_from_file(path.p, make, &reason);
    if (!vault && !make && path.p && access(path.p, F_OK) != 0)
        reason = "it is missing, but default.db was sealed with one: put it back";
    if (!vault)
        *why = arena_printf(arena, "%s: cannot use the key file %.*s: %s",
                            is_set(config->key_file) ? "SIGNET_KEY_FILE" : "SIGNET_DATA",
                            STR_ARG(path), reason ? reason : "memory is out");
    return vault;
}

static size_t pool_size(const struct tenant *tenant)
{
    return tenant->tag == TENANT_ADMIN ? (size_t)ADMIN_POOL : (size_t)tenant->config->db_pool;
}

/* The configured address without trailing slashes, or localhost. */
static struct str endpoint_of(const char *setting, int64_t port, const struct config *config,
                              struct arena *arena)
{
    struct str address = str_of(setting);
    while (address.n && address.p[address.n - 1] == '/')
        address.n--;
    if (address.n)
        return arena_str(arena, address);
    return arena_printf(arena, "%s://localhost:%lld",
                        is_set(config->https_cert_path) ? "https" : "http", (long long)port);
}

static struct tenant *tenant_new(const struct config *config, int tag, struct vault *vault,
                                 struct arena *arena)
{
    struct tenant *tenant = ARENA_NEW(arena, struct tenant);
    if (!tenant)
        return NULL;
    bool admin = tag == TENANT_ADMIN;
    *tenant = (struct tenant){
        .tag = tag,
        .id = admin ? STR("admin") : STR("default"),
        .management_resource =
            admin ? STR("https://admin.logto.app/api") : STR("https://default.logto.app/api"),
        .endpoint = endpoint_of(admin ? config->admin_endpoint : config->endpoint,
                                admin ? config->admin_port : config->port, config, arena),
        .users_endpoint = endpoint_of(config->endpoint, config->port, config, arena),
        .vault = vault,
        .config = config,
        .admin = admin ? tenant : NULL,
        .pending = tenant_pending_new(),
        .first_purge_ms = FIRST_PURGE_MS,
    };
    tenant->issuer = arena_printf(arena, "%.*s/oidc", STR_ARG(tenant->endpoint));
    pthread_mutex_init(&tenant->lock, NULL);
    if (tenant->pending && tenant->issuer.p)
        return tenant;
    tenant_close(tenant);
    return NULL;
}

static enum err open_database(struct tenant *tenant, struct arena *arena, struct str *why)
{
    struct db_options options = {
        .url = tenant->config->db_url,
        .dir = tenant->config->data,
        .tenant = tenant->id.p,
        .pool = pool_size(tenant),
    };
    struct str reason = STR("memory is out");
    enum err err = db_open(&options, arena, &tenant->db, &reason);
    if (err)
        *why = arena_printf(arena, "%s: %.*s", *options.url ? "DB_URL" : "SIGNET_DATA",
                            STR_ARG(reason));
    return err;
}

static enum err seed(struct tenant *tenant, struct arena *arena)
{
    struct db_conn *conn;
    enum err err = db_connect_write(tenant->db, DB_MAIN, &conn);
    if (err)
        return err;
    err = seed_tenant(tenant, conn, arena);
    db_disconnect(conn);
    return err;
}

/* In one transaction: under load, rows that belong together come faster than two statements read.
 */
static enum err load(struct tenant *tenant)
{
    struct db_conn *conn;
    tenant->loaded_at = clock_now_ms();
    enum err err = db_connect_read(tenant->db, &conn);
    if (err)
        return err;
    err = db_begin(conn);
    if (!err)
        err = snapshot_load(conn, tenant->vault, &tenant->snapshot);
    db_rollback(conn);
    db_disconnect(conn);
    return err;
}

static enum err cannot(const struct tenant *tenant, const char *what, enum err err,
                       struct arena *arena, struct str *why)
{
    *why = arena_printf(arena, "cannot %s the tenant %.*s (%s); the log may say more", what,
                        STR_ARG(tenant->id), error_info(err)->text);
    return err;
}

enum err tenant_open(const struct config *config, int tag, struct vault *vault, struct arena *arena,
                     struct tenant **out, struct str *why)
{
    *why = STR("memory is out");
    struct tenant *tenant = tenant_new(config, tag, vault, arena);
    if (!tenant)
        return ERR_NO_MEMORY;
    enum err err = open_database(tenant, arena, why);
    if (!err && (err = seed(tenant, arena)))
        cannot(tenant, "seed", err, arena, why);
    if (!err && (err = load(tenant)))
        cannot(tenant, "load", err, arena, why);
    if (err)
        tenant_close(tenant);
    else
        *out = tenant;
    return err;
}

static enum err start_writers(struct tenant *tenant)
{
    bool embedded = db_is_embedded(tenant->db);
    struct writer_options options = {
        .db = tenant->db,
        .part = DB_MAIN,
        .threads = embedded ? 1 : pool_size(tenant),
        .max_queue = QUEUE_MAX,
        .committed = tenant_committed,
        .arg = tenant,
        .delivered = http_wake_posted,
    };
    enum err err = writer_start(&options, &tenant->writer);
    if (!err && !embedded)
        err = read_pool_start(tenant->db, pool_size(tenant), QUEUE_MAX, http_wake_posted,
                              &tenant->readers);
    return err ? err
               : row_writer_start(tenant->db, DB_AUDIT, AUDIT_TABLE_COLUMNS, AUDIT_COLUMNS,
                                  AUDIT_QUEUE, http_wake_posted, &tenant->audit);
}

enum err tenant_start(struct tenant *tenant, struct str *why)
{
    enum err err = start_writers(tenant);
    if (!err)
        err = tenant_poll_start(tenant, tenant->loaded_at);
    if (err)
        *why = str_of(error_info(err)->text);
    return err;
}

void tenant_close(struct tenant *tenant)
{
    if (!tenant)
        return;
    tenant_poll_stop(tenant->poll);
    read_pool_stop(tenant->readers);
    writer_stop(tenant->writer);
    row_writer_stop(tenant->audit);
    snapshot_unref(tenant->snapshot);
    tenant_pending_free(tenant->pending);
    db_close(tenant->db);
    pthread_mutex_destroy(&tenant->lock);
}

struct snapshot *tenant_snapshot(struct tenant *tenant)
{
    pthread_mutex_lock(&tenant->lock);
    struct snapshot *snapshot = snapshot_ref(tenant->snapshot);
    pthread_mutex_unlock(&tenant->lock);
    return snapshot;
}
