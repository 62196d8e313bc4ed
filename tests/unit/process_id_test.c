/* The remembered process id: it is right, in a forked child, too, where random numbers must differ.
 */
#include "process_id.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/ids.h"

static void test_it_is_the_kernels(void **state)
{
    (void)state;
    assert_int_equal(getpid(), syscall(SYS_getpid));
    assert_int_equal(getpid(), syscall(SYS_getpid));
}

struct report {
    pid_t told, real;
    char bytes[32];
};

static void test_a_child_has_its_own(void **state)
{
    (void)state;
    int ends[2];
    struct report child = {0}, parent = {0};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(getpid(), syscall(SYS_getpid));
    pid_t id = fork();
    struct report *mine = id == 0 ? &child : &parent;
    mine->told = getpid();
    mine->real = (pid_t)syscall(SYS_getpid);
    random_bytes(mine->bytes, sizeof mine->bytes);
    if (id == 0) {
        ssize_t n = write(ends[1], &child, sizeof child);
        _exit(n == sizeof child ? 0 : 1);
    }
    assert_true(id > 0);
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    int status;
    assert_int_equal(waitpid(id, &status, 0), id);
    assert_int_equal(status, 0);
    assert_int_equal(child.told, child.real);
    assert_int_equal(child.told, id);
    assert_int_equal(parent.told, parent.real);
    assert_memory_not_equal(child.bytes, parent.bytes, sizeof child.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_the_kernels),
        cmocka_unit_test(test_a_child_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
