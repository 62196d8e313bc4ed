/* Reading CBOR. */
#include "crypto/cbor.h"

/* Takes the number behind the head byte; info is its low five bits. */
static bool take_number(struct str *rest, unsigned info, uint64_t *out)
{
    static const uint64_t least[] = {24, 0x100, 0x10000, 0x100000000};
    if (info < 24) {
        *out = info;
        return true;
    }
    if (info > 27 || rest->n < (size_t)1 << (info - 24))
        return false;
    size_t bytes = (size_t)1 << (info - 24);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)rest->p[i];
    *rest = str_from(*rest, bytes);
    *out = value;
    return value >= least[info - 24]; /* or there were a shorter form */
}

static bool take_text(struct str *rest, struct cbor *out)
{
    if (out->number > rest->n)
        return false;
    out->text = (struct str){rest->p, (size_t)out->number};
    *rest = str_from(*rest, out->text.n);
    return out->kind == CBOR_BYTES || str_is_utf8(out->text);
}

/* Takes a value without what is in it. An array or map has no more items than bytes behind it. */
static bool take_head(struct str *rest, struct cbor *out)
{
    if (rest->n == 0)
        return false;
    unsigned head = (uint8_t)rest->p[0], info = head & 31;
    *rest = str_from(*rest, 1);
    out->kind = (enum cbor_kind)(head >> 5);
    if (out->kind == CBOR_SIMPLE && (info < 20 || info > 22)) /* false, true, null */
        return false;
    if (!take_number(rest, info, &out->number))
        return false;
    switch (out->kind) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE:
    case CBOR_SIMPLE:
        return true;
    case CBOR_BYTES:
    case CBOR_TEXT:
        return take_text(rest, out);
    case CBOR_ARRAY:
    case CBOR_MAP:
        return out->number <= rest->n;
    case CBOR_TAG:
        return false;
    }
    return false;
}

static uint64_t items_of(const struct cbor *value)
{
    if (value->kind == CBOR_MAP)
        return 2 * value->number;
    return value->kind == CBOR_ARRAY ? value->number : 0;
}

/* Takes count values and what is in them. */
static bool take_items(struct str *rest, uint64_t count)
{
    uint64_t left[CBOR_MAX_DEPTH] = {count};
    size_t depth = 1;
    while (depth) {
        struct cbor each = {0};
        if (left[depth - 1] == 0) {
            depth--;
            continue;
        }
        left[depth - 1]--;
        if (!take_head(rest, &each))
            return false;
        if (items_of(&each) == 0)
            continue;
        if (depth == CBOR_MAX_DEPTH)
            return false;
        left[depth++] = items_of(&each);
    }
    return true;
}

bool cbor_read(struct str *rest, struct cbor *out)
{
    struct str at = *rest;
    struct cbor value = {0};
    if (!take_head(&at, &value))
        return false;
    if (value.kind == CBOR_ARRAY || value.kind == CBOR_MAP) {
        struct str items = at;
        if (!take_items(&at, items_of(&value)))
            return false;
        value.text = (struct str){items.p, items.n - at.n};
    }
    value.whole = (struct str){rest->p, rest->n - at.n};
    *rest = at;
    *out = value;
    return true;
}

bool cbor_find(const struct cbor *map, struct str key, struct cbor *out)
{
    struct str rest = map->text;
    struct cbor name, value, found;
    size_t times = 0;
    if (map->kind != CBOR_MAP)
        return false;
    while (cbor_read(&rest, &name) && cbor_read(&rest, &value)) {
        if (!str_eq(name.whole, key))
            continue;
        found = value;
        times++;
    }
    if (times != 1)
        return false;
    *out = found;
    return true;
}
