/* What the subcommands share: arguments, settings, open tenants, and a table of all of them. */
#ifndef SIGNET_CLI_CLI_H
#define SIGNET_CLI_CLI_H

#include "domain/tenant.h"

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* The subcommands; argv[0] is the subcommand's name. */
int cli_init(int argc, char **argv);
int cli_config(int argc, char **argv);
int cli_keys(int argc, char **argv);
int cli_routes(int argc, char **argv);
int cli_backup(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_version(int argc, char **argv);
int cli_export(int argc, char **argv);

/* Takes the flag out of argv; whether it was there. */
bool cli_flag(int *argc, char **argv, const char *flag);
/* Takes an option with its value ("--alg ES256", "--alg=ES256") out of argv; fallback when it is
 * not there, NULL when its value is missing. */
const char *cli_value(int *argc, char **argv, const char *option, const char *fallback);
/* Prints what is wrong and where help is; CLI_USAGE. */
int cli_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* CLI_OK when argv holds nothing beyond the first `expected` arguments, else cli_usage_error. */
int cli_no_more(int argc, char **argv, int expected);

/* One line on standard error; CLI_FAILED. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Settings and tenants as a subcommand uses them; the log goes to standard error, from warnings up.
 */
struct cli {
    struct config config;
    struct arena *arena;
    struct vault *vault;
    struct tenant *tenants[3]; /* by tag; those that were asked for */
};
/* tags: a bit (1 << tag) for each tenant to open. On failure says why, closes and returns an exit
 * status. */
int cli_open(struct cli *cli, unsigned tags);
/* Opens tenants later: for what must be checked before anything is made. Closes nothing. */
int cli_open_tenants(struct cli *cli, unsigned tags);
/* Takes one that was not opened. */
void cli_close(struct cli *cli);

/* Runs run in a writing transaction of the tenant, again when it collides with another process. */
enum err cli_write(struct tenant *tenant, enum err (*run)(struct db_conn *conn, void *arg),
                   void *arg);

#endif
