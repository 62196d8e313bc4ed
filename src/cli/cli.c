/* What the subcommands share. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

#define ARENA_MAX ((size_t)64 << 20)
enum { ATTEMPTS = 5 };

static void take_out(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count <= *argc; i++)
        argv[i] = argv[i + count];
    *argc -= count;
}

bool cli_flag(int *argc, char **argv, const char *flag)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], flag) == 0) {
            take_out(argc, argv, i, 1);
            return true;
        }
    }
    return false;
}

const char *cli_value(int *argc, char **argv, const char *option, const char *fallback)
{
    size_t n = strlen(option);
    for (int i = 1; i < *argc; i++) {
        const char *argument = argv[i];
        if (strncmp(argument, option, n) != 0 || (argument[n] && argument[n] != '='))
            continue;
        bool apart = argument[n] == '\0';
        const char *value = apart ? argv[i + 1] : argument + n + 1;
        take_out(argc, argv, i, apart && value ? 2 : 1);
        return value;
    }
    return fallback;
}

int cli_usage_error(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "signet %s: ", command);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (signet %s --help tells more)\n", command);
    va_end(arguments);
    return CLI_USAGE;
}

int cli_no_more(int argc, char **argv, int expected)
{
    return argc <= expected ? CLI_OK
                            : cli_usage_error(argv[0], "unknown argument '%s'", argv[expected]);
}

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("signet: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return CLI_FAILED;
}

int cli_open_tenants(struct cli *cli, unsigned tags)
{
    struct str why = STR("memory is out");
    if (!cli->vault)
        cli->vault = tenant_vault(&cli->config, cli->arena, &why);
    bool ok = cli->vault != NULL;
    for (int tag = TENANT_DEFAULT; ok && tag <= TENANT_ADMIN; tag++) {
        if (tags & (1u << tag))
            ok = tenant_open(&cli->config, tag, cli->vault, cli->arena, &cli->tenants[tag], &why) ==
                 OK;
    }
    return ok ? CLI_OK : cli_fail("%.*s", STR_ARG(why));
}

int cli_open(struct cli *cli, unsigned tags)
{
    *cli = (struct cli){.arena = arena_new(ARENA_MAX)};
    if (!cli->arena)
        return cli_fail("memory is out");
    log_open(NULL, LOG_WARN);
    int status = config_load(&cli->config, stderr) ? CLI_OK : CLI_USAGE;
    if (!status && tags)
        status = cli_open_tenants(cli, tags);
    if (status)
        cli_close(cli);
    return status;
}

void cli_close(struct cli *cli)
{
    for (size_t i = 0; i < sizeof(cli->tenants) / sizeof(*cli->tenants); i++)
        tenant_close(cli->tenants[i]);
    vault_free(cli->vault);
    arena_free(cli->arena);
    *cli = (struct cli){.arena = NULL};
}

static enum err write_once(struct db_conn *conn, enum err (*run)(struct db_conn *conn, void *arg),
                           void *arg)
{
    enum err err = db_begin(conn);
    if (err)
        return err;
    err = run(conn, arg);
    if (!err)
        err = db_commit(conn);
    if (err)
        db_rollback(conn);
    return err;
}

enum err cli_write(struct tenant *tenant, enum err (*run)(struct db_conn *conn, void *arg),
                   void *arg)
{
    struct db_conn *conn;
    enum err err = db_connect_write(tenant->db, DB_MAIN, &conn);
    if (err)
        return err;
    err = write_once(conn, run, arg);
    for (int attempt = 1; err == ERR_DB_CONFLICT && attempt < ATTEMPTS; attempt++)
        err = write_once(conn, run, arg);
    db_disconnect(conn);
    return err;
}
