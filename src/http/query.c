/* Query texts as JSON objects, so that the same rows and the same check serve queries and bodies.
 */
#include "http/route.h"

/* A declared value may be split at commas into this many items. */
#define MAX_ITEMS 100

static const struct field *find_row(const struct field *fields, struct str name)
{
    for (const struct field *field = fields; field && field->name.p; field++)
        if (str_eq(field->name, name))
            return field;
    return NULL;
}

static bool is_option(const struct field *field, struct str text)
{
    for (const char *const *option = field->options; *option; option++)
        if (str_eq(text, str_of(*option)))
            return true;
    return false;
}

/* True when text can be a value of the type. */
static bool parses(const struct field *field, struct str text)
{
    int64_t number;
    switch (field->type) {
    case FIELD_INT:
        return str_to_int64(text, &number) && number >= -FIELD_INT_MAX && number <= FIELD_INT_MAX;
    case FIELD_BOOL:
        return str_eq(text, STR("true")) || str_eq(text, STR("false"));
    case FIELD_ENUM:
        return is_option(field, text);
    case FIELD_STRING:
        return text.n || (!field->min && !(field->flags & FIELD_NOT_EMPTY));
    case FIELD_ANY:
        return true;
    case FIELD_OBJECT:
    case FIELD_MAP:
    case FIELD_ARRAY:
        return false;
    }
    return false;
}

static void put_value(struct json_out *out, const struct field *field, struct str text)
{
    int64_t number;
    if (field && field->type == FIELD_INT && parses(field, text) && str_to_int64(text, &number))
        json_put_int(out, number);
    else if (field && field->type == FIELD_BOOL && parses(field, text))
        json_put_bool(out, str_eq(text, STR("true")));
    else
        json_put_str(out, text);
}

/* One text for an array: its comma-joined items, or the text as it is when one of them is not what
 * the item's row says. */
static void put_items(struct json_out *out, const struct field *item, struct str text)
{
    struct str rest = text, piece;
    size_t count = 0;
    while ((piece = str_split(&rest, ',')).p)
        if (!parses(item, piece) || ++count > MAX_ITEMS) {
            json_put_str(out, text);
            return;
        }
    json_open_array(out);
    rest = text;
    while ((piece = str_split(&rest, ',')).p)
        put_value(out, item, piece);
    json_close_array(out);
}

/* All values of one declared name. Several for a row that takes one stay an array: the check
 * refuses them. */
static void put_declared(struct json_out *out, const struct field *field, const struct form *form,
                         size_t first, size_t count)
{
    const struct field *item = field->type == FIELD_ARRAY ? field->item : field;
    struct str name = form->pairs[first].name;
    if (count == 1 && item == field) {
        put_value(out, field, form->pairs[first].value);
        return;
    }
    if (count == 1 && item) {
        put_items(out, item, form->pairs[first].value);
        return;
    }
    json_open_array(out);
    for (size_t i = first; i < form->count; i++)
        if (str_eq(form->pairs[i].name, name))
            put_value(out, item, form->pairs[i].value);
    json_close_array(out);
}

static bool is_first(const struct form *form, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(form->pairs[i].name, form->pairs[at].name))
            return false;
    return true;
}

json *query_parse(const struct field *fields, struct str text, struct arena *arena)
{
    struct form form;
    if (!form_parse(text, arena, &form))
        return NULL;
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (size_t i = 0; i < form.count; i++) {
        if (!is_first(&form, i))
            continue;
        struct str name = form.pairs[i].name;
        const struct field *field = find_row(fields, name);
        size_t count;
        form_get(&form, name, &count);
        json_key_escaped(&out, name);
        if (field)
            put_declared(&out, field, &form, i, count);
        else
            json_put_str(&out, form.pairs[i].value);
    }
    json_close_object(&out);
    json *query;
    struct str object = buf_view(&buf);
    return object.p && json_parse(arena, object, &query, NULL) == JSON_OK ? query : NULL;
}
