/* Completion out of the API's OpenAPI document. */
#include "cli/api.h"
#include "cli/completion.h"

#define FETCH_S         2 /* a person is waiting for the key they pressed */
#define PATH_MAX_LENGTH 4096

struct reading {
    struct profile_store store;
    struct profile profile;
    json *document;
};

/* The word behind an option of the line. */
static struct str option_value(const struct completion *completion, struct str option)
{
    for (size_t i = 2; i + 2 < completion->count; i++) {
        if (str_eq(completion->words[i], option))
            return completion->words[i + 1];
    }
    return STR_NONE;
}

static bool open_document(struct completion *completion, struct reading *reading)
{
    struct str given = option_value(completion, STR("--profile"));
    if (profile_store_open(&reading->store, completion->arena) != 0)
        return false;
    struct str name = profile_store_choose(&reading->store,
                                           given.n ? arena_cstr(completion->arena, given) : NULL);
    if (!name.p || profile_store_load(&reading->store, name, &reading->profile) != 0)
        return false;
    reading->document = api_document(&reading->store, &reading->profile, FETCH_S);
    return reading->document != NULL;
}

static struct str lower(struct arena *arena, struct str word)
{
    char *text = arena_cstr(arena, word);
    for (size_t i = 0; text && i < word.n; i++)
        text[i] = (char)(text[i] | 0x20);
    return (struct str){text, text ? word.n : 0};
}

/* What was typed of a path, with the rest of template up to its next parameter: typed segments
 * stand for parameters. {NULL,0} when typed does not fit. */
static struct str extend(struct arena *arena, struct str template, struct str typed)
{
    struct buf out = buf_new(arena, PATH_MAX_LENGTH);
    for (bool first = true;; first = false) {
        struct str want = str_split(&template, '/');
        bool last_typed = str_find(typed, '/') == typed.n;
        struct str have = str_split(&typed, '/');
        if (!want.p)
            return have.p ? STR_NONE : buf_view(&out);
        bool parameter = want.n && want.p[0] == '{';
        if (!first)
            buf_byte(&out, '/');
        if (have.p && !last_typed) {
            if (parameter ? !have.n : !str_eq(have, want))
                return STR_NONE;
            buf_str(&out, have);
        } else if (parameter) { /* the person's to fill in */
            buf_str(&out, have.p ? have : STR(""));
            return !template.p || have.n == 0 ? buf_view(&out) : STR_NONE;
        } else {
            if (have.p && !str_starts(want, have))
                return STR_NONE;
            buf_str(&out, want);
        }
    }
}

void completion_api_path(struct completion *completion)
{
    struct reading reading = {.store = {.lock = -1}};
    struct str method = lower(completion->arena, completion->words[2]);
    struct str typed = completion->words[completion->count - 1];
    size_t i, n;
    yyjson_val *key, *value;
    bool open = open_document(completion, &reading);
    yyjson_obj_foreach(open ? json_get(reading.document, STR("paths")) : NULL, i, n, key, value)
    {
        if (!json_get(value, method))
            continue;
        struct str path = extend(completion->arena, json_str(key), typed);
        if (path.p)
            completion_offer(completion, path);
    }
    profile_store_close(&reading.store);
}

/* A reference into the document's components, followed. */
static json *resolved(const struct reading *reading, json *object)
{
    struct str ref = json_str(json_get(object, STR("$ref")));
    json *at = reading->document;
    if (!ref.n)
        return object;
    ref = str_from(ref, sizeof "#/" - 1);
    for (struct str part; at && (part = str_split(&ref, '/')).p;)
        at = json_get(at, part);
    return at;
}

static void offer_values(struct completion *completion, const struct reading *reading,
                         struct str name, json *schema)
{
    json *items = resolved(reading, json_get(schema, STR("items")));
    schema = items ? items : schema;
    json *values = json_get(schema, STR("enum")), *one;
    size_t i, n;
    if (yyjson_equals_str(json_get(schema, STR("type")), "boolean")) {
        completion_offer(completion, arena_printf(completion->arena, "%.*s=true", STR_ARG(name)));
        completion_offer(completion, arena_printf(completion->arena, "%.*s=false", STR_ARG(name)));
    }
    yyjson_arr_foreach(values, i, n, one)
    {
        struct str text = json_str(one);
        completion_offer(
            completion, arena_printf(completion->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(text)));
    }
}

static void offer_parameters(struct completion *completion, const struct reading *reading,
                             json *parameters)
{
    struct str typed = completion->words[completion->count - 1];
    bool named = str_find(typed, '=') < typed.n;
    size_t i, n;
    json *row;
    yyjson_arr_foreach(parameters, i, n, row)
    {
        json *parameter = resolved(reading, row);
        struct str name = json_str(json_get(parameter, STR("name")));
        json *schema = resolved(reading, json_get(parameter, STR("schema")));
        if (!str_eq(json_str(json_get(parameter, STR("in"))), STR("query")))
            continue;
        if (named)
            offer_values(completion, reading, name, schema);
        else
            completion_offer(completion, arena_printf(completion->arena, "%.*s=", STR_ARG(name)));
    }
}

void completion_api_query(struct completion *completion)
{
    struct reading reading = {.store = {.lock = -1}};
    if (completion->count > 4 && open_document(completion, &reading)) {
        struct str method = lower(completion->arena, completion->words[2]);
        json *path = api_document_path(reading.document, completion->words[3]);
        offer_parameters(completion, &reading, json_get(path, STR("parameters")));
        offer_parameters(completion, &reading, json_get(json_get(path, method), STR("parameters")));
    }
    profile_store_close(&reading.store);
}
