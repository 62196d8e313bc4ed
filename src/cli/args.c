/* Arguments, checked against the options that a command declares. */
#include "cli/cli.h"
#include "cli/command.h"

static const struct command_option *find(const struct command *command, struct str name)
{
    for (const struct command_option *row = command->options; row && row->name; row++) {
        if (row->name[0] && str_eq(str_of(row->name), name))
            return row;
    }
    return NULL;
}

/* An option that would put a secret into the process list gets its own words. */
static int unknown(const struct command *command, struct str name, struct arena *arena)
{
    struct str instead = arena_printf(arena, "%.*s-stdin", STR_ARG(name));
    if (find(command, instead))
        return cli_usage_error(command->name,
                               "%.*s would show in the process list: use %.*s, %.*s-file FILE or "
                               "%.*s-env NAME",
                               STR_ARG(name), STR_ARG(instead), STR_ARG(name), STR_ARG(name));
    return cli_usage_error(command->name, "there is no option '%.*s'", STR_ARG(name));
}

/* Takes the option at argv[*at], and the value behind it. */
static int take(struct args *args, int argc, char **argv, int *at, struct arena *arena)
{
    struct str text = str_of(argv[*at]);
    size_t n = str_starts(text, STR("--")) ? str_find(text, '=') : text.n;
    struct str name = {text.p, n};
    const struct command_option *row = find(args->command, name);
    if (!row)
        return unknown(args->command, name, arena);
    const char *value = n < text.n ? text.p + n + 1 : NULL;
    if (!row->value && value)
        return cli_usage_error(args->command->name, "%s takes no value", row->name);
    if (row->value && !value) {
        if (*at + 1 >= argc)
            return cli_usage_error(args->command->name, "%s needs a value: %s", row->name,
                                   row->value);
        value = argv[++*at];
    }
    if (row->choices && !choices_have(row->choices, str_of(value)))
        return cli_usage_error(args->command->name, "%s is one of %s, not '%s'", row->name,
                               row->choices, value);
    args->items[args->item_count].name = row->name;
    args->items[args->item_count++].value = value ? value : "";
    return CLI_OK;
}

int args_parse(const struct command *command, int argc, char **argv, struct arena *arena,
               struct args *out)
{
    *out = (struct args){.command = command};
    out->items = ARENA_ARRAY(arena, struct args_item, (size_t)argc + 1);
    out->words = ARENA_ARRAY(arena, const char *, (size_t)argc + 1);
    if (!out->items || !out->words)
        return cli_fail("memory is out");
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (options && strcmp(argument, "--") == 0) {
            options = false;
        } else if (options && argument[0] == '-' && argument[1]) {
            int status = take(out, argc, argv, &i, arena);
            if (status)
                return status;
        } else {
            out->words[out->word_count++] = argument;
        }
    }
    return CLI_OK;
}

const char *args_get(const struct args *args, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->item_count; i++) {
        if (strcmp(args->items[i].name, name) == 0)
            value = args->items[i].value;
    }
    return value;
}

bool args_has(const struct args *args, const char *name)
{
    return args_get(args, name) != NULL;
}

const char *args_next(const struct args *args, const char *name, size_t *at)
{
    while (*at < args->item_count) {
        const struct args_item *item = &args->items[(*at)++];
        if (strcmp(item->name, name) == 0)
            return item->value;
    }
    return NULL;
}
