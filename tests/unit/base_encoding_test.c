/* base/encoding.h: RFC 4648's vectors, and what strict decoders must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/encoding.h"

/* RFC 4648 10 */
static const struct {
    const char *plain, *base64, *hex;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static struct str without_padding(const char *base64)
{
    return (struct str){base64, strcspn(base64, "=")};
}

static void encodes_base64(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct str plain = str_of(vectors[i].plain);
        struct buf buf = buf_new(NULL, 100);
        base64_encode(&buf, plain.p, plain.n);
        assert_true(str_eq(buf_view(&buf), str_of(vectors[i].base64)));
        buf_free(&buf);

        char out[100];
        size_t n = base64url_encode(plain.p, plain.n, out);
        assert_int_equal(n, BASE64URL_LENGTH(plain.n));
        assert_true(str_eq((struct str){out, n}, without_padding(vectors[i].base64)));
    }
}

/* In pieces, as at once. */
static void puts_base64url(void **state)
{
    (void)state;
    unsigned char bytes[200];
    char whole[BASE64URL_LENGTH(sizeof bytes)];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct buf buf = buf_new(NULL, 1000);
        base64url_put(&buf, bytes, n);
        size_t length = base64url_encode(bytes, n, whole);
        assert_true(str_eq((struct str){buf.p, buf.n}, (struct str){whole, length}));
        buf_free(&buf);
    }
}

static void decodes_base64(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct str plain = str_of(vectors[i].plain), bare = without_padding(vectors[i].base64);
        char out[100];
        size_t n = 99;
        assert_true(base64_decode(str_of(vectors[i].base64), out, sizeof out, &n));
        assert_true(str_eq((struct str){out, n}, plain));
        assert_true(base64_decode(bare, out, sizeof out, &n));
        assert_true(str_eq((struct str){out, n}, plain));
        assert_true(base64url_decode(bare, out, plain.n, &n));
        assert_true(str_eq((struct str){out, n}, plain));
        assert_false(plain.n && base64url_decode(bare, out, plain.n - 1, &n));
    }
    size_t n = 99;
    assert_true(base64url_decode(STR_NONE, NULL, 0, &n));
    assert_int_equal(n, 0);
}

static void tells_the_alphabets_apart(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0xfb, 0xff, 0xbf};
    unsigned char out[3];
    size_t n;
    char text[4];
    base64url_encode(bytes, 3, text);
    assert_memory_equal(text, "-_-_", 4);
    assert_true(base64url_decode(STR("-_-_"), out, 3, &n) && memcmp(out, bytes, 3) == 0);
    assert_true(base64_decode(STR("+/+/"), out, 3, &n) && memcmp(out, bytes, 3) == 0);
    assert_false(base64_decode(STR("-_-_"), out, 3, &n));
    assert_false(base64url_decode(STR("+/+/"), out, 3, &n));
}

static void refuses_other_base64(void **state)
{
    (void)state;
    static const char *const bad[] = {"A",       "AAAAA", "AA A", "AAA\n", " AAA", "AA.A",
                                      "AAA\xc3", "A===",  "====", "=",     "==",   "A=AA",
                                      "AA=A",    "Zh",    "Zm9",  "AAA=A", "AB"};
    char out[10];
    size_t n = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(base64_decode(str_of(bad[i]), out, sizeof out, &n));
        assert_false(base64url_decode(str_of(bad[i]), out, sizeof out, &n));
    }
    assert_false(base64url_decode(STR("Zg=="), out, sizeof out, &n));
    assert_false(base64url_decode(STR("Zm8="), out, sizeof out, &n));
    assert_false(base64_decode(STR("Zg="), out, sizeof out, &n));
    assert_false(base64_decode(STR("Zm9v="), out, sizeof out, &n));
    assert_false(base64_decode(STR("Zm9v===="), out, sizeof out, &n));
    assert_false(base64url_decode((struct str){"AA\0A", 4}, out, sizeof out, &n));
    assert_int_equal(n, 77);
}

static void refuses_every_foreign_byte(void **state)
{
    (void)state;
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int c = 0; c < 256; c++) {
        char text[4] = {'A', 'A', 'A', (char)c}, out[3];
        size_t n;
        bool known = memchr(letters, c, 64) != NULL;
        assert_int_equal(base64url_decode((struct str){text, 4}, out, 3, &n), known);
        if (known) {
            char again[4];
            base64url_encode(out, 3, again);
            assert_memory_equal(again, text, 4);
        }
    }
}

static void converts_hex(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct str plain = str_of(vectors[i].plain), hex = str_of(vectors[i].hex);
        char out[100];
        size_t n = 99;
        hex_encode(plain.p, plain.n, out);
        assert_true(str_eq((struct str){out, 2 * plain.n}, hex));
        assert_true(hex_decode(hex, out, plain.n, &n));
        assert_true(str_eq((struct str){out, n}, plain));
        assert_false(plain.n && hex_decode(hex, out, plain.n - 1, &n));
    }
    char out[4];
    size_t n;
    assert_true(hex_decode(STR("aBCdeF"), out, 4, &n) && memcmp(out, "\xab\xcd\xef", 3) == 0);
    assert_false(hex_decode(STR("abc"), out, 4, &n));
    assert_false(hex_decode(STR("0g"), out, 4, &n));
    assert_false(hex_decode(STR("0x"), out, 4, &n));
    assert_false(hex_decode(STR("@0"), out, 4, &n));
    assert_false(hex_decode(STR(":0"), out, 4, &n));
    assert_false(hex_decode(STR("0\xb1"), out, 4, &n));
}

#define assert_decoded(result, literal) assert_true(str_eq((result), STR(literal)))

static void decodes_forms(void **state)
{
    (void)state;
    struct arena *arena = arena_new(10000);
    struct str plain = STR("plain");
    assert_ptr_equal(form_decode(arena, plain).p, plain.p);
    assert_decoded(form_decode(arena, STR("a+b%20c%2B+")), "a b c+ ");
    assert_decoded(form_decode(arena, STR("caf%C3%a9")), "caf\xc3\xa9");
    assert_decoded(form_decode(arena, STR("100%")), "100%");
    assert_decoded(form_decode(arena, STR("%4")), "%4");
    assert_decoded(form_decode(arena, STR("%zz%%41%4")), "%zz%A%4");
    assert_decoded(form_decode(arena, STR("%2541")), "%41");
    assert_non_null(form_decode(arena, STR("")).p);
    assert_null(form_decode(arena, STR_NONE).p);
    arena_free(arena);
}

static void decodes_path_segments(void **state)
{
    (void)state;
    struct arena *arena = arena_new(10000);
    struct str plain = STR("a+b");
    assert_ptr_equal(percent_decode(arena, plain).p, plain.p);
    assert_decoded(percent_decode(arena, STR("a%2Fb%2e%2E")), "a/b..");
    assert_decoded(percent_decode(arena, STR("%2541")), "%41");
    assert_null(percent_decode(arena, STR("100%")).p);
    assert_null(percent_decode(arena, STR("%4")).p);
    assert_null(percent_decode(arena, STR("%zz")).p);
    assert_null(percent_decode(arena, STR("%41%")).p);
    arena_free(arena);
}

static void refuses_decoded_rubbish(void **state)
{
    (void)state;
    static const char *const bad[] = {"%00",   "a%00b", "%c3",    "%80",
                                      "\xc3+", "\xff",  "%c0%af", "%ed%a0%80"};
    struct arena *arena = arena_new(10000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(form_decode(arena, str_of(bad[i])).p);
        assert_null(percent_decode(arena, str_of(bad[i])).p);
    }
    assert_null(form_decode(arena, (struct str){"a\0b", 3}).p);
    arena_free(arena);

    arena = arena_new(2);
    assert_null(form_decode(arena, STR("a+b")).p);
    assert_null(percent_decode(arena, STR("a%41")).p);
    arena_free(arena);
}

static void percent_encodes(void **state)
{
    (void)state;
    struct buf buf = buf_new(NULL, 100);
    percent_encode(&buf, STR("AZaz09-._~ /+%\xc3\xa9\x7f&="));
    assert_decoded(buf_view(&buf), "AZaz09-._~%20%2F%2B%25%C3%A9%7F%26%3D");
    percent_encode(&buf, STR_NONE);
    buf_free(&buf);

    buf = buf_new(NULL, 5);
    percent_encode(&buf, STR("//"));
    assert_true(buf.failed);
    buf_free(&buf);
}

static void round_trips(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1000000);
    char bytes[255];
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    for (size_t n = 0; n < sizeof bytes; n++) {
        char text[340], back[255];
        size_t length = base64url_encode(bytes + n, sizeof bytes - n, text), m;
        assert_true(base64url_decode((struct str){text, length}, back, sizeof back, &m));
        assert_int_equal(m, sizeof bytes - n);
        assert_memory_equal(back, bytes + n, m);
    }
    struct buf buf = buf_new(arena, 1000);
    percent_encode(&buf, (struct str){bytes, 127});
    assert_true(str_eq(form_decode(arena, buf_view(&buf)), (struct str){bytes, 127}));
    assert_true(str_eq(percent_decode(arena, buf_view(&buf)), (struct str){bytes, 127}));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_base64),        cmocka_unit_test(puts_base64url),
        cmocka_unit_test(decodes_base64),        cmocka_unit_test(tells_the_alphabets_apart),
        cmocka_unit_test(refuses_other_base64),  cmocka_unit_test(refuses_every_foreign_byte),
        cmocka_unit_test(converts_hex),          cmocka_unit_test(decodes_forms),
        cmocka_unit_test(decodes_path_segments), cmocka_unit_test(refuses_decoded_rubbish),
        cmocka_unit_test(percent_encodes),       cmocka_unit_test(round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
