/* The process id without a system call, for the random generator: OpenSSL asks for it with every
 * number it makes, to notice a fork, which costs a token one microsecond. Of the program alone,
 * since it takes the C library's place for all that is loaded with it. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic(pid_t) known;

static void forget(void)
{
    atomic_store_explicit(&known, 0, memory_order_relaxed);
}

/* A child of fork() is another process; one of vfork() or posix_spawn() runs another program. */
__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget);
}

pid_t getpid(void)
{
    pid_t id = atomic_load_explicit(&known, memory_order_relaxed);
    if (id == 0) {
        id = (pid_t)syscall(SYS_getpid);
        atomic_store_explicit(&known, id, memory_order_relaxed);
    }
    return id;
}
