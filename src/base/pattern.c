/* Bounds on regular expressions, and SQL's own kind of them. */
#include "base/pattern.h"

#include <regex.h>

#include "base/buf.h"

/* The greatest number up to the next '}'. */
static size_t repeat_count(struct str text)
{
    size_t most = 1, number = 0;
    for (size_t i = 0; i < text.n && text.p[i] != '}'; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        number = digit ? number * 10 + (size_t)(text.p[i] - '0') : 0;
        if (number > PATTERN_REPEAT_MAX)
            return number;
        if (number > most)
            most = number;
    }
    return most;
}

static bool is_cheap(struct str text)
{
    size_t product = 1;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n) {
            i++;
            if (text.p[i] >= '1' && text.p[i] <= '9')
                return false;
        } else if (text.p[i] == '{') {
            product *= repeat_count(str_from(text, i + 1));
            if (product > PATTERN_REPEAT_MAX)
                return false;
        }
    }
    return true;
}

bool pattern_is_sound(struct arena *arena, struct str text)
{
    regex_t regex;
    char *pattern = arena_cstr(arena, text);
    if (!pattern || strlen(pattern) != text.n || !is_cheap(text) ||
        regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    regfree(&regex);
    return true;
}

/* Length of the bracket expression that starts at text. */
static size_t bracket_length(struct str text)
{
    size_t i = 1;
    if (i < text.n && text.p[i] == '^')
        i++;
    if (i < text.n && text.p[i] == ']')
        i++;
    while (i < text.n && text.p[i] != ']')
        i++;
    return i < text.n ? i + 1 : text.n;
}

static void put_literal(struct buf *out, char c)
{
    if (strchr(".^$\\[](){}|*+?", c))
        buf_byte(out, '\\');
    buf_byte(out, c);
}

/* Appends what the beginning of text means; returns how long that is. */
static size_t put_similar(struct buf *out, struct str text)
{
    size_t n = 1;
    switch (text.p[0]) {
    case '%':
        BUF_LIT(out, ".*");
        break;
    case '_':
        buf_byte(out, '.');
        break;
    case '\\':
        put_literal(out, text.n > 1 ? text.p[1] : '\\');
        n = text.n > 1 ? 2 : 1;
        break;
    case '.':
    case '^':
    case '$':
        put_literal(out, text.p[0]);
        break;
    case '[':
        n = bracket_length(text);
        buf_put(out, text.p, n);
        break;
    default:
        buf_byte(out, text.p[0]);
    }
    return n;
}

struct str pattern_from_similar(struct arena *arena, struct str similar)
{
    struct buf out = buf_new(arena, SIZE_MAX);
    BUF_LIT(&out, "^(");
    while (similar.n)
        similar = str_from(similar, put_similar(&out, similar));
    BUF_LIT(&out, ")$");
    return buf_view(&out);
}
