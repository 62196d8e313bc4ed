/* Strings that carry their length: what is too big for the header. */
#include "base/str.h"

static inline unsigned char lower(unsigned char c)
{
    return (unsigned char)(c - 'A') < 26 ? (unsigned char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (lower((unsigned char)a.p[i]) != lower((unsigned char)b.p[i]))
            return false;
    }
    return true;
}

size_t str_find(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

struct str str_split(struct str *rest, char separator)
{
    if (!rest->p)
        return STR_NONE;
    size_t at = str_find(*rest, separator);
    struct str field = {rest->p, at};
    *rest = at < rest->n ? (struct str){rest->p + at + 1, rest->n - at - 1} : STR_NONE;
    return field;
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool str_has_word(struct str words, struct str word)
{
    struct str each;
    while ((each = str_split(&words, ' ')).p)
        if (str_eq(each, word))
            return true;
    return false;
}

struct str str_trim(struct str s)
{
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    return s;
}

bool str_to_int64(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = negative;
    if (i == s.n)
        return false;
    /* Counted down, because the negative range is the larger one. */
    int64_t value = 0;
    for (; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

bool str_eq_secret(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    unsigned difference = 0;
    for (size_t i = 0; i < a.n; i++) {
        difference |= (unsigned)(unsigned char)(a.p[i] ^ b.p[i]);
        /* Keeps the compiler from knowing the value, hence from leaving the loop early. */
        __asm__ volatile("" : "+r"(difference));
    }
    return difference == 0;
}

/* Length of the run of ASCII bytes other than NUL at the front, in whole words. */
static size_t ascii_words(const unsigned char *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        /* With all high bits clear, only a zero byte can borrow into one. */
        if ((word | (word - ones)) & highs)
            break;
    }
    return i;
}

static inline bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the multi-byte character at p, RFC 3629 4; 0 when it is none. */
static size_t utf8_character(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0xc2 || n < 2 || !is_tail(p[1]))
        return 0;
    if (c < 0xe0)
        return 2;
    if (n < 3 || !is_tail(p[2]))
        return 0;
    if (c < 0xf0) {
        bool overlong = c == 0xe0 && p[1] < 0xa0;
        bool surrogate = c == 0xed && p[1] > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (n < 4 || !is_tail(p[3]) || c > 0xf4)
        return 0;
    bool overlong = c == 0xf0 && p[1] < 0x90;
    bool beyond = c == 0xf4 && p[1] > 0x8f;
    return overlong || beyond ? 0 : 4;
}

bool str_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0;
    while (i < s.n) {
        if (p[i] < 0x80) {
            size_t run = ascii_words(p + i, s.n - i);
            if (!run && p[i] == 0)
                return false;
            i += run ? run : 1;
            continue;
        }
        size_t length = utf8_character(p + i, s.n - i);
        if (!length)
            return false;
        i += length;
    }
    return true;
}
