/* Digests and MACs against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/encoding.h"
#include "crypto/digest.h"

static void expect_hex(const uint8_t *bytes, size_t n, const char *hex)
{
    char text[2 * SHA256_SIZE];
    hex_encode(bytes, n, text);
    assert_int_equal(strlen(hex), 2 * n);
    assert_memory_equal(text, hex, 2 * n);
}

/* FIPS 180-4 examples. */
static void digests(void **state)
{
    (void)state;
    uint8_t out[SHA256_SIZE];
    sha1(STR("abc"), out);
    expect_hex(out, SHA1_SIZE, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha256(STR("abc"), out);
    expect_hex(out, SHA256_SIZE,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(STR_NONE, out);
    expect_hex(out, SHA256_SIZE,
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void two_parts_are_one_text(void **state)
{
    (void)state;
    uint8_t one[SHA256_SIZE], two[SHA256_SIZE];
    sha256(STR("salt and secret"), one);
    sha256_two(STR("salt and"), STR(" secret"), two);
    assert_memory_equal(one, two, sizeof one);
    sha256_two(STR_NONE, STR("salt and secret"), two);
    assert_memory_equal(one, two, sizeof one);
}

/* RFC 4231 4.2, 4.3 and 4.7 (a key longer than a block). */
static void macs(void **state)
{
    (void)state;
    uint8_t out[SHA256_SIZE];
    char key[131];
    memset(key, 0x0b, 20);
    hmac_sha256((struct str){key, 20}, STR("Hi There"), out);
    expect_hex(out, sizeof out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
    expect_hex(out, sizeof out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256((struct str){key, sizeof key},
                STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    expect_hex(out, sizeof out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* No key and no text are values too; the MAC before must leave nothing behind. */
static void empty_mac(void **state)
{
    (void)state;
    uint8_t out[SHA256_SIZE];
    hmac_sha256(STR_NONE, STR_NONE, out);
    expect_hex(out, sizeof out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void wiping(void **state)
{
    (void)state;
    char secret[] = "secret";
    const char zero[sizeof secret] = {0};
    wipe(secret, sizeof secret);
    assert_memory_equal(secret, zero, sizeof secret);
    wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests), cmocka_unit_test(two_parts_are_one_text),
        cmocka_unit_test(macs),    cmocka_unit_test(empty_mac),
        cmocka_unit_test(wiping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
