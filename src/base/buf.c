/* A growing byte buffer: growth, and what is too big for the header. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAP 256

struct buf buf_new(struct arena *arena, size_t max)
{
    return (struct buf){.max = max, .arena = arena};
}

void buf_free(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.max = buf->max};
}

static bool set_cap(struct buf *buf, size_t cap)
{
    char *p = buf->arena ? arena_grow(buf->arena, buf->p, buf->cap, cap) : realloc(buf->p, cap);
    if (!p)
        return false;
    buf->p = p;
    buf->cap = cap;
    return true;
}

bool buf_reserve_slow(struct buf *buf, size_t n)
{
    if (buf->failed)
        return false;
    if (n > buf->max - buf->n) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->n + n;
    size_t cap = buf->cap < FIRST_CAP / 2 ? FIRST_CAP : buf->cap * 2;
    if (cap < need)
        cap = need;
    if (cap > buf->max)
        cap = buf->max;
    /* Near the arena's maximum there may be room for what is needed, but not for the double. */
    if (!set_cap(buf, cap) && (cap == need || !set_cap(buf, need)))
        buf->failed = true;
    return !buf->failed;
}

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

void buf_int(struct buf *buf, int64_t value)
{
    char digits[20];
    char *at = digits + sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (; left >= 100; left /= 100) {
        at -= 2;
        memcpy(at, PAIRS + left % 100 * 2, 2);
    }
    if (left >= 10) {
        at -= 2;
        memcpy(at, PAIRS + left * 2, 2);
    } else {
        *--at = (char)('0' + left);
    }
    if (value < 0)
        *--at = '-';
    buf_put(buf, at, (size_t)(digits + sizeof digits - at));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buf->failed ? 0 : buf->cap - buf->n;
    int n = vsnprintf(room ? buf->p + buf->n : NULL, room, format, args);
    bool printed = n >= 0 && (size_t)n < room;
    if (n < 0)
        buf->failed = true;
    /* vsnprintf needs one byte more for its NUL. */
    if (!printed && n >= 0 && buf_reserve(buf, (size_t)n + 1)) {
        vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
        printed = true;
    }
    if (printed)
        buf->n += (size_t)n;
    va_end(again);
    va_end(args);
}

struct str buf_view(const struct buf *buf)
{
    if (buf->failed)
        return STR_NONE;
    return buf->p ? (struct str){buf->p, buf->n} : STR("");
}
