/* The program: finds the subcommand. Those of the server and its tools have their rows here, the
 * client's stand with their code. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "script/script.h"
#include "serve.h"

COMMAND(serve) = {
    .name = "serve",
    .summary = "start the server",
    .synopsis = "",
    .text =
        "Settings come from the environment and from the file that SIGNET_CONFIG names; signet "
        "config shows them. Ends on SIGTERM once open requests are answered; SIGHUP reopens the "
        "log file and reads the TLS certificate again.",
    .run = serve_main,
};

COMMAND(init) = {
    .name = "init",
    .summary = "prepare the data and print how to get a first token",
    .synopsis = "[--json] [--new-secret]",
    .text =
        "Makes the databases, the key file, a machine-to-machine client with full access to the "
        "Management API and an invitation for the first operator. Running it again changes "
        "nothing but the invitation, which is made anew; it may run while the server does.\n"
        "SIGNET_BOOTSTRAP_CLIENT_ID and SIGNET_BOOTSTRAP_CLIENT_SECRET set the client's id and "
        "secret; SIGNET_BOOTSTRAP names a JSON file with further clients.",
    .options =
        (const struct command_option[]){
            {"--json", NULL, NULL, "print one JSON object instead of text"},
            {"--new-secret", NULL, NULL,
             "give the client a further secret, and make it again if it was deleted"},
            OPTIONS_END,
        },
    .run = cli_init,
};

COMMAND(config) = {
    .name = "config",
    .summary = "show the settings, or keep what is in the tenant as a file",
    .synopsis = "[--json]\nexport [--profile NAME] [-o FILE]\n"
                "plan FILE [--profile NAME] [--keep] [--json]\n"
                "apply FILE [--profile NAME] [--keep] [--yes]",
    .text =
        "Without a verb: every setting, its value and where it comes from.\n"
        "export writes resources, roles, the organization template, applications, hooks, "
        "connectors and the sign-in experience as one JSON file, secrets as ${env:NAME}. plan "
        "prints what applying a file would create (+), update (~) and delete (-) and ends with 0 "
        "when there is no difference, else with 2. apply does it in one transaction. All of it "
        "goes over the Management API with a profile's token, whose scope must be all.",
    .verbs = "export|plan|apply",
    .options =
        (const struct command_option[]){
            {"--json", NULL, NULL, "print JSON; of plan, the operations"},
            {"--profile", "NAME", NULL,
             "whose token; default: the profile named default, or the only one"},
            {"-o", "FILE", NULL, "of export: file to write; without it, standard output"},
            {"--keep", NULL, NULL, "delete nothing that the file does not have"},
            {"--yes", NULL, NULL, "of apply: do not ask"},
            OPTIONS_END,
        },
    .exits = true,
    .run = cli_config,
};

COMMAND(keys) = {
    .name = "keys",
    .summary = "list, rotate or delete signing keys",
    .synopsis = "list [--json] [--tenant TENANT]\nrotate [--alg ALGORITHM] [--tenant TENANT]\n"
                "delete ID [--tenant TENANT]",
    .text = "A rotated-in key signs at once, or after PRIVATE_KEY_ROTATION_GRACE_PERIOD seconds "
            "during which it is published only. The key that signed before stays published until "
            "the next rotation.",
    .verbs = "list|rotate|delete",
    .options =
        (const struct command_option[]){
            {"--alg", "ALGORITHM", "ES256|ES384|ES512|RS256|PS256|EdDSA",
             "algorithm of the new key; default: ES256"},
            {"--tenant", "TENANT", "default|admin", "whose keys; default: default"},
            {"--json", NULL, NULL, "print JSON"},
            OPTIONS_END,
        },
    .run = cli_keys,
};

COMMAND(routes) = {
    .name = "routes",
    .summary = "list the routes of the API",
    .synopsis = "[--json]",
    .options = (const struct command_option[]){{"--json", NULL, NULL, "print JSON"}, OPTIONS_END},
    .run = cli_routes,
};

COMMAND(backup) = {
    .name = "backup",
    .summary = "copy the embedded databases into a folder",
    .synopsis = "FOLDER",
    .text = "May run while the server does.",
    .run = cli_backup,
};

COMMAND(restore) = {
    .name = "restore",
    .summary = "put the copies of a backup in place of the embedded databases",
    .synopsis = "FOLDER",
    .text =
        "Refuses while the server runs, and unless all four copies are sound and none has a newer "
        "schema than this program. All of them are put in place or none; a restore that was broken "
        "off is run again, and no server starts before. What was there before is moved to backup/ "
        "in the data directory. A secret.key in FOLDER is put in place as well.",
    .run = cli_restore,
};

COMMAND(version) = {
    .name = "version",
    .summary = "print the version",
    .synopsis = "",
    .run = cli_version,
};

COMMAND(export) = {
    .name = "export",
    .summary = "write an application's access as a file for another tool",
    .synopsis = "FORMAT --app ID [--include-secret] [-o FILE]\n--list",
    .text = "Makes a collection, script or code that gets a token for the machine-to-machine "
            "application and calls the Management API. The secret is a variable unless asked for.",
    .options =
        (const struct command_option[]){
            {"--app", "ID", NULL, "id of the application"},
            {"--include-secret", NULL, NULL, "put its newest secret into the file"},
            {"-o", "FILE", NULL, "file to write; without it, standard output"},
            {"--list", NULL, NULL, "name the formats"},
            OPTIONS_END,
        },
    .run = cli_export,
};

static int help(FILE *out)
{
    commands_print(out);
    return out == stdout ? CLI_OK : CLI_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* A file opened later must not get a closed stream's number, and what is printed with it. */
static void occupy_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            return;
    }
}

/* What was printed and did not arrive may be a secret that is shown once. */
static int finish(int status)
{
    bool arrived = fflush(stdout) == 0 && !ferror(stdout);
    return status || arrived ? status : cli_fail("cannot write to standard output");
}

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    bool helps = strcmp(name, "help") == 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (helps && argc == 2))
        return help(stdout);
    if (helps)
        name = argv[2];
    if (strcmp(name, "--version") == 0)
        name = "version";
    const struct command *command = command_find(str_of(name));
    if (!command) {
        if (*name)
            fprintf(stderr, "signet: there is no subcommand '%s'\n", name);
        return help(stderr);
    }
    if (!helps && !wants_help(argc - 1, argv + 1))
        return command->run(argc - 1, argv + 1);
    command_print_help(command);
    return CLI_OK;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], SCRIPT_RUNNER) == 0) /* what the server starts for itself */
        return script_runner_main();
    occupy_streams();
    return finish(run(argc, argv));
}
