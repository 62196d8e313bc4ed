/* What the server asks of the kernel once it has started: threads, files, sockets, memory, and
 * processes of this same program for scripts. All else is refused, which the kernel logs. */
#include "base/confine_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "name this architecture for the filter of system calls"
#endif

/* Sanitizers trace the process's own threads, start other programs, and look into their memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* The kernel's calls grow; libraries ask for what came after this one and fall back to what there
 * was where it is absent. Linux 5.11 */
#define LAST_KNOWN_CALL __NR_epoll_pwait2

#define LOAD(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ANSWER(answer) BPF_STMT(BPF_RET | BPF_K, (answer))
#define FAIL(error)    (SECCOMP_RET_ERRNO | (error))
/* The lower half of an argument: the upper ones mean nothing where this is used. */
#define ARGUMENT(n)             LOAD(offsetof(struct seccomp_data, args[n]))
#define IF_EQUAL(value, answer) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ANSWER(answer)
#define IF_ABOVE(value, answer) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (value), 0, 1), ANSWER(answer)
#define IF_ANY_OF(bits, answer) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1), ANSWER(answer)
#define ALLOW_EQUAL(value)      IF_EQUAL(value, SECCOMP_RET_ALLOW)
#define ALLOW                   ANSWER(SECCOMP_RET_ALLOW)
#define REFUSE                  ANSWER(FAIL(EPERM))

/* ---- Calls whose arguments matter ---- */

/* Code comes from files alone, and no memory that was written becomes code. */
static const struct sock_filter on_mmap[] = {
    ARGUMENT(2), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
    ALLOW,       IF_ANY_OF(PROT_WRITE, FAIL(EPERM)),
    ARGUMENT(3), IF_ANY_OF(MAP_ANONYMOUS, FAIL(EPERM)),
    ALLOW,
};

static const struct sock_filter on_mprotect[] = {
    ARGUMENT(2),
    IF_ANY_OF(PROT_EXEC, FAIL(EPERM)),
    ALLOW,
};

#if !SANITIZED
/* A thread, or a process that runs a program at once. clone3 hides its flags, so it is one of those
 * that libraries have to do without. */
static const struct sock_filter on_clone[] = {
    ARGUMENT(0),
    ALLOW_EQUAL(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID),
    ALLOW_EQUAL(CLONE_VM | CLONE_VFORK | SIGCHLD),
    REFUSE,
};

/* A script's process is ended; signals to others have no use. */
static const struct sock_filter on_kill[] = {
    ARGUMENT(1),
    ALLOW_EQUAL(SIGKILL),
    REFUSE,
};

/* Its name; and what a script's process does before it runs scripts. */
static const struct sock_filter on_prctl[] = {
    ARGUMENT(0),
    ALLOW_EQUAL(PR_SET_NAME),
    ALLOW_EQUAL(PR_GET_NAME),
    ALLOW_EQUAL(PR_SET_DUMPABLE),
    ALLOW_EQUAL(PR_GET_DUMPABLE),
    ALLOW_EQUAL(PR_SET_NO_NEW_PRIVS),
    ALLOW_EQUAL(PR_SET_PDEATHSIG),
    ALLOW_EQUAL(PR_SET_SECCOMP),
    IF_EQUAL(PR_SET_VMA, FAIL(EINVAL)), /* as where the kernel has no names for memory */
    REFUSE,
};
#endif

/* The network, and the routes that a look-up of names asks for. */
static const struct sock_filter on_socket[] = {
    ARGUMENT(0),
    ALLOW_EQUAL(AF_UNIX),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 4),
    ARGUMENT(2),
    ALLOW_EQUAL(0 /* routes */),
    ANSWER(FAIL(EAFNOSUPPORT)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
    ANSWER(FAIL(EAFNOSUPPORT)),
    ARGUMENT(1),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), /* beside it stand flags */
    IF_ABOVE(SOCK_DGRAM, FAIL(EPERM)),
    ALLOW,
};

static const struct sock_filter on_socketpair[] = {
    ARGUMENT(0),
    ALLOW_EQUAL(AF_UNIX),
    ANSWER(FAIL(EAFNOSUPPORT)),
};

/* What sockets and the check for a terminal take; nothing of devices. */
static const struct sock_filter on_ioctl[] = {
    ARGUMENT(1),
    ALLOW_EQUAL(FIONBIO),
    ALLOW_EQUAL(FIONREAD),
    ALLOW_EQUAL(FIOCLEX),
    ALLOW_EQUAL(TCGETS),
    ALLOW_EQUAL(TIOCGWINSZ),
    ALLOW_EQUAL(SIOCGIFINDEX),
    ALLOW_EQUAL(SIOCGIFNAME),
    ALLOW_EQUAL(SIOCGIFCONF),
    ANSWER(FAIL(ENOTTY)),
};

/* Its own limits, and lower ones for a script's process. */
static const struct sock_filter on_prlimit[] = {
    ARGUMENT(0),
    ALLOW_EQUAL(0),
    REFUSE,
};

#define ON(call, code)                                                                             \
    {                                                                                              \
        __NR_##call, (code), sizeof(code) / sizeof *(code)                                         \
    }

static const struct rule {
    unsigned call;
    const struct sock_filter *code;
    size_t length;
} rules[] = {
    ON(mmap, on_mmap),     ON(mprotect, on_mprotect),
    ON(socket, on_socket), ON(socketpair, on_socketpair),
    ON(ioctl, on_ioctl),   ON(prlimit64, on_prlimit),
#if !SANITIZED
    ON(clone, on_clone),   ON(kill, on_kill),
    ON(prctl, on_prctl),
#endif
};

/* ---- Calls by their number ---- */

static const unsigned allowed[] = {
    /* Reading, writing, waiting. */
    __NR_read,
    __NR_write,
    __NR_readv,
    __NR_writev,
    __NR_pread64,
    __NR_pwrite64,
    __NR_close,
    __NR_close_range,
    __NR_lseek,
    __NR_fcntl,
    __NR_dup,
    __NR_dup3,
    __NR_pipe2,
    __NR_eventfd2,
    __NR_epoll_create1,
    __NR_epoll_ctl,
    __NR_epoll_pwait,
    __NR_epoll_pwait2,
    __NR_ppoll,
    __NR_pselect6,
    /* Files. */
    __NR_openat,
    __NR_newfstatat,
    __NR_fstat,
    __NR_statx,
    __NR_fstatfs,
    __NR_statfs,
    __NR_faccessat,
    __NR_faccessat2,
    __NR_readlinkat,
    __NR_getdents64,
    __NR_getcwd,
    __NR_mkdirat,
    __NR_unlinkat,
    __NR_renameat,
    __NR_renameat2,
    __NR_fsync,
    __NR_fdatasync,
    __NR_ftruncate,
    __NR_fallocate,
    __NR_flock,
    __NR_fchmod,
    __NR_fchown,
    __NR_umask,
    /* Memory. */
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_brk,
    __NR_mlock,
    __NR_munlock,
    __NR_membarrier,
    /* Sockets. */
    __NR_bind,
    __NR_listen,
    __NR_accept,
    __NR_accept4,
    __NR_connect,
    __NR_getsockname,
    __NR_getpeername,
    __NR_getsockopt,
    __NR_setsockopt,
    __NR_sendto,
    __NR_recvfrom,
    __NR_sendmsg,
    __NR_recvmsg,
    __NR_sendmmsg,
    __NR_recvmmsg,
    __NR_shutdown,
    /* Threads, and processes of this program: for another there is no file to be had. */
    __NR_futex,
    __NR_set_robust_list,
    __NR_rseq,
    __NR_set_tid_address,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_gettid,
    __NR_tgkill,
    __NR_execve,
    __NR_wait4,
    __NR_waitid,
    __NR_exit,
    __NR_exit_group,
    __NR_restart_syscall,
    /* Signals. */
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_rt_sigtimedwait,
    __NR_sigaltstack,
    /* Time, chance, and what it is itself. */
    __NR_clock_gettime,
    __NR_clock_getres,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    __NR_gettimeofday,
    __NR_getrandom,
    __NR_getcpu,
    __NR_getpid,
    __NR_getppid,
    __NR_getuid,
    __NR_geteuid,
    __NR_getgid,
    __NR_getegid,
    __NR_getresuid,
    __NR_getresgid,
    __NR_getgroups,
    __NR_getrusage,
    __NR_times,
    __NR_sysinfo,
    __NR_uname,
#if defined(__x86_64__) /* older forms of the same, which other architectures never had */
    __NR_arch_prctl,
    __NR_open,
    __NR_stat,
    __NR_lstat,
    __NR_access,
    __NR_readlink,
    __NR_mkdir,
    __NR_rmdir,
    __NR_unlink,
    __NR_rename,
    __NR_dup2,
    __NR_pipe,
    __NR_poll,
    __NR_select,
    __NR_epoll_wait,
    __NR_epoll_create,
    __NR_getdents,
    __NR_getrlimit,
    __NR_setrlimit,
    __NR_time,
#endif
#if SANITIZED
    __NR_clone,
    __NR_kill,
    __NR_prctl,
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_mincore,
    __NR_personality,
    __NR_msync,
#if defined(__x86_64__)
    __NR_fork,
    __NR_vfork,
#endif
#endif
};

/* Libraries ask for these as well, and can do without. */
static const unsigned absent[] = {__NR_clone3, __NR_io_uring_setup};

/* ---- Filters ---- */

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define FILTER_MAX  512
#define OTHER_ABI   0x40000000 /* bit of the numbers of x32 */

struct filter {
    struct sock_filter code[FILTER_MAX];
    size_t length;
};

static void put(struct filter *filter, const struct sock_filter *code, size_t length)
{
    if (length > FILTER_MAX - filter->length)
        __builtin_trap(); /* before anything is served: the lists are constant */
    memcpy(filter->code + filter->length, code, length * sizeof *code);
    filter->length += length;
}

#define PUT(filter, ...)                                                                           \
    put(filter, (const struct sock_filter[]){__VA_ARGS__},                                         \
        COUNT(((const struct sock_filter[]){__VA_ARGS__})))

static void put_calls(struct filter *filter, const unsigned *calls, size_t count, unsigned answer)
{
    for (size_t i = 0; i < count; i++)
        PUT(filter, IF_EQUAL(calls[i], answer));
}

/* The kernel keeps a map of what is always allowed, so only calls with rules cost time: they are
 * first. */
static void build_list(struct filter *filter)
{
    PUT(filter, LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)));
#if defined(__x86_64__)
    PUT(filter, IF_ABOVE(OTHER_ABI - 1, SECCOMP_RET_KILL_PROCESS));
#endif
    for (size_t i = 0; i < COUNT(rules); i++) {
        PUT(filter,
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rules[i].call, 0, (uint8_t)rules[i].length));
        put(filter, rules[i].code, rules[i].length);
    }
    put_calls(filter, allowed, COUNT(allowed), SECCOMP_RET_ALLOW);
    PUT(filter, REFUSE);
}

static void build_absent(struct filter *filter)
{
    PUT(filter, LOAD(offsetof(struct seccomp_data, nr)));
    put_calls(filter, absent, COUNT(absent), FAIL(ENOSYS));
    PUT(filter, IF_ABOVE(LAST_KNOWN_CALL, FAIL(ENOSYS)), ALLOW);
}

/* Kernels before 4.14 refuse as well, but do not log it. */
static bool install(const struct filter *filter, bool logs)
{
    const struct sock_fprog program = {(unsigned short)filter->length,
                                       (struct sock_filter *)filter->code};
    return (logs && syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG,
                            &program) == 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* Where both refuse a call, the later filter answers, and its refusals are not logged: what
 * libraries try in vain is no news. seccomp(2) */
bool confine_calls(void)
{
    struct filter list = {.length = 0}, missing = {.length = 0};
    build_list(&list);
    build_absent(&missing);
    return install(&list, true) && install(&missing, false);
}
