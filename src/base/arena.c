/* Memory of one request: a window moves through blocks, big pieces get a block of their own. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* With the address sanitizer, bytes that are not handed out may not be touched. Never inlined
 * there: gcc would take the call for a read of what is not written yet. */
#ifdef HAVE_ASAN
__attribute__((noinline)) static void hide(char *p, size_t n)
{
    __asan_poison_memory_region(p, n);
}

static void reveal(char *p, size_t n)
{
    __asan_unpoison_memory_region(p, n);
}
#else
static inline void hide(char *p, size_t n)
{
    (void)p;
    (void)n;
}

static inline void reveal(char *p, size_t n)
{
    (void)p;
    (void)n;
}
#endif

/* The first block, with the arena itself in it, is all that most requests need. */
#define FIRST_SIZE ((size_t)16 * 1024)
#define BLOCK_SIZE ((size_t)64 * 1024)
/* From here on a piece gets its own block, so that at most this much of a block stays unused. */
#define BIG_SIZE    ((size_t)16 * 1024)
#define ALIGN_TO(p) (-(uintptr_t)(p) & (alignof(max_align_t) - 1))

struct block {
    struct block *next;
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *arg;
};

/* at..end is the window: free bytes that the maximum allows, in the newest shared block, which goes
 * on to block_end. What the window covers is already taken off left. */
struct arena {
    char *at, *end, *block_end;
    size_t left, max;
    struct block *shared, *big; /* newest first; the first block is not in these */
    struct deferred *deferred;
    alignas(max_align_t) char first[];
};

static void open_window(struct arena *arena)
{
    size_t room = (size_t)(arena->block_end - arena->at);
    size_t n = room < arena->left ? room : arena->left;
    arena->end = arena->at + n;
    arena->left -= n;
}

static void close_window(struct arena *arena)
{
    arena->left += (size_t)(arena->end - arena->at);
    arena->end = arena->at;
}

static void start(struct arena *arena)
{
    arena->at = arena->first;
    arena->block_end = (char *)arena + FIRST_SIZE;
    arena->left = arena->max;
    hide(arena->first, FIRST_SIZE - offsetof(struct arena, first));
    open_window(arena);
}

struct arena *arena_new(size_t max)
{
    struct arena *arena = malloc(FIRST_SIZE);
    if (!arena)
        return NULL;
    /* Half of the address space is no limit either, and sums with it cannot overflow. */
    *arena = (struct arena){.max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
    start(arena);
    return arena;
}

static void run_deferred(struct arena *arena)
{
    struct deferred *deferred;
    while ((deferred = arena->deferred)) {
        arena->deferred = deferred->next;
        deferred->fn(deferred->arg);
    }
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    run_deferred(arena);
    free_blocks(arena->shared);
    free_blocks(arena->big);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    run_deferred(arena);
    if (arena->shared || arena->big) {
        free_blocks(arena->shared);
        free_blocks(arena->big);
        arena->shared = arena->big = NULL;
    }
    start(arena);
}

static void *alloc_big(struct arena *arena, size_t n)
{
    struct block *block = malloc(sizeof *block + n);
    if (!block)
        return NULL;
    block->next = arena->big;
    arena->big = block;
    arena->left -= n;
    return block->data;
}

static void *alloc_from_new_block(struct arena *arena, size_t n)
{
    struct block *block = malloc(BLOCK_SIZE);
    if (!block)
        return NULL;
    block->next = arena->shared;
    arena->shared = block;
    arena->at = block->data + n;
    arena->block_end = (char *)block + BLOCK_SIZE;
    arena->left -= n;
    hide(arena->at, (size_t)(arena->block_end - arena->at));
    return block->data;
}

/* The window is too small for n bytes. */
__attribute__((noinline)) static void *alloc_slow(struct arena *arena, size_t n)
{
    close_window(arena);
    void *p = NULL;
    if (n <= arena->left)
        p = n >= BIG_SIZE ? alloc_big(arena, n) : alloc_from_new_block(arena, n);
    open_window(arena);
    return p;
}

static inline void *alloc(struct arena *arena, size_t padding, size_t n)
{
    size_t room = (size_t)(arena->end - arena->at);
    if (room < padding || room - padding < n)
        return alloc_slow(arena, n);
    char *p = arena->at + padding;
    arena->at = p + n;
    reveal(p, n);
    return p;
}

void *arena_alloc_raw(struct arena *arena, size_t n)
{
    return alloc(arena, ALIGN_TO(arena->at), n);
}

void *arena_alloc(struct arena *arena, size_t n)
{
    void *p = arena_alloc_raw(arena, n);
    return p ? memset(p, 0, n) : NULL;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t n;
    return __builtin_mul_overflow(count, size, &n) ? NULL : arena_alloc(arena, n);
}

char *arena_bytes(struct arena *arena, size_t n)
{
    return alloc(arena, 0, n);
}

/* A piece that is alone in the newest big block grows with the block. */
static void *grow_big(struct arena *arena, size_t was, size_t n)
{
    struct block *block = NULL;
    close_window(arena);
    if (n - was <= arena->left)
        block = realloc(arena->big, sizeof *block + n);
    if (block) {
        arena->big = block;
        arena->left -= n - was;
    }
    open_window(arena);
    return block ? block->data : NULL;
}

void *arena_grow(struct arena *arena, void *p, size_t was, size_t n)
{
    char *end = p ? (char *)p + was : NULL;
    if (end == arena->at && n - was <= (size_t)(arena->end - end)) {
        reveal(end, n - was);
        arena->at = end + (n - was);
        return p;
    }
    if (arena->big && p == arena->big->data)
        return grow_big(arena, was, n);
    void *moved = arena_alloc_raw(arena, n);
    if (moved && p)
        memcpy(moved, p, was);
    return moved;
}

struct str arena_str(struct arena *arena, struct str s)
{
    char *p = s.p ? arena_bytes(arena, s.n + 1) : NULL;
    if (!p)
        return STR_NONE;
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}

char *arena_cstr(struct arena *arena, struct str s)
{
    char *p = arena_bytes(arena, s.n + 1);
    if (!p)
        return NULL;
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

/* Prints into the window; NULL when it does not fit. */
__attribute__((format(printf, 3, 0))) static char *print_in_window(struct arena *arena, int *n,
                                                                   const char *format, va_list args)
{
    size_t room = (size_t)(arena->end - arena->at);
    char *p = arena->at;
    reveal(p, room);
    *n = vsnprintf(p, room, format, args);
    bool fits = *n >= 0 && (size_t)*n < room;
    if (fits)
        arena->at += *n + 1;
    hide(arena->at, (size_t)(arena->end - arena->at));
    return fits ? p : NULL;
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    int n;
    va_start(args, format);
    va_copy(again, args);
    char *p = print_in_window(arena, &n, format, args);
    if (!p && n >= 0 && (p = arena_bytes(arena, (size_t)n + 1)))
        vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return p ? (struct str){p, (size_t)n} : STR_NONE;
}

bool arena_defer(struct arena *arena, void (*fn)(void *), void *arg)
{
    struct deferred *deferred = arena_alloc_raw(arena, sizeof *deferred);
    if (!deferred) {
        fn(arg);
        return false;
    }
    *deferred = (struct deferred){arena->deferred, fn, arg};
    arena->deferred = deferred;
    return true;
}
