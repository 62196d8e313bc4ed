/* Phrases of the sign-in pages. */
#include "domain/phrases.h"

#include <stdio.h>

#include "domain/sign_in_experience.h"

static const struct phrase {
    struct str path, text; /* path: names of nested objects and the phrase, blank-separated */
} phrases[] = {
#define PHRASE(path, text) {STR_INIT(path), STR_INIT(text)},
#include "domain/phrases_en.def"
#undef PHRASE
};
#define COUNT (sizeof(phrases) / sizeof(*phrases))

/* ---- As an object ---- */

/* Phrases from *at on that share the first `prefix` bytes of path, as one object. */
static void put_level(struct json_out *out, size_t *at, size_t prefix, json *changes)
{
    struct str head = {phrases[*at].path.p, prefix};
    json_open_object(out);
    while (*at < COUNT && str_starts(phrases[*at].path, head)) {
        struct str rest = str_from(phrases[*at].path, prefix);
        size_t end = str_find(rest, ' ');
        struct str name = {rest.p, end};
        json *change = json_get(changes, name);
        json_key(out, name);
        if (end < rest.n) {
            put_level(out, at, prefix + end + 1, change);
        } else {
            json_put_str(out, json_str(change).n ? json_str(change) : phrases[*at].text);
            ++*at;
        }
    }
    json_close_object(out);
}

void phrases_put(struct json_out *out, json *changes)
{
    size_t at = 0;
    put_level(out, &at, 0, changes);
}

/* ---- Changes ---- */

static bool is_empty(json *value)
{
    size_t i, n;
    json *key, *member;
    if (yyjson_is_obj(value)) {
        yyjson_obj_foreach(value, i, n, key, member)
        {
            if (!is_empty(member))
                return false;
        }
        return true;
    }
    return yyjson_is_null(value) || (yyjson_is_str(value) && !json_str(value).n);
}

static bool fits(json *changes, struct str prefix);

static bool member_fits(json *key, json *value, struct str prefix)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "%.*s%.*s%s", STR_ARG(prefix), STR_ARG(json_str(key)),
                     yyjson_is_obj(value) ? " " : "");
    struct str path = {text, (size_t)n};
    if (n < 0 || path.n >= sizeof(text) || memchr(json_str(key).p, ' ', json_str(key).n))
        return false;
    for (size_t i = 0; i < COUNT; i++) {
        if (yyjson_is_obj(value) && str_starts(phrases[i].path, path))
            return fits(value, path);
        if (yyjson_is_str(value) && str_eq(phrases[i].path, path))
            return true;
    }
    return false;
}

static bool fits(json *changes, struct str prefix)
{
    size_t i, n;
    json *key, *value;
    yyjson_obj_foreach(changes, i, n, key, value)
    {
        if (!is_empty(value) && !member_fits(key, value, prefix))
            return false;
    }
    return true;
}

bool phrases_fit(json *changes)
{
    return fits(changes, STR(""));
}

static void put_clean(struct json_out *out, json *value)
{
    size_t i, n;
    json *key, *member;
    if (!yyjson_is_obj(value)) {
        json_put_value(out, value);
        return;
    }
    json_open_object(out);
    yyjson_obj_foreach(value, i, n, key, member)
    {
        if (is_empty(member))
            continue;
        json_key_escaped(out, json_str(key));
        put_clean(out, member);
    }
    json_close_object(out);
}

struct str phrases_clean(struct arena *arena, json *changes)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    put_clean(&out, changes);
    return buf_view(&buf);
}

/* ---- The language ---- */

enum { TAG, TRANSLATION };

/* The tag as it is written here, when there are phrases of it; its changes, or -1, in *row. */
static struct str find_language(const struct db_rows *custom, struct str tag, size_t *row)
{
    struct str base = {tag.p, str_find(tag, '-')};
    const struct str forms[] = {tag, base};
    for (int form = 0; form < 2; form++) {
        for (size_t i = 0; i < custom->count; i++) {
            *row = i;
            if (str_eq_nocase(db_text(custom, i, TAG), forms[form]))
                return db_text(custom, i, TAG);
        }
        *row = custom->count;
        if (language_tag_is_built_in(forms[form]))
            return forms[form];
    }
    return STR_NONE;
}

/* RFC 9110 12.5.4: the weight of one range, in thousandths. */
static int weight(struct str parameters)
{
    struct str q = str_trim(parameters);
    if (!str_starts(q, STR("q=")))
        return 1000;
    int value = q.n > 2 && q.p[2] == '1' ? 1000 : 0, unit = 100;
    for (size_t i = 4; i < q.n && unit && q.p[i] >= '0' && q.p[i] <= '9'; i++, unit /= 10)
        value += (q.p[i] - '0') * unit;
    return value;
}

static struct str preferred(struct ctx *ctx, const struct db_rows *custom, size_t *row)
{
    struct str rest = http_header_get(ctx->request, STR("accept-language"), NULL), range;
    struct str best = STR_NONE;
    int best_weight = 0;
    while (rest.p && (range = str_split(&rest, ',')).p) {
        size_t end = str_find(range, ';'), found;
        int w = weight(str_from(range, end + 1));
        struct str tag = find_language(custom, str_trim((struct str){range.p, end}), &found);
        if (!tag.p || w <= best_weight)
            continue;
        best = tag;
        best_weight = w;
        *row = found;
    }
    return best;
}

enum err phrases_choose(struct ctx *ctx, struct str wanted, struct str *tag, json **changes)
{
    struct db_rows experience, custom;
    json *info;
    size_t row = 0;
    enum err err = sign_in_experience_get(ctx, &experience);
    if (!err)
        err = sign_in_experience_json(ctx, &experience, STR("languageInfo"), &info);
    if (!err)
        err = db_query(ctx->db, "SELECT language_tag, translation FROM custom_phrases",
                       DB_NO_PARAMS, ctx->arena, &custom);
    if (err)
        return err;
    *tag = find_language(&custom, wanted, &row);
    if (!tag->p && yyjson_is_true(json_get(info, STR("autoDetect"))))
        *tag = preferred(ctx, &custom, &row);
    if (!tag->p)
        *tag = find_language(&custom, json_str(json_get(info, STR("fallbackLanguage"))), &row);
    if (!tag->p)
        *tag = find_language(&custom, STR("en"), &row);
    *changes = NULL;
    if (row < custom.count &&
        json_parse(ctx->arena, db_text(&custom, row, TRANSLATION), changes, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}
