/* Base64, base64url and hex from strangers: what is accepted has one spelling only. */
#include <assert.h>

#include "base/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(size * 8 + 1024);
    assert(arena);
    struct str text = {(const char *)data, size};
    char *bytes = arena_bytes(arena, size), *again = arena_bytes(arena, size + 4);
    size_t n, unused;
    if (base64url_decode(text, bytes, size, &n)) {
        assert(base64url_encode(bytes, n, again) == size);
        assert(size == 0 || memcmp(again, data, size) == 0);
        assert(n == 0 || !base64url_decode(text, bytes, n - 1, &unused));
    }
    if (base64_decode(text, bytes, size, &n)) {
        struct buf buf = buf_new(arena, size + 4);
        base64_encode(&buf, bytes, n);
        assert(str_starts(buf_view(&buf), text));
    }
    if (hex_decode(text, bytes, size, &n)) {
        hex_encode(bytes, n, again);
        assert(str_eq_nocase((struct str){again, 2 * n}, text));
    }
    arena_free(arena);
    return 0;
}
