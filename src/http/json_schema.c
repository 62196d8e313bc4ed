/* JSON Schema of field rows: the shapes of bodies and answers as documents and tests need them. */
#include "http/json_schema.h"

/* Where in the rows the writer is. */
struct place {
    struct schema_style style;
    bool nested;  /* inside an object or array of the rows */
    bool written; /* inside one that clients write: it has what they sent */
};

static void put_field(struct json_out *out, const struct field *field, struct place place);

static bool is_member(const struct field *field, struct place place)
{
    if (field->flags & FIELD_HIDDEN)
        return false;
    if (place.nested || place.style.use == SCHEMA_REPLY)
        return true;
    return field->flags & (place.style.use == SCHEMA_CREATE ? FIELD_CREATE : FIELD_UPDATE);
}

static bool is_required(const struct field *field, struct place place)
{
    if (place.style.use == SCHEMA_REPLY && !place.written)
        return !(field->flags & FIELD_MAYBE);
    if (place.style.use == SCHEMA_REPLY && field->flags & FIELD_MAYBE)
        return false;
    return field->flags & FIELD_REQUIRED && (place.nested || place.style.use != SCHEMA_UPDATE);
}

static void put_required(struct json_out *out, const struct field *fields, struct place place)
{
    bool any = false;
    for (const struct field *field = fields; field && field->name.p; field++) {
        if (!is_member(field, place) || !is_required(field, place))
            continue;
        if (!any) {
            json_key(out, STR("required"));
            json_open_array(out);
        }
        any = true;
        json_put_str(out, field->name);
    }
    if (any)
        json_close_array(out);
}

static void put_members(struct json_out *out, const struct field *fields, struct place place)
{
    json_key(out, STR("properties"));
    json_open_object(out);
    for (const struct field *field = fields; field && field->name.p; field++) {
        if (!is_member(field, place))
            continue;
        json_key(out, field->name);
        put_field(out, field, place);
    }
    json_close_object(out);
    put_required(out, fields, place);
    if (place.style.use == SCHEMA_REPLY)
        JSON_BOOL(out, "additionalProperties", false);
}

static struct str type_of(const struct field *field)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_ENUM:
        return STR("string");
    case FIELD_INT:
        return STR("integer");
    case FIELD_BOOL:
        return STR("boolean");
    case FIELD_OBJECT:
    case FIELD_MAP:
        return STR("object");
    case FIELD_ARRAY:
        return STR("array");
    case FIELD_ANY:
        return STR_NONE;
    }
    return STR_NONE;
}

static void put_type(struct json_out *out, struct str type, bool nullable, bool openapi)
{
    if (!type.p)
        return;
    if (!nullable || openapi) {
        JSON_STR(out, "type", type);
        if (nullable)
            JSON_BOOL(out, "nullable", true);
        return;
    }
    json_key(out, STR("type"));
    json_open_array(out);
    json_put_str(out, type);
    json_put_str(out, STR("null"));
    json_close_array(out);
}

static void put_options(struct json_out *out, const struct field *field)
{
    json_key(out, STR("enum"));
    json_open_array(out);
    for (const char *const *option = field->options; *option; option++)
        json_put_str(out, str_of(*option));
    if (field->flags & FIELD_NULLABLE)
        json_put_null(out);
    json_close_array(out);
}

static void put_limits(struct json_out *out, struct str least, int64_t min, struct str most,
                       int64_t max)
{
    if (min) {
        json_key(out, least);
        json_put_int(out, min);
    }
    if (max) {
        json_key(out, most);
        json_put_int(out, max);
    }
}

/* Limits are rules of input: rows that predate a limit still are answers. */
static void put_rules(struct json_out *out, const struct field *field)
{
    if (field->type == FIELD_STRING) {
        put_limits(out, STR("minLength"),
                   field->min == 0 && field->flags & FIELD_NOT_EMPTY ? 1 : field->min,
                   STR("maxLength"), field->max);
        if (field->format && strcmp(field->format, "regex") != 0)
            JSON_STR(out, "format",
                     strcmp(field->format, "url") == 0 ? STR("uri") : str_of(field->format));
    }
    if (field->type == FIELD_INT) {
        if (field->max && !field->min)
            JSON_INT(out, "minimum", 0);
        put_limits(out, STR("minimum"), field->min, STR("maximum"), field->max);
    }
    if (field->type == FIELD_ARRAY)
        put_limits(out, STR("minItems"), field->min, STR("maxItems"), field->max);
}

static void put_items(struct json_out *out, const struct field *item, struct place place)
{
    json_key(out, STR("items"));
    if (item)
        put_field(out, item, place);
    else
        json_put_raw(out, STR("{}"));
}

static void put_field(struct json_out *out, const struct field *field, struct place place)
{
    struct place inside = place;
    inside.nested = true;
    inside.written = place.written || field->flags & FIELD_WRITE;
    json_open_object(out);
    put_type(out, type_of(field), field->flags & FIELD_NULLABLE, place.style.openapi);
    if (field->type == FIELD_ENUM)
        put_options(out, field);
    if (place.style.use != SCHEMA_REPLY)
        put_rules(out, field);
    if (field->type == FIELD_OBJECT && field->fields)
        put_members(out, field->fields, inside);
    if (field->type == FIELD_MAP && place.style.openapi)
        JSON_BOOL(out, "additionalProperties", true);
    if (field->type == FIELD_ARRAY)
        put_items(out, field->item, inside);
    if (place.style.openapi && field->doc)
        JSON_STR(out, "description", str_of(field->doc));
    json_close_object(out);
}

void json_schema_field(struct json_out *out, const struct field *field, struct schema_style style)
{
    put_field(out, field, (struct place){.style = style, .nested = true});
}

void json_schema_object(struct json_out *out, const struct field *fields, struct schema_style style)
{
    json_open_object(out);
    JSON_STR(out, "type", STR("object"));
    if (fields)
        put_members(out, fields, (struct place){.style = style});
    json_close_object(out);
}

void json_schema_list(struct json_out *out, const struct field *fields, struct schema_style style)
{
    json_open_object(out);
    JSON_STR(out, "type", STR("array"));
    json_key(out, STR("items"));
    if (fields)
        json_schema_object(out, fields, style);
    else
        json_put_raw(out, STR("{}"));
    json_close_object(out);
}
