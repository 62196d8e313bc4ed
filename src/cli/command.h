/* Subcommands as rows: --help, man pages and shell completion are all made from them. */
#ifndef SIGNET_CLI_COMMAND_H
#define SIGNET_CLI_COMMAND_H

#include <stdio.h>

#include "base/arena.h"

/* Exit statuses beyond those of cli.h; docs/client.md and the man pages list them all. */
enum {
    CLI_NETWORK = 3,     /* no answer, or none that the protocol allows */
    CLI_REFUSED = 4,     /* the authorization server refused the client or the request */
    CLI_INTERACTION = 5, /* somebody had to act and did not, in time or at all */
    CLI_API_4XX = 6,
    CLI_API_5XX = 7,
};

struct command_option {
    const char *name;    /* "--profile"; NULL ends a table; "" is a heading: doc is its text */
    const char *value;   /* what it takes: "NAME"; NULL: nothing */
    const char *choices; /* "a|b|c", or NULL */
    const char *doc;
};
#define OPTIONS_END                                                                                \
    {                                                                                              \
        .name = NULL                                                                               \
    }

enum command_group { COMMAND_SERVER, COMMAND_CLIENT };

struct command {
    const char *name;
    enum command_group group;
    const char *summary;                  /* one line */
    const char *synopsis;                 /* what follows the name; one form a line */
    const char *text;                     /* paragraphs, or NULL */
    const char *verbs;                    /* "list|show": what the first argument may be, or NULL */
    const struct command_option *options; /* or NULL */
    bool exits;                           /* uses all exit statuses, not just 0, 1, 2 */
    int (*run)(int argc, char **argv);    /* argv[0] is the name; gives the exit status */
};

/* Makes the row part of the program, from any file. */
#define COMMAND(id)                                                                                \
    static const struct command command_##id;                                                      \
    static const struct command *const command_##id##_entry                                        \
        __attribute__((used, section("command_table"))) = &command_##id;                           \
    static const struct command command_##id

/* All commands, grouped, then by name. The list lives as long as the process. */
const struct command *const *commands_all(size_t *count);
const struct command *command_find(struct str name); /* NULL when there is none */
/* The text of --help. */
void command_print_help(const struct command *command);
/* The list of commands, for `signet help`. */
void commands_print(FILE *file);

/* The arguments of one call, checked against a command's options. */
struct args {
    const struct command *command;
    struct args_item {
        const char *name, *value; /* value: "" for an option that takes none */
    } * items;
    size_t item_count;
    const char **words; /* those that are no options; "--" ends options */
    size_t word_count;
};
/* CLI_OK, or the status to exit with, the reason being printed. */
int args_parse(const struct command *command, int argc, char **argv, struct arena *arena,
               struct args *out);
/* The last value of the option; NULL when it was not given. */
const char *args_get(const struct args *args, const char *name);
bool args_has(const struct args *args, const char *name);
/* The next value of a repeated option; *at starts at 0. NULL at the end. */
const char *args_next(const struct args *args, const char *name, size_t *at);

/* Walks "a|b|c". */
struct str choices_next(struct str *rest);
bool choices_have(const char *choices, struct str value);

#endif
