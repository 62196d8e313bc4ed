/* signet profile: the kept profiles and their tokens. */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/profile_lines.h"
#include "cli/profile_store.h"
#include "cli/terminal.h"
#include "cli/token_view.h"

#define ARENA_MAX ((size_t)1 << 30)
#define TEXT_MAX  ((size_t)16 << 20)

struct work {
    struct profile_store store;
    struct args args;
    struct arena *arena;
};

/* "valid until …", "expired …" or "no token". */
static struct str state_of(const struct profile *profile)
{
    int64_t expires = profile_int(profile, SET_EXPIRES_AT, 0);
    if (!profile_get(profile, SET_ACCESS_TOKEN).n)
        return STR("no token");
    if (!expires)
        return STR("valid, no expiry known");
    const char *word = expires > clock_now_ms() ? "valid until" : "expired";
    return arena_printf(profile->arena, "%s %.*s", word,
                        STR_ARG(profile_time(profile->arena, expires)));
}

static struct str server_of(const struct profile *profile)
{
    return profile_get_or(profile, SET_ISSUER, profile_get(profile, SET_TOKEN_URL));
}

static bool is_expired(const struct profile *profile)
{
    return profile_get(profile, SET_ACCESS_TOKEN).n &&
           profile_int(profile, SET_EXPIRES_AT, INT64_MAX) <= clock_now_ms();
}

static void put_profile(struct json_out *out, const struct profile *profile)
{
    int64_t expires = profile_int(profile, SET_EXPIRES_AT, 0);
    json_open_object(out);
    JSON_STR(out, "name", profile->name);
    JSON_STR(out, "server", server_of(profile));
    JSON_STR(out, "grant", profile_get_or(profile, SET_GRANT, STR("client_credentials")));
    JSON_STR(out, "client_id", profile_get(profile, SET_CLIENT_ID));
    JSON_STR(out, "scope", profile_get(profile, SET_SCOPE));
    JSON_STR(out, "resource", profile_joined(profile, SET_RESOURCE));
    JSON_BOOL(out, "has_token", profile_get(profile, SET_ACCESS_TOKEN).n > 0);
    JSON_BOOL(out, "has_refresh_token", profile_get(profile, SET_REFRESH_TOKEN).n > 0);
    JSON_STR(out, "expires_at", expires ? profile_time(profile->arena, expires) : STR_NONE);
    json_close_object(out);
}

static int list(struct work *work)
{
    struct str *names;
    size_t count;
    bool as_json = args_has(&work->args, "--json");
    struct buf buf = buf_new(work->arena, TEXT_MAX);
    struct json_out out = json_out(&buf);
    int status = profile_store_list(&work->store, &names, &count);
    json_open_array(&out);
    for (size_t i = 0; i < count; i++) {
        struct profile profile;
        int loaded = profile_store_load(&work->store, names[i], &profile);
        status = status ? status : loaded; /* one that cannot be read does not hide the others */
        if (!loaded && as_json)
            put_profile(&out, &profile);
        else if (!as_json)
            printf("%-20.*s  %-36.*s  %.*s\n", STR_ARG(names[i]),
                   STR_ARG(loaded ? STR("cannot be read") : state_of(&profile)),
                   STR_ARG(loaded ? STR("") : server_of(&profile)));
    }
    json_close_array(&out);
    if (as_json)
        printf("%.*s\n", (int)buf.n, buf.p);
    return status;
}

static int load_named(struct work *work, struct profile *profile)
{
    const char *given = work->args.word_count > 1 ? work->args.words[1] : NULL;
    struct str name = profile_store_choose(&work->store, given);
    return name.p ? profile_store_load(&work->store, name, profile) : CLI_USAGE;
}

static int show(struct work *work)
{
    struct profile profile;
    struct token_view view;
    int status = load_named(work, &profile);
    if (status)
        return status;
    struct oauth oauth = {.profile = &profile, .arena = work->arena};
    if (args_has(&work->args, "--json")) {
        struct buf buf = buf_new(work->arena, TEXT_MAX);
        struct json_out out = json_out(&buf);
        put_profile(&out, &profile);
        printf("%.*s\n", (int)buf.n, buf.p);
        return CLI_OK;
    }
    profile_lines_print(&profile, stdout);
    printf("# token: %.*s\n", STR_ARG(state_of(&profile)));
    if (!profile_get(&profile, SET_ACCESS_TOKEN).n)
        return CLI_OK;
    putchar('\n');
    token_view_make(&oauth, false, &view);
    token_view_print(&oauth, &view);
    return CLI_OK;
}

/* With both locked. */
static int rename_locked(struct profile_store *store, struct str old, struct str name)
{
    struct profile profile;
    int status = profile_store_load(store, old, &profile);
    if (status)
        return status;
    if (profile_store_has(store, name))
        return cli_fail("there is a profile '%.*s' already: delete it first", STR_ARG(name));
    profile.name = name; /* secrets are sealed for their profile's name, so they are sealed anew */
    status = profile_store_save(store, &profile);
    return status ? status : profile_store_delete(store, old);
}

/* The locks are taken in the names' order, so that two renames do not wait for each other. */
static int rename_profile(struct work *work)
{
    struct str old = str_of(work->args.words[1]), name = str_of(work->args.words[2]);
    if (!profile_name_is_valid(old) || !profile_name_is_valid(name))
        return cli_usage_error("profile", "a name is letters, digits, '.', '_' and '-'");
    if (!profile_store_has(&work->store, old) || str_eq(old, name))
        return rename_locked(&work->store, old, name);
    bool swap = strcmp(work->args.words[1], work->args.words[2]) > 0;
    struct profile_store second = work->store;
    second.lock = -1;
    int status = profile_store_lock(&work->store, swap ? name : old);
    if (!status)
        status = profile_store_lock(&second, swap ? old : name);
    if (!status)
        status = rename_locked(&work->store, old, name);
    profile_store_unlock(&second);
    profile_store_unlock(&work->store);
    return status;
}

static int delete_profile(struct work *work)
{
    struct str name = str_of(work->args.words[1]);
    struct profile profile;
    if (!profile_name_is_valid(name) || !profile_store_has(&work->store, name))
        return profile_store_load(&work->store, name, &profile); /* says why not */
    int status = profile_store_lock(&work->store, name);
    if (!status)
        status = profile_store_delete(&work->store, name);
    profile_store_unlock(&work->store);
    return status;
}

/* With the lock: a token that is being renewed meanwhile is not written over. */
static int purge_locked(struct profile_store *store, struct str name, size_t *purged)
{
    struct profile profile;
    profile_store_clean(store, name);
    int status = profile_store_load(store, name, &profile);
    if (status || !is_expired(&profile))
        return status;
    struct str refresh = profile_get(&profile, SET_REFRESH_TOKEN);
    profile_forget(&profile);
    profile_set(&profile, SET_REFRESH_TOKEN, refresh);
    status = profile_store_save(store, &profile);
    *purged += !status;
    return status;
}

/* Expired tokens go; settings, and a refresh token that can still bring a new one, stay. A profile
 * that cannot be read does not keep the others. */
static int purge(struct work *work)
{
    struct str *names;
    size_t count, purged = 0;
    int status = profile_store_list(&work->store, &names, &count);
    for (size_t i = 0; i < count; i++) {
        int one = profile_store_lock(&work->store, names[i]);
        if (!one)
            one = purge_locked(&work->store, names[i], &purged);
        profile_store_unlock(&work->store);
        status = status ? status : one;
    }
    printf("%zu expired token%s deleted\n", purged, purged == 1 ? "" : "s");
    return status;
}

static int export_file(struct work *work)
{
    struct profile profile;
    int status = load_named(work, &profile);
    if (!status)
        profile_lines_print(&profile, stdout);
    return status;
}

static const struct verb {
    const char *name;
    int (*run)(struct work *work);
    size_t least, most; /* words, the verb included */
} verbs[] = {
    {"list", list, 1, 1},
    {"show", show, 1, 2},
    {"rename", rename_profile, 3, 3},
    {"delete", delete_profile, 2, 2},
    {"purge", purge, 1, 1},
    {"export-file", export_file, 1, 2},
};

static int run_verb(struct work *work)
{
    size_t words = work->args.word_count;
    const char *name = words ? work->args.words[0] : "list";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        if (words && (words < verbs[i].least || words > verbs[i].most))
            return cli_usage_error("profile", "%s takes %s", name,
                                   verbs[i].most == 1   ? "no name"
                                   : verbs[i].most == 3 ? "two names"
                                                        : "one name");
        int status = profile_store_open(&work->store, work->arena);
        if (!status)
            status = verbs[i].run(work);
        profile_store_close(&work->store);
        return status;
    }
    return cli_usage_error("profile", "say list, show, rename, delete, purge or export-file");
}

static int run(int argc, char **argv);

COMMAND(profile) = {
    .name = "profile",
    .group = COMMAND_CLIENT,
    .summary = "list, show, rename and delete the kept profiles and their tokens",
    .synopsis = "list [--json]\nshow [NAME] [--json]\nrename OLD NEW\ndelete NAME\npurge\n"
                "export-file [NAME]",
    .text = "A profile is made by signet token --profile NAME. show prints settings and token "
            "without any secret; export-file prints the settings as a file for signet token "
            "--profile-file; purge deletes expired tokens and keeps the settings.",
    .verbs = "list|show|rename|delete|purge|export-file",
    .options = (const struct command_option[]){{"--json", NULL, NULL, "print JSON"}, OPTIONS_END},
    .run = run,
};

static int run(int argc, char **argv)
{
    struct work work = {.arena = arena_new(ARENA_MAX), .store = {.lock = -1}};
    if (!work.arena)
        return cli_fail("memory is out");
    int status = args_parse(&command_profile, argc, argv, work.arena, &work.args);
    if (!status)
        status = run_verb(&work);
    arena_free(work.arena);
    return status;
}
