/* Preloaded into a server: allocations fail. The test writes into a file, which is shared memory
 * here: which allocation from now on is to fail, one of how many by chance, or those of at least
 * so many bytes; it reads how many were asked for and how many failed. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
    _Atomic int64_t left;   /* 1: the next one fails; 0 and below: none does */
    _Atomic int64_t one_of; /* 0: none fails by chance */
    _Atomic int64_t big;    /* bytes; 0: none fails for its size */
    _Atomic int64_t asked, failed;
};
static struct control *control;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("PRELOAD_CONTROL");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        abort();
    close(fd);
    control = memory;
}

static int by_chance(int64_t one_of)
{
    static _Thread_local uint64_t state;
    if (state == 0)
        state = (uint64_t)(uintptr_t)&state ^ (uint64_t)getpid() << 32;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return one_of > 0 && state % (uint64_t)one_of == 0;
}

static int fails(size_t n)
{
    if (!control)
        return 0;
    atomic_fetch_add(&control->asked, 1);
    int64_t left = atomic_load(&control->left);
    int chosen = left > 0 && atomic_fetch_sub(&control->left, 1) == 1;
    int64_t big = atomic_load(&control->big);
    if (!chosen && !(big > 0 && n >= (size_t)big) && !by_chance(atomic_load(&control->one_of)))
        return 0;
    atomic_fetch_add(&control->failed, 1);
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    if (!real_malloc)
        real_malloc = REAL(malloc);
    return fails(n) ? NULL : real_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    if (!real_calloc)
        real_calloc = REAL(calloc);
    return fails(count * n) ? NULL : real_calloc(count, n);
}

void *realloc(void *memory, size_t n)
{
    if (!real_realloc)
        real_realloc = REAL(realloc);
    return fails(n) ? NULL : real_realloc(memory, n);
}

/* What is as long as memory for a password's digest is asked for here. */
void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    static __typeof__(&mmap) real;
    if (!real)
        real = REAL(mmap);
    int64_t big = control ? atomic_load(&control->big) : 0;
    if (big > 0 && n >= (size_t)big) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return real(at, n, protection, flags, fd, offset);
}
