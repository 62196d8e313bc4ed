/* Completion out of the tables of commands and options. */
#include "cli/completion.h"

#include <dirent.h>

#include "cli/command.h"
#include "cli/profile_store.h"

static struct str current(const struct completion *completion)
{
    return completion->words[completion->count - 1];
}

static bool offered(const struct completion *completion, struct str candidate)
{
    struct str rest = {completion->out.p, completion->out.n}, line;
    while ((line = str_split(&rest, '\n')).p) {
        if (str_eq(line, candidate))
            return true;
    }
    return false;
}

void completion_offer(struct completion *completion, struct str candidate)
{
    bool one_line = candidate.n && str_find(candidate, '\n') == candidate.n;
    if (!str_starts(candidate, current(completion)) || !one_line || offered(completion, candidate))
        return;
    buf_str(&completion->out, candidate);
    buf_byte(&completion->out, '\n');
}

void completion_offer_choices(struct completion *completion, const char *choices)
{
    struct str rest = str_of(choices), one;
    while ((one = choices_next(&rest)).p)
        completion_offer(completion, one);
}

void completion_profiles(struct completion *completion)
{
    struct profile_store store;
    struct str *names;
    size_t count;
    if (profile_store_open(&store, completion->arena) == 0 &&
        profile_store_list(&store, &names, &count) == 0) {
        for (size_t i = 0; i < count; i++)
            completion_offer(completion, names[i]);
    }
    profile_store_close(&store);
}

static const struct command_option *find_option(const struct command *command, struct str name)
{
    for (const struct command_option *row = command->options; row && row->name; row++) {
        if (row->name[0] && str_eq(str_of(row->name), name))
            return row;
    }
    return NULL;
}

/* Files are the shell's own to complete, so they are not offered here. */
static void offer_value(struct completion *completion, const struct command *command,
                        const struct command_option *option)
{
    if (option->choices)
        completion_offer_choices(completion, option->choices);
    else if (strcmp(option->name, "--profile") == 0 || strcmp(option->name, "--token-name") == 0)
        completion_profiles(completion);
    else if (strcmp(option->name, "--query") == 0 && strcmp(command->name, "api") == 0)
        completion_api_query(completion);
}

/* How many words before the one under the cursor are no options and no options' values. */
static size_t word_position(const struct completion *completion, const struct command *command)
{
    size_t position = 0;
    for (size_t i = 2; i + 1 < completion->count; i++) {
        struct str word = completion->words[i];
        const struct command_option *option = find_option(command, word);
        if (option && option->value)
            i++;
        else if (!word.n || word.p[0] != '-')
            position++;
    }
    return position;
}

static void offer_word(struct completion *completion, const struct command *command)
{
    size_t position = word_position(completion, command);
    bool api = strcmp(command->name, "api") == 0, profile = strcmp(command->name, "profile") == 0;
    if (position == 0 && command->verbs)
        completion_offer_choices(completion, command->verbs);
    else if (position == 1 && api)
        completion_api_path(completion);
    else if (position == 1 && profile)
        completion_profiles(completion);
}

static void offer_commands(struct completion *completion)
{
    size_t count;
    const struct command *const *all = commands_all(&count);
    for (size_t i = 0; i < count; i++)
        completion_offer(completion, str_of(all[i]->name));
    completion_offer(completion, STR("help"));
}

void completion_run(struct completion *completion)
{
    struct str word = current(completion);
    if (completion->count == 2) {
        offer_commands(completion);
        return;
    }
    const struct command *command =
        completion->count > 2 ? command_find(completion->words[1]) : NULL;
    if (!command)
        return;
    const struct command_option *option =
        find_option(command, completion->words[completion->count - 2]);
    if (option && option->value) {
        offer_value(completion, command, option);
    } else if (word.n && word.p[0] == '-') {
        for (const struct command_option *row = command->options; row && row->name; row++)
            completion_offer(completion, str_of(row->name));
        completion_offer(completion, STR("--help"));
    } else {
        offer_word(completion, command);
    }
}
