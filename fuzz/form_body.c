/* Fuzzes forms and queries: what is parsed is UTF-8, and a query is JSON that the check can read.
 */
#include <assert.h>
#include <stdint.h>

#include "http/route.h"

static const char *const colors[] = {"red", "blue", NULL};
static const struct field color = {.type = FIELD_ENUM, .options = colors};
static const struct field number = {.type = FIELD_INT, .max = 9};
static const struct field query_fields[] = {
    {.name = STR_INIT("c"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &color},
    {.name = STR_INIT("n"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &number},
    {.name = STR_INIT("i"), .type = FIELD_INT, .flags = FIELD_CREATE},
    {.name = STR_INIT("b"), .type = FIELD_BOOL, .flags = FIELD_CREATE},
    {.name = STR_INIT("s"), .type = FIELD_STRING, .flags = FIELD_CREATE, .max = 3},
    FIELDS_END,
};

static void check_query(struct str text, struct arena *arena)
{
    struct buf issues = buf_new(arena, 1 << 20), details = buf_new(arena, 1 << 20);
    json *query = query_parse(query_fields, text, arena);
    if (!query)
        return;
    assert(yyjson_is_obj(query));
    bool valid = query_check(query_fields, query, arena, &issues, &details);
    assert(valid == (issues.n == 0) && valid == (details.n == 0));
    assert(!valid || !json_get(query, STR("i")) || yyjson_is_num(json_get(query, STR("i"))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena *arena = arena_new(8 << 20);
    struct form form;
    if (form_parse(text, arena, &form)) {
        size_t count;
        for (size_t i = 0; i < form.count; i++) {
            assert(str_is_utf8(form.pairs[i].name) && str_is_utf8(form.pairs[i].value));
            form_get(&form, form.pairs[i].name, &count);
            assert(count >= 1);
        }
        check_query(text, arena);
    }
    arena_free(arena);
    return 0;
}
