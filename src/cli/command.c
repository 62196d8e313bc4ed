/* The table of subcommands, and their help. */
#include "cli/command.h"

#include <stdlib.h>

#include "base/need.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  100

/* Weak, because a unit test may link no command at all. */
extern const struct command *const __start_command_table[] __attribute__((weak));
extern const struct command *const __stop_command_table[] __attribute__((weak));

static int compare(const void *left, const void *right)
{
    const struct command *a = *(const struct command *const *)left;
    const struct command *b = *(const struct command *const *)right;
    return a->group != b->group ? (a->group < b->group ? -1 : 1) : strcmp(a->name, b->name);
}

const struct command *const *commands_all(size_t *count)
{
    static const struct command **all;
    size_t n = (size_t)(__stop_command_table - __start_command_table);
    if (!all) {
        all = need(calloc(n + 1, sizeof(void *)));
        for (size_t i = 0; i < n; i++)
            all[i] = __start_command_table[i];
        qsort(all, n, sizeof(void *), compare);
    }
    *count = n;
    return all;
}

const struct command *command_find(struct str name)
{
    size_t count;
    const struct command *const *all = commands_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_of(all[i]->name), name))
            return all[i];
    }
    return NULL;
}

struct str choices_next(struct str *rest)
{
    return str_split(rest, '|');
}

bool choices_have(const char *choices, struct str value)
{
    struct str rest = str_of(choices), one;
    while ((one = choices_next(&rest)).p) {
        if (str_eq(one, value))
            return true;
    }
    return false;
}

/* text from column indent on, broken into lines. */
static void print_wrapped(struct str text, int indent, int width)
{
    struct str rest = text, word;
    int column = indent;
    while ((word = str_split(&rest, ' ')).p) {
        if (column > indent && column + 1 + (int)word.n > width) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", STR_ARG(word));
        column += (int)word.n;
    }
    putchar('\n');
}

static void print_option(const struct command_option *option)
{
    if (!option->name[0]) {
        printf("\n%s:\n", option->doc);
        return;
    }
    int n = printf("  %s", option->name);
    if (option->value)
        n += printf(" %s", option->choices ? option->choices : option->value);
    if (n >= HELP_COLUMN) {
        putchar('\n');
        n = 0;
    }
    printf("%*s", HELP_COLUMN - n, "");
    print_wrapped(str_of(option->doc), HELP_COLUMN, HELP_WIDTH);
}

void command_print_help(const struct command *command)
{
    printf("signet %s: %s\n\n", command->name, command->summary);
    struct str rest = str_of(command->synopsis), form;
    const char *lead = "usage: ";
    while ((form = str_split(&rest, '\n')).p) {
        printf("%ssignet %s%s%.*s\n", lead, command->name, form.n ? " " : "", STR_ARG(form));
        lead = "       ";
    }
    for (const struct command_option *option = command->options; option && option->name; option++) {
        if (option == command->options && option->name[0])
            printf("\nOptions:\n");
        print_option(option);
    }
    rest = str_of(command->text);
    while ((form = str_split(&rest, '\n')).p) {
        putchar('\n');
        print_wrapped(form, 0, HELP_WIDTH);
    }
}

void commands_print(FILE *file)
{
    static const char *const titles[] = {
        [COMMAND_SERVER] = "The server and its tools",
        [COMMAND_CLIENT] = "The client, for this and any other OAuth 2 or OpenID server",
    };
    size_t count;
    const struct command *const *all = commands_all(&count);
    fputs("usage: signet SUBCOMMAND [OPTIONS]\n", file);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || all[i]->group != all[i - 1]->group)
            fprintf(file, "\n%s:\n", titles[all[i]->group]);
        fprintf(file, "  %-11s  %s\n", all[i]->name, all[i]->summary);
    }
    fputs("\nsignet SUBCOMMAND --help tells more; signet man writes manual pages.\n", file);
}
