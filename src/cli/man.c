/* signet man: manual pages out of the tables of commands. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/command.h"

/* Text for roff: a backslash, and a dot or quote that would begin a request, are taken literally.
 */
static void put_text(FILE *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool start = i == 0 || text.p[i - 1] == '\n';
        if (start && (c == '.' || c == '\''))
            fputs("\\&", out);
        if (c == '\\')
            fputs("\\e", out);
        else if (c == '-')
            fputs("\\-", out);
        else
            fputc(c, out);
    }
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, str_of(text));
    fputc('\n', out);
}

static void put_options(FILE *out, const struct command_option *option)
{
    fputs(".SH OPTIONS\n", out);
    for (; option->name; option++) {
        if (!option->name[0]) {
            fputs(".SS ", out);
            put_line(out, option->doc);
            continue;
        }
        fputs(".TP\n\\fB", out);
        put_text(out, str_of(option->name));
        fputs("\\fR", out);
        if (option->value) {
            fputs(" \\fI", out);
            put_text(out, str_of(option->choices ? option->choices : option->value));
            fputs("\\fR", out);
        }
        fputc('\n', out);
        put_line(out, option->doc);
    }
}

static void put_exit(FILE *out, const struct command *command)
{
    static const char *const all[] = {
        "success",
        "something else went wrong",
        "the arguments or settings are wrong",
        "no answer, or none that the protocol allows: network, TLS, time limit, redirect, HTML",
        "the authorization server refused the client or the request",
        "somebody had to act and did not, in time or at all",
        "the API answered 4xx",
        "the API or the authorization server answered 5xx",
    };
    size_t count = command->exits ? sizeof all / sizeof *all : 3;
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".TP\n%zu\n", i);
        put_line(out, all[i]);
    }
}

static void put_page(FILE *out, const struct command *command)
{
    struct str rest = str_of(command->synopsis), form;
    fprintf(out, ".TH SIGNET\\-%s 1 \"\" \"signet %s\"\n.SH NAME\nsignet\\-%s \\- ", command->name,
            SIGNET_VERSION, command->name);
    put_line(out, command->summary);
    fputs(".SH SYNOPSIS\n", out);
    while ((form = str_split(&rest, '\n')).p) {
        fprintf(out, ".B signet %s\n", command->name);
        put_text(out, form);
        fputs("\n.br\n", out);
    }
    if (command->text) {
        fputs(".SH DESCRIPTION\n", out);
        for (rest = str_of(command->text); (form = str_split(&rest, '\n')).p;) {
            fputs(".PP\n", out);
            put_text(out, form);
            fputc('\n', out);
        }
    }
    if (command->options)
        put_options(out, command->options);
    put_exit(out, command);
    fputs(".SH SEE ALSO\n.BR signet (1)\n", out);
}

static void put_overview(FILE *out)
{
    size_t count;
    const struct command *const *all = commands_all(&count);
    fprintf(out,
            ".TH SIGNET 1 \"\" \"signet %s\"\n.SH NAME\nsignet \\- identity server, and client "
            "for OAuth 2 and OpenID servers\n.SH SYNOPSIS\n.B signet\n.I SUBCOMMAND\n[OPTIONS]\n"
            ".SH SUBCOMMANDS\n",
            SIGNET_VERSION);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".TP\n.BR signet\\-%s (1)\n", all[i]->name);
        put_line(out, all[i]->summary);
    }
}

/* One page into folder; the overview when command is NULL. */
static int write_page(const char *folder, const struct command *command)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/signet%s%s.1", folder, command ? "-" : "",
                     command ? command->name : "");
    FILE *file = n < (int)sizeof path ? fopen(path, "we") : NULL;
    if (!file)
        return cli_fail("cannot write '%s': %s", path, strerror(errno));
    if (command)
        put_page(file, command);
    else
        put_overview(file);
    return fclose(file) == 0 ? CLI_OK : cli_fail("cannot write '%s': %s", path, strerror(errno));
}

static int write_all(const char *folder)
{
    size_t count;
    const struct command *const *all = commands_all(&count);
    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return cli_fail("cannot make '%s': %s", folder, strerror(errno));
    int status = write_page(folder, NULL);
    for (size_t i = 0; !status && i < count; i++)
        status = write_page(folder, all[i]);
    return status;
}

static int run(int argc, char **argv)
{
    const char *folder = cli_value(&argc, argv, "--all", "");
    if (!folder)
        return cli_usage_error("man", "--all needs a folder");
    int status = cli_no_more(argc, argv, folder[0] ? 1 : 2);
    if (status)
        return status;
    if (folder[0])
        return write_all(folder);
    if (argc < 2) {
        put_overview(stdout);
        return CLI_OK;
    }
    const struct command *command = command_find(str_of(argv[1]));
    if (!command)
        return cli_usage_error("man", "there is no subcommand '%s'", argv[1]);
    put_page(stdout, command);
    return CLI_OK;
}

COMMAND(man) = {
    .name = "man",
    .group = COMMAND_CLIENT,
    .summary = "write manual pages",
    .synopsis = "[SUBCOMMAND]\n--all FOLDER",
    .text = "Prints one page for man(1), like: signet man token | man -l -. With --all it writes a "
            "page for each subcommand, and one for signet itself, into FOLDER.",
    .options = (const struct command_option[]){{"--all", "FOLDER", NULL, "write all pages there"},
                                               OPTIONS_END},
    .run = run,
};
