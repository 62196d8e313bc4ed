/* What a confined process can do no more, tried in a child each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"

static char inside[64], outside[64];

/* Runs tried in a confined child: its result, or 100 when it could not be confined. */
static int confined(int (*tried)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct confine_path paths[] = {
            {inside, CONFINE_WRITE}, {"/usr", CONFINE_READ}, {"/nowhere/at/all", CONFINE_WRITE}};
        bool files;
        bool ok = confine_process(&(struct confine_wish){.paths = paths, .count = 3}, &files);
        _exit(ok && files ? tried() : 100);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
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

static int mount_something(void)
{
    return error_of(mount("none", inside, "tmpfs", 0, NULL));
}

static int enter_a_namespace(void)
{
    return error_of((int)syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
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

static void test_privileges(void **state)
{
    (void)state;
    assert_int_equal(confined(mount_something), EPERM);
    assert_int_equal(confined(enter_a_namespace), EPERM);
    assert_int_equal(confined(become_another), EPERM);
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
        cmocka_unit_test(test_privileges),
    };
    if (confined(read_allowed) == 100) {
        puts("1..0 # SKIP this kernel has no Landlock");
        return 0;
    }
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
