/* The program: a table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "serve.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
    const char *usage; /* what --help prints below the summary */
} commands[] = {
    {"serve", serve_main, "start the server",
     "usage: signet serve\n\n"
     "Settings come from the environment and from the file that SIGNET_CONFIG names; signet "
     "config\n"
     "shows them. Ends on SIGTERM once open requests are answered; SIGHUP reopens the log file "
     "and\n"
     "reads the TLS certificate again.\n"},
    {"init", cli_init, "prepare the data and print how to get a first token",
     "usage: signet init [--json] [--new-secret]\n\n"
     "Makes the databases, the key file, a machine-to-machine client with full access to the\n"
     "Management API and an invitation for the first operator. Running it again changes nothing "
     "but\n"
     "the invitation, which is made anew; it may run while the server does.\n\n"
     "  --json        print one JSON object instead of text\n"
     "  --new-secret  give the client a further secret, and make it again if it was deleted\n\n"
     "SIGNET_BOOTSTRAP_CLIENT_ID and SIGNET_BOOTSTRAP_CLIENT_SECRET set the client's id and "
     "secret;\n"
     "SIGNET_BOOTSTRAP names a JSON file with further clients.\n"},
    {"config", cli_config, "show the settings", "usage: signet config [--json]\n"},
    {"keys", cli_keys, "list, rotate or delete signing keys",
     "usage: signet keys list [--json] [--tenant default|admin]\n"
     "       signet keys rotate [--alg ALGORITHM] [--tenant default|admin]\n"
     "       signet keys delete ID [--tenant default|admin]\n\n"
     "  --alg     ES256 (default), ES384, ES512, RS256, PS256 or EdDSA\n"
     "  --tenant  default (default) or admin\n\n"
     "A rotated-in key signs at once, or after PRIVATE_KEY_ROTATION_GRACE_PERIOD seconds during "
     "which\n"
     "it is published only. The key that signed before stays published until the next rotation.\n"},
    {"routes", cli_routes, "list the routes of the API", "usage: signet routes [--json]\n"},
    {"backup", cli_backup, "copy the embedded databases into a folder",
     "usage: signet backup FOLDER\n\nMay run while the server does.\n"},
    {"export", cli_export, "write an application's access as a file for another tool",
     "usage: signet export FORMAT --app ID [--include-secret] [-o FILE]\n"
     "       signet export --list\n\n"
     "Makes a collection, script or code that gets a token for the machine-to-machine\n"
     "application and calls the Management API. The secret is a variable unless asked for.\n\n"
     "  --app             id of the application\n"
     "  --include-secret  put its newest secret into the file\n"
     "  -o                file to write; without it, standard output\n"
     "  --list            name the formats\n"},
    {"version", cli_version, "print the version", "usage: signet version\n"},
};
enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static int help(FILE *out)
{
    fputs("usage: signet SUBCOMMAND [OPTIONS]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
    fputs("\nsignet SUBCOMMAND --help tells more.\n", out);
    return out == stdout ? CLI_OK : CLI_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(stdout);
    if (strcmp(name, "--version") == 0)
        name = "version";
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        if (!wants_help(argc - 1, argv + 1))
            return commands[i].run(argc - 1, argv + 1);
        printf("signet %s: %s\n\n%s", name, commands[i].summary, commands[i].usage);
        return CLI_OK;
    }
    if (*name)
        fprintf(stderr, "signet: there is no subcommand '%s'\n", name);
    return help(stderr);
}
