/* A disk that loses its power: a file layer under SQLite that knows, of each file, what a sync has
 * made last and what not. When the power goes, at the operation that a test names, what was not
 * synced is there or is not, whole, in part, sector by sector; names that were made or removed
 * since the folder was synced are there or are not; and from then on everything fails. What is left
 * can then be written to another folder and opened there. */
#ifndef SIGNET_TESTS_POWER_DISK_H
#define SIGNET_TESTS_POWER_DISK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#define SECTOR 512

/* A write, or (bytes NULL) a truncation to the size at. */
struct disk_change {
    struct disk_change *next;
    char *bytes;
    size_t n, at;
};

/* A file's content, whatever its name. */
struct disk_content {
    struct disk_content *next; /* of all there are */
    char *synced;              /* as of the last sync */
    size_t n, cap;
    struct disk_change *first, **last; /* since then */
    bool syncs_folder;                 /* SQLite's layer does so at the first sync of a log */
};

struct disk_name {
    char name[64];
    struct disk_content *now, *synced; /* what the folder says, and said when it was synced */
};

static struct {
    sqlite3_vfs layer, *real;
    pthread_mutex_t lock;
    char dir[128];
    struct disk_name names[16];
    size_t count;
    struct disk_content *contents;
    long operations, cut_at; /* cut_at 0: never */
    bool dead;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct disk_file {
    sqlite3_file base;
    struct disk_content *content; /* NULL: not looked at (temporary, elsewhere) */
    sqlite3_file *real;           /* behind this struct */
};

/* Contents */

static void content_resize(struct disk_content *content, size_t n)
{
    if (n > content->cap) {
        content->cap = n * 2;
        content->synced = realloc(content->synced, content->cap);
        if (!content->synced)
            abort();
    }
    if (n > content->n)
        memset(content->synced + content->n, 0, n - content->n);
    content->n = n;
}

static void content_put(struct disk_content *content, const char *bytes, size_t n, size_t at)
{
    if (at + n > content->n)
        content_resize(content, at + n);
    memcpy(content->synced + at, bytes, n);
}

static struct disk_content *content_new(const char *path)
{
    struct disk_content *content = calloc(1, sizeof(*content));
    if (!content)
        abort();
    content->last = &content->first;
    content->next = disk.contents;
    disk.contents = content;
    char block[65536];
    FILE *file = path ? fopen(path, "rb") : NULL;
    for (size_t n; file && (n = fread(block, 1, sizeof(block), file)) > 0;)
        content_put(content, block, n, content->n);
    if (file)
        fclose(file);
    return content;
}

static void content_add(struct disk_content *content, const void *bytes, size_t n, size_t at)
{
    struct disk_change *change = calloc(1, sizeof(*change));
    if (!change || (bytes && !(change->bytes = malloc(n))))
        abort();
    if (bytes)
        memcpy(change->bytes, bytes, n);
    change->n = n;
    change->at = at;
    *content->last = change;
    content->last = &change->next;
}

static void content_apply(struct disk_content *content, const struct disk_change *change)
{
    if (change->bytes)
        content_put(content, change->bytes, change->n, change->at);
    else
        content_resize(content, change->at);
}

/* Each sector of a write by itself; the one at which it ends may be half written. */
static void content_apply_torn(struct disk_content *content, const struct disk_change *change)
{
    for (size_t at = 0; change->bytes && at < change->n; at += SECTOR) {
        size_t n = change->n - at < SECTOR ? change->n - at : SECTOR;
        if (rand() % 2 == 0)
            content_put(content, change->bytes + at, rand() % 8 ? n : n / 2, change->at + at);
    }
}

static void content_forget_changes(struct disk_content *content)
{
    for (struct disk_change *change = content->first, *next; change; change = next) {
        next = change->next;
        free(change->bytes);
        free(change);
    }
    content->first = NULL;
    content->last = &content->first;
}

static void content_sync(struct disk_content *content)
{
    for (const struct disk_change *change = content->first; change; change = change->next)
        content_apply(content, change);
    content_forget_changes(content);
}

/* What the power left of the changes since the last sync. */
static void content_lose(struct disk_content *content)
{
    enum { NOTHING, ALL, BEGINNING, SOME, SECTORS, FATES };
    int fate = rand() % FATES;
    for (const struct disk_change *change = content->first; change; change = change->next) {
        if (fate == ALL || (fate != SECTORS && fate != NOTHING && rand() % 2 == 0)) {
            content_apply(content, change);
        } else if (fate == SECTORS || fate == BEGINNING) {
            content_apply_torn(content, change);
            if (fate == BEGINNING)
                break;
        }
    }
    content_forget_changes(content);
}

/* The disk, under its lock */

static struct disk_name *disk_name(const char *path)
{
    size_t n = strlen(disk.dir);
    if (strncmp(path, disk.dir, n) != 0 || path[n] != '/' || strchr(path + n + 1, '/'))
        return NULL;
    for (size_t i = 0; i < disk.count; i++) {
        if (strcmp(disk.names[i].name, path + n + 1) == 0)
            return &disk.names[i];
    }
    if (disk.count == sizeof(disk.names) / sizeof(disk.names[0]))
        abort();
    struct disk_name *name = &disk.names[disk.count++];
    *name = (struct disk_name){0};
    snprintf(name->name, sizeof(name->name), "%s", path + n + 1);
    return name;
}

static void disk_sync_folder(void)
{
    for (size_t i = 0; i < disk.count; i++)
        disk.names[i].synced = disk.names[i].now;
}

/* Called once an operation took place in the program's eyes. False: there is no power. */
static bool disk_step(void)
{
    if (!disk.dead && ++disk.operations == disk.cut_at)
        disk.dead = true;
    return !disk.dead;
}

/* The layer */

static struct disk_file *disk_self(sqlite3_file *file)
{
    return (struct disk_file *)file;
}

static int disk_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 at)
{
    struct disk_file *file = disk_self(base);
    pthread_mutex_lock(&disk.lock);
    if (file->content && !disk.dead)
        content_add(file->content, bytes, (size_t)n, (size_t)at);
    bool on = !file->content || disk_step();
    pthread_mutex_unlock(&disk.lock);
    return on ? file->real->pMethods->xWrite(file->real, bytes, n, at) : SQLITE_IOERR_WRITE;
}

static int disk_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct disk_file *file = disk_self(base);
    pthread_mutex_lock(&disk.lock);
    if (file->content && !disk.dead)
        content_add(file->content, NULL, 0, (size_t)size);
    bool on = !file->content || disk_step();
    pthread_mutex_unlock(&disk.lock);
    return on ? file->real->pMethods->xTruncate(file->real, size) : SQLITE_IOERR_TRUNCATE;
}

/* The machine's own disk has nothing to do here. */
static int disk_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct disk_content *content = disk_self(base)->content;
    pthread_mutex_lock(&disk.lock);
    bool on = !content || disk_step();
    if (on && content) {
        content_sync(content);
        if (content->syncs_folder)
            disk_sync_folder();
        content->syncs_folder = false;
    }
    pthread_mutex_unlock(&disk.lock);
    return on ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int disk_read(sqlite3_file *base, void *bytes, int n, sqlite3_int64 at)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xRead(real, bytes, n, at);
}

static int disk_size(sqlite3_file *base, sqlite3_int64 *size)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xFileSize(real, size);
}

static int disk_close(sqlite3_file *base)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xClose(real);
}

static int disk_lock(sqlite3_file *base, int level)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xLock(real, level);
}

static int disk_unlock(sqlite3_file *base, int level)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xUnlock(real, level);
}

static int disk_check_lock(sqlite3_file *base, int *out)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xCheckReservedLock(real, out);
}

/* Without hints of sizes: SQLite's layer would lengthen files behind this one. */
static int disk_control(sqlite3_file *base, int op, void *arg)
{
    sqlite3_file *real = disk_self(base)->real;
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_NOTFOUND;
    return real->pMethods->xFileControl(real, op, arg);
}

static int disk_sector_size(sqlite3_file *base)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xSectorSize(real);
}

static int disk_characteristics(sqlite3_file *base)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

static int disk_shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **out)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xShmMap(real, page, size, extend, out);
}

static int disk_shm_lock(sqlite3_file *base, int at, int n, int flags)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xShmLock(real, at, n, flags);
}

static void disk_shm_barrier(sqlite3_file *base)
{
    sqlite3_file *real = disk_self(base)->real;
    real->pMethods->xShmBarrier(real);
}

static int disk_shm_unmap(sqlite3_file *base, int remove)
{
    sqlite3_file *real = disk_self(base)->real;
    return real->pMethods->xShmUnmap(real, remove);
}

static const sqlite3_io_methods disk_methods = {
    .iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_check_lock,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector_size,
    .xDeviceCharacteristics = disk_characteristics,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap,
};

/* The content behind a path that is opened, made when there is none. False: there is no power. */
static bool disk_open_content(const char *path, int flags, struct disk_content **out)
{
    *out = NULL;
    if (!path || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
        return true;
    struct disk_name *name = disk_name(path);
    if (!name || name->now) {
        *out = name ? name->now : NULL;
        return true;
    }
    if ((flags & SQLITE_OPEN_CREATE) && !disk_step())
        return false;
    name->now = content_new(path);
    name->now->syncs_folder = !(flags & SQLITE_OPEN_MAIN_DB);
    *out = name->now;
    return true;
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out)
{
    (void)vfs;
    struct disk_file *file = disk_self(base);
    *file = (struct disk_file){.real = (sqlite3_file *)(file + 1)};
    pthread_mutex_lock(&disk.lock);
    bool on = disk_open_content(path, flags, &file->content);
    pthread_mutex_unlock(&disk.lock);
    if (!on)
        return SQLITE_CANTOPEN;
    int code = disk.real->xOpen(disk.real, path, file->real, flags, out);
    if (file->real->pMethods)
        file->base.pMethods = &disk_methods;
    return code;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    pthread_mutex_lock(&disk.lock);
    struct disk_name *name = disk_name(path);
    bool dead = disk.dead;
    if (name && name->now && !dead) {
        name->now = NULL; /* it may come back, so its content stays */
        dead = !disk_step();
        if (!dead && sync_folder)
            disk_sync_folder();
    }
    pthread_mutex_unlock(&disk.lock);
    return dead ? SQLITE_IOERR_DELETE : disk.real->xDelete(disk.real, path, 0);
}

/* For tests */

/* Puts the disk under every database that is opened from now on. */
static inline void disk_install(void)
{
    sqlite3_initialize();
    disk.real = sqlite3_vfs_find(NULL);
    disk.layer = *disk.real;
    disk.layer.pNext = NULL;
    disk.layer.zName = "power";
    disk.layer.szOsFile = (int)sizeof(struct disk_file) + disk.real->szOsFile;
    disk.layer.xOpen = disk_open;
    disk.layer.xDelete = disk_delete;
    sqlite3_vfs_register(&disk.layer, 1);
}

/* From here on the folder is on the disk, all that it holds synced; the power goes at the operation
 * of that number (0: it stays). */
static inline void disk_begin(const char *dir, const char *const *names, size_t count, long cut_at)
{
    snprintf(disk.dir, sizeof(disk.dir), "%s", dir);
    disk.count = 0;
    disk.operations = 0;
    disk.cut_at = cut_at;
    disk.dead = false;
    for (size_t i = 0; i < count; i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        fclose(file);
        struct disk_name *name = disk_name(path);
        name->now = name->synced = content_new(path);
    }
}

static inline bool disk_is_dead(void)
{
    pthread_mutex_lock(&disk.lock);
    bool dead = disk.dead;
    pthread_mutex_unlock(&disk.lock);
    return dead;
}

static void disk_leave(const struct disk_name *name, const char *dir)
{
    struct disk_content *content = rand() % 2 ? name->now : name->synced;
    if (!content)
        return;
    content_lose(content);
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name->name);
    FILE *file = fopen(path, "wb");
    if (!file || (content->n && fwrite(content->synced, 1, content->n, file) != content->n) ||
        fclose(file) != 0)
        abort();
}

/* Writes what the power left of the files into another folder (NULL: nowhere), and forgets them. */
static inline void disk_end(const char *dir)
{
    for (size_t i = 0; i < disk.count && dir; i++)
        disk_leave(&disk.names[i], dir);
    disk.count = 0;
    disk.dir[0] = '\0';
    disk.dead = false;
    for (struct disk_content *content = disk.contents, *next; content; content = next) {
        next = content->next;
        content_forget_changes(content);
        free(content->synced);
        free(content);
    }
    disk.contents = NULL;
}

#endif
