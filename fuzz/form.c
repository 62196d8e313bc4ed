/* Percent and form encoding from strangers: a result is UTF-8, and encodes back to itself. */
#include <assert.h>

#include "base/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_result(struct arena *arena, struct str decoded)
{
    if (!decoded.p)
        return;
    assert(str_is_utf8(decoded));
    struct buf buf = buf_new(arena, (size_t)16 * 1024 * 1024);
    percent_encode(&buf, decoded);
    struct str encoded = buf_view(&buf);
    assert(str_eq(percent_decode(arena, encoded), decoded));
    assert(str_eq(form_decode(arena, encoded), decoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct str rest = {(const char *)data, size}, field;
    assert(arena);
    while (size && (field = str_split(&rest, '&')).p) {
        check_result(arena, form_decode(arena, field));
        check_result(arena, percent_decode(arena, field));
    }
    arena_free(arena);
    return 0;
}
