/* `signet serve`: start, signals, stop. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/client.h"
#include "domain/redirect_uri.h"
#include "jobs/delivery.h"
#include "jobs/user_importer.h"
#include "metrics.h"
#include "sandbox.h"
#include "serve.h"
#include "spans.h"

#define MAX_LISTENERS    32
#define MAX_TARGET       ((size_t)16 * 1024)
#define MAX_HEADERS      ((size_t)32 * 1024)
#define MAX_BODY         ((size_t)1024 * 1024)
#define ARENA_MAX        ((size_t)64 * 1024 * 1024)
#define BODY_GRACE_MS    5000
#define WRITE_TIMEOUT_MS 30000

/* All that a running server is made of; each member is NULL until it is started. */
struct boot {
    struct config config;
    struct arena *arena; /* for texts of the start */
    struct arena *admin_arena;
    struct vault *vault;
    struct tenant *tenants[3];
    struct server *server;
    struct http_server *http;
    struct delivery *deliveries[3];
    struct user_importer *importer;
};

static enum log_level level_of(const char *name)
{
    switch (name[0]) {
    case 'e':
        return LOG_ERROR;
    case 'w':
        return LOG_WARN;
    case 'd':
        return LOG_DEBUG;
    default:
        return LOG_INFO;
    }
}

static bool open_log(const struct config *config)
{
    const char *path = config->log_file[0] ? config->log_file : NULL;
    if (log_open(path, level_of(config->log_level)))
        return true;
    fprintf(stderr, "signet: SIGNET_LOG_FILE: cannot open '%s'\n", config->log_file);
    return false;
}

/* One tenant on its way: they are opened side by side. */
struct opening {
    struct boot *boot;
    int tag;
    struct arena *arena;
    struct str why;
    bool ok;
};

static void *open_tenant(void *arg)
{
    struct opening *opening = arg;
    struct boot *boot = opening->boot;
    opening->why = STR("memory is out");
    opening->ok =
        opening->arena && tenant_open(&boot->config, opening->tag, boot->vault, opening->arena,
                                      &boot->tenants[opening->tag], &opening->why) == OK;
    return NULL;
}

static bool open_both(struct boot *boot, struct str *why)
{
    struct opening users = {boot, TENANT_DEFAULT, boot->arena, {0}, false};
    struct opening operators = {boot, TENANT_ADMIN, boot->admin_arena, {0}, false};
    pthread_t thread;
    bool beside = pthread_create(&thread, NULL, open_tenant, &operators) == 0;
    open_tenant(&users);
    if (beside)
        pthread_join(thread, NULL);
    else
        open_tenant(&operators);
    *why = users.ok ? operators.why : users.why;
    return users.ok && operators.ok;
}

/* What signet init would refuse is refused here, too: it is read before the next signet init. Its
 * form first, before anything is opened, then what it names, before files are out of reach. */
static bool open_beside_bootstrap(struct boot *boot, struct arena *arena, struct str *why)
{
    struct bootstrap bootstrap;
    if (!bootstrap_read(&boot->config, arena, &bootstrap, why))
        return false;
    boot->vault = tenant_vault(&boot->config, boot->arena, why);
    if (!boot->vault || !open_both(boot, why))
        return false;
    *why = STR("SIGNET_BOOTSTRAP: cannot look up what it names");
    return client_check_all(&boot->config, &bootstrap, boot->tenants, arena, why) == OK;
}

static bool open_tenants(struct boot *boot)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str why = STR("memory is out");
    redirect_uri_let_http(boot->config.http_redirects);
    bool ok = arena && open_beside_bootstrap(boot, arena, &why);
    if (ok && boot->config.sandbox)
        sandbox_server(&boot->config, boot->arena);
    if (ok) {
        for (int tag = TENANT_DEFAULT; tag <= TENANT_ADMIN; tag++)
            boot->tenants[tag]->admin = boot->tenants[TENANT_ADMIN];
        ok = tenant_start(boot->tenants[TENANT_ADMIN], &why) == OK &&
             tenant_start(boot->tenants[TENANT_DEFAULT], &why) == OK;
    }
    if (!ok)
        fprintf(stderr, "signet: %.*s\n", STR_ARG(why));
    arena_free(arena);
    return ok;
}

/* Every address of SIGNET_LISTEN (default: all) with each tenant's port; those of operations. */
static size_t make_listeners(const struct config *config, struct http_listener *out)
{
    struct str rest = config->listen[0] ? str_of(config->listen) : STR("::,0.0.0.0"), address;
    size_t count = 0;
    while (count + 2 <= MAX_LISTENERS && (address = str_split(&rest, ',')).p) {
        address = str_trim(address);
        out[count++] = (struct http_listener){address, (int)config->port, TENANT_DEFAULT};
        if (!config->admin_disable_localhost)
            out[count++] = (struct http_listener){address, (int)config->admin_port, TENANT_ADMIN};
    }
    rest = str_of(config->operations_listen);
    while (config->operations_port && count < MAX_LISTENERS && (address = str_split(&rest, ',')).p)
        out[count++] = (struct http_listener){str_trim(address), (int)config->operations_port,
                                              LISTENER_OPERATIONS};
    return count;
}

static int thread_count(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->threads)
        return (int)config->threads;
    return cores < 1 ? 1 : (int)cores;
}

static struct http_limits limits_of(const struct config *config)
{
    return (struct http_limits){
        .max_target = MAX_TARGET,
        .max_headers = MAX_HEADERS,
        .max_body = MAX_BODY,
        .max_connections = (int)config->max_connections,
        .max_per_address = (int)config->max_connections_per_address,
        .header_timeout_ms = (int)config->header_timeout * 1000,
        .idle_timeout_ms = (int)config->idle_timeout * 1000,
        .body_rate = (int)config->body_rate,
        .body_grace_ms = BODY_GRACE_MS,
        .write_timeout_ms = WRITE_TIMEOUT_MS,
        .max_unsent = (size_t)config->max_unsent * 1024 * 1024,
        .arena_max = ARENA_MAX,
        .spool = serve_spool,
    };
}

static bool start_http(struct boot *boot)
{
    struct http_listener listeners[MAX_LISTENERS];
    struct http_options options = {
        .listeners = listeners,
        .listener_count = make_listeners(&boot->config, listeners),
        .threads = thread_count(&boot->config),
        .limits = limits_of(&boot->config),
        .cert_path = boot->config.https_cert_path[0] ? boot->config.https_cert_path : NULL,
        .key_path = boot->config.https_key_path[0] ? boot->config.https_key_path : NULL,
        .handle = serve_request,
        .loop_start = serve_loop_start,
        .loop_stop = serve_loop_stop,
        .arg = boot->server,
    };
    struct str why = STR("memory is out");
    if (http_server_start(&options, boot->arena, &boot->http, &why) == OK)
        return true;
    bool address = str_starts(why, STR("cannot listen"));
    fprintf(stderr, "signet: %.*s%s%s\n", STR_ARG(why),
            address ? ": check SIGNET_LISTEN, PORT and ADMIN_PORT" : "",
            address && boot->config.operations_port
                ? ", SIGNET_OPERATIONS_LISTEN and SIGNET_OPERATIONS_PORT"
                : "");
    return false;
}

static bool start_jobs(struct boot *boot)
{
    enum err err = OK;
    for (int tag = TENANT_DEFAULT; !err && tag <= TENANT_ADMIN; tag++)
        err = delivery_start(boot->tenants[tag], &boot->deliveries[tag]);
    if (!err)
        err = user_importer_start(&boot->importer);
    if (err)
        fprintf(stderr, "signet: what is due cannot be delivered: %s\n", error_info(err)->text);
    return err == OK;
}

static bool start(struct boot *boot)
{
    boot->arena = arena_new((size_t)1024 * 1024);
    boot->admin_arena = arena_new((size_t)1024 * 1024);
    if (!boot->arena || !config_load(&boot->config, stderr) || !open_log(&boot->config))
        return false;
    if (!open_tenants(boot))
        return false;
    boot->server = server_new(&boot->config, boot->tenants);
    if (!boot->server || !spans_start(&boot->config) || !start_jobs(boot) || !start_http(boot))
        return false;
    metrics_watch(boot->http);
    return true;
}

static void stop(struct boot *boot)
{
    metrics_watch(NULL);
    if (boot->http)
        http_server_stop(boot->http, (int)boot->config.shutdown_timeout * 1000);
    spans_stop();
    user_importer_stop(boot->importer);
    delivery_stop(boot->deliveries[TENANT_DEFAULT]);
    delivery_stop(boot->deliveries[TENANT_ADMIN]);
    tenant_close(boot->tenants[TENANT_DEFAULT]);
    tenant_close(boot->tenants[TENANT_ADMIN]);
    server_free(boot->server);
    vault_free(boot->vault);
    arena_free(boot->admin_arena);
    arena_free(boot->arena);
}

/* SIGHUP: what an operator has replaced on disk is used from now on. */
static void reload(struct boot *boot)
{
    open_log(&boot->config);
    bool ok = http_server_reload(boot->http);
    log_info(ok ? "log file and certificate read again" : "log file read again, certificate kept");
}

static void wait_for_end(struct boot *boot, const sigset_t *signals)
{
    for (;;) {
        int signal_number = 0;
        if (sigwait(signals, &signal_number))
            continue;
        if (signal_number != SIGHUP)
            return;
        reload(boot);
    }
}

/* Memory that a commit or a request gave back is kept for the next one: returning it to the kernel
 * and faulting it in again costs more than either. */
#define KEPT_BYTES (8 * 1024 * 1024)

static void prepare_process(sigset_t *signals)
{
    umask(077);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, 256 * 1024);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL); /* all threads inherit it: sigwait alone sees them */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int serve_main(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(stderr, "signet serve takes no arguments (got '%s'); see `signet config`\n",
                argv[1]);
        return 2;
    }
    struct boot boot = {0};
    sigset_t signals;
    prepare_process(&signals);
    bool started = start(&boot);
    if (started) {
        printf("signet is ready: %.*s (admin: %.*s)\n",
               STR_ARG(boot.tenants[TENANT_DEFAULT]->endpoint),
               STR_ARG(boot.tenants[TENANT_ADMIN]->endpoint));
        fflush(stdout);
        wait_for_end(&boot, &signals);
        log_info("stopping");
    }
    stop(&boot);
    return started ? 0 : 1;
}
