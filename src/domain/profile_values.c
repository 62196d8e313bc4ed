/* Values of profile fields. */
#include "domain/profile_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_empty(json *value)
{
    return !value || yyjson_is_null(value) || (yyjson_is_str(value) && !yyjson_get_len(value));
}

/* ---- Dates ---- */

struct str profile_field_date_format(const struct profile_field *field, bool *plain)
{
    struct str format = json_str(json_get(field->config, STR("format")));
    if (str_eq(format, STR("custom")))
        format = json_str(json_get(field->config, STR("customFormat")));
    if (!format.n)
        format = STR("yyyy-MM-dd");
    *plain = memmem(format.p, format.n, "yyyy", 4) && memmem(format.p, format.n, "MM", 2) &&
             memmem(format.p, format.n, "dd", 2);
    for (size_t i = 0; i < format.n; i++) {
        char c = format.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        *plain = *plain && c != '\'' && (!letter || c == 'y' || c == 'M' || c == 'd');
    }
    return format;
}

static bool fits_date(const struct profile_field *field, json *value)
{
    bool plain;
    struct str text = json_str(value), format = profile_field_date_format(field, &plain);
    int month = 0, day = 0;
    if (!text.p || !plain)
        return text.p != NULL;
    if (text.n != format.n)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char want = format.p[i];
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (want == 'M')
            month = month * 10 + (text.p[i] - '0');
        if (want == 'd')
            day = day * 10 + (text.p[i] - '0');
        if (want == 'y' || want == 'M' || want == 'd' ? !digit : text.p[i] != want)
            return false;
    }
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* ---- Other types ---- */

static bool fits_text(const struct profile_field *field, json *value)
{
    (void)field;
    return yyjson_is_str(value);
}

/* A number as JSON or forms have it: no blanks, no hexadecimal digits, no words. */
static bool read_number(json *value, double *out)
{
    char text[64];
    struct str given = json_str(value);
    char *end;
    if (yyjson_is_num(value)) {
        *out = yyjson_get_num(value);
        return true;
    }
    if (!given.n || given.n >= sizeof text)
        return false;
    for (size_t i = 0; i < given.n; i++)
        if (!given.p[i] || !strchr("0123456789+-.eE", given.p[i]))
            return false;
    memcpy(text, given.p, given.n);
    text[given.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

static bool fits_number(const struct profile_field *field, json *value)
{
    double number = 0;
    int64_t limit;
    if (!read_number(value, &number))
        return false;
    if (field_int(json_get(field->config, STR("minValue")), &limit) && number < (double)limit)
        return false;
    return !field_int(json_get(field->config, STR("maxValue")), &limit) || number <= (double)limit;
}

static bool fits_box(const struct profile_field *field, json *value)
{
    struct str text = json_str(value);
    (void)field;
    return yyjson_is_bool(value) || str_eq(text, STR("true")) || str_eq(text, STR("false"));
}

static bool fits_choice(const struct profile_field *field, json *value)
{
    struct str text = json_str(value);
    yyjson_arr_iter options = yyjson_arr_iter_with(json_get(field->config, STR("options")));
    for (json *option; (option = yyjson_arr_iter_next(&options));)
        if (text.p && str_eq(json_str(json_get(option, STR("value"))), text))
            return true;
    return false;
}

static bool fits_url(const struct profile_field *field, json *value)
{
    (void)field;
    return yyjson_is_str(value) && field_is_url(value);
}

static const struct {
    struct str type;
    bool (*fits)(const struct profile_field *field, json *value); /* value is not empty */
} kinds[] = {
    {STR_INIT("Text"), fits_text},     {STR_INIT("Regex"), fits_text},
    {STR_INIT("Date"), fits_date},     {STR_INIT("Number"), fits_number},
    {STR_INIT("Url"), fits_url},       {STR_INIT("Checkbox"), fits_box},
    {STR_INIT("Select"), fits_choice},
};

/* Limits of a text are those of a row. */
static enum err check_length(struct ctx *ctx, const struct profile_field *field, json *values)
{
    struct field rows[] = {
        {.name = field->name, .type = FIELD_STRING, .flags = FIELD_CREATE},
        FIELDS_END,
    };
    struct buf issues = buf_new(ctx->arena, 4096), details = buf_new(ctx->arena, 4096);
    field_int(json_get(field->config, STR("minLength")), &rows[0].min);
    field_int(json_get(field->config, STR("maxLength")), &rows[0].max);
    return schema_check(rows, BODY_CREATE, values, ctx->arena, &issues, &details)
               ? OK
               : fail_issues(ctx, ERR_INVALID_BODY, &issues, &details);
}

static enum err check_simple(struct ctx *ctx, const struct profile_field *field, json *values)
{
    json *value = json_get(values, field->name);
    if (is_empty(value))
        return OK;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(kinds[i].type, field->type) && !kinds[i].fits(field, value))
            return fail_text(ctx, ERR_INVALID_BODY, "%.*s is no value of its type, which is %.*s",
                             STR_ARG(field->name), STR_ARG(field->type));
    return str_eq(field->type, STR("Text")) ? check_length(ctx, field, values) : OK;
}

/* ---- Parts ---- */

static enum err check_address(struct ctx *ctx, const struct profile_field *field, json *value)
{
    struct profile_field part;
    enum err err = OK;
    if (is_empty(value))
        return OK;
    if (!yyjson_is_obj(value))
        return fail_text(ctx, ERR_INVALID_BODY, "%.*s must be an object", STR_ARG(field->name));
    for (size_t at = 0; !err && profile_field_part(field, &at, &part);)
        err = check_simple(ctx, &part, value);
    return err;
}

enum err profile_value_check(struct ctx *ctx, const struct profile_field *field, json *values)
{
    return profile_field_is_address(field)
               ? check_address(ctx, field, json_get(values, field->name))
               : check_simple(ctx, field, values);
}
