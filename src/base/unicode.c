/* Case folding and normalization by libunistring's tables. */
#include "base/unicode.h"

#include <stdlib.h>

#include <unicase.h>
#include <uninorm.h>

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] >= 0x80)
            return false;
    return true;
}

static struct str lower_ascii(struct arena *arena, struct str text)
{
    char *out = arena_bytes(arena, text.n + 1);
    if (!out)
        return STR_NONE;
    for (size_t i = 0; i < text.n; i++)
        out[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] | 32 : text.p[i]);
    return (struct str){out, text.n};
}

/* Moves what the library has allocated into the arena. */
static struct str take(struct arena *arena, uint8_t *bytes, size_t n)
{
    struct str copy = bytes ? arena_str(arena, (struct str){(char *)bytes, n}) : STR_NONE;
    free(bytes);
    return copy;
}

struct str unicode_fold(struct arena *arena, struct str text)
{
    size_t n = 0;
    if (is_ascii(text))
        return lower_ascii(arena, text);
    uint8_t *folded = u8_casefold((const uint8_t *)text.p, text.n, NULL, UNINORM_NFKC, NULL, &n);
    return take(arena, folded, n);
}

struct str unicode_nfc(struct arena *arena, struct str text)
{
    size_t n = 0;
    if (is_ascii(text))
        return text;
    uint8_t *composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text.p, text.n, NULL, &n);
    return take(arena, composed, n);
}
