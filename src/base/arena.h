/* Memory of one request: allocated piece by piece, freed at once. */
#ifndef SIGNET_BASE_ARENA_H
#define SIGNET_BASE_ARENA_H

#include "base/str.h"

struct arena;

/* A new arena that hands out at most max bytes in all. NULL when memory is out. */
struct arena *arena_new(size_t max);

/* Runs the deferred calls, newest first, and frees everything; takes NULL. */
void arena_free(struct arena *arena);

/* As arena_free, but keeps the first block for the next use. */
void arena_reset(struct arena *arena);

/* n zeroed bytes, aligned for any object; NULL when the maximum is reached or memory is out. */
void *arena_alloc(struct arena *arena, size_t n);

/* As arena_alloc, but not zeroed. */
void *arena_alloc_raw(struct arena *arena, size_t n);

/* n bytes, not zeroed, byte-aligned; for text. */
char *arena_bytes(struct arena *arena, size_t n);

/* Makes the piece at p, allocated with was bytes, n bytes long (n >= was) and keeps its content. It
 * stays where it is when nothing was allocated behind it; otherwise it moves, aligned for any
 * object, and the old place must not be used again. NULL when the maximum is reached or memory is
 * out; the piece is then unchanged. */
void *arena_grow(struct arena *arena, void *p, size_t was, size_t n);

/* A copy of s that lives as long as the arena, followed by a NUL byte that is not counted.
 * {NULL,0} when memory is out or s is absent. */
struct str arena_str(struct arena *arena, struct str s);

/* A NUL-terminated copy. NULL when memory is out. */
char *arena_cstr(struct arena *arena, struct str s);

/* printf into the arena; {NULL,0} when memory is out. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls fn(arg) when the arena is reset or freed; false (and fn is called at once) when memory is
 * out. For foreign handles: call it on the line after the one that opened the handle. */
bool arena_defer(struct arena *arena, void (*fn)(void *), void *arg);

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

#endif
