/* signet export: an application's access as a file for another tool. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "domain/export.h"

struct export_command {
    const struct export_format *format;
    struct str application;
    bool include_secret;
    const char *file; /* NULL: standard output */
};

static int list_formats(void)
{
    for (size_t i = 0; i < export_format_count; i++) {
        const struct export_format *format = export_formats[i];
        printf("%-20.*s  %-40.*s  %.*s\n", STR_ARG(format->name), STR_ARG(format->title),
               STR_ARG(format->file_name));
    }
    return CLI_OK;
}

static int explain(const struct export_command *command, enum err err, struct str type)
{
    if (err == ERR_NOT_EXISTS_WITH_ID)
        return cli_fail("there is no application with the id %.*s", STR_ARG(command->application));
    if (err == ERR_APP_INVALID_TYPE)
        return cli_fail("exports get their token by client credentials, which an application of "
                        "type %.*s cannot: use one of type MachineToMachine",
                        STR_ARG(type));
    if (err == ERR_NOT_EXISTS)
        return cli_fail("the application has no valid secret: add one, or leave out "
                        "--include-secret");
    return cli_fail("cannot read the application: %s", error_info(err)->text);
}

static int find_application(const struct export_command *command, const struct cli *cli,
                            struct export_application *application)
{
    struct tenant *tenant = cli->tenants[TENANT_DEFAULT];
    struct export_source source = {
        .vault = cli->vault, .resource = tenant->management_resource, .now = clock_now_ms()};
    *application = (struct export_application){.id = command->application};
    enum err err = db_connect_read(tenant->db, &source.conn);
    if (err)
        return explain(command, err, STR_NONE);
    struct snapshot *snapshot = tenant_snapshot(tenant);
    source.snapshot = snapshot;
    err = export_application_find(&source, cli->arena, command->application, application);
    if (!err && command->include_secret)
        err = export_application_reveal(&source, cli->arena, application);
    snapshot_unref(snapshot);
    db_disconnect(source.conn);
    return err ? explain(command, err, application->type) : CLI_OK;
}

static bool write_all(int file, struct str text)
{
    while (text.n) {
        ssize_t n = write(file, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* A file with a secret in it is its owner's alone, also where it replaces another one. */
static int write_file(const struct export_command *command, struct str text)
{
    if (!command->file)
        return write_all(STDOUT_FILENO, text) ? CLI_OK
                                              : cli_fail("cannot write: %s", strerror(errno));
    mode_t mode = command->include_secret ? 0600 : 0666;
    int file = open(command->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool ok =
        file >= 0 && (!command->include_secret || fchmod(file, 0600) == 0) && write_all(file, text);
    if (file >= 0 && close(file) != 0)
        ok = false;
    return ok ? CLI_OK : cli_fail("cannot write %s: %s", command->file, strerror(errno));
}

static int run(const struct export_command *command, const struct cli *cli)
{
    const struct tenant *tenant = cli->tenants[TENANT_DEFAULT];
    const struct export_server server = {
        .listener = TENANT_DEFAULT,
        .endpoint = tenant->endpoint,
        .issuer = tenant->issuer,
        .resource = tenant->management_resource,
    };
    struct export_application application;
    int status = find_application(command, cli, &application);
    if (status)
        return status;
    struct str text = export_render(command->format, &server, &application, cli->arena);
    return text.p ? write_file(command, text) : cli_fail("memory is out");
}

static int parse(int argc, char **argv, struct export_command *command, const char *id)
{
    if (argc < 2)
        return cli_usage_error(argv[0], "name the format");
    command->format = export_format_find(str_of(argv[1]));
    if (!command->format)
        return cli_usage_error(argv[0], "there is no format '%s'; signet export --list names them",
                               argv[1]);
    if (!id || !*id)
        return cli_usage_error(argv[0], "name the application with --app ID");
    command->application = str_of(id);
    int status = cli_no_more(argc, argv, 2);
    if (!status && command->format->is_binary && !command->file && isatty(STDOUT_FILENO))
        return cli_usage_error(argv[0], "an archive is nothing for a terminal: add -o FILE");
    return status;
}

int cli_export(int argc, char **argv)
{
    struct export_command command = {.include_secret = cli_flag(&argc, argv, "--include-secret")};
    struct cli cli;
    if (cli_flag(&argc, argv, "--list")) {
        int more = cli_no_more(argc, argv, 1);
        return more ? more : list_formats();
    }
    const char *id = cli_value(&argc, argv, "--app", "");
    const char *file = cli_value(&argc, argv, "-o", "");
    if (!file)
        return cli_usage_error(argv[0], "-o needs the name of a file");
    command.file = *file ? file : NULL;
    int status = parse(argc, argv, &command, id);
    if (status || (status = cli_open(&cli, 1u << TENANT_DEFAULT)))
        return status;
    status = run(&command, &cli);
    cli_close(&cli);
    return status;
}
