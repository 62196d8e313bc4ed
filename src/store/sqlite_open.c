/* The embedded engine: its files, and connections with their settings. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define BUSY_MS         5000
#define UPGRADE_BUSY_MS 60000 /* another starter's migration may take a while */

/* Up to here a database is checked in a start after a crash: some milliseconds. */
#define CHECKED_BYTES ((int64_t)16 << 20)

/* For all connections. Nothing checkpoints but the writer, when sqlite_maintain says so. */
#define SETTINGS                                                                                   \
    "PRAGMA mmap_size=0;"                                                                          \
    "PRAGMA cell_size_check=ON;"                                                                   \
    "PRAGMA case_sensitive_like=ON;"                                                               \
    "PRAGMA synchronous=FULL;"                                                                     \
    "PRAGMA wal_autocheckpoint=0;"

static const char *const settings[] = {
    [DB_READ] = SETTINGS "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;",
    /* Without spilling, a transaction reaches the disk when it commits and not before; sqlite_wal.c
     * needs it so. */
    [DB_WRITE] = SETTINGS "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;"
                          "PRAGMA cache_spill=OFF;",
    [DB_UPGRADE] = SETTINGS "PRAGMA journal_mode=WAL;",
};
/* Of writing connections, by part, in KiB. The audit part needs the ends of its indexes only. */
static const char *const caches[] = {
    [DB_MAIN] = "PRAGMA cache_size=-16384;",
    [DB_AUDIT] = "PRAGMA cache_size=-4096;",
};

/* The database */

bool sqlite_version_safe(int number)
{
    return number >= 3051003 && number != 3052000;
}

static char *join(const char *a, const char *b, const char *c)
{
    struct buf text = buf_new(NULL, 4096);
    buf_printf(&text, "%s%s%s", a, b, c);
    buf_byte(&text, '\0');
    if (text.failed) {
        buf_free(&text);
        return NULL;
    }
    return text.p;
}

static bool set_paths(struct sqlite_db *db, const struct db_options *options)
{
    db->dir = join(options->dir, "", "");
    db->tenant = join(options->tenant, "", "");
    char *stem = join(options->dir, "/", options->tenant);
    if (stem) {
        db->path[DB_MAIN] = join(stem, ".db", "");
        db->path[DB_AUDIT] = join(stem, "-audit.db", "");
    }
    free(stem);
    return db->dir && db->tenant && db->path[DB_MAIN] && db->path[DB_AUDIT];
}

static bool restore_is_open(const char *dir)
{
    char *path = join(dir, "/", SQLITE_RESTORE_MARK);
    bool there = path && access(path, F_OK) == 0;
    free(path);
    return there;
}

/* What keeps databases in dir from being used; absent: nothing. */
static struct str obstacle(const char *dir, struct arena *arena)
{
    if (!sqlite_version_safe(sqlite3_libversion_number()))
        return arena_printf(arena,
                            "SQLite %s can corrupt databases in WAL mode: 3.51.3 or a newer "
                            "version other than 3.52.0 is needed",
                            sqlite3_libversion());
    if (!sqlite_make_folder(dir))
        return arena_printf(arena, "cannot make the data directory %s: %s", dir, strerror(errno));
    if (restore_is_open(dir))
        return arena_printf(
            arena, "a restore into %s has not come to its end: run signet restore again", dir);
    return (struct str){0};
}

enum err sqlite_open(const struct db_options *options, struct arena *arena, struct db **out,
                     struct str *why)
{
    struct str reason = obstacle(options->dir, arena);
    if (reason.p) {
        *why = reason;
        return ERR_UNAVAILABLE;
    }
    struct sqlite_db *db = calloc(1, sizeof(*db));
    if (!db || !set_paths(db, options)) {
        sqlite_close(db ? &db->base : NULL);
        *why = STR("out of memory");
        return ERR_NO_MEMORY;
    }
    db->base.engine = &sqlite_engine;
    *out = &db->base;
    return OK;
}

const char *sqlite_place(struct db *db, enum db_part part)
{
    return ((struct sqlite_db *)db)->path[part];
}

/* SQLite checkpoints and removes the WAL when the last connection to a file closes, unless that one
 * only reads: so the last one is made to be a writing one. With another process still at work, e.g.
 * the server when this is a command beside it, nothing happens. */
static void checkpoint_at_close(struct db *base, enum db_part part)
{
    struct db_conn *conn;
    if (access(sqlite_place(base, part), F_OK) == 0 &&
        db_connect(base, DB_WRITE, part, &conn) == OK)
        db_disconnect(conn);
}

void sqlite_close(struct db *base)
{
    if (!base)
        return;
    struct sqlite_db *db = (struct sqlite_db *)base;
    for (int part = 0; part < SQLITE_PARTS; part++) {
        if (db->path[part] && base->engine)
            checkpoint_at_close(base, (enum db_part)part);
        free(db->path[part]);
    }
    free(db->dir);
    free(db->tenant);
    free(db);
}

/* Connections */

/* Waits for other starters of this tenant: making files, turning WAL on and migrating is for one at
 * a time. -1 on failure. */
static int take_lock(struct sqlite_db *db)
{
    char *path = join(db->dir, "/", db->tenant);
    char *file = path ? join(path, ".lock", "") : NULL;
    int fd = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        log_error("database: cannot lock %s: %s", file ? file : db->dir, strerror(errno));
    free(file);
    free(path);
    return fd;
}

/* SQLite would make the file readable for others; its WAL and index inherit the mode. An existing
 * file is not opened here, since closing it would drop this process's locks on it (POSIX). */
static bool make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        log_error("database: cannot make %s: %s", path, strerror(errno));
    return fd >= 0 || errno == EEXIST;
}

static int count_wal_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle, (void)name;
    struct sqlite_conn *conn = arg;
    conn->wal_pages = pages;
    if (pages < conn->checkpointed)
        conn->checkpointed = 0; /* the WAL began anew */
    return SQLITE_OK;
}

static enum err attach_audit(struct sqlite_conn *conn, const char *path)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(conn->handle, "ATTACH ?1 AS audit", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    enum err err = sqlite_error(conn->handle, code, "attach the audit file");
    sqlite3_finalize(stmt);
    return err;
}

static bool is_wal(sqlite3 *handle)
{
    sqlite3_stmt *stmt = NULL;
    bool wal = sqlite3_prepare_v2(handle, "PRAGMA journal_mode", -1, &stmt, NULL) == SQLITE_OK &&
               sqlite3_step(stmt) == SQLITE_ROW &&
               strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
    sqlite3_finalize(stmt);
    return wal;
}

static enum err set_up(struct sqlite_conn *conn, struct sqlite_db *db)
{
    sqlite3 *handle = conn->handle;
    enum db_access access = conn->base.access;
    sqlite3_busy_timeout(handle, access == DB_UPGRADE ? UPGRADE_BUSY_MS : BUSY_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int code = sqlite3_exec(handle, settings[access], NULL, NULL, NULL);
    if (code == SQLITE_OK && access == DB_WRITE)
        code = sqlite3_exec(handle, caches[conn->base.part], NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite_add_functions(handle);
    sqlite_note_damage(conn, code);
    if (code != SQLITE_OK)
        return sqlite_error(handle, code, "set up a connection");
    if (!is_wal(handle)) {
        log_error("database: %s cannot use a write-ahead log", db->path[conn->base.part]);
        return ERR_UNAVAILABLE;
    }
    if (access == DB_READ)
        return attach_audit(conn, db->path[DB_AUDIT]);
    sqlite3_wal_hook(handle, count_wal_pages, conn);
    return OK;
}

/* Bytes; 0 when there is no such file. */
static int64_t size_of(const char *path, const char *ending)
{
    struct stat file;
    char *name = join(path, ending, "");
    int64_t size = name && stat(name, &file) == 0 ? (int64_t)file.st_size : 0;
    free(name);
    return size;
}

/* A log that was left behind is replayed, over whatever the file holds by now: when it is not that
 * log's file any more, the result is damaged. Larger files take too long to look at in a start;
 * signet restore leaves no foreign log in any case. */
static enum err check_replayed(struct sqlite_conn *conn, const char *path)
{
    if (size_of(path, "-wal") == 0 || size_of(path, "") > CHECKED_BYTES)
        return OK;
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(conn->handle, "PRAGMA quick_check(1)", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    const char *found = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0)
                                           : sqlite3_errmsg(conn->handle);
    bool sound = code == SQLITE_ROW && found && strcmp(found, "ok") == 0;
    if (!sound)
        log_error("database: %s: %s", path, found ? found : "memory is out");
    sqlite3_finalize(stmt);
    conn->base.db->damaged = !sound;
    return sound ? OK : ERR_UNAVAILABLE;
}

static enum err open_handle(struct sqlite_conn *conn, struct sqlite_db *db)
{
    enum db_access access = conn->base.access;
    if (access == DB_UPGRADE) {
        conn->lock = take_lock(db);
        if (conn->lock < 0 || !make_file(db->path[conn->base.part]))
            return ERR_UNAVAILABLE;
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= access == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const char *vfs = access == DB_WRITE ? sqlite_gathering_vfs() : NULL;
    int code = sqlite3_open_v2(db->path[conn->base.part], &conn->handle, flags, vfs);
    if (code != SQLITE_OK) {
        log_error("database: cannot open %s: %s", db->path[conn->base.part],
                  conn->handle ? sqlite3_errmsg(conn->handle) : sqlite3_errstr(code));
        return ERR_UNAVAILABLE;
    }
    enum err err = set_up(conn, db);
    return !err && access == DB_UPGRADE ? check_replayed(conn, db->path[conn->base.part]) : err;
}

enum err sqlite_connect(struct db *db, enum db_access access, enum db_part part,
                        struct db_conn **out)
{
    struct sqlite_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        return ERR_NO_MEMORY;
    conn->base.db = db;
    conn->base.access = access;
    conn->base.part = part;
    conn->lock = -1;
    enum err err = open_handle(conn, (struct sqlite_db *)db);
    if (err) {
        sqlite_disconnect(&conn->base);
        return err;
    }
    *out = &conn->base;
    return OK;
}

void sqlite_disconnect(struct db_conn *base)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    sqlite3_close(conn->handle);
    if (conn->lock >= 0)
        close(conn->lock);
    free(conn->scratch);
    free(conn);
}
