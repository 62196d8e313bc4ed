/* Parameters and bodies to start from, made from a route's rows. */
#include "domain/export_parts.h"

#define BODY_MAX  ((size_t)64 * 1024)
#define DEPTH_MAX 8

/* ---- Query ---- */

static struct str query_value(const struct field *field)
{
    const struct field *row = field->type == FIELD_ARRAY && field->item ? field->item : field;
    switch (row->type) {
    case FIELD_ENUM:
        return str_of(row->options[0]);
    case FIELD_BOOL:
        return STR("false");
    case FIELD_INT:
        return row->min > 0 ? STR("1") : STR("0");
    case FIELD_STRING:
        return str_of(row->example ? row->example : "");
    case FIELD_OBJECT:
    case FIELD_MAP:
    case FIELD_ARRAY:
    case FIELD_ANY:
        return STR("");
    }
    return STR("");
}

bool export_query(const struct route *route, size_t i, struct export_query *out)
{
    static const struct export_query paging[] = {
        {STR_INIT("page"), STR_INIT("1"), STR_INIT("Page, from 1."), false},
        {STR_INIT("page_size"), STR_INIT("20"), STR_INIT("Rows a page, up to 100."), false},
        {STR_INIT("after"), STR_INIT(""),
         STR_INIT("Instead of page: the cursor out of the Link header."), false},
        {STR_INIT("limit"), STR_INIT("20"), STR_INIT("Rows a page by cursor."), false},
    };
    for (const struct field *row = route->query; row && row->name.p; row++) {
        if (!(row->flags & FIELD_CREATE) || row->flags & FIELD_HIDDEN)
            continue;
        if (i-- == 0) {
            *out = (struct export_query){row->name, query_value(row),
                                         row->doc ? str_of(row->doc) : STR_NONE,
                                         row->flags & FIELD_REQUIRED};
            return true;
        }
    }
    if (route->paging == PAGE_NONE || i >= sizeof(paging) / sizeof(*paging))
        return false;
    *out = paging[i];
    return true;
}

/* ---- Body ---- */

struct example {
    struct export *export;
    struct json_out out;
    struct str open, close; /* marks around a variable */
    int depth;
};

static void put_value(struct example *example, const struct field *field, struct str name);

static bool is_variable(const struct export *export, struct str name)
{
    static const struct str settings[] = {STR_INIT("clientId"), STR_INIT("resource"),
                                          STR_INIT("scope")};
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
        if (str_eq(settings[i], name))
            return true;
    }
    for (size_t i = 0; str_ends(name, STR("Id")) && i < export->variable_count; i++) {
        if (str_eq(export->variables[i].name, name))
            return true;
    }
    return false;
}

/* "roleIds" and "roleId" name the variable roleId, where the file has it. */
static bool put_variable(struct example *example, struct str name)
{
    if (str_ends(name, STR("Ids")))
        name.n--;
    if (!is_variable(example->export, name))
        return false;
    json_put_str(&example->out,
                 arena_printf(example->export->arena, "%.*s%.*s%.*s", STR_ARG(example->open),
                              STR_ARG(name), STR_ARG(example->close)));
    return true;
}

static void put_text(struct example *example, const struct field *field, struct str name)
{
    if (put_variable(example, name))
        return;
    if (field->example)
        json_put_str(&example->out, str_of(field->example));
    else if (field->format && strcmp(field->format, "email") == 0)
        json_put_str(&example->out, STR("someone@example.com"));
    else if ((field->format && strcmp(field->format, "url") == 0) || field->check)
        json_put_str(&example->out, STR("https://api.example.com"));
    else
        json_put_str(&example->out,
                     name.p ? arena_printf(example->export->arena, "example %.*s", STR_ARG(name))
                            : STR("example"));
}

static void put_members(struct example *example, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name.p; field++) {
        if (!(field->flags & FIELD_REQUIRED) || field->flags & FIELD_HIDDEN)
            continue;
        json_key(&example->out, field->name);
        put_value(example, field, field->name);
    }
}

static void put_container(struct example *example, const struct field *field, struct str name)
{
    struct json_out *out = &example->out;
    bool array = field->type == FIELD_ARRAY;
    if (array)
        json_open_array(out);
    else
        json_open_object(out);
    if (example->depth++ < DEPTH_MAX) {
        if (array && field->example)
            json_put_str(out, str_of(field->example));
        else if (array && field->item && (field->flags & FIELD_REQUIRED))
            put_value(example, field->item, name);
        else if (field->type == FIELD_OBJECT)
            put_members(example, field->fields);
    }
    example->depth--;
    if (array)
        json_close_array(out);
    else
        json_close_object(out);
}

static void put_value(struct example *example, const struct field *field, struct str name)
{
    struct json_out *out = &example->out;
    switch (field->type) {
    case FIELD_STRING:
        put_text(example, field, name);
        return;
    case FIELD_INT:
        json_put_int(out, field->min > 0 ? field->min : 1);
        return;
    case FIELD_BOOL:
        json_put_bool(out, false);
        return;
    case FIELD_ENUM:
        json_put_str(out, str_of(field->options[0]));
        return;
    case FIELD_OBJECT:
    case FIELD_MAP:
    case FIELD_ARRAY:
        put_container(example, field, name);
        return;
    case FIELD_ANY:
        json_open_object(out);
        json_close_object(out);
        return;
    }
}

/* What must be there, and texts that may: a body that can be sent as it is and changes little. An
 * id that may be left out would tie it to something that need not exist. */
static bool is_shown(const struct field *field, unsigned mode)
{
    if (!(field->flags & mode) || field->flags & FIELD_HIDDEN)
        return false;
    bool free_text = field->type == FIELD_STRING && !field->format && !field->check &&
                     !str_ends(field->name, STR("Id"));
    bool shown = field->example ? *field->example : free_text;
    return field->flags & FIELD_REQUIRED || shown;
}

static void put_body(struct example *example, const struct route *route)
{
    unsigned mode = route->body_mode == BODY_UPDATE ? FIELD_UPDATE : FIELD_CREATE;
    size_t shown = 0;
    json_open_object(&example->out);
    for (int pass = 0; pass < 2 && !shown; pass++) {
        for (const struct field *field = route->body; field && field->name.p; field++) {
            /* Nothing of the first kind: the first field that can be written will do. */
            if (pass == 0 ? !is_shown(field, mode) : (shown || !(field->flags & mode)))
                continue;
            json_key(&example->out, field->name);
            put_value(example, field, field->name);
            shown++;
        }
    }
    json_close_object(&example->out);
}

struct str export_body(struct export *export, const struct route *route, struct str open,
                       struct str close)
{
    if (route->body_mode == BODY_NONE || route->body_mode == BODY_RAW)
        return STR_NONE;
    struct buf compact = buf_new(export->arena, BODY_MAX);
    struct buf text = buf_new(export->arena, 2 * BODY_MAX);
    struct example example = {
        .export = export, .out = json_out(&compact), .open = open, .close = close};
    put_body(&example, route);
    export_indent(&text, export_part(export, &compact));
    if (text.n)
        text.n--; /* the line break at the end */
    return export_part(export, &text);
}
