/* signet token: gets an access token. */
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/profile_lines.h"
#include "cli/profile_store.h"
#include "cli/secret.h"
#include "cli/terminal.h"
#include "cli/token_view.h"

#define ARENA_MAX ((size_t)256 << 20)

static const struct command_option options[] = {
    {"", NULL, NULL, "Profile and output"},
    {"--profile", "NAME", NULL,
     "take what is not given here from this profile, and keep settings "
     "and token in it; it is made when there is none"},
    {"--token-name", "NAME", NULL, "the same by Postman's name for it"},
    {"--profile-file", "FILE", NULL, "settings from a file with lines like issuer = URL"},
    {"--decode", NULL, NULL, "print the token decoded, as on a terminal, to a pipe, too"},
    {"--json", NULL, NULL, "print the answer, the decoded token and the verdict on it as JSON"},
    {"--no-verify", NULL, NULL, "do not check the signature"},
    {"--refresh", NULL, NULL, "use the profile's refresh token instead of its grant"},
    {"--cached", NULL, NULL,
     "print the profile's token while it is good; get another one only when "
     "it is about to expire"},
#define HEADING(text)                       {"", NULL, NULL, text},
#define TEXT(id, name, value, choices, doc) {"--" name, value, choices, doc},
#define LIST(id, name, value, doc)          {"--" name, value, NULL, doc},
#define SECRET(id, name, doc)                                                                      \
    {"--" name "-stdin", NULL, NULL, "from standard input: " doc},                                 \
        {"--" name "-file", "FILE", NULL, "the same, from a file"},                                \
        {"--" name "-env", "NAME", NULL, "the same, from the environment"},
#define RESULT(id, name)
#define RESULT_SECRET(id, name)
#include "cli/setting.def"
#undef HEADING
#undef TEXT
#undef LIST
#undef SECRET
#undef RESULT
#undef RESULT_SECRET
    OPTIONS_END,
};

static int usage(const char *name, const char *why)
{
    return cli_usage_error("token", "--%s: %s", name, why);
}

static int take_secret(struct profile *profile, struct str name, const char *value)
{
    static const struct source {
        struct str suffix;
        int (*read)(struct profile *profile, enum setting setting, const char *value);
    } sources[] = {{STR_INIT("-file"), secret_from_file}, {STR_INIT("-env"), secret_from_env}};
    enum setting setting;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct str base = {name.p, name.n - sources[i].suffix.n};
        if (str_ends(name, sources[i].suffix) && setting_find(base, &setting))
            return sources[i].read(profile, setting, value);
    }
    struct str base = {name.p, name.n - (sizeof "-stdin" - 1)};
    return setting_find(base, &setting) ? secret_from_stdin(profile, setting) : CLI_OK;
}

/* Puts options over what the profile says. *changed: there were some. */
static int take_options(const struct args *args, struct profile *profile, bool *changed)
{
    bool seen[SET_COUNT] = {false};
    size_t from_stdin = 0;
    for (size_t i = 0; i < args->item_count; i++) {
        struct str name = str_from(str_of(args->items[i].name), 2);
        struct str value = str_of(args->items[i].value);
        enum setting setting;
        from_stdin += str_ends(name, STR("-stdin"));
        if (from_stdin > 1)
            return usage(name.p, "only one secret can come from standard input");
        bool secret = str_ends(name, STR("-stdin")) || str_ends(name, STR("-env")) ||
                      (str_ends(name, STR("-file")) && !str_eq(name, STR("ca-file")) &&
                       !str_eq(name, STR("profile-file")));
        int status = secret ? take_secret(profile, name, args->items[i].value) : CLI_OK;
        *changed = *changed || secret;
        if (status)
            return status;
        if (secret || !setting_find(name, &setting))
            continue;
        const char *why = profile_check(setting, value);
        if (why)
            return usage(name.p, why);
        if (seen[setting] && setting_rows[setting].kind == SETTING_LIST)
            profile_add(profile, setting, value);
        else
            profile_set(profile, setting, value);
        seen[setting] = *changed = true;
    }
    return CLI_OK;
}

/* By what the options ask for: the refresh token, the kept token, or the grant. */
static int obtain(struct oauth *oauth, const struct args *args, bool changed)
{
    if (args_has(args, "--refresh"))
        return oauth_refresh(oauth);
    if (!args_has(args, "--cached"))
        return oauth_get_token(oauth);
    if (!changed && oauth_is_fresh(oauth->profile))
        return CLI_OK;
    return changed ? oauth_get_token(oauth) : oauth_renew(oauth);
}

static int print(struct oauth *oauth, const struct args *args)
{
    bool as_json = args_has(args, "--json");
    bool decoded = args_has(args, "--decode") || terminal_is(stdout);
    struct token_view view;
    token_view_make(oauth, (as_json || decoded) && !args_has(args, "--no-verify"), &view);
    if (!view.token.n) {
        fputs("signet: the server issued no ID token: ask for it with --scope openid and a grant "
              "with a browser\n",
              stderr);
        return CLI_REFUSED;
    }
    if (as_json)
        return token_view_print_json(oauth, &view);
    if (decoded) {
        token_view_print(oauth, &view);
        return CLI_OK;
    }
    printf("%.*s\n", STR_ARG(view.token));
    if (view.missing.n)
        fprintf(stderr, "signet: warning: not granted: %.*s\n", STR_ARG(view.missing));
    return CLI_OK;
}

/* Everything between the locked profile and the saved one. */
static int work(struct profile_store *store, struct profile *profile, const struct args *args)
{
    const char *file = args_get(args, "--profile-file");
    struct oauth oauth = {.profile = profile, .arena = profile->arena};
    bool changed = file != NULL;
    int status = file ? profile_lines_read(profile, store->vault, file) : CLI_OK;
    if (!status)
        status = take_options(args, profile, &changed);
    if (!status)
        status = obtain(&oauth, args, changed);
    if (!status && profile->name.p)
        status = profile_store_save(store, profile);
    profile_store_unlock(store); /* other commands need not wait for the print */
    return status ? status : print(&oauth, args);
}

/* Whether an option brings a secret anew. */
static bool gives_secret(const struct args *args)
{
    static const struct str suffixes[] = {STR_INIT("-stdin"), STR_INIT("-env"), STR_INIT("-file")};
    for (size_t i = 0; i < args->item_count; i++) {
        struct str name = str_from(str_of(args->items[i].name), 2);
        for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++) {
            struct str base = {name.p, name.n - suffixes[k].n};
            enum setting setting;
            if (str_ends(name, suffixes[k]) && setting_find(base, &setting) &&
                setting_is_secret(setting))
                return true;
        }
    }
    return false;
}

static int run_args(const struct args *args, struct arena *arena)
{
    const char *given = args_get(args, "--profile");
    struct str name = str_of(given ? given : args_get(args, "--token-name"));
    struct profile_store store = {.lock = -1};
    struct profile profile = {.arena = arena};
    int status = name.p ? profile_store_open(&store, arena) : CLI_OK;
    if (!status && name.p && !profile_name_is_valid(name))
        status = cli_usage_error("token", "a profile's name is letters, digits, '.', '_' and '-'");
    if (!status && name.p)
        status = profile_store_lock(&store, name);
    if (!status && name.p)
        status = profile_store_load_or_new(&store, name, gives_secret(args), &profile);
    if (!status)
        status = work(&store, &profile, args);
    profile_store_close(&store);
    return status;
}

static int run(int argc, char **argv);

COMMAND(token) = {
    .name = "token",
    .group = COMMAND_CLIENT,
    .summary = "get an access token from this or any other OAuth 2 server",
    .synopsis = "[OPTIONS]",
    .text =
        "Prints the token alone to a pipe or a file. On a terminal it prints the decoded header "
        "and claims with their times in words, the granted scopes beside the requested ones, and "
        "whether the issuer's published keys verify the signature.\n"
        "Nothing is kept unless --profile names where. A profile file has mode 0600, and its "
        "secrets are encrypted with the key in the file keyring beside the profiles.",
    .options = options,
    .exits = true,
    .run = run,
};

static int run(int argc, char **argv)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct args args;
    if (!arena)
        return cli_fail("memory is out");
    int status = args_parse(&command_token, argc, argv, arena, &args);
    if (!status && args.word_count)
        status = cli_usage_error("token", "unknown argument '%s'", args.words[0]);
    if (!status)
        status = run_args(&args, arena);
    arena_free(arena);
    return status;
}
