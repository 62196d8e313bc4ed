/* Passwords: own digests, and those of other systems, made by PHP, Node.js, libargon2 and Firebase.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <argon2.h>
#include <cmocka.h>

#include "crypto/password.h"

static struct arena *arena;

static bool matches(const char *password, const char *algorithm, const char *digest)
{
    return password_verify(arena, str_of(password), str_of(algorithm), str_of(digest));
}

static void own_digests(void **state)
{
    (void)state;
    struct str one = password_hash(arena, STR("a long sentence \xf0\x9f\x90\x9d"));
    struct str two = password_hash(arena, STR("a long sentence \xf0\x9f\x90\x9d"));
    assert_true(str_starts(one, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(str_eq(one, two));
    assert_true(matches("a long sentence \xf0\x9f\x90\x9d", PASSWORD_ALGORITHM, one.p));
    assert_false(matches("a long sentence ", PASSWORD_ALGORITHM, one.p));
    assert_false(matches("A long sentence \xf0\x9f\x90\x9d", PASSWORD_ALGORITHM, one.p));
    assert_false(password_needs_rehash(STR(PASSWORD_ALGORITHM), one));
}

static void a_password_is_not_cut(void **state)
{
    (void)state;
    char text[PASSWORD_MAX];
    memset(text, 'x', sizeof(text));
    struct str whole = {text, sizeof(text)}, cut = {text, sizeof(text) - 1};
    struct str digest = password_hash(arena, whole);
    assert_true(password_verify(arena, whole, STR(PASSWORD_ALGORITHM), digest));
    assert_false(password_verify(arena, cut, STR(PASSWORD_ALGORITHM), digest));
    digest = password_hash(arena, STR("ab\0cd"));
    assert_true(password_verify(arena, STR("ab\0cd"), STR(PASSWORD_ALGORITHM), digest));
    assert_false(password_verify(arena, STR("ab"), STR(PASSWORD_ALGORITHM), digest));
    assert_false(password_verify(arena, STR("ab\0ce"), STR(PASSWORD_ALGORITHM), digest));
}

/* "é" in one character or as "e" with an accent. */
static void composed_once(void **state)
{
    (void)state;
    struct str digest = password_hash(arena, STR("cafe\xcc\x81"));
    assert_true(matches("caf\xc3\xa9", PASSWORD_ALGORITHM, digest.p));
    assert_true(matches("cafe\xcc\x81", PASSWORD_ALGORITHM, digest.p));
    assert_false(matches("cafe", PASSWORD_ALGORITHM, digest.p));
    const char *sha256 = "850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e";
    assert_true(matches("caf\xc3\xa9", "SHA256", sha256));
    assert_true(matches("cafe\xcc\x81", "SHA256", sha256));
}

#define SIGNER                                                                                     \
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
#define SIGNER_URL                                                                                 \
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA"
#define FIREBASE                                                                                   \
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="

static const struct {
    const char *algorithm, *password, *digest;
} imported[] = {
    {"Argon2i", "Passw0rd!",
     "$argon2i$v=19$m=1024,t=2,p=1$eXpoTTlSV1FjUFFrdmNrVQ$un00RB7nRK8+"
     "vaukqfOIHnrwgQNt5RUI16MnyZBqC+A"},
    {"Argon2id", "Passw0rd!",
     "$argon2id$v=19$m=1024,t=2,p=2$L205dURoR2VkdGJjdDBBNw$ceqefBZ3rVI65J8NIroZfF7imiZxMzWFzmTQh1V"
     "vMWg"},
    {"Bcrypt", "Passw0rd!", "$2y$04$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y."},
    {"MD5", "Passw0rd!", "47b7bfb65fa83ac9a71dcb0f6296bb6e"},
    {"SHA1", "Passw0rd!", "f4a69973e7b0bf9d160f9f60e3c3acd2494beb0d"},
    {"SHA256", "Passw0rd!", "e66860546f18cdbbcd86b35e18b525bffc67f772c650cedfe3ff7a0026fa1dee"},
    {"Legacy", "Passw0rd!",
     "[\"sha256\",[\"salt123\",\"@\",\"x\"],"
     "\"651cd6b04855dafd16ed556b51bb1827e5fb802931b28486ab18d324f28e99ba\"]"},
    {"Legacy", "Passw0rd!",
     "[\"sha512\",[\"@\"],"
     "\"a1d9a9e99e70ece06f6ef5782627cac869db9754ac6dfab01ff47900def77f58"
     "1b562e6f82be47887ff9c0d58e2f0a622d396a472f07caea2ddaf83c77bff689\"]"},
    {"Legacy", "Passw0rd!",
     "[\"pbkdf2\",[\"hex:00ff10\",\"1000\",\"32\",\"sha512\",\"@\"],"
     "\"dc7c14e640aa81040e0e441f8f1077faa65a82211b6b8895d9dc90ae62664a13\"]"},
    {"Legacy", "Passw0rd!",
     "[\"pbkdf2Sync\",[\"salt\",\"1000\",\"20\",\"sha1\",\"@\"],"
     "\"72822fc0c44a574a5c4ec54ac31c441a624f12c1\"]"},
    {"Legacy", "user1password",
     "[\"firebase-scrypt\",[\"42xEC+ixf3L2lw==\",\"" SIGNER
     "\",\"Bw==\",\"8\",\"14\",\"@\"],\"" FIREBASE "\"]"},
    {"Legacy", "user1password",
     "[\"firebase-scrypt\",[\"42xEC-ixf3L2lw\",\"" SIGNER_URL
     "\",\"Bw\",\"8\",\"14\",\"@\"],\"" FIREBASE "\"]"},
};

static void imported_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(imported) / sizeof(*imported); i++) {
        const char *digest = imported[i].digest, *algorithm = imported[i].algorithm;
        if (!matches(imported[i].password, algorithm, digest))
            fail_msg("%s: %s does not match", algorithm, digest);
        assert_false(matches("Passw0rd?", algorithm, digest));
        assert_false(matches("", algorithm, digest));
        assert_true(password_needs_rehash(str_of(algorithm), str_of(digest)));
    }
}

/* Those that the fast library makes, and those that it can't: other salts, lengths and costs. */
static void argon2_of_every_size(void **state)
{
    (void)state;
    static const struct {
        uint32_t passes, kib;
        size_t salt, hash;
    } sizes[] = {{3, 1024, 16, 32}, {1, 8, 16, 16},  {2, 1024, 8, 32}, {3, 64, 24, 32},
                 {3, 64, 16, 4},    {3, 64, 16, 64}, {3, 64, 16, 65},  {1, 64, 16, 12}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char i_digest[256], id_digest[256];
        assert_int_equal(argon2i_hash_encoded(sizes[i].passes, sizes[i].kib, 1, "Passw0rd!", 9,
                                              "a salt of more than one length", sizes[i].salt,
                                              sizes[i].hash, i_digest, sizeof(i_digest)),
                         ARGON2_OK);
        assert_int_equal(argon2id_hash_encoded(sizes[i].passes, sizes[i].kib, 1, "Passw0rd!", 9,
                                               "a salt of more than one length", sizes[i].salt,
                                               sizes[i].hash, id_digest, sizeof(id_digest)),
                         ARGON2_OK);
        assert_true(matches("Passw0rd!", "Argon2i", i_digest));
        assert_true(matches("Passw0rd!", "Argon2id", id_digest));
        assert_false(matches("Passw0rd?", "Argon2i", i_digest));
        assert_false(matches("Passw0rd?", "Argon2id", id_digest));
        assert_false(matches("Passw0rd!", "Argon2i", id_digest));
        assert_false(matches("Passw0rd!", "Argon2id", i_digest));
        strcat(id_digest, "$");
        assert_false(matches("Passw0rd!", "Argon2id", id_digest));
    }
}

static void argon2d(void **state)
{
    (void)state;
    char digest[256];
    assert_int_equal(
        argon2d_hash_encoded(2, 1024, 1, "Passw0rd!", 9, "saltsalt", 8, 32, digest, sizeof(digest)),
        ARGON2_OK);
    assert_true(matches("Passw0rd!", "Argon2d", digest));
    assert_false(matches("Passw0rd?", "Argon2d", digest));
    assert_false(matches("Passw0rd!", "Argon2i", digest));
}

/* Neither crashes nor costs: what cannot be verified verifies nothing. */
static void unusable_digests(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Argon2id", "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"},
        {"Argon2id", "$argon2id$v=19$m=1024,t=4294967295,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"},
        {"Argon2id", "$argon2id$v=19$m=1024,t=1,p=100000$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"},
        {"Argon2i", "nonsense"},
        {"Argon2i", ""},
        {"Bcrypt", "$2b$31$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y."},
        {"Bcrypt", "$6$rounds=999999999$salt$x"},
        {"Bcrypt", "x"},
        {"MD5", "zz"},
        {"MD5", ""},
        {"SHA1", "47b7bfb65fa83ac9a71dcb0f6296bb6e"},
        {"Unknown", "x"},
        {"Legacy", "x"},
        {"Legacy", "[\"sha256\",[\"salt\"],\"x\"]"},
        {"Legacy", "[\"nope\",[\"@\"],\"x\"]"},
        {"Legacy", "[\"pbkdf2\",[\"s\",\"99999999999\",\"32\",\"sha512\",\"@\"],\"x\"]"},
        {"Legacy", "[\"pbkdf2\",[\"s\",\"1\",\"99999999999\",\"sha512\",\"@\"],\"x\"]"},
        {"Legacy", "[\"pbkdf2\",[\"hex:0\",\"1\",\"32\",\"sha512\",\"@\"],\"x\"]"},
        {"Legacy", "[\"pbkdf2\",[\"@\"],\"x\"]"},
        {"Legacy", "[\"firebase-scrypt\",[\"AA==\",\"AA==\",\"AA==\",\"8\",\"24\",\"@\"],\"x\"]"},
        {"Legacy", "[\"firebase-scrypt\",[\"@\"],\"x\"]"},
    };
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_false(matches("Passw0rd!", cases[i][0], cases[i][1]));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    assert_true(to.tv_sec - from.tv_sec < 5);
}

static void bcrypt_reads_no_nul(void **state)
{
    (void)state;
    assert_false(
        password_verify(arena, STR("Passw0rd!\0x"), STR("Bcrypt"),
                        STR("$2y$04$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y.")));
}

static void legacy_expressions(void **state)
{
    (void)state;
    struct str name;
    assert_int_equal(password_legacy_check(arena, STR("[\"md5\",[\"@\"],\"x\"]"), &name),
                     LEGACY_OK);
    static const char *const wrong[] = {
        "",
        "x",
        "{}",
        "[]",
        "[\"md5\",[\"@\"]]",
        "[\"md5\",[\"a\"],\"x\"]",
        "[\"md5\",[\"@\",1],\"x\"]",
        "[1,[\"@\"],\"x\"]",
        "[\"pbkdf2\",[\"hex:zz\",\"1\",\"1\",\"sha1\",\"@\"],\"x\"]",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(password_legacy_check(arena, str_of(wrong[i]), &name), LEGACY_FORMAT);
    assert_int_equal(password_legacy_check(arena, STR("[\"rot13\",[\"@\"],\"x\"]"), &name),
                     LEGACY_ALGORITHM);
    assert_true(str_eq(name, STR("rot13")));
    assert_int_equal(password_legacy_check(arena, STR("[\"shake128\",[\"@\"],\"x\"]"), &name),
                     LEGACY_ALGORITHM);
}

static int64_t cpu_ns(void (*work)(void))
{
    struct timespec from, to;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    work();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return (int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
}

static struct str kept;

static void refuse_wrong(void)
{
    matches("wrong", PASSWORD_ALGORITHM, kept.p);
}

static void refuse_nobody(void)
{
    password_verify_decoy(arena, STR("wrong"));
}

/* The decoy does the work of a verification, so its digest must be one. */
static void the_decoy_costs_the_same(void **state)
{
    (void)state;
    kept = password_hash(arena, STR("right"));
    int64_t wrong = INT64_MAX, nobody = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        int64_t a = cpu_ns(refuse_wrong), b = cpu_ns(refuse_nobody);
        wrong = a < wrong ? a : wrong;
        nobody = b < nobody ? b : nobody;
    }
    assert_in_range(nobody * 2, wrong, wrong * 4);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_digests),          cmocka_unit_test(a_password_is_not_cut),
        cmocka_unit_test(composed_once),        cmocka_unit_test(imported_digests),
        cmocka_unit_test(argon2_of_every_size), cmocka_unit_test(argon2d),
        cmocka_unit_test(unusable_digests),     cmocka_unit_test(bcrypt_reads_no_nul),
        cmocka_unit_test(legacy_expressions),   cmocka_unit_test(the_decoy_costs_the_same),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
