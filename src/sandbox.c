/* The paths that the settings name, and those of the system. */
#include "sandbox.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"

#define PATHS_MAX 48

struct paths {
    struct arena *arena;
    struct confine_path list[PATHS_MAX];
    size_t count;
};

static void add(struct paths *paths, const char *path, enum confine_access access)
{
    if (path && paths->count < PATHS_MAX)
        paths->list[paths->count++] = (struct confine_path){path, access};
}

/* The folder of a file, since files are replaced by renaming; and that behind a symbolic link. */
static void add_folder_of(struct paths *paths, struct str file, enum confine_access access)
{
    if (!file.n)
        return;
    char *path = arena_cstr(paths->arena, file);
    char *real = path ? realpath(path, NULL) : NULL;
    add(paths, path ? dirname(path) : NULL, access);
    if (real)
        add(paths, dirname(arena_cstr(paths->arena, str_of(real))), access);
    free(real);
}

/* Certificates and passwords of the connection to PostgreSQL. */
static void add_database_files(struct paths *paths, const char *url)
{
    static const char *const names[] = {
        "sslrootcert=", "sslcert=", "sslkey=", "sslcrl=", "passfile="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *at = strstr(url, names[i]);
        struct str rest = str_of(at ? at + strlen(names[i]) : "");
        add_folder_of(paths, str_split(&rest, '&'), CONFINE_READ);
    }
    const char *home = getenv("HOME");
    if (url[0] && home)
        for (const char *const *each = (const char *const[]){"/.pgpass", "/.postgresql", NULL};
             *each; each++)
            add(paths, arena_printf(paths->arena, "%s%s%c", home, *each, 0).p, CONFINE_READ);
}

/* Scripts run in processes of this same program. */
static void add_program(struct paths *paths)
{
    add(paths, "/proc/self/exe", CONFINE_RUN);
    add(paths, "/lib64/ld-linux-x86-64.so.2", CONFINE_RUN);
    add(paths, "/lib/ld-linux-aarch64.so.1", CONFINE_RUN);
    char *program = realpath("/proc/self/exe", NULL);
    char *folder = program ? dirname(program) : NULL;
    if (folder) {
        static const char *const beside[] = {"/deps", "/../deps", "/../lib"};
        for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
            add(paths, arena_printf(paths->arena, "%s%s%c", folder, beside[i], 0).p, CONFINE_READ);
    }
    free(program);
}

static bool has_low_port(const struct config *config)
{
    int64_t lowest = config->port < config->admin_port ? config->port : config->admin_port;
    return lowest < 1024 || (config->operations_port && config->operations_port < 1024);
}

static bool is_of_another(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_uid != geteuid();
}

void sandbox_server(const struct config *config, struct arena *arena)
{
    static const char *const system[] = {
        "/usr",           "/lib", "/lib64", "/etc", "/proc", "/sys", "/run/systemd/resolve",
        "/run/resolvconf"};
    struct paths paths = {.arena = arena};
    bool files;
    for (size_t i = 0; i < sizeof system / sizeof *system; i++)
        add(&paths, system[i], CONFINE_READ);
    add(&paths, "/dev/null", CONFINE_WRITE);
    add(&paths, "/dev/urandom", CONFINE_READ);
    add(&paths, config->data, CONFINE_WRITE);
    add_program(&paths);
    add_folder_of(&paths, str_of(config->log_file), CONFINE_WRITE);
    add_folder_of(&paths, str_of(config->https_cert_path), CONFINE_READ);
    add_folder_of(&paths, str_of(config->https_key_path), CONFINE_READ);
    add_folder_of(&paths, str_of(config->key_file), CONFINE_READ);
    add_folder_of(&paths, str_of(getenv("SSL_CERT_FILE") ? getenv("SSL_CERT_FILE") : ""),
                  CONFINE_READ);
    add(&paths, getenv("SSL_CERT_DIR"), CONFINE_READ);
    add_database_files(&paths, config->db_url);
    const struct confine_wish wish = {.paths = paths.list,
                                      .count = paths.count,
                                      .keep_low_ports = has_low_port(config),
                                      .keep_other_files = is_of_another(config->data)};
    if (!confine_process(&wish, &files))
        log_warn("the process keeps privileges that it does not need: the kernel refused to take "
                 "them away");
    else if (!files)
        log_warn("files outside the data directory are not fenced off: the kernel has no Landlock");
}
