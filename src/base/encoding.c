/* Text encodings: base64, base64url, hex, percent and form. */
#include "base/encoding.h"

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits that a byte stands for, and the alphabet if it is in one only: a decoder joins what
 * it meets with |, and looks once for the other alphabet's bit, which BAD has too. */
enum { STD = 0x40, URL = 0x80, BAD = STD | URL };
/* clang-format off */
static const unsigned char SIX_BITS[256] = {
    [0 ... ' ' - 1] = BAD,
    [' '] =
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 62 | STD, BAD, 62 | URL, BAD, 63 | STD,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, 63 | URL,
    BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,
    [128 ... 255] = BAD,
};
/* clang-format on */

/* Groups of three bytes and, when more is left, two or three characters for the rest. */
static size_t encode(const char *alphabet, const void *bytes, size_t n, char *out)
{
    const unsigned char *in = bytes;
    char *at = out;
    for (; n >= 3; n -= 3, in += 3, at += 4) {
        unsigned group = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];
        at[0] = alphabet[group >> 18];
        at[1] = alphabet[group >> 12 & 63];
        at[2] = alphabet[group >> 6 & 63];
        at[3] = alphabet[group & 63];
    }
    if (n) {
        unsigned group = (unsigned)in[0] << 16 | (n == 2 ? (unsigned)in[1] << 8 : 0);
        *at++ = alphabet[group >> 18];
        *at++ = alphabet[group >> 12 & 63];
        if (n == 2)
            *at++ = alphabet[group >> 6 & 63];
    }
    return (size_t)(at - out);
}

/* The last two or three characters; the bits that no byte needs must be zero, RFC 4648 3.5. */
static bool decode_rest(const unsigned char *in, size_t n, unsigned char *out, unsigned *seen)
{
    unsigned group = 0;
    for (size_t i = 0; i < n; i++) {
        *seen |= SIX_BITS[in[i]];
        group = group << 6 | (SIX_BITS[in[i]] & 63);
    }
    if (n == 2) {
        out[0] = (unsigned char)(group >> 4);
        return (group & 15) == 0;
    }
    out[0] = (unsigned char)(group >> 10);
    out[1] = (unsigned char)(group >> 2);
    return (group & 3) == 0;
}

/* Text without padding; foreign is the bit of the alphabet that is not wanted. */
static bool decode(struct str text, unsigned foreign, void *out, size_t cap, size_t *n)
{
    size_t rest = text.n % 4, length = text.n / 4 * 3 + (rest ? rest - 1 : 0);
    if (rest == 1 || length > cap)
        return false;
    const unsigned char *in = (const unsigned char *)text.p;
    const unsigned char *end = text.n ? in + (text.n - rest) : in;
    unsigned char *at = out;
    unsigned seen = 0;
    for (; in < end; in += 4, at += 3) {
        unsigned a = SIX_BITS[in[0]], b = SIX_BITS[in[1]], c = SIX_BITS[in[2]], d = SIX_BITS[in[3]];
        seen |= a | b | c | d;
        unsigned group = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        at[0] = (unsigned char)(group >> 16);
        at[1] = (unsigned char)(group >> 8);
        at[2] = (unsigned char)group;
    }
    if ((rest && !decode_rest(in, rest, at, &seen)) || seen & foreign)
        return false;
    *n = length;
    return true;
}

size_t base64url_encode(const void *bytes, size_t n, char *out)
{
    return encode(BASE64URL, bytes, n, out);
}

void base64url_put(struct buf *out, const void *bytes, size_t n)
{
    char text[64];
    const size_t whole = sizeof text / 4 * 3; /* three bytes are four characters */
    for (const char *p = bytes; n;) {
        size_t part = n < whole ? n : whole;
        buf_put(out, text, base64url_encode(p, part, text));
        p += part;
        n -= part;
    }
}

bool base64url_decode(struct str text, void *out, size_t cap, size_t *n)
{
    return decode(text, STD, out, cap, n);
}

void base64_encode(struct buf *buf, const void *bytes, size_t n)
{
    static const struct str padding[] = {STR_INIT(""), STR_INIT("=="), STR_INIT("=")};
    if (n == 0 || !buf_reserve(buf, (n + 2) / 3 * 4))
        return;
    buf->n += encode(BASE64, bytes, n, buf->p + buf->n);
    buf_str(buf, padding[n % 3]);
}

bool base64_decode(struct str text, void *out, size_t cap, size_t *n)
{
    if (text.n && text.n % 4 == 0 && text.p[text.n - 1] == '=')
        text.n -= text.p[text.n - 2] == '=' ? 2 : 1;
    return decode(text, URL, out, cap, n);
}

void hex_encode(const void *bytes, size_t n, char *out)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[in[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
    }
}

/* 0 to 15; 16 and more for what is no hex digit. */
static inline unsigned hex_digit(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    if (digit < 10)
        return digit;
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';
    return letter < 6 ? letter + 10 : 16;
}

bool hex_decode(struct str text, void *out, size_t cap, size_t *n)
{
    if (text.n % 2 || text.n / 2 > cap)
        return false;
    unsigned char *to = out;
    for (size_t i = 0; i < text.n; i += 2) {
        unsigned high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);
        if ((high | low) > 15)
            return false;
        to[i / 2] = (unsigned char)(high << 4 | low);
    }
    *n = text.n / 2;
    return true;
}

/* The byte that "%XX" at text.p + i stands for; -1 when it is none. */
static inline int escaped_byte(struct str text, size_t i)
{
    if (text.n - i < 3)
        return -1;
    unsigned high = hex_digit(text.p[i + 1]), low = hex_digit(text.p[i + 2]);
    return (high | low) > 15 ? -1 : (int)(high << 4 | low);
}

static struct str checked(struct str text)
{
    return str_is_utf8(text) ? text : STR_NONE;
}

struct str form_decode(struct arena *arena, struct str text)
{
    size_t i = 0, n = 0;
    while (i < text.n && text.p[i] != '%' && text.p[i] != '+')
        i++;
    if (i == text.n)
        return checked(text);
    char *out = arena_bytes(arena, text.n);
    if (!out)
        return STR_NONE;
    memcpy(out, text.p, i);
    for (n = i; i < text.n; i++) {
        int byte = text.p[i] == '%' ? escaped_byte(text, i) : -1;
        if (byte >= 0)
            i += 2;
        out[n++] = byte >= 0 ? (char)byte : text.p[i] == '+' ? ' ' : text.p[i];
    }
    return checked((struct str){out, n});
}

struct str percent_decode(struct arena *arena, struct str text)
{
    size_t i = str_find(text, '%'), n = i;
    if (i == text.n)
        return checked(text);
    char *out = arena_bytes(arena, text.n);
    if (!out)
        return STR_NONE;
    memcpy(out, text.p, i);
    for (; i < text.n; i++) {
        int byte = text.p[i] == '%' ? escaped_byte(text, i) : (unsigned char)text.p[i];
        if (byte < 0)
            return STR_NONE;
        if (text.p[i] == '%')
            i += 2;
        out[n++] = (char)byte;
    }
    return checked((struct str){out, n});
}

/* RFC 3986 2.3 */
static inline bool is_unreserved(char c)
{
    unsigned char byte = (unsigned char)c;
    if ((unsigned char)((byte | 0x20) - 'a') < 26 || (unsigned char)(byte - '0') < 10)
        return true;
    return c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buf *buf, struct str text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_unreserved(text.p[i]))
            continue;
        unsigned char byte = (unsigned char)text.p[i];
        char escape[3] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
        buf_put(buf, text.p + run, i - run);
        buf_put(buf, escape, sizeof escape);
        run = i + 1;
    }
    if (text.n > run)
        buf_put(buf, text.p + run, text.n - run);
}

void form_encode(struct buf *buf, struct str text)
{
    struct str piece;
    for (bool first = true; (piece = str_split(&text, ' ')).p; first = false) {
        if (!first)
            buf_byte(buf, '+');
        percent_encode(buf, piece);
    }
}
