/* What the files of the SQLite engine share; included by store/sqlite*.c only. */
#ifndef SIGNET_STORE_SQLITE_H
#define SIGNET_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/engine.h"

#define SQLITE_PARTS 2

struct sqlite_db {
    struct db base;
    char *dir, *tenant;
    char *path[SQLITE_PARTS]; /* by enum db_part */
};

struct sqlite_conn {
    struct db_conn base;
    sqlite3 *handle;
    int lock;                 /* upgrading: the lock file, else -1 */
    int wal_pages;            /* writing: length of the WAL after our last commit */
    int checkpointed;         /* wal_pages when the last checkpoint ran */
    struct db_value *scratch; /* rows being read, until their number is known */
    size_t scratch_cap;       /* values */
};

/* sqlite_functions.c: for every connection; an SQLite code. */
int sqlite_add_functions(sqlite3 *handle);

/* sqlite_open.c */
enum err sqlite_open(const struct db_options *options, struct arena *arena, struct db **out,
                     struct str *why);
void sqlite_close(struct db *db);
enum err sqlite_connect(struct db *db, enum db_access access, enum db_part part,
                        struct db_conn **out);
void sqlite_disconnect(struct db_conn *conn);
const char *sqlite_place(struct db *db, enum db_part part);

/* sqlite_files.c: checkpoints and copies */
bool sqlite_maintain(struct db_conn *conn, bool idle);
enum err sqlite_backup(struct db *db, const char *folder);
enum err sqlite_save(struct db *db, enum db_part part, int64_t version);
/* All of a file or, with O_DIRECTORY, the names in a folder are on disk. */
bool sqlite_sync(const char *path, int flags);
/* The present moment for file names: 20260102T030405.678Z. */
#define SQLITE_STAMP_SIZE 64
void sqlite_stamp(char out[SQLITE_STAMP_SIZE]);
/* sqlite_restore.c: a file of this name in the data directory tells of a restore that did not come
 * to its end. */
#define SQLITE_RESTORE_MARK "restoring"
/* Makes a folder with mode 0700 unless it is there; false with errno set. */
bool sqlite_make_folder(const char *path);

/* sqlite_wal.c: the name of the file layer for writing connections, for sqlite3_open_v2. NULL
 * (SQLite's own) when memory is out. */
const char *sqlite_gathering_vfs(void);

/* sqlite.c: remembers when the code tells of a damaged file. */
void sqlite_note_damage(struct sqlite_conn *conn, int code);
/* sqlite.c: the error that stands for an extended result code; logs what an operator must know. */
enum err sqlite_error(sqlite3 *handle, int code, const char *what);

#endif
