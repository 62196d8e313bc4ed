/* The embedded engine: copies put back in place of the databases, all of them or none.
 *
 * 1. Locks: nobody starts, and nobody has a database open.
 * 2. Each copy is put beside the databases, as NAME.part, and checked there. Until here nothing is
 *    changed, and what goes wrong leaves all as it was.
 * 3. The mark is made: from here on nobody opens the databases until a restore came to its end.
 * 4. What was there is moved away whole, with its write-ahead log, which would otherwise be
 * replayed over the copy. The copies get their names, and the mark goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/migrate.h"
#include "store/restore.h"
#include "store/sqlite.h"

#define MAX_FILES 8
#define MAX_LOCKS 16
/* Where SQLite's locks of a database file are: the pending byte and all behind it. */
#define LOCK_BYTE  0x40000000
#define LOCK_COUNT 512

struct file {
    const char *name; /* "default-audit.db" */
    bool database;
    enum db_part part;
    const char *identity; /* of a main database */
};

struct restoring {
    const struct db_restore *what;
    struct arena *arena;
    struct str *why;
    struct file files[MAX_FILES];
    size_t file_count;
    int locks[MAX_LOCKS];
    size_t lock_count;
};

/* A path of up to three parts; "" when memory is out, which no call to the system takes. */
static const char *path_of(const struct restoring *run, const char *folder, const char *name,
                           const char *ending)
{
    struct str path = arena_printf(run->arena, "%s/%s%s", folder, name, ending);
    return path.p ? path.p : "";
}

static const char *in_data(const struct restoring *run, const char *name, const char *ending)
{
    return path_of(run, run->what->data, name, ending);
}

__attribute__((format(printf, 2, 3))) static bool refuse(const struct restoring *run,
                                                         const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    *run->why = arena_printf(run->arena, "%s", text);
    return false;
}

/* 1. Locks */

static bool keep_lock(struct restoring *run, int fd, bool held, const char *path)
{
    int reason = errno;
    if (held && run->lock_count < MAX_LOCKS) {
        run->locks[run->lock_count++] = fd;
        return true;
    }
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && (reason == EAGAIN || reason == EACCES))
        return refuse(run, "%s is in use: stop the server, and what else works with it", path);
    return refuse(run, "cannot lock %s: %s", path, strerror(reason));
}

/* Against those that start: they wait for this file before they open a database. */
static bool lock_starts(struct restoring *run, const char *tenant)
{
    const char *path = in_data(run, tenant, ".lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return keep_lock(run, fd, fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0, path);
}

/* Whoever has a database with a write-ahead log open holds a lock within these bytes. */
static bool lock_database(struct restoring *run, const char *name)
{
    const char *path = in_data(run, name, "");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return true;
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_BYTE, .l_len = LOCK_COUNT};
    return keep_lock(run, fd, fd >= 0 && fcntl(fd, F_SETLK, &range) == 0, path);
}

static bool lock_all(struct restoring *run)
{
    if (!sqlite_make_folder(run->what->data))
        return refuse(run, "cannot make the data directory %s: %s", run->what->data,
                      strerror(errno));
    for (const char *const *tenant = run->what->tenants; *tenant; tenant++) {
        if (!lock_starts(run, *tenant))
            return false;
    }
    for (size_t i = 0; i < run->file_count; i++) {
        if (run->files[i].database && !lock_database(run, run->files[i].name))
            return false;
    }
    return true;
}

/* 2. Copies, and whether they are good */

static bool copy_bytes(int from, int to)
{
    ssize_t n;
    while ((n = sendfile(to, from, NULL, (size_t)1 << 30)) > 0)
        ;
    return n == 0 && fsync(to) == 0;
}

static bool stage(struct restoring *run, const struct file *file)
{
    const char *source = path_of(run, run->what->folder, file->name, "");
    const char *target = in_data(run, file->name, ".part");
    unlink(target);
    int from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return refuse(run, "cannot read %s: %s", source, strerror(errno));
    int to = open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = to >= 0 && copy_bytes(from, to);
    int reason = errno;
    close(from);
    if (to >= 0)
        close(to);
    return ok || refuse(run, "cannot copy %s to %s: %s", source, target, strerror(reason));
}

/* A database that was copied by other means while it was open is not whole without its log. */
static bool has_no_log(struct restoring *run, const struct file *file)
{
    struct stat log;
    const char *path = path_of(run, run->what->folder, file->name, "-wal");
    return stat(path, &log) != 0 || log.st_size == 0 ||
           refuse(run, "%s is there: %s is no copy that `signet backup` made", path, file->name);
}

/* The first value of the first row, in the arena; absent when there is none or an error. */
static struct str first_value(sqlite3 *handle, const char *sql, struct arena *arena)
{
    sqlite3_stmt *stmt = NULL;
    struct str value = {0};
    if (sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        value = arena_str(arena, str_of((const char *)sqlite3_column_text(stmt, 0)));
    sqlite3_finalize(stmt);
    return value;
}

/* Without the heading that SQLite puts before what it found. */
static struct str last_line(struct str text)
{
    struct str rest = text, line, last = text;
    while ((line = str_split(&rest, '\n')).p)
        last = line.n ? line : last;
    return last;
}

static bool check_content(struct restoring *run, const struct file *file, sqlite3 *handle)
{
    struct str sound = first_value(handle, "PRAGMA integrity_check(1)", run->arena);
    if (!str_eq(sound, STR("ok")))
        return refuse(run, "%s of the backup is damaged: %.*s", file->name,
                      STR_ARG(last_line(sound.p ? sound : str_of(sqlite3_errmsg(handle)))));
    struct str version =
        first_value(handle,
                    file->part == DB_MAIN ? "SELECT max(version) FROM schema_versions"
                                          : "SELECT max(version) FROM audit_schema_versions",
                    run->arena);
    if (!version.p)
        return refuse(run, "%s of the backup holds no schema of Signet", file->name);
    struct str identity =
        file->identity ? first_value(handle, run->what->identity, run->arena) : (struct str){0};
    if (identity.p && !str_eq(identity, str_of(file->identity)))
        return refuse(run, "%s of the backup is another tenant's: it serves %.*s", file->name,
                      STR_ARG(identity));
    int newest = migrate_newest(file->part);
    if (strtol(version.p, NULL, 10) > newest)
        return refuse(run,
                      "%s of the backup has schema version %s, newer than this program's %d: use "
                      "the newer program",
                      file->name, version.p, newest);
    return true;
}

static bool check_copy(struct restoring *run, const struct file *file)
{
    sqlite3 *handle = NULL;
    const char *path = in_data(run, file->name, ".part");
    int code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK)
        code = sqlite_add_functions(handle);
    bool ok = code == SQLITE_OK
                  ? check_content(run, file, handle)
                  : refuse(run, "cannot open the copy of %s: %s", file->name, sqlite3_errstr(code));
    sqlite3_close(handle);
    return ok && (sqlite_sync(path, 0) || refuse(run, "cannot store %s", path));
}

static bool stage_all(struct restoring *run)
{
    for (size_t i = 0; i < run->file_count; i++) {
        const struct file *file = &run->files[i];
        if (file->database && !has_no_log(run, file))
            return false;
        if (!stage(run, file) || (file->database && !check_copy(run, file)))
            return false;
    }
    return true;
}

static void unstage_all(struct restoring *run)
{
    static const char *const endings[] = {".part", ".part-wal", ".part-shm"};
    for (size_t i = 0; i < run->file_count; i++) {
        for (size_t k = 0; k < sizeof(endings) / sizeof(*endings); k++)
            unlink(in_data(run, run->files[i].name, endings[k]));
    }
}

/* 3 and 4. The exchange */

static bool mark(struct restoring *run)
{
    const char *path = in_data(run, SQLITE_RESTORE_MARK, "");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return (ok && sqlite_sync(run->what->data, O_DIRECTORY)) ||
           refuse(run, "cannot make %s: %s", path, strerror(errno));
}

/* Of a file and what SQLite keeps beside it. */
static bool move_away(struct restoring *run, const struct file *file, const char *folder)
{
    static const char *const endings[] = {"-shm", "-wal", "-journal", ""};
    for (size_t k = 0; k < sizeof(endings) / sizeof(*endings); k++) {
        const char *from = in_data(run, file->name, endings[k]);
        if (rename(from, path_of(run, folder, file->name, endings[k])) != 0 && errno != ENOENT)
            return refuse(run, "cannot move %s to %s: %s", from, folder, strerror(errno));
    }
    return true;
}

static bool make_room(struct restoring *run)
{
    const char *folder = run->what->replaced;
    return (sqlite_make_folder(in_data(run, "backup", "")) && mkdir(folder, 0700) == 0) ||
           refuse(run, "cannot make %s: %s", folder, strerror(errno));
}

static bool exchange(struct restoring *run)
{
    const char *folder = run->what->replaced;
    for (size_t i = 0; i < run->file_count; i++) {
        if (!move_away(run, &run->files[i], folder))
            return false;
    }
    for (size_t i = 0; i < run->file_count; i++) {
        const char *name = run->files[i].name;
        if (rename(in_data(run, name, ".part"), in_data(run, name, "")) != 0)
            return refuse(run, "cannot put %s in place: %s", name, strerror(errno));
    }
    bool ok = sqlite_sync(folder, O_DIRECTORY) && sqlite_sync(run->what->data, O_DIRECTORY) &&
              unlink(in_data(run, SQLITE_RESTORE_MARK, "")) == 0 &&
              sqlite_sync(run->what->data, O_DIRECTORY);
    return ok || refuse(run, "cannot store what was put in place: %s", strerror(errno));
}

static void list_files(struct restoring *run)
{
    for (size_t i = 0; run->what->tenants[i]; i++) {
        const char *tenant = run->what->tenants[i];
        run->files[run->file_count++] = (struct file){arena_printf(run->arena, "%s.db", tenant).p,
                                                      true, DB_MAIN, run->what->identities[i]};
        run->files[run->file_count++] =
            (struct file){arena_printf(run->arena, "%s-audit.db", tenant).p, true, DB_AUDIT, NULL};
    }
    if (run->what->key)
        run->files[run->file_count++] = (struct file){run->what->key, false, DB_MAIN, NULL};
}

enum err db_restore(struct db_restore *what, struct arena *arena, struct str *why)
{
    struct restoring run = {.what = what, .arena = arena, .why = why};
    char stamp[SQLITE_STAMP_SIZE];
    sqlite_stamp(stamp);
    *why = STR("memory is out");
    what->replaced = arena_printf(arena, "%s/backup/replaced-%s", what->data, stamp).p;
    list_files(&run);
    bool ok = what->replaced && lock_all(&run) && stage_all(&run) && make_room(&run) &&
              mark(&run) && exchange(&run);
    if (!ok)
        unstage_all(&run);
    while (run.lock_count)
        close(run.locks[--run.lock_count]);
    return ok ? OK : ERR_UNAVAILABLE;
}
