/* Which hosts are this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/host.h"

static void test_this_machine(void **state)
{
    (void)state;
    static const char *const here[] = {"localhost", "LocalHost",    "app.localhost", "127.0.0.1",
                                       "127.1.2.3", "127.255.0.99", "::1",           "[::1]"};
    for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
        assert_true(host_is_loopback(str_of(here[i])));
}

static void test_other_machines(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"",
                                            ".localhost",
                                            "localhost.example",
                                            "notlocalhost",
                                            "128.0.0.1",
                                            "127.0.0",
                                            "127.0.0.1.elsewhere.example",
                                            "127.0.0.256",
                                            "0127.0.0.1",
                                            "2130706433",
                                            "::2",
                                            "[::1]example",
                                            "::ffff:127.0.0.1",
                                            "127.0.0.1:80",
                                            "a.very.long.name.that.is.no.number.example"};
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
        assert_false(host_is_loopback(str_of(elsewhere[i])));
    assert_false(host_is_loopback(STR_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_other_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
