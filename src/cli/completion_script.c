/* signet completion: scripts that ask this program for candidates, for three shells. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/completion.h"

#define ARENA_MAX ((size_t)256 << 20)
#define WORDS_MAX 512
#define LIST_MAX  ((size_t)1 << 20)

/* bash takes '=' and ':' for ends of words, so its candidates begin behind the last of them. */
static const char bash_script[] =
    "_signet() {\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($(signet completion words bash \"${COMP_LINE:0:COMP_POINT}\" 2>/dev/null))\n"
    "    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=/] ]] || compopt -o nospace\n"
    "}\n"
    "complete -o default -F _signet signet\n";

static const char zsh_script[] =
    "#compdef signet\n"
    "_signet() {\n"
    "    local -a found\n"
    "    found=(${(f)\"$(signet completion words zsh \"$LBUFFER\" 2>/dev/null)\"})\n"
    "    if (( $#found )); then compadd -S '' -- $found; else _files; fi\n"
    "}\n"
    "if [[ $funcstack[1] == _signet ]]; then _signet; else compdef _signet signet; fi\n";

static const char fish_script[] =
    "complete -c signet -a '(signet completion words fish (commandline -cp) 2>/dev/null)'\n";

static const struct shell {
    struct str name;
    const char *script;
} shells[] = {
    {STR_INIT("bash"), bash_script},
    {STR_INIT("zsh"), zsh_script},
    {STR_INIT("fish"), fish_script},
};

static const struct shell *find_shell(const char *name)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (str_eq(shells[i].name, str_of(name)))
            return &shells[i];
    }
    return NULL;
}

/* Takes the next word of a command line: quotes and backslashes are removed, as a shell does. At
 * the end of line *more tells whether a word begins there. */
static struct str next_word(struct arena *arena, struct str *line, bool *more)
{
    char *word = arena_bytes(arena, line->n + 1), quote = '\0';
    size_t n = 0, i = 0;
    while (i < line->n && line->p[i] == ' ')
        i++;
    for (; word && i < line->n && (quote || line->p[i] != ' '); i++) {
        char c = line->p[i];
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? '\0' : c;
        else
            word[n++] = c == '\\' && quote != '\'' && i + 1 < line->n ? line->p[++i] : c;
    }
    *more = i < line->n;
    *line = str_from(*line, i);
    return (struct str){word, word ? n : 0};
}

/* Candidates of a shell that splits words at '=' and ':' are cut as it does. */
static void print_candidates(const struct completion *completion, bool cut)
{
    struct str word = completion->words[completion->count - 1], line;
    struct str rest = {completion->out.p, completion->out.n};
    size_t skip = word.n;
    while (cut && skip && word.p[skip - 1] != '=' && word.p[skip - 1] != ':')
        skip--;
    while ((line = str_split(&rest, '\n')).p) {
        if (line.n)
            printf("%.*s\n", STR_ARG(str_from(line, cut ? skip : 0)));
    }
}

static int print_words(struct arena *arena, const char *shell, const char *text)
{
    struct str words[WORDS_MAX], line = str_of(text);
    struct completion completion = {
        .arena = arena, .words = words, .out = buf_new(arena, LIST_MAX)};
    bool more = true;
    while (more && completion.count < WORDS_MAX)
        words[completion.count++] = next_word(arena, &line, &more);
    completion_run(&completion);
    print_candidates(&completion, strcmp(shell, "bash") == 0);
    return CLI_OK;
}

static int run(int argc, char **argv);

COMMAND(completion) = {
    .name = "completion",
    .group = COMMAND_CLIENT,
    .summary = "print a script that completes signet's arguments in a shell",
    .synopsis = "bash|zsh|fish\nwords SHELL LINE",
    .text =
        "For bash: source <(signet completion bash). For zsh, after compinit: source <(signet "
        "completion zsh). For fish: signet completion fish | source. Paths, query parameters and "
        "their values come from the OpenAPI document of the profile's API, a copy of which is "
        "kept for a day.\n"
        "words is what the scripts call: it prints the candidates for the end of LINE.",
    .verbs = "bash|zsh|fish",
    .run = run,
};

static int run(int argc, char **argv)
{
    const struct shell *shell = argc > 1 ? find_shell(argv[1]) : NULL;
    if (argc == 4 && strcmp(argv[1], "words") == 0) {
        struct arena *arena = arena_new(ARENA_MAX);
        if (!arena)
            return cli_fail("memory is out");
        int status = print_words(arena, argv[2], argv[3]);
        arena_free(arena);
        return status;
    }
    if (!shell)
        return cli_usage_error("completion", "say bash, zsh or fish");
    int status = cli_no_more(argc, argv, 2);
    if (!status)
        fputs(shell->script, stdout);
    return status;
}
