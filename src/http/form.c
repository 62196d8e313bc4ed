/* application/x-www-form-urlencoded bodies, with repeated names kept. */
#include "base/encoding.h"
#include "http/route.h"

#define MAX_PAIRS 100

static bool pair_parse(struct str piece, struct arena *arena, struct form_pair *pair)
{
    size_t equals = str_find(piece, '=');
    pair->name = form_decode(arena, (struct str){piece.p, equals});
    pair->value = form_decode(arena, str_from(piece, equals + 1));
    return pair->name.p && pair->value.p;
}

/* Pieces that are not empty, at most MAX_PAIRS + 1. */
static size_t count_pairs(struct str text)
{
    size_t count = 0;
    for (struct str piece; count <= MAX_PAIRS && (piece = str_split(&text, '&')).p;)
        count += piece.n != 0;
    return count;
}

bool form_parse(struct str text, struct arena *arena, struct form *form)
{
    size_t count = count_pairs(text);
    if (count > MAX_PAIRS)
        return false;
    struct form_pair *pairs = ARENA_ARRAY(arena, struct form_pair, count);
    if (!pairs)
        return false;
    size_t i = 0;
    for (struct str piece; (piece = str_split(&text, '&')).p;)
        if (piece.n && !pair_parse(piece, arena, &pairs[i++]))
            return false;
    *form = (struct form){pairs, count};
    return true;
}

struct str form_get(const struct form *form, struct str name, size_t *count)
{
    struct str first = STR_NONE;
    size_t seen = 0;
    for (size_t i = 0; i < form->count; i++)
        if (str_eq(form->pairs[i].name, name) && seen++ == 0 && form->pairs[i].value.n)
            first = form->pairs[i].value;
    if (count)
        *count = seen;
    return first;
}
