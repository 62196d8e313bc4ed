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

static int no_such_profile(struct str name)
{
    fprintf(stderr,
            "signet: there is no profile '%.*s': signet profile list shows those there are\n",
            STR_ARG(name));
    return CLI_USAGE;
}

int profile_store_load_or_new(struct profile_store *store, struct str name, bool lenient,
                              struct profile *out)
{
    *out = (struct profile){.arena = store->arena, .name = name, .lenient = lenient};
    if (!profile_name_is_valid(name)) {
        fprintf(stderr, "signet: a profile's name is letters, digits, '.', '_' and '-'\n");
        return CLI_USAGE;
    }
    int status = CLI_OK;
    if (profile_store_has(store, name))
        status = profile_lines_read(out, store->vault, profile_store_path(store, name, "profile"));
    out->lenient = false;
    return status;
}

int profile_store_load(struct profile_store *store, struct str name, struct profile *out)
{
    if (profile_name_is_valid(name) && !profile_store_has(store, name))
        return no_such_profile(name);
    return profile_store_load_or_new(store, name, false, out);
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

/* A draft's name is the profile's with ".profile.XXXXXX" behind. */
static bool is_draft(struct str file, struct str profile)
{
    struct str random = str_from(file, profile.n + sizeof EXTENSION);
    return str_starts(file, profile) && str_starts(str_from(file, profile.n), STR(EXTENSION ".")) &&
           random.n == 6 && str_find(random, '.') == random.n;
}

void profile_store_clean(const struct profile_store *store, struct str name)
{
    DIR *folder = opendir(store->folder.p);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (is_draft(str_of(entry->d_name), name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
}

int profile_store_save(struct profile_store *store, const struct profile *profile)
{
    struct str text = profile_lines_sealed(profile, store->vault);
    char *path = profile_store_path(store, profile->name, "profile");
    char *draft = profile_store_path(store, profile->name, "profile.XXXXXX");
    if (!text.p || !path || !draft)
        return cli_fail("memory is out");
    profile_store_clean(store, profile->name);
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
    static const char *const extensions[] = {"profile", "openapi.json", "lock"};
    int result = -1;
    profile_store_clean(store, name);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        char *path = profile_store_path(store, name, extensions[i]);
        int removed = path ? unlink(path) : -1;
        result = i == 0 ? removed : result;
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
    *count = 0;
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

/* Whether the path still leads to the open file: who deleted the profile deleted its lock. */
static bool is_current(int fd, const char *path)
{
    struct stat open_file, named;
    return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

int profile_store_lock(struct profile_store *store, struct str name)
{
    char *path = profile_store_path(store, name, "lock");
    for (;;) {
        int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
        int locked = -1;
        while (fd >= 0 && (locked = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
            ;
        if (locked == 0 && is_current(fd, path)) {
            store->lock = fd;
            return CLI_OK;
        }
        int saved = errno;
        if (fd >= 0)
            close(fd);
        if (locked != 0)
            return cli_fail("cannot lock profile '%.*s': %s", STR_ARG(name), strerror(saved));
    }
}

void profile_store_unlock(struct profile_store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
}
