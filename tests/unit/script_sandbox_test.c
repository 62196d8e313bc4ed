/* What the process that runs scripts cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script/sandbox.h"

static void compute(void)
{
    char *bytes = malloc((size_t)1 << 24);
    for (size_t i = 0; bytes && i < (size_t)1 << 24; i += 4096)
        bytes[i] = (char)i;
    free(bytes);
}

static void do_open(void)
{
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void do_socket(void)
{
    syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void do_exec(void)
{
    char *const none[] = {NULL};
    syscall(SYS_execve, "/bin/true", none, none);
}

static void do_clone(void)
{
    syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void do_kill(void)
{
    syscall(SYS_kill, 1, 0);
}

/* How a process ends that enters the sandbox and does something there. */
static int end_of(void (*what)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!sandbox_enter())
            _exit(2);
        what();
        syscall(SYS_exit_group, 0); /* a sanitizer's _exit does more */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_computing_is_let_through(void **state)
{
    (void)state;
    int status = end_of(compute);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_files_network_and_processes_are_not(void **state)
{
    (void)state;
    void (*const forbidden[])(void) = {do_open, do_socket, do_exec, do_clone, do_kill};
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
        int status = end_of(forbidden[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_computing_is_let_through),
        cmocka_unit_test(test_files_network_and_processes_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
