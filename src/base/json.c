/* Reading JSON: yyjson parses into the arena; depth and duplicate keys are checked afterwards. */
#include "base/json.h"

#include "base/ids.h"

static void *alc_malloc(void *arena, size_t n)
{
    return arena_alloc_raw(arena, n);
}

static void *alc_realloc(void *arena, void *p, size_t was, size_t n)
{
    return n > was ? arena_grow(arena, p, was, n) : p;
}

static void alc_free(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

/* Objects up to here are compared key by key, bigger ones get a hash table. */
#define SMALL_OBJECT 32

static inline bool key_eq(json *a, json *b)
{
    size_t n = unsafe_yyjson_get_len(a);
    return n == unsafe_yyjson_get_len(b) &&
           memcmp(unsafe_yyjson_get_str(a), unsafe_yyjson_get_str(b), n) == 0;
}

/* One of 64 bits: keys that differ mostly have different ones, and need no comparison then. */
static inline uint64_t key_bit(json *key)
{
    size_t n = unsafe_yyjson_get_len(key);
    const unsigned char *p = (const unsigned char *)unsafe_yyjson_get_str(key);
    size_t mix = n ? n * 5 + p[0] + p[n / 2] * (size_t)7 + p[n - 1] * (size_t)3 : 0;
    return (uint64_t)1 << (mix & 63);
}

static bool small_has_duplicate(json *object, size_t count)
{
    json *keys[SMALL_OBJECT];
    uint64_t seen = 0;
    json *key = unsafe_yyjson_get_first(object);
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = key_bit(key);
        for (size_t j = 0; seen & bit && j < i; j++) {
            if (key_eq(keys[j], key))
                return true;
        }
        seen |= bit;
        keys[i] = key;
        key = unsafe_yyjson_get_next(key + 1);
    }
    return false;
}

/* Keys whose hashes meet cannot be made up without the seed: two words of random bytes. */
static uint64_t hash_key(json *key, const uint64_t seed[2])
{
    const char *p = unsafe_yyjson_get_str(key);
    size_t n = unsafe_yyjson_get_len(key);
    uint64_t hash = n;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, p + i, n - i < 8 ? n - i : 8);
        unsigned __int128 product = (unsigned __int128)(word ^ seed[0]) * (hash ^ seed[1]);
        hash = (uint64_t)(product >> 64) ^ (uint64_t)product;
    }
    return hash;
}

/* An open-addressed table, at most half full, of the keys' distances from the object. */
static enum json_error check_big_object(struct arena *arena, json *object, size_t count)
{
    uint64_t seed[2];
    random_bytes(seed, sizeof seed);
    size_t size = (size_t)4 * SMALL_OBJECT;
    while (size < count * 2)
        size *= 2;
    uint32_t *slots = arena_alloc_array(arena, size, sizeof *slots);
    if (!slots)
        return JSON_NO_MEMORY;
    json *key = unsafe_yyjson_get_first(object);
    for (size_t i = 0; i < count; i++, key = unsafe_yyjson_get_next(key + 1)) {
        size_t at = hash_key(key, seed) & (size - 1);
        for (; slots[at]; at = (at + 1) & (size - 1)) {
            if (key_eq(object + slots[at], key))
                return JSON_DUPLICATE;
        }
        slots[at] = (uint32_t)(key - object);
    }
    return JSON_OK;
}

static enum json_error check_keys(struct arena *arena, json *object)
{
    size_t count = unsafe_yyjson_get_len(object);
    if (count > SMALL_OBJECT)
        return check_big_object(arena, object, count);
    return small_has_duplicate(object, count) ? JSON_DUPLICATE : JSON_OK;
}

/* A document is one array of values in the order of the text; a container knows where it ends. */
static enum json_error check_values(struct arena *arena, json *root, size_t count)
{
    json *ends[JSON_MAX_DEPTH]; /* of the containers around the value */
    size_t depth = 0;
    for (json *value = root; value < root + count; value++) {
        while (depth && value >= ends[depth - 1])
            depth--;
        if (!unsafe_yyjson_is_ctn(value))
            continue;
        if (depth == JSON_MAX_DEPTH)
            return JSON_TOO_DEEP;
        ends[depth++] = unsafe_yyjson_get_next(value);
        enum json_error error = yyjson_is_obj(value) ? check_keys(arena, value) : JSON_OK;
        if (error)
            return error;
    }
    return JSON_OK;
}

static enum json_error read_error(const yyjson_read_err *error, struct str text, bool *at_end)
{
    if (error->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return JSON_NO_MEMORY;
    if (at_end)
        *at_end = error->code == YYJSON_READ_ERROR_UNEXPECTED_END ||
                  error->code == YYJSON_READ_ERROR_EMPTY_CONTENT || error->pos >= text.n;
    return JSON_SYNTAX;
}

enum json_error json_parse(struct arena *arena, struct str text, json **out, bool *at_end)
{
    if (at_end)
        *at_end = text.n == 0;
    if (text.n == 0)
        return JSON_SYNTAX;
    yyjson_alc alc = {alc_malloc, alc_realloc, alc_free, arena};
    yyjson_read_err failure;
    /* Without YYJSON_READ_INSITU the text is only read. */
    yyjson_doc *doc =
        yyjson_read_opts((char *)(uintptr_t)text.p, text.n, YYJSON_READ_NOFLAG, &alc, &failure);
    if (!doc)
        return read_error(&failure, text, at_end);
    json *root = yyjson_doc_get_root(doc);
    enum json_error error = check_values(arena, root, yyjson_doc_get_val_count(doc));
    if (error == JSON_OK)
        *out = root;
    return error;
}

json *json_get(json *value, struct str name)
{
    return yyjson_obj_getn(value, name.p, name.n);
}

struct str json_str(json *value)
{
    if (!yyjson_is_str(value))
        return STR_NONE;
    return (struct str){unsafe_yyjson_get_str(value), unsafe_yyjson_get_len(value)};
}

struct str json_text(struct arena *arena, json *value)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_put_value(&out, value);
    return buf_view(&buf);
}
