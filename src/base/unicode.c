/* Case folding and normalization by libunistring's tables. */
#include "base/unicode.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/buf.h"

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

/* ---- Small letters ---- */

/* What takes their place is no longer than they are. */
static const struct {
    struct str from, to;
} unlike[] = {
    {STR_INIT("\u0130"), STR_INIT("i")},      /* the library would add a dot of its own */
    {STR_INIT("\u03c2"), STR_INIT("\u03c3")}, /* at the end of a word */
};

static size_t replace(char *text, size_t n, struct str from, struct str to)
{
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        bool is = n - i >= from.n && memcmp(text + i, from.p, from.n) == 0;
        if (is) {
            memmove(text + out, to.p, to.n);
            out += to.n;
            i += from.n;
        } else {
            text[out++] = text[i++];
        }
    }
    return out;
}

static char *copy_of(struct str text, bool lowers)
{
    char *out = malloc(text.n + 1);
    if (!out)
        return NULL;
    for (size_t i = 0; i < text.n; i++)
        out[i] =
            (char)(lowers && text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] | 32 : text.p[i]);
    out[text.n] = '\0';
    return out;
}

char *unicode_lower(struct str text, size_t *n)
{
    *n = text.n;
    if (is_ascii(text))
        return copy_of(text, true);
    char *plain = copy_of(text, false);
    if (!plain || u8_check((const uint8_t *)text.p, text.n))
        return plain;
    size_t length = replace(plain, text.n, unlike[0].from, unlike[0].to);
    char *lower = (char *)u8_tolower((const uint8_t *)plain, length, NULL, NULL, NULL, n);
    free(plain);
    if (!lower)
        return NULL;
    *n = replace(lower, *n, unlike[1].from, unlike[1].to);
    char *ended = realloc(lower, *n + 1);
    if (!ended) {
        free(lower);
        return NULL;
    }
    ended[*n] = '\0';
    return ended;
}

struct str unicode_lower_arena(struct arena *arena, struct str text)
{
    size_t n = 0;
    char *lower = unicode_lower(text, &n);
    return take(arena, (uint8_t *)lower, n);
}

/* How many bytes at the start are all ASCII, or all not. */
static size_t run_of(struct str text, bool ascii)
{
    size_t n = 0;
    while (n < text.n && ascii == ((unsigned char)text.p[n] < 0x80))
        n++;
    return n;
}

struct str unicode_lower_others(struct arena *arena, struct str text)
{
    struct buf out = buf_new(arena, SIZE_MAX);
    buf_str(&out, STR(""));
    while (text.n) {
        size_t plain = run_of(text, true);
        buf_str(&out, (struct str){text.p, plain});
        text = str_from(text, plain);
        size_t others = run_of(text, false);
        struct str lower = unicode_lower_arena(arena, (struct str){text.p, others});
        if (!lower.p)
            return STR_NONE;
        buf_str(&out, lower);
        text = str_from(text, others);
    }
    return buf_view(&out);
}

struct str unicode_nfc(struct arena *arena, struct str text)
{
    size_t n = 0;
    if (is_ascii(text))
        return text;
    uint8_t *composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text.p, text.n, NULL, &n);
    return take(arena, composed, n);
}

/* ---- Letters that look like others ---- */

/* Each is taken for a Latin letter (UTS 39, confusables). */
static const char look_alikes[] = "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440"
                                  "\u051b\u0455\u051d\u0445\u0443\u0475"
                                  "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422"
                                  "\u0423\u0425\u0405\u0406\u0408\u04ae"
                                  "\u03b1\u03b3\u03b9\u03bd\u03bf\u03c1\u03c3\u03c5"
                                  "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f"
                                  "\u03a1\u03a4\u03a5\u03a7"
                                  "\u0585\u057d\u0570\u0578\u0581\u0575";

static bool looks_latin(ucs4_t letter)
{
    const uint8_t *at = (const uint8_t *)look_alikes;
    for (size_t left = sizeof look_alikes - 1; left;) {
        ucs4_t each;
        int n = u8_mbtouc(&each, at, left);
        if (each == letter)
            return true;
        at += n;
        left -= (size_t)n;
    }
    return false;
}

enum writing { WRITING_COMMON, WRITING_LATIN, WRITING_EAST_ASIAN, WRITING_OTHER };

/* Chinese, Japanese and Korean are written with Latin letters among their own. */
static enum writing writing_of(const uc_script_t *script)
{
    static const struct {
        const char *name;
        enum writing writing;
    } known[] = {
        {"Common", WRITING_COMMON},       {"Inherited", WRITING_COMMON},
        {"Latin", WRITING_LATIN},         {"Han", WRITING_EAST_ASIAN},
        {"Hiragana", WRITING_EAST_ASIAN}, {"Katakana", WRITING_EAST_ASIAN},
        {"Hangul", WRITING_EAST_ASIAN},   {"Bopomofo", WRITING_EAST_ASIAN},
    };
    for (size_t i = 0; script && i < sizeof known / sizeof *known; i++)
        if (strcmp(script->name, known[i].name) == 0)
            return known[i].writing;
    return script ? WRITING_OTHER : WRITING_COMMON;
}

/* What has been seen of a label. */
struct label {
    const uc_script_t *other; /* script of its letters that are neither Latin nor East Asian */
    bool latin, east_asian;
    size_t letters, alike;
};

/* False: it does not go with what was seen before. */
static bool label_add(struct label *label, ucs4_t letter)
{
    const uc_script_t *script = uc_script(letter);
    enum writing writing = writing_of(script);
    if (writing == WRITING_COMMON)
        return true;
    label->letters++;
    label->alike += looks_latin(letter);
    label->latin |= writing == WRITING_LATIN;
    label->east_asian |= writing == WRITING_EAST_ASIAN;
    if (writing == WRITING_OTHER && label->other && label->other != script)
        return false;
    if (writing == WRITING_OTHER)
        label->other = script;
    return !label->other || !(label->latin || label->east_asian);
}

bool unicode_is_misleading(struct str address)
{
    struct label label = {0};
    if (is_ascii(address))
        return false;
    for (size_t at = 0; at < address.n;) {
        ucs4_t letter;
        at += (size_t)u8_mbtouc(&letter, (const uint8_t *)address.p + at, address.n - at);
        if (letter != '@' && letter != '.') {
            if (!label_add(&label, letter))
                return true;
            continue;
        }
        if (label.letters && label.alike == label.letters)
            return true;
        label = (struct label){0};
    }
    return label.letters && label.alike == label.letters;
}
