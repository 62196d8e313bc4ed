/* The embedded engine: gathers the writes of a COMMIT. SQLite writes each page to its log in two
 * small calls; this layer under it writes many pages at once before the sync that makes them count,
 * which takes a quarter off the cost of a group of audit rows (docs/storage.md).
 *
 * It is sound because of how writing connections are set up, and for them only: with
 * synchronous=FULL a COMMIT syncs its log before it tells readers, and with cache_spill=OFF nothing
 * but a COMMIT, under the lock for writing, writes to the log. So nothing is held back outside of a
 * COMMIT: what a rolled-back transaction left behind could overwrite pages of another process. */
#include "store/sqlite.h"

#include <pthread.h>
#include <stdlib.h>

#define GATHER_MAX (96 << 10) /* SQLite's own layer writes less than 128 KiB at a time */

struct wal_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct, in the memory that SQLite gave */
    char *bytes;        /* GATHER_MAX of them, made when first needed */
    int n;
    sqlite3_int64 at; /* where in the file they belong */
};

static sqlite3_vfs layer;
static pthread_once_t layer_once = PTHREAD_ONCE_INIT;

static struct wal_file *self(sqlite3_file *file)
{
    return (struct wal_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return self(file)->real;
}

/* On failure the COMMIT fails and the bytes are of no use any more. */
static int flush(sqlite3_file *base)
{
    struct wal_file *file = self(base);
    int n = file->n;
    file->n = 0;
    return n ? file->real->pMethods->xWrite(file->real, file->bytes, n, file->at) : SQLITE_OK;
}

static int wal_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 at)
{
    struct wal_file *file = self(base);
    bool follows = at == file->at + file->n && file->n + n <= GATHER_MAX;
    int code = follows ? SQLITE_OK : flush(base);
    if (code != SQLITE_OK)
        return code;
    if (!file->bytes)
        file->bytes = malloc(GATHER_MAX);
    if (!file->bytes || n > GATHER_MAX)
        return file->real->pMethods->xWrite(file->real, bytes, n, at);
    if (file->n == 0)
        file->at = at;
    memcpy(file->bytes + file->n, bytes, (size_t)n);
    file->n += n;
    return SQLITE_OK;
}

static int wal_sync(sqlite3_file *base, int flags)
{
    int code = flush(base);
    return code ? code : real_of(base)->pMethods->xSync(real_of(base), flags);
}

static int wal_read(sqlite3_file *base, void *bytes, int n, sqlite3_int64 at)
{
    int code = flush(base);
    return code ? code : real_of(base)->pMethods->xRead(real_of(base), bytes, n, at);
}

static int wal_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    int code = flush(base);
    return code ? code : real_of(base)->pMethods->xTruncate(real_of(base), size);
}

static int wal_size(sqlite3_file *base, sqlite3_int64 *size)
{
    int code = flush(base);
    return code ? code : real_of(base)->pMethods->xFileSize(real_of(base), size);
}

static int wal_close(sqlite3_file *base)
{
    free(self(base)->bytes);
    return real_of(base)->pMethods->xClose(real_of(base));
}

static int wal_lock(sqlite3_file *base, int level)
{
    return real_of(base)->pMethods->xLock(real_of(base), level);
}

static int wal_unlock(sqlite3_file *base, int level)
{
    return real_of(base)->pMethods->xUnlock(real_of(base), level);
}

static int wal_check_lock(sqlite3_file *base, int *out)
{
    return real_of(base)->pMethods->xCheckReservedLock(real_of(base), out);
}

static int wal_control(sqlite3_file *base, int op, void *arg)
{
    return real_of(base)->pMethods->xFileControl(real_of(base), op, arg);
}

static int wal_sector_size(sqlite3_file *base)
{
    return real_of(base)->pMethods->xSectorSize(real_of(base));
}

static int wal_characteristics(sqlite3_file *base)
{
    return real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_check_lock,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector_size,
    .xDeviceCharacteristics = wal_characteristics,
};

/* Other files are the real layer's alone. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out)
{
    sqlite3_vfs *real = vfs->pAppData;
    if (!(flags & SQLITE_OPEN_WAL))
        return real->xOpen(real, name, base, flags, out);
    struct wal_file *file = self(base);
    *file = (struct wal_file){.real = (sqlite3_file *)(file + 1)};
    int code = real->xOpen(real, name, file->real, flags, out);
    if (file->real->pMethods)
        file->base.pMethods = &methods;
    return code;
}

static void register_layer(void)
{
    if (sqlite3_initialize() != SQLITE_OK)
        return;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    layer = *real;
    layer.pNext = NULL;
    layer.zName = "signet";
    layer.szOsFile = (int)sizeof(struct wal_file) + real->szOsFile;
    layer.xOpen = open_file;
    layer.pAppData = real;
    sqlite3_vfs_register(&layer, 0);
}

const char *sqlite_gathering_vfs(void)
{
    pthread_once(&layer_once, register_layer);
    return layer.zName;
}
