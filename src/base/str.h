/* Strings that carry their length: slices of memory owned by someone else. */
#ifndef SIGNET_BASE_STR_H
#define SIGNET_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p; /* not NUL-terminated; NULL means "absent" */
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define STR_NONE ((struct str){NULL, 0})
/* For printf-style formats: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *cstr)
{
    return cstr ? (struct str){cstr, strlen(cstr)} : STR_NONE;
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline struct str str_from(struct str s, size_t at)
{
    if (at >= s.n)
        at = s.n;
    return at ? (struct str){s.p + at, s.n - at} : s;
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* ASCII case-insensitive equality, for header names and schemes. */
bool str_eq_nocase(struct str a, struct str b);

/* Offset of byte c in s, or s.n when it is not there. */
size_t str_find(struct str s, char c);

/* Takes the text before the next separator off the front of *rest and returns it; the separator is
 * dropped. At the end returns STR_NONE. An empty field is returned as an empty, non-NULL slice. */
struct str str_split(struct str *rest, char separator);

/* Whether word is one of the blank-separated words of words. */
bool str_has_word(struct str words, struct str word);

/* Without ASCII blanks and tabs at both ends. */
struct str str_trim(struct str s);

/* Decimal integer, whole string, optional '-'. False on overflow, empty or other bytes. */
bool str_to_int64(struct str s, int64_t *out);

/* Equality in time that depends only on the lengths: for secrets and digests. */
bool str_eq_secret(struct str a, struct str b);

/* Valid UTF-8 without overlong forms, surrogates and NUL. */
bool str_is_utf8(struct str s);

#endif
