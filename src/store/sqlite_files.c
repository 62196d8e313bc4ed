/* The embedded engine: checkpoints of the write-ahead log, and copies of the files. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Checkpoints */

#define CHECKPOINT_PAGES 3000
#define WAL_MAX_BYTES    (64 << 20)
#define TRUNCATE_BUSY_MS 100 /* how long the writer waits for readers of the old WAL */
#define BUSY_MS          5000

static int page_size(sqlite3 *handle)
{
    int size = 4096;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(handle, "PRAGMA page_size", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        size = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return size;
}

/* Readers may keep it from finishing: then there is a next time. */
static void checkpoint(struct sqlite_conn *conn, int mode)
{
    int busy = mode == SQLITE_CHECKPOINT_PASSIVE ? 0 : TRUNCATE_BUSY_MS;
    sqlite3_busy_timeout(conn->handle, busy);
    int code = sqlite3_wal_checkpoint_v2(conn->handle, "main", mode, NULL, NULL);
    sqlite3_busy_timeout(conn->handle, BUSY_MS);
    sqlite_error(conn->handle, code, "checkpoint");
    conn->checkpointed = conn->wal_pages;
    if (code == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE)
        conn->wal_pages = conn->checkpointed = 0;
}

bool sqlite_maintain(struct db_conn *base, bool idle)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    if (idle && conn->wal_pages > 0) {
        checkpoint(conn, SQLITE_CHECKPOINT_TRUNCATE);
    } else if (conn->wal_pages - conn->checkpointed >= CHECKPOINT_PAGES) {
        bool large = conn->wal_pages > WAL_MAX_BYTES / page_size(conn->handle);
        checkpoint(conn, large ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
    }
    return conn->wal_pages > 0;
}

/* Copies */

bool sqlite_make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool sqlite_sync(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* All pages in one step: a copy in pieces would begin anew at each commit of the writer. */
static enum err copy_pages(sqlite3 *from, sqlite3 *to)
{
    int code = sqlite3_exec(to, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return sqlite_error(to, code, "prepare a backup");
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite_error(to, sqlite3_extended_errcode(to), "start a backup");
    code = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE)
        return sqlite_error(to, finished, "finish a backup");
    return sqlite_error(to, code, "copy the database");
}

static enum err copy_to(sqlite3 *from, const char *path)
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    enum err err =
        code == SQLITE_OK ? copy_pages(from, to) : sqlite_error(to, code, "open a backup");
    sqlite3_close(to);
    return err;
}

/* The copy gets its name when it is whole and on disk, so half a copy never looks like a backup. */
static enum err copy_file(struct sqlite_db *db, enum db_part part, const char *folder,
                          const char *target)
{
    struct buf text = buf_new(NULL, 4096);
    buf_printf(&text, "%s.part", target);
    buf_byte(&text, '\0');
    struct db_conn *conn = NULL;
    enum err err = text.failed ? ERR_NO_MEMORY : db_connect(&db->base, DB_WRITE, part, &conn);
    int fd = err ? -1 : open(text.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        err = copy_to(((struct sqlite_conn *)conn)->handle, text.p);
        if (!err && (!sqlite_sync(text.p, 0) || rename(text.p, target) != 0 ||
                     !sqlite_sync(folder, O_DIRECTORY)))
            err = errno == ENOSPC ? ERR_STORAGE_FULL : ERR_UNAVAILABLE;
        if (err)
            unlink(text.p);
    } else if (!err) {
        err = ERR_UNAVAILABLE;
    }
    if (err)
        log_error("database: cannot copy %s to %s", db->path[part], target);
    db_disconnect(conn);
    buf_free(&text);
    return err;
}

/* folder/TENANT[-audit]suffix.db, made anew: a file of that name is not replaced. */
static enum err copy_part(struct sqlite_db *db, enum db_part part, const char *folder,
                          const char *suffix)
{
    struct buf target = buf_new(NULL, 4096);
    buf_printf(&target, "%s/%s%s%s.db", folder, db->tenant, part == DB_AUDIT ? "-audit" : "",
               suffix);
    buf_byte(&target, '\0');
    enum err err = target.failed ? ERR_NO_MEMORY : OK;
    if (!err && access(target.p, F_OK) == 0) {
        log_error("database: backup %s exists already", target.p);
        err = ERR_UNAVAILABLE;
    }
    if (!err)
        err = copy_file(db, part, folder, target.p);
    buf_free(&target);
    return err;
}

enum err sqlite_backup(struct db *base, const char *folder)
{
    if (!sqlite_make_folder(folder)) {
        log_error("database: cannot make the folder %s: %s", folder, strerror(errno));
        return ERR_UNAVAILABLE;
    }
    struct sqlite_db *db = (struct sqlite_db *)base;
    enum err err = copy_part(db, DB_MAIN, folder, "");
    return err ? err : copy_part(db, DB_AUDIT, folder, "");
}

void sqlite_stamp(char out[SQLITE_STAMP_SIZE])
{
    int64_t now = clock_now_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm tm;
    char date[32];
    strftime(date, sizeof(date), "%Y%m%dT%H%M%S", gmtime_r(&seconds, &tm));
    snprintf(out, SQLITE_STAMP_SIZE, "%s.%03dZ", date, (int)(now % 1000));
}

/* Data directory/backup/TENANT-VERSION-TIME.db; TIME is UTC with milliseconds. */
enum err sqlite_save(struct db *base, enum db_part part, int64_t version)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    struct buf folder = buf_new(NULL, 4096);
    buf_printf(&folder, "%s/backup", db->dir);
    buf_byte(&folder, '\0');
    char stamp[SQLITE_STAMP_SIZE], suffix[96];
    sqlite_stamp(stamp);
    snprintf(suffix, sizeof(suffix), "-%lld-%s", (long long)version, stamp);
    enum err err = ERR_UNAVAILABLE;
    if (!folder.failed && sqlite_make_folder(folder.p))
        err = copy_part(db, part, folder.p, suffix);
    buf_free(&folder);
    return err;
}
