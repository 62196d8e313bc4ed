/* JSON from strangers: what is read, written and read again is the same. */
#include <assert.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    json *root, *again;
    bool at_end;
    assert(arena);
    if (json_parse(arena, (struct str){(const char *)data, size}, &root, &at_end) == JSON_OK) {
        struct str text = json_text(arena, root);
        assert(text.p && !at_end);
        enum json_error error = json_parse(arena, text, &again, NULL);
        assert(error == JSON_OK);
        assert(str_eq(text, json_text(arena, again)));
    }
    arena_free(arena);
    return 0;
}
