/* Bodies in files. */
#include "http/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

int spool_open(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) /* a file system without such files */
        fd = memfd_create("signet-body", MFD_CLOEXEC);
    if (fd < 0)
        log_error("a long request body cannot be kept in '%s': %s", folder, strerror(errno));
    return fd;
}

static void drop(void *arg)
{
    struct spool *spool = arg;
    if (spool->map)
        munmap(spool->map, spool->n);
    close(spool->fd);
}

struct spool *spool_new(struct arena *arena, int fd)
{
    struct spool *spool = ARENA_NEW(arena, struct spool);
    if (!spool) {
        close(fd);
        return NULL;
    }
    spool->fd = fd;
    return arena_defer(arena, drop, spool) ? spool : NULL;
}

bool spool_put(struct spool *spool, const char *bytes, size_t n)
{
    while (n) {
        ssize_t wrote = write(spool->fd, bytes, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            log_error("a long request body cannot be written: %s", strerror(errno));
            return false;
        }
        bytes += wrote;
        n -= (size_t)wrote;
        spool->n += (size_t)wrote;
    }
    return true;
}

struct str spool_view(struct spool *spool)
{
    if (!spool->n)
        return STR("");
    void *map = mmap(NULL, spool->n, PROT_READ, MAP_SHARED, spool->fd, 0);
    if (map == MAP_FAILED) {
        log_error("a long request body cannot be read: %s", strerror(errno));
        return STR_NONE;
    }
    spool->map = map;
    return (struct str){map, spool->n};
}
