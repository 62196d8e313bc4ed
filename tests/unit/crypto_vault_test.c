/* The vault: what opens a secret, what must not, and the file its key comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "crypto/vault.h"

#define CONTEXT STR("signing_keys|private|1")
#define HEX     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct fixture {
    struct arena *arena;
    struct vault *vault;
    char folder[32], path[64];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new(16 << 20);
    f->vault = vault_from_hex(STR(HEX));
    snprintf(f->folder, sizeof f->folder, "/tmp/vault-XXXXXX");
    if (!f->arena || !f->vault || !mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/secret.key", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    int result = rmdir(f->folder); /* nothing else may be left in it */
    vault_free(f->vault);
    arena_free(f->arena);
    free(f);
    return result;
}

static struct str seal(struct fixture *f, struct str context, struct str plain)
{
    struct buf out = buf_new(f->arena, 4 << 20);
    assert_true(vault_seal(f->vault, context, plain, &out));
    return buf_view(&out);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void opens_what_it_sealed(void **state)
{
    struct fixture *f = *state;
    const struct str secrets[] = {STR("-----BEGIN PRIVATE KEY-----\n"), STR("x"), STR("")};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct str sealed = seal(f, CONTEXT, secrets[i]);
        struct str plain = vault_unseal(f->vault, f->arena, CONTEXT, sealed);
        assert_non_null(plain.p);
        assert_true(str_eq(plain, secrets[i]));
    }
}

/* AES-256-GCM as written down: version 1, nonce, ciphertext, tag; another program can open it. */
static void opens_a_known_text(void **state)
{
    struct fixture *f = *state;
    struct str sealed = STR("AQABAgMEBQYHCAkKCyhys3Xllqdo7Czy77wAog--dTBvWaEFUuvC5A");
    struct str plain = vault_unseal(f->vault, f->arena, STR("table|column|1"), sealed);
    assert_true(str_eq(plain, STR("open sesame")));
}

static void seals_differently_each_time(void **state)
{
    struct fixture *f = *state;
    assert_false(str_eq(seal(f, CONTEXT, STR("same")), seal(f, CONTEXT, STR("same"))));
}

static void refuses_any_change(void **state)
{
    struct fixture *f = *state;
    struct str sealed = seal(f, CONTEXT, STR("secret"));
    uint8_t frame[64];
    size_t n;
    assert_true(base64url_decode(sealed, frame, sizeof frame, &n));
    for (size_t i = 0; i < n; i++) {
        char text[BASE64URL_LENGTH(sizeof frame)];
        frame[i] ^= 1;
        struct str changed = {text, base64url_encode(frame, n, text)};
        frame[i] ^= 1;
        assert_null(vault_unseal(f->vault, f->arena, CONTEXT, changed).p);
    }
    for (size_t cut = 0; cut < sealed.n; cut++)
        assert_null(vault_unseal(f->vault, f->arena, CONTEXT, (struct str){sealed.p, cut}).p);
}

static void refuses_another_place(void **state)
{
    struct fixture *f = *state;
    struct str sealed = seal(f, CONTEXT, STR("secret"));
    assert_null(vault_unseal(f->vault, f->arena, STR("signing_keys|private|2"), sealed).p);
    assert_null(vault_unseal(f->vault, f->arena, STR_NONE, sealed).p);
}

static void refuses_another_key(void **state)
{
    struct fixture *f = *state;
    const uint8_t key[VAULT_KEY_SIZE] = {1};
    struct vault *other = vault_new(key);
    assert_non_null(other);
    struct str sealed = seal(f, CONTEXT, STR("secret"));
    assert_null(vault_unseal(other, f->arena, CONTEXT, sealed).p);
    vault_free(other);
}

static void refuses_too_much(void **state)
{
    struct fixture *f = *state;
    size_t n = ((size_t)1 << 20) + 1;
    char *plain = calloc(1, n);
    struct buf out = buf_new(NULL, 4 << 20);
    assert_false(vault_seal(f->vault, CONTEXT, (struct str){plain, n}, &out));
    assert_true(vault_seal(f->vault, CONTEXT, (struct str){plain, n - 1}, &out));
    buf_free(&out);
    struct buf small = buf_new(NULL, 40);
    assert_false(vault_seal(f->vault, CONTEXT, STR("does not fit"), &small));
    assert_true(small.failed);
    buf_free(&small);
    free(plain);
}

static void reads_hex_only(void **state)
{
    (void)state;
    assert_null(vault_from_hex(STR("00")));
    assert_null(vault_from_hex(STR_NONE));
    assert_null(vault_from_hex(STR(HEX "00")));
    assert_null(
        vault_from_hex(STR("zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")));
}

static void makes_its_file_once(void **state)
{
    struct fixture *f = *state;
    const char *why = NULL;
    struct stat st;
    struct vault *made = vault_from_file(f->path, true, &why);
    assert_non_null(made);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct buf sealed = buf_new(f->arena, 4096);
    assert_true(vault_seal(made, CONTEXT, STR("kept"), &sealed));
    vault_free(made);
    struct vault *again = vault_from_file(f->path, true, &why);
    assert_non_null(again);
    struct str plain = vault_unseal(again, f->arena, CONTEXT, buf_view(&sealed));
    assert_true(str_eq(plain, STR("kept")));
    vault_free(again);
}

static void reads_a_file_as_hex(void **state)
{
    struct fixture *f = *state;
    const char *why = NULL;
    struct str sealed = seal(f, CONTEXT, STR("secret"));
    const char *const texts[] = {HEX, HEX "\n", HEX "\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_file(f->path, texts[i], 0400);
        struct vault *vault = vault_from_file(f->path, false, &why);
        assert_non_null(vault);
        assert_true(str_eq(vault_unseal(vault, f->arena, CONTEXT, sealed), STR("secret")));
        vault_free(vault);
    }
}

static void expect_refused(const char *path, const char *reason)
{
    const char *why = NULL;
    assert_null(vault_from_file(path, false, &why));
    assert_non_null(why);
    assert_non_null(strstr(why, reason));
    assert_non_null(strstr(why, path));
}

static void refuses_a_file_others_read(void **state)
{
    struct fixture *f = *state;
    const mode_t modes[] = {0640, 0604, 0660, 0644, 0620};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        write_file(f->path, HEX "\n", modes[i]);
        expect_refused(f->path, "others may read it");
    }
}

/* systemd shows the service's access list as a group's right. */
static void takes_a_credential(void **state)
{
    struct fixture *f = *state;
    const char *why = NULL;
    write_file(f->path, HEX "\n", 0440);
    expect_refused(f->path, "others may read it");
    setenv("CREDENTIALS_DIRECTORY", f->folder, 1);
    struct vault *vault = vault_from_file(f->path, false, &why);
    setenv("CREDENTIALS_DIRECTORY", "/tmp/vault", 1); /* a prefix of the name, not the folder */
    expect_refused(f->path, "others may read it");
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_non_null(vault);
    vault_free(vault);
}

static void refuses_a_file_of_another_user(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        return; /* only root can give a file away */
    write_file(f->path, HEX "\n", 0600);
    assert_int_equal(chown(f->path, 12345, (gid_t)-1), 0);
    expect_refused(f->path, "belongs to another user");
}

static void refuses_what_is_no_key(void **state)
{
    struct fixture *f = *state;
    const char *why = NULL;
    expect_refused(f->path, "No such file");
    const char *const texts[] = {
        "",         "\n",
        "secret\n", HEX "0",
        HEX " ",    "\n" HEX,
        HEX HEX,    "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_file(f->path, texts[i], 0600);
        expect_refused(f->path, "64 hexadecimal digits");
    }
    expect_refused(f->folder, "not a regular file");
    assert_null(vault_from_file("/nowhere/at/all/secret.key", true, &why));
    assert_non_null(strstr(why, "cannot make"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(opens_what_it_sealed),
        TEST(opens_a_known_text),
        TEST(seals_differently_each_time),
        TEST(refuses_any_change),
        TEST(refuses_another_place),
        TEST(refuses_another_key),
        TEST(refuses_too_much),
        TEST(reads_hex_only),
        TEST(makes_its_file_once),
        TEST(reads_a_file_as_hex),
        TEST(refuses_a_file_others_read),
        TEST(takes_a_credential),
        TEST(refuses_a_file_of_another_user),
        TEST(refuses_what_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
