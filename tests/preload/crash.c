/* Preloaded into a server: ends it, as kill -9 would, at the call that the test chose. The test
 * writes into a file, which is shared memory here: which kind of call, the how manieth from now on,
 * and whether before it, after it, or with half of its bytes written. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { SYNC = 1, FILE_WRITE = 2, SEND = 3 };
enum how { BEFORE = 0, AFTER = 1, HALF = 2 };

struct control {
    _Atomic int64_t kind, left, how;
};
static struct control *control;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("PRELOAD_CONTROL");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory =
        fd < 0 ? MAP_FAILED
               : mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        abort();
    control = memory;
    close(fd);
}

/* How the server is to end at this call, or -1. */
static int64_t chosen(enum kind kind)
{
    if (!control || atomic_load(&control->kind) != kind)
        return -1;
    return atomic_fetch_sub(&control->left, 1) == 1 ? atomic_load(&control->how) : -1;
}

static void end(void)
{
    _exit(137);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* partial is the call with half of its bytes. */
#define CALL(kind, call, partial)                                                                  \
    do {                                                                                           \
        int64_t how = chosen(kind);                                                                \
        if (how == BEFORE)                                                                         \
            end();                                                                                 \
        if (how == HALF)                                                                           \
            (void)!(partial);                                                                      \
        ssize_t done = how == HALF ? 0 : (call);                                                   \
        if (how >= 0)                                                                              \
            end();                                                                                 \
        return done;                                                                               \
    } while (0)

int fsync(int fd)
{
    int64_t how = chosen(SYNC);
    if (how == BEFORE || how == HALF)
        end();
    int code = REAL(fsync)(fd);
    if (how >= 0)
        end();
    return code;
}

int fdatasync(int fd)
{
    int64_t how = chosen(SYNC);
    if (how == BEFORE || how == HALF)
        end();
    int code = REAL(fdatasync)(fd);
    if (how >= 0)
        end();
    return code;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    CALL(FILE_WRITE, REAL(pwrite)(fd, bytes, n, at), REAL(pwrite)(fd, bytes, n / 2, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    CALL(FILE_WRITE, REAL(pwrite64)(fd, bytes, n, at), REAL(pwrite64)(fd, bytes, n / 2, at));
}

/* SQLite writes its files with this where it was built without pwrite. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    enum kind kind = lseek(fd, 0, SEEK_CUR) < 0 ? SEND : FILE_WRITE;
    CALL(kind, REAL(write)(fd, bytes, n), REAL(write)(fd, bytes, n / 2));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    CALL(SEND, REAL(writev)(fd, parts, count),
         REAL(write)(fd, parts[0].iov_base, parts[0].iov_len / 2));
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
    CALL(SEND, REAL(send)(fd, bytes, n, flags), REAL(send)(fd, bytes, n / 2, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    CALL(SEND, REAL(sendmsg)(fd, message, flags),
         REAL(write)(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len / 2));
}
