/* The kinds of connectors there are, and what their configs must be. */
#include "domain/connectors.h"

const struct connector_factory connector_factories[] = {
#define CONNECTOR(...) {__VA_ARGS__},
#include "domain/connector_factories.def"
#undef CONNECTOR
    {NULL, NULL, NULL, NULL, NULL, false, false, NULL, NULL, NULL},
};

const struct connector_factory *connector_factory_find(struct str id)
{
    for (const struct connector_factory *factory = connector_factories; factory->id; factory++) {
        if (str_eq(str_of(factory->id), id))
            return factory;
    }
    return NULL;
}

/* ---- Configs ---- */

#define MAX_ITEMS 32

static enum field_type type_of(struct str form_type)
{
    if (str_eq(form_type, STR("Number")))
        return FIELD_INT;
    if (str_eq(form_type, STR("Switch")))
        return FIELD_BOOL;
    if (str_eq(form_type, STR("Json")) || str_eq(form_type, STR("MultiSelect")))
        return FIELD_ANY;
    return FIELD_STRING;
}

/* Form items as field rows. What the form offers to choose from has a default. */
static void make_rows(json *items, struct field rows[MAX_ITEMS + 1])
{
    size_t i, n, count = 0;
    json *item;
    yyjson_arr_foreach(items, i, n, item)
    {
        struct str type = json_str(json_get(item, STR("type")));
        bool needed = yyjson_is_true(json_get(item, STR("required"))) &&
                      !str_eq(type, STR("Select")) && !str_eq(type, STR("Switch"));
        if (count == MAX_ITEMS)
            break;
        rows[count++] = (struct field){
            .name = json_str(json_get(item, STR("key"))),
            .type = type_of(type),
            .flags = FIELD_CREATE | (needed ? FIELD_REQUIRED : 0),
        };
    }
    rows[count] = (struct field){.name = {NULL, 0}};
}

enum err connector_check_config(struct ctx *ctx, const struct connector_factory *factory,
                                json *config)
{
    struct field rows[MAX_ITEMS + 1];
    json *items;
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    if (json_parse(ctx->arena, str_of(factory->form_items), &items, NULL))
        return fail(ctx, ERR_INTERNAL);
    make_rows(items, rows);
    if (schema_check(rows, BODY_CREATE, config, ctx->arena, &issues, &details))
        return OK;
    return FAILURE(fail_issues(ctx, ERR_CONNECTOR_CONFIG, &issues, &details));
}

/* ---- Showing ---- */

/* A neutral sign: brands' own marks are theirs. */
#define LOGO                                                                                       \
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"          \
    "%3Ccircle cx='12' cy='12' r='10' fill='none' stroke='%23777' stroke-width='2'/%3E"            \
    "%3Ccircle cx='12' cy='12' r='3' fill='%23777'/%3E%3C/svg%3E"

static void put_text_or(struct json_out *out, const char *name, json *value, struct str fallback)
{
    json_key(out, str_of(name));
    json_put_str(out, json_str(value).p ? json_str(value) : fallback);
}

static void put_english(struct json_out *out, const char *name, const char *text)
{
    json_key(out, str_of(name));
    json_open_object(out);
    JSON_STR(out, "en", str_of(text));
    json_close_object(out);
}

static void put_names(struct json_out *out, const struct connector_factory *factory, json *name)
{
    if (name) {
        json_key(out, STR("name"));
        json_put_value(out, name);
    } else {
        put_english(out, "name", factory->name);
    }
}

static const char *purpose(const struct connector_factory *factory)
{
    switch (factory->type[0]) {
    case 'E':
        return "Sends email.";
    case 'S':
        return factory->type[1] == 'm' ? "Sends text messages." : "Lets users sign in.";
    }
    return "";
}

void connector_put_metadata(struct json_out *out, const struct connector_factory *factory,
                            json *metadata, bool short_form)
{
    put_text_or(out, "target", json_get(metadata, STR("target")), str_of(factory->target));
    put_names(out, factory, json_get(metadata, STR("name")));
    if (!short_form)
        put_english(out, "description", purpose(factory));
    put_text_or(out, "logo", json_get(metadata, STR("logo")), STR(LOGO));
    put_text_or(out, "logoDark", json_get(metadata, STR("logoDark")), STR_NONE);
    if (!short_form) {
        JSON_STR(out, "readme", str_of(factory->name));
        JSON_RAW(out, "formItems", str_of(factory->form_items));
    }
    JSON_STR(out, "platform", str_of(factory->platform));
    if (factory->standard)
        JSON_BOOL(out, "isStandard", true);
    if (factory->keeps_tokens)
        JSON_BOOL(out, "isTokenStorageSupported", true);
}
