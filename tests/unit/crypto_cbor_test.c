/* CBOR: RFC 8949's examples, and all that authenticators must not write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/encoding.h"
#include "crypto/cbor.h"

static uint8_t bytes[256];

static struct str from_hex(const char *hex)
{
    size_t n;
    assert_true(hex_decode(str_of(hex), bytes, sizeof(bytes), &n));
    return (struct str){(char *)bytes, n};
}

/* RFC 8949 appendix A. */
static void examples(void **state)
{
    (void)state;
    const struct {
        const char *hex;
        enum cbor_kind kind;
        uint64_t number;
    } rows[] = {
        {"00", CBOR_UNSIGNED, 0},
        {"17", CBOR_UNSIGNED, 23},
        {"1818", CBOR_UNSIGNED, 24},
        {"1903e8", CBOR_UNSIGNED, 1000},
        {"1a000f4240", CBOR_UNSIGNED, 1000000},
        {"1bffffffffffffffff", CBOR_UNSIGNED, UINT64_MAX},
        {"20", CBOR_NEGATIVE, 0},
        {"3903e7", CBOR_NEGATIVE, 999},
        {"f4", CBOR_SIMPLE, 20},
        {"f5", CBOR_SIMPLE, 21},
        {"f6", CBOR_SIMPLE, 22},
        {"40", CBOR_BYTES, 0},
        {"4401020304", CBOR_BYTES, 4},
        {"6449455446", CBOR_TEXT, 4},
        {"62c3bc", CBOR_TEXT, 2},
        {"80", CBOR_ARRAY, 0},
        {"8301820203820405", CBOR_ARRAY, 3},
        {"a0", CBOR_MAP, 0},
        {"a26161016162820203", CBOR_MAP, 2},
        {"826161a161626163", CBOR_ARRAY, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct str rest = from_hex(rows[i].hex);
        struct cbor value;
        assert_true(cbor_read(&rest, &value));
        assert_int_equal(rest.n, 0);
        assert_int_equal(value.kind, rows[i].kind);
        assert_true(value.number == rows[i].number);
        assert_int_equal(value.whole.n, strlen(rows[i].hex) / 2);
    }
}

static void refused(void **state)
{
    (void)state;
    const char *const rows[] = {
        "",
        "18",                                           /* cut */
        "1817",                                         /* 23 in two bytes */
        "190017",                                       /* in three */
        "1a0000ffff",                                   /* 65535 in five */
        "1b00000000ffffffff",                           /* in nine */
        "1c",                                           /* reserved */
        "1f",                                           /* reserved */
        "44010203",                                     /* bytes cut */
        "5803010203",                                   /* a length in two bytes */
        "5f42010243030405ff",                           /* indefinite bytes */
        "62c328",                                       /* no UTF-8 */
        "9f01ff",                                       /* indefinite array */
        "bf61610161629f0203ffff",                       /* indefinite map */
        "8201",                                         /* items cut */
        "a101",                                         /* a key without a value */
        "9bffffffffffffffff",                           /* more items than bytes */
        "bb8000000000000001",                           /* twice as many overflow */
        "c074323031332d30332d32315432303a30343a30305a", /* a tag */
        "f93c00",                                       /* a float */
        "fa47c35000",                                   /* a float */
        "f7",                                           /* undefined */
        "f0",                                           /* unassigned */
        "ff",                                           /* break */
        "818181818100",                                 /* five levels */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        /* on the heap, with nothing behind it: a byte too far is seen */
        struct str text = from_hex(rows[i]);
        char *copy = malloc(text.n ? text.n : 1);
        assert_non_null(copy);
        memcpy(copy, text.p, text.n);
        struct str rest = {copy, text.n};
        struct cbor value;
        assert_false(cbor_read(&rest, &value));
        assert_int_equal(rest.n, text.n);
        free(copy);
    }
}

static void levels_end(void **state)
{
    (void)state;
    struct cbor value;
    struct str rest = from_hex("8181818100");
    assert_true(cbor_read(&rest, &value));
}

static void finding(void **state)
{
    (void)state;
    struct cbor map, value;
    struct str rest = from_hex("a40102200320046161a10105");
    assert_true(cbor_read(&rest, &map));
    assert_true(cbor_find(&map, STR("\x01"), &value));
    assert_int_equal(value.number, 2);
    assert_false(cbor_find(&map, STR("\x20"), &value)); /* twice */
    assert_false(cbor_find(&map, STR("\x05"), &value)); /* a value, no key */
    assert_true(cbor_find(&map, STR("\141a"), &value));
    assert_int_equal(value.kind, CBOR_MAP);
    rest = from_hex("820102");
    assert_true(cbor_read(&rest, &map));
    assert_false(cbor_find(&map, STR("\x01"), &value)); /* no map */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(refused),
        cmocka_unit_test(levels_end),
        cmocka_unit_test(finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
