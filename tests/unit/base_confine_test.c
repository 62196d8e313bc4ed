/* What a confined process can do no more, tried in a child each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static char inside[64], outside[64];

/* The result of tried in this process once it is confined, or 100 when it could not be. */
static int run_confined(int (*tried)(void))
{
    const struct confine_path paths[] = {
        {inside, CONFINE_WRITE}, {"/usr", CONFINE_READ}, {"/nowhere/at/all", CONFINE_WRITE}};
    bool files;
    bool ok = confine_process(&(struct confine_wish){.paths = paths, .count = 3}, &files);
    return ok && files ? tried() : 100;
}

static int end_of(int (*tried)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(run_confined(tried));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int confined(int (*tried)(void))
{
    int status = end_of(tried);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int error_of(int result)
{
    return result < 0 ? errno : 0;
}

static int open_in(const char *folder, int flags)
{
    char path[128];
    snprintf(path, sizeof path, "%s/file", folder);
    return error_of(open(path, flags, 0600));
}

static int write_inside(void)
{
    return open_in(inside, O_CREAT | O_RDWR);
}

static int unnamed_inside(void)
{
    return error_of(open(inside, O_TMPFILE | O_RDWR, 0600));
}

static int write_outside(void)
{
    return open_in(outside, O_CREAT | O_RDWR);
}

static int read_outside(void)
{
    return error_of(open("/etc/hostname", O_RDONLY));
}

static int read_allowed(void)
{
    return error_of(open("/usr/bin/env", O_RDONLY));
}

static int write_where_reading_is_allowed(void)
{
    return open_in("/usr", O_CREAT | O_RDWR);
}

static int run_another(void)
{
    execl("/usr/bin/env", "env", (char *)NULL);
    return errno;
}

/* ---- System calls ---- */

#define CALL(name, ...)                                                                            \
    static int name(void)                                                                          \
    {                                                                                              \
        return error_of((int)syscall(__VA_ARGS__));                                                \
    }

CALL(mount_something, SYS_mount, "none", inside, "tmpfs", 0L, NULL)
CALL(enter_a_namespace, SYS_unshare, 0x10000000L /* CLONE_NEWUSER */)
CALL(join_a_namespace, SYS_setns, 0L, 0L)
CALL(change_the_root, SYS_chroot, inside)
CALL(load_a_kernel, SYS_kexec_load, 0L, 0L, NULL, 0L)
CALL(load_a_filter_program, SYS_bpf, 0L, NULL, 0L)
CALL(load_a_module, SYS_finit_module, 0L, "", 0L)
CALL(watch_the_machine, SYS_perf_event_open, NULL, 0L, -1L, -1L, 0L)
CALL(trace_another, SYS_ptrace, 16L /* PTRACE_ATTACH */, (long)getppid(), 0L, 0L)
CALL(read_from_another, SYS_process_vm_readv, (long)getppid(), NULL, 0L, NULL, 0L, 0L)
CALL(take_from_another, SYS_pidfd_getfd, -1L, 0L, 0L)
CALL(write_to_another, SYS_process_vm_writev, (long)getppid(), NULL, 0L, NULL, 0L, 0L)
CALL(handle_faults, SYS_userfaultfd, 0L)
CALL(run_what_is_open, SYS_execveat, -1L, "", NULL, NULL, 0L)
CALL(call_as_another_abi, SYS_getpid | 0x40000000L)

CALL(clone_a_process, SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L)
CALL(clone_into_a_namespace, SYS_clone, 0x10000000L | SIGCHLD, 0L, 0L, 0L, 0L)
CALL(signal_the_parent, SYS_kill, (long)getppid(), (long)SIGCONT)
CALL(keep_capabilities, SYS_prctl, (long)PR_SET_KEEPCAPS, 0L, 0L, 0L, 0L)
CALL(set_anothers_limits, SYS_prlimit64, (long)getppid(), (long)RLIMIT_CORE, NULL, NULL)
CALL(make_a_device, SYS_mknodat, (long)AT_FDCWD, "/tmp/signet-device", 0600L, 0L)
CALL(keep_a_key, SYS_add_key, "user", "x", "y", 1L, 0L)
CALL(use_keys, SYS_keyctl, 0L, -3L, 0L)
CALL(make_a_file_of_memory, SYS_memfd_create, "x", 0L)
CALL(set_the_clock, SYS_clock_settime, 0L, NULL)
CALL(share_memory, SYS_shmget, 0L, 4096L, 0600L)

CALL(raw_socket, SYS_socket, (long)AF_INET, (long)SOCK_RAW, 1L)
CALL(packet_socket, SYS_socket, (long)AF_PACKET, (long)SOCK_DGRAM, 0L)
CALL(kernel_socket, SYS_socket, (long)AF_ALG, (long)SOCK_SEQPACKET, 0L)
CALL(audit_socket, SYS_socket, (long)AF_NETLINK, (long)SOCK_RAW, 9L)
CALL(tcp_pair, SYS_socketpair, (long)AF_INET, (long)SOCK_STREAM, 0L, NULL)
CALL(type_into_a_terminal, SYS_ioctl, 0L, (long)TIOCSTI, "x")
CALL(clone_by_reference, SYS_clone3, NULL, 0L)
CALL(queue_calls, SYS_io_uring_setup, 8L, NULL)
CALL(wait_for_many, SYS_futex_waitv, NULL, 0L, 0L, NULL, 0L)
CALL(fence_off_more, SYS_landlock_create_ruleset, NULL, 0L, 1L)
CALL(call_of_the_future, 1000L)

#define MAP(prot, flags) SYS_mmap, 0L, 4096L, (long)(prot), (long)(flags), -1L, 0L
CALL(map_memory_to_run, MAP(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS))
CALL(map_memory_to_write_and_run, MAP(PROT_WRITE | PROT_EXEC, MAP_PRIVATE))

static int run_written_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? 99 : error_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

/* Libraries that are loaded late. */
static int run_a_file(void)
{
    int fd = open("/usr/bin/env", O_RDONLY);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    return code == MAP_FAILED ? errno : 0;
}

static int use_sockets(void)
{
    int pair[2], nothing = 0;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) < 0 ||
           socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ||
           socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) < 0 ||
           socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || ioctl(pair[0], FIONBIO, &nothing) < 0;
}

/* A folder's file from its making to its end, as a database and a backup have it. */
static int use_files(void)
{
    char path[128], other[128], byte = 'x';
    struct stat status;
    snprintf(path, sizeof path, "%s/one", inside);
    snprintf(other, sizeof other, "%s/two", inside);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600), folder = open(inside, O_RDONLY);
    return fd < 0 || pwrite(fd, &byte, 1, 0) != 1 || pread(fd, &byte, 1, 0) != 1 ||
           posix_fallocate(fd, 0, 8192) || ftruncate(fd, 4096) || fdatasync(fd) || fsync(folder) ||
           fchmod(fd, 0640) || flock(fd, LOCK_EX | LOCK_NB) ||
           fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK}) || fstat(fd, &status) ||
           stat(path, &status) || lstat(path, &status) || access(path, R_OK) ||
           faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) ||
           statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &(struct statx){0}) ||
           rename(path, other) || renameat2(folder, "two", folder, "one", RENAME_NOREPLACE) ||
           unlinkat(folder, "one", 0) || mkdir(path, 0700) || rmdir(path);
}

static int use_memory(void)
{
    const size_t size = (size_t)4 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int huge = memory == MAP_FAILED || madvise(memory, size, MADV_HUGEPAGE);
    if (memory == MAP_FAILED || (huge && errno != EINVAL /* a kernel without */))
        return 1;
    memory = mremap(memory, size, 2 * size, MREMAP_MAYMOVE);
    return memory == MAP_FAILED || madvise(memory, size, MADV_DONTDUMP) || mlock(memory, 4096) ||
           munlock(memory, 4096) || mprotect(memory, 4096, PROT_NONE) || munmap(memory, 2 * size);
}

static int use_the_machine(void)
{
    cpu_set_t cpus;
    struct rlimit files;
    struct rusage usage;
    char byte;
    return sched_getaffinity(0, sizeof cpus, &cpus) || getrlimit(RLIMIT_NOFILE, &files) ||
           getrusage(RUSAGE_SELF, &usage) || getentropy(&byte, 1) || sched_yield() ||
           error_of((int)syscall(SYS_membarrier, 0L, 0L, 0L)) == EPERM ||
           nanosleep(&(struct timespec){0, 1}, NULL) || sysconf(_SC_NPROCESSORS_ONLN) < 1;
}

static int wait_for_events(void)
{
    int pipes[2], events = epoll_create1(EPOLL_CLOEXEC), counter = eventfd(1, EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    sigset_t none;
    sigemptyset(&none);
    return events < 0 || counter < 0 || pipe2(pipes, O_CLOEXEC | O_NONBLOCK) ||
           epoll_ctl(events, EPOLL_CTL_ADD, counter, &event) ||
           epoll_wait(events, &event, 1, 0) != 1 || epoll_pwait(events, &event, 1, 0, &none) != 1 ||
           poll(&(struct pollfd){.fd = counter, .events = POLLIN}, 1, 0) != 1 ||
           dup3(counter, pipes[0], O_CLOEXEC) < 0;
}

/* A connection from here to here, and as many datagrams as a look-up sends at once. */
static int talk(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *to = (struct sockaddr *)&address;
    socklen_t size = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
        caller = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    if (setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(door, to, size) ||
        listen(door, 1) || getsockname(door, to, &size) || connect(caller, to, size))
        return 1;
    int called = accept4(door, to, &size, SOCK_CLOEXEC);
    if (called < 0 || getpeername(caller, to, &size) || shutdown(called, SHUT_WR))
        return 2;
    int pair[2];
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) || sendmmsg(pair[0], &message, 1, 0) != 1 ||
           recvmmsg(pair[1], &message, 1, 0, NULL) != 1;
}

/* As an assertion that fails ends it. */
static int give_up(void)
{
    signal(SIGABRT, SIG_DFL); /* cmocka has its own */
    abort();
}

/* There is no server to ask, but it is asked. */
static int look_up_a_name(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    return getaddrinfo("name.invalid", "https", &hints, &found) == EAI_SYSTEM;
}

static void *do_nothing(void *arg)
{
    return arg;
}

static int start_a_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, do_nothing, NULL) || pthread_join(thread, NULL);
}

/* No such file may be run: but it gets as far as that. */
static int start_a_program(void)
{
    char *const arguments[] = {(char *)(uintptr_t) "env", NULL};
    pid_t pid;
    return posix_spawn(&pid, "/usr/bin/env", NULL, NULL, arguments, NULL);
}

static int become_another(void)
{
    return geteuid() == 0 ? error_of((int)syscall(SYS_setuid, 1)) : EPERM;
}

static void test_files(void **state)
{
    (void)state;
    assert_int_equal(confined(write_inside), 0);
    assert_int_equal(confined(unnamed_inside), 0);
    assert_int_equal(confined(read_allowed), 0);
    assert_int_equal(confined(write_outside), EACCES);
    assert_int_equal(confined(read_outside), EACCES);
    assert_int_equal(confined(write_where_reading_is_allowed), EACCES);
}

static void test_programs(void **state)
{
    (void)state;
    assert_int_equal(confined(run_another), EACCES);
}

#define EACH(tried, list)                                                                          \
    for (size_t i = 0; i < sizeof(list) / sizeof *(list) && (tried = (list)[i]); i++)

static void assert_refused(int (*const calls[])(void), size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error = confined(calls[i]);
        if (error != EPERM)
            fail_msg("call %zu: %s", i, strerror(error));
    }
}

#define ASSERT_REFUSED(list) assert_refused(list, sizeof(list) / sizeof *(list))

static void test_what_only_attackers_call(void **state)
{
    (void)state;
    int (*const calls[])(void) = {mount_something,   enter_a_namespace,     join_a_namespace,
                                  change_the_root,   load_a_module,         load_a_kernel,
                                  watch_the_machine, load_a_filter_program, take_from_another,
                                  write_to_another,  handle_faults,         run_what_is_open};
    ASSERT_REFUSED(calls);
    /* Sanitizers look into the process's own threads. */
    int (*const of_debuggers[])(void) = {trace_another, read_from_another};
    if (!SANITIZED)
        ASSERT_REFUSED(of_debuggers);
    /* The same numbers mean other calls there. */
    int status = end_of(call_as_another_abi);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void test_what_is_not_needed(void **state)
{
    (void)state;
    int (*const calls[])(void) = {make_a_device,      keep_a_key,
                                  use_keys,           make_a_file_of_memory,
                                  set_the_clock,      share_memory,
                                  become_another,     raw_socket,
                                  map_memory_to_run,  map_memory_to_write_and_run,
                                  run_written_memory, set_anothers_limits};
    ASSERT_REFUSED(calls);
    /* Sanitizers have use for these. */
    int (*const unless_sanitized[])(void) = {clone_a_process, clone_into_a_namespace,
                                             signal_the_parent, keep_capabilities};
    if (!SANITIZED)
        ASSERT_REFUSED(unless_sanitized);
    assert_int_equal(confined(packet_socket), EAFNOSUPPORT);
    assert_int_equal(confined(kernel_socket), EAFNOSUPPORT);
    assert_int_equal(confined(audit_socket), EAFNOSUPPORT);
    assert_int_equal(confined(tcp_pair), EAFNOSUPPORT);
    assert_int_equal(confined(type_into_a_terminal), ENOTTY);
}

/* As by a kernel that does not have them, so that libraries do without. */
static void test_what_libraries_try(void **state)
{
    (void)state;
    assert_int_equal(confined(clone_by_reference), ENOSYS);
    assert_int_equal(confined(queue_calls), ENOSYS);
    assert_int_equal(confined(wait_for_many), ENOSYS);
    assert_int_equal(confined(fence_off_more), ENOSYS);
    assert_int_equal(confined(call_of_the_future), ENOSYS);
}

static void test_what_is_needed(void **state)
{
    (void)state;
    assert_int_equal(confined(run_a_file), 0);
    assert_int_equal(confined(use_files), 0);
    assert_int_equal(confined(use_memory), 0);
    assert_int_equal(confined(use_the_machine), 0);
    assert_int_equal(confined(wait_for_events), 0);
    assert_int_equal(confined(use_sockets), 0);
    assert_int_equal(confined(talk), 0);
    assert_int_equal(confined(look_up_a_name), 0);
    assert_int_equal(confined(start_a_thread), 0);
    assert_int_equal(confined(start_a_program), EACCES);
    int status = end_of(give_up);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- What an administrator sees ---- */

static int stop(void)
{
    return raise(SIGSTOP);
}

/* Whether the kernel logs what a filter refuses, the first being 0; -1 if it does not tell. Both
 * are as headers of libraries have them late: ptrace(2), PTRACE_SECCOMP_GET_METADATA */
static int logs_refusals(pid_t child, uint64_t filter)
{
    struct {
        uint64_t filter, flags;
    } about = {.filter = filter};
    long n = syscall(SYS_ptrace, 0x420dL, (long)child, (long)sizeof about, &about);
    return n < 0 ? -1 : (about.flags & SECCOMP_FILTER_FLAG_LOG) != 0;
}

static void test_what_is_refused_is_logged(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(run_confined(stop));
    int status;
    bool traced = syscall(SYS_ptrace, 0x4206L /* PTRACE_SEIZE */, (long)child, 0L, 0L) == 0;
    int list = -1, missing = -1;
    if (traced && waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        list = logs_refusals(child, 0);
        missing = logs_refusals(child, 1);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    if (list < 0)
        skip(); /* takes an administrator, and a kernel that tells */
    assert_int_equal(list, 1);
    assert_int_equal(missing, 0);
}

static int make_folders(void **state)
{
    (void)state;
    snprintf(inside, sizeof inside, "/tmp/signet-confine-XXXXXX");
    snprintf(outside, sizeof outside, "/tmp/signet-confine-XXXXXX");
    return mkdtemp(inside) && mkdtemp(outside) ? 0 : -1;
}

static int remove_folders(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/file", inside);
    unlink(path);
    return rmdir(inside) || rmdir(outside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_what_only_attackers_call),
        cmocka_unit_test(test_what_is_not_needed),
        cmocka_unit_test(test_what_libraries_try),
        cmocka_unit_test(test_what_is_needed),
        cmocka_unit_test(test_what_is_refused_is_logged),
    };
    if (confined(read_allowed) == 100) {
        puts("1..0 # SKIP this kernel has no Landlock");
        return 0;
    }
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
