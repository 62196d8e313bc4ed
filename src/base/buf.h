/* A growing byte buffer with a maximum and a sticky failure flag. */
#ifndef SIGNET_BASE_BUF_H
#define SIGNET_BASE_BUF_H

#include "base/arena.h"

struct buf {
    char *p;
    size_t n, cap, max;
    struct arena *arena; /* NULL: the memory is malloc's and buf_free gives it back */
    bool failed;         /* an append did not fit or memory was out; later appends do nothing */
};

/* An empty buffer of at most max bytes; nothing is allocated yet. */
struct buf buf_new(struct arena *arena, size_t max);
void buf_free(struct buf *buf); /* malloc'ed buffers only; takes an empty one */

/* Room for n more bytes behind p + n. False (failed is set) when there is none. */
bool buf_reserve_slow(struct buf *buf, size_t n);
static inline bool buf_reserve(struct buf *buf, size_t n)
{
    return (!buf->failed && buf->cap - buf->n >= n) || buf_reserve_slow(buf, n);
}

static inline void buf_put(struct buf *buf, const void *bytes, size_t n)
{
    if (n && buf_reserve(buf, n)) {
        memcpy(buf->p + buf->n, bytes, n);
        buf->n += n;
    }
}

static inline void buf_byte(struct buf *buf, char c)
{
    if (buf_reserve(buf, 1))
        buf->p[buf->n++] = c;
}

static inline void buf_str(struct buf *buf, struct str s)
{
    buf_put(buf, s.p, s.n);
}
#define BUF_LIT(buf, literal) buf_put((buf), (literal), sizeof(literal) - 1)

void buf_int(struct buf *buf, int64_t value); /* decimal */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What is in it; {NULL,0} if it failed. Valid until the next append. */
struct str buf_view(const struct buf *buf);

#endif
