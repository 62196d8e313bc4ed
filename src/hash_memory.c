/* Memory for password hashes in large pages. libsodium asks for fresh memory with every hash and
 * has each of its pages brought at once: 5,000 of 4 KiB cost more than Argon2 itself, ten of 2 MiB
 * next to nothing. Of the program alone, since it takes the C library's place for all that is
 * loaded. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LARGE_PAGE = 2 * 1024 * 1024, PAGE = 4096 };

typedef void *(*map_function)(void *, size_t, int, int, int, off_t);

/* The header may rename it for large files: it is called by its own name. */
void *own_mmap(void *address, size_t size, int protection, int flags, int fd,
               off_t offset) __asm__("mmap");

static map_function next; /* the C library's, or that of a sanitizer before it */

__attribute__((constructor)) static void find_next(void)
{
    next = (map_function)dlsym(RTLD_NEXT, "mmap");
}

static void *map(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (next)
        return next(address, size, protection, flags, fd, offset);
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

/* A mapping that munmap() takes with the size that was asked for. Where large pages are not to be
 * had the kernel gives small ones as they are written to: madvise(2), MADV_HUGEPAGE. */
static void *map_large(size_t size, int protection, int flags)
{
    size_t length = (size + PAGE - 1) / PAGE * PAGE;
    char *mapped = map(NULL, length + LARGE_PAGE, protection, flags, -1, 0);
    if (mapped == MAP_FAILED)
        return mapped;
    size_t before = LARGE_PAGE - (uintptr_t)mapped % LARGE_PAGE;
    char *start = mapped + before;
    munmap(mapped, before);
    if (before < LARGE_PAGE)
        munmap(start + length, LARGE_PAGE - before);
    madvise(start, length, MADV_HUGEPAGE);
    return start;
}

void *own_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    if ((flags & MAP_POPULATE) && (flags & MAP_ANONYMOUS) && !address && size >= LARGE_PAGE)
        return map_large(size, protection, flags & ~MAP_POPULATE);
    return map(address, size, protection, flags, fd, offset);
}
