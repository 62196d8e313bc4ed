/* One-time passwords: the RFC's examples, the steps that count, and what is no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/totp.h"

/* "12345678901234567890" (RFC 6238 appendix B). */
#define SECRET STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

/* The last six digits of appendix B's SHA-1 rows. */
static void rfc_6238_examples(void **state)
{
    (void)state;
    const struct {
        int64_t seconds;
        struct str code;
    } rows[] = {{59, STR_INIT("287082")},         {1111111109, STR_INIT("081804")},
                {1111111111, STR_INIT("050471")}, {1234567890, STR_INIT("005924")},
                {2000000000, STR_INIT("279037")}, {20000000000, STR_INIT("353130")}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t step = -1;
        assert_true(totp_find_step(SECRET, rows[i].code, rows[i].seconds * 1000, &step));
        assert_int_equal(step, rows[i].seconds / 30);
    }
}

static void one_step_to_either_side(void **state)
{
    (void)state;
    const int64_t step = 37037037; /* of 050471 */
    for (int64_t away = -3; away <= 3; away++) {
        int64_t found = -1, now = (step + away) * 30000;
        bool near = away >= -1 && away <= 1;
        assert_int_equal(totp_find_step(SECRET, STR("050471"), now, &found), near);
        assert_int_equal(totp_find_step(SECRET, STR("050471"), now + 29999, &found), near);
        assert_int_equal(found, near ? step : -1);
    }
}

static void what_is_no_code(void **state)
{
    (void)state;
    const struct str codes[] = {STR_INIT(""),       STR_INIT("50471"),  STR_INIT("0504710"),
                                STR_INIT("050472"), STR_INIT(" 50471"), STR_INIT("05047\0")};
    int64_t step = -1;
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        assert_false(totp_find_step(SECRET, codes[i], 1111111111000, &step));
    assert_false(totp_find_step(STR("SHORT"), STR("050471"), 1111111111000, &step));
    assert_int_equal(step, -1);
}

/* Of 10 and of 11 bytes; the codes are another program's. */
static void padded_secrets(void **state)
{
    (void)state;
    int64_t step;
    char made[TOTP_SECRET_LENGTH];
    totp_secret_random(made);
    assert_true(totp_secret_is_valid((struct str){made, sizeof(made)}));
    assert_true(totp_secret_is_valid(STR("GEZDGNBVGY3TQOJQ")));
    assert_true(totp_secret_is_valid(STR("GEZDGNBVGY3TQOJQGE======")));
    assert_false(totp_secret_is_valid(STR("GEZDGNBVGY3TQOJQG=======")));
    assert_false(totp_secret_is_valid(STR("gezdgnbvgy3tqojq")));
    assert_true(totp_find_step(STR("GEZDGNBVGY3TQOJQ"), STR("343526"), 1111111109000, &step));
    assert_true(
        totp_find_step(STR("GEZDGNBVGY3TQOJQGE======"), STR("990464"), 1111111109000, &step));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_6238_examples),
        cmocka_unit_test(one_step_to_either_side),
        cmocka_unit_test(what_is_no_code),
        cmocka_unit_test(padded_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
