/* Profiles on disk: folders, the user's key, finding, locking, saving. */
#include "cli/profile_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/profile_lines.h"

#define EXTENSION ".profile"

/* path, private to the user; folders above it are made with the usual rights. */
static int make_folder(struct arena *arena, struct str path)
{
    char *text = arena_cstr(arena, path);
    if (!text)
        return cli_fail("memory is out");
    for (size_t i = 1; i < path.n; i++) {
        if (text[i] != '/')
            continue;
        text[i] = '\0';
        mkdir(text, 0755);
        text[i] = '/';
    }
    if (mkdir(text, 0700) != 0 && errno != EEXIST)
        return cli_fail("cannot make '%s': %s", text, strerror(errno));
    return chmod(text, 0700) == 0
               ? CLI_OK
               : cli_fail("cannot close '%s' to others: %s", text, strerror(errno));
}

static struct str config_folder(struct arena *arena)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && xdg[0] == '/')
        return arena_printf(arena, "%s/signet", xdg);
    return home && home[0] ? arena_printf(arena, "%s/.config/signet", home) : STR_NONE;
}

int profile_store_open(struct profile_store *store, struct arena *arena)
{
    *store = (struct profile_store){.arena = arena, .lock = -1};
    struct str base = config_folder(arena);
    if (!base.p)
        return cli_fail("there is no place for profiles: set HOME or XDG_CONFIG_HOME");
    store->folder = arena_printf(arena, "%.*s/profiles", STR_ARG(base));
    int status = make_folder(arena, base);
    if (!status)
        status = make_folder(arena, store->folder);
    if (status)
        return status;
    const char *why = "memory is out";
    struct str key = arena_printf(arena, "%.*s/keyring", STR_ARG(base));
    store->vault = key.p ? vault_from_file(key.p, true, &why) : NULL;
    return store->vault ? CLI_OK : cli_fail("%s", why);
}

void profile_store_close(struct profile_store *store)
{
    if (!store->arena)
        return;
    profile_store_unlock(store);
    vault_free(store->vault);
    *store = (struct profile_store){.arena = NULL, .lock = -1};
}

char *profile_store_path(const struct profile_store *store, struct str name, const char *extension)
{
    struct str path = arena_printf(store->arena, "%.*s/%.*s.%s", STR_ARG(store->folder),
                                   STR_ARG(name), extension);
    return (char *)path.p;
}

bool profile_store_has(const struct profile_store *store, struct str name)
{
    char *path = profile_store_path(store, name, "profile");
    return path && access(path, F_OK) == 0;
}

int profile_store_load(struct profile_store *store, struct str name, bool missing_ok,
                       struct profile *out)
{
    *out = (struct profile){.arena = store->arena, .name = name};
    if (!profile_name_is_valid(name)) {
        fprintf(stderr, "signet: a profile's name is letters, digits, '.', '_' and '-'\n");
        return CLI_USAGE;
    }
    if (profile_store_has(store, name))
        return profile_lines_read(out, store->vault, profile_store_path(store, name, "profile"));
    if (missing_ok)
        return CLI_OK;
    fprintf(stderr,
            "signet: there is no profile '%.*s': signet profile list shows those there are\n",
            STR_ARG(name));
    return CLI_USAGE;
}

static bool write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

int profile_store_save(struct profile_store *store, const struct profile *profile)
{
    struct str text = profile_lines_sealed(profile, store->vault);
    char *path = profile_store_path(store, profile->name, "profile");
    char *draft = profile_store_path(store, profile->name, "profile.XXXXXX");
    if (!text.p || !path || !draft)
        return cli_fail("memory is out");
    int fd = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return cli_fail("cannot write '%s': %s", path, strerror(errno));
    bool ok = write_all(fd, text) && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    if (ok && rename(draft, path) == 0)
        return CLI_OK;
    saved = ok ? errno : saved;
    unlink(draft);
    return cli_fail("cannot write '%s': %s", path, strerror(saved));
}

int profile_store_delete(struct profile_store *store, struct str name)
{
    static const char *const extensions[] = {"openapi.json", "lock", "profile"};
    int result = -1;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        char *path = profile_store_path(store, name, extensions[i]);
        result = path ? unlink(path) : -1;
    }
    return result == 0
               ? CLI_OK
               : cli_fail("cannot delete profile '%.*s': %s", STR_ARG(name), strerror(errno));
}

static int is_profile(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);
    if (!str_ends(name, STR(EXTENSION)))
        return 0;
    name.n -= sizeof EXTENSION - 1;
    return profile_name_is_valid(name);
}

int profile_store_list(struct profile_store *store, struct str **names, size_t *count)
{
    struct dirent **entries;
    int n = scandir(store->folder.p, &entries, is_profile, alphasort);
    if (n < 0)
        return cli_fail("cannot read '%s': %s", store->folder.p, strerror(errno));
    *names = ARENA_ARRAY(store->arena, struct str, (size_t)n + 1);
    *count = *names ? (size_t)n : 0;
    for (int i = 0; i < n; i++) {
        struct str name = str_of(entries[i]->d_name);
        name.n -= sizeof EXTENSION - 1;
        if (*names)
            (*names)[i] = arena_str(store->arena, name);
        free(entries[i]);
    }
    free(entries);
    return *names ? CLI_OK : cli_fail("memory is out");
}

struct str profile_store_choose(struct profile_store *store, const char *given)
{
    struct str *names = NULL;
    size_t count = 0;
    if (given)
        return str_of(given);
    if (profile_store_has(store, STR("default")))
        return STR("default");
    if (profile_store_list(store, &names, &count))
        return STR_NONE;
    if (count != 1) {
        fputs(count ? "signet: say which profile: --profile NAME; signet profile list shows them\n"
                    : "signet: there is no profile yet: signet token --profile NAME … makes one\n",
              stderr);
        return STR_NONE;
    }
    return names[0];
}

int profile_store_lock(struct profile_store *store, struct str name)
{
    char *path = profile_store_path(store, name, "lock");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    int locked = -1;
    while (fd >= 0 && (locked = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
        ;
    if (locked == 0) {
        store->lock = fd;
        return CLI_OK;
    }
    if (fd >= 0)
        close(fd);
    return cli_fail("cannot lock profile '%.*s': %s", STR_ARG(name), strerror(errno));
}

void profile_store_unlock(struct profile_store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
}
