/* The form of profile fields: a row for each, by its type. The script sends what is in elements
 * that have data-field. */
#include "domain/page.h"
#include "domain/profile_values.h"
#include "experience/extra_profile.h"
#include "experience/forms.h"

/* Fields that users' rows have anyway: what they are called, and what browsers fill in. */
static const struct {
    const char *name;
    enum phrase label;
    const char *autocomplete;
} known[] = {
    {"name", PHRASE_NAME, "name"},
    {"fullname", PHRASE_NAME, NULL},
    {"avatar", PHRASE_AVATAR, "photo"},
    {"givenName", PHRASE_GIVEN_NAME, "given-name"},
    {"middleName", PHRASE_MIDDLE_NAME, "additional-name"},
    {"familyName", PHRASE_FAMILY_NAME, "family-name"},
    {"nickname", PHRASE_NICKNAME, "nickname"},
    {"profile", PHRASE_PROFILE_PAGE, "url"},
    {"website", PHRASE_WEBSITE, "url"},
    {"gender", PHRASE_GENDER, "sex"},
    {"birthdate", PHRASE_BIRTHDATE, "bday"},
    {"zoneinfo", PHRASE_ZONEINFO, NULL},
    {"locale", PHRASE_LOCALE, "language"},
    {"address", PHRASE_ADDRESS, NULL},
    {"formatted", PHRASE_ADDRESS, NULL},
    {"streetAddress", PHRASE_STREET_ADDRESS, "address-line1"},
    {"locality", PHRASE_LOCALITY, "address-level2"},
    {"region", PHRASE_REGION, "address-level1"},
    {"postalCode", PHRASE_POSTAL_CODE, "postal-code"},
    {"country", PHRASE_COUNTRY, "country-name"},
};
#define KNOWN (sizeof known / sizeof *known)

static size_t find_known(struct str name)
{
    size_t i = 0;
    while (i < KNOWN && !str_eq(name, str_of(known[i].name)))
        i++;
    return i;
}

/* One row while it is written. */
struct row {
    const struct profile_field *field;
    struct str member; /* "address" in front of a part's name; {NULL,0}: none */
    struct str id;
};

static void put_label(struct ctx *ctx, const struct profile_field *field, bool box)
{
    size_t at = find_known(field->name);
    if (field->label.n)
        page_text(ctx, field->label);
    else if (at < KNOWN)
        page_phrase(ctx, known[at].label);
    else
        page_text(ctx, field->name);
    if (field->required || box)
        return;
    PAGE_LIT(ctx, " <span class=\"quiet\">");
    page_phrase(ctx, PHRASE_OPTIONAL);
    PAGE_LIT(ctx, "</span>");
}

static void put_attribute(struct ctx *ctx, const char *name, struct str value)
{
    PAGE_LIT(ctx, " ");
    page_text(ctx, str_of(name));
    PAGE_LIT(ctx, "=\"");
    page_text(ctx, value);
    PAGE_LIT(ctx, "\"");
}

/* The attributes that any row's element has. */
static void put_common(struct ctx *ctx, const struct row *row)
{
    struct str path = row->field->name;
    if (row->member.p)
        path = arena_printf(ctx->arena, "%.*s.%.*s", STR_ARG(row->member), STR_ARG(path));
    put_attribute(ctx, "id", row->id);
    form_data(ctx, "field", path);
    put_attribute(ctx, "aria-describedby",
                  arena_printf(ctx->arena, "%.*s-help error", STR_ARG(row->id)));
    if (row->field->required)
        PAGE_LIT(ctx, " required");
}

static void put_limit(struct ctx *ctx, const struct row *row, const char *attribute,
                      struct str setting)
{
    int64_t limit;
    if (field_int(json_get(row->field->config, setting), &limit))
        put_attribute(ctx, attribute, arena_printf(ctx->arena, "%lld", (long long)limit));
}

/* ---- By type ---- */

static void put_text(struct ctx *ctx, const struct row *row)
{
    (void)row;
    PAGE_LIT(ctx, " type=\"text\"");
    put_limit(ctx, row, "minlength", STR("minLength"));
    put_limit(ctx, row, "maxlength", STR("maxLength"));
}

static void put_number(struct ctx *ctx, const struct row *row)
{
    PAGE_LIT(ctx, " type=\"number\" step=\"any\"");
    put_limit(ctx, row, "min", STR("minValue"));
    put_limit(ctx, row, "max", STR("maxValue"));
}

static void put_url(struct ctx *ctx, const struct row *row)
{
    (void)row;
    PAGE_LIT(ctx, " type=\"url\"");
}

static void put_regex(struct ctx *ctx, const struct row *row)
{
    PAGE_LIT(ctx, " type=\"text\"");
    form_data(ctx, "pattern", json_str(json_get(row->field->config, STR("format"))));
}

/* What is made of year, month and day can be picked; another format is typed. */
static void put_date(struct ctx *ctx, const struct row *row)
{
    bool picked;
    struct str format = profile_field_date_format(row->field, &picked);
    if (picked)
        PAGE_LIT(ctx, " type=\"date\"");
    else
        PAGE_LIT(ctx, " type=\"text\"");
    if (picked)
        form_data(ctx, "format", format);
    else
        put_attribute(ctx, "placeholder", format);
}

static const struct {
    const char *type;
    void (*put)(struct ctx *ctx, const struct row *row);
} inputs[] = {
    {"Number", put_number}, {"Url", put_url},   {"Regex", put_regex},
    {"Date", put_date},     {"Text", put_text},
};

static void put_input(struct ctx *ctx, const struct row *row)
{
    size_t at = find_known(row->field->name), i = 0;
    struct str placeholder = json_str(json_get(row->field->config, STR("placeholder")));
    struct str value = json_str(json_get(row->field->config, STR("defaultValue")));
    while (i + 1 < sizeof inputs / sizeof *inputs &&
           !str_eq(row->field->type, str_of(inputs[i].type)))
        i++;
    PAGE_LIT(ctx, "<input");
    put_common(ctx, row);
    inputs[i].put(ctx, row);
    put_attribute(ctx, "autocomplete",
                  str_of(at < KNOWN && known[at].autocomplete ? known[at].autocomplete : "on"));
    if (placeholder.n)
        put_attribute(ctx, "placeholder", placeholder);
    if (value.n)
        put_attribute(ctx, "value", value);
    PAGE_LIT(ctx, ">\n");
}

static void put_option(struct ctx *ctx, struct str value, struct str label, bool chosen)
{
    PAGE_LIT(ctx, "<option");
    put_attribute(ctx, "value", value);
    if (chosen)
        PAGE_LIT(ctx, " selected");
    PAGE_LIT(ctx, ">");
    page_text(ctx, label.n ? label : value);
    PAGE_LIT(ctx, "</option>\n");
}

static void put_select(struct ctx *ctx, const struct row *row)
{
    json *options = json_get(row->field->config, STR("options"));
    struct str chosen = json_str(json_get(row->field->config, STR("defaultValue")));
    PAGE_LIT(ctx, "<select");
    put_common(ctx, row);
    PAGE_LIT(ctx, ">\n");
    put_option(ctx, STR(""), json_str(json_get(row->field->config, STR("placeholder"))), false);
    yyjson_arr_iter items = yyjson_arr_iter_with(options);
    for (json *item; (item = yyjson_arr_iter_next(&items));) {
        struct str value = json_str(json_get(item, STR("value")));
        put_option(ctx, value, json_str(json_get(item, STR("label"))), str_eq(value, chosen));
    }
    PAGE_LIT(ctx, "</select>\n");
}

static void put_box(struct ctx *ctx, const struct row *row)
{
    bool checked = str_eq(json_str(json_get(row->field->config, STR("defaultValue"))), STR("true"));
    PAGE_LIT(ctx, "<label class=\"box\"><input type=\"checkbox\"");
    put_common(ctx, row);
    if (checked)
        PAGE_LIT(ctx, " checked");
    PAGE_LIT(ctx, "> ");
    put_label(ctx, row->field, true);
    PAGE_LIT(ctx, "</label>\n");
}

/* ---- Rows ---- */

static void put_help(struct ctx *ctx, const struct row *row)
{
    PAGE_LIT(ctx, "<p class=\"quiet\" id=\"");
    page_text(ctx, row->id);
    PAGE_LIT(ctx, "-help\">");
    page_text(ctx, row->field->description);
    PAGE_LIT(ctx, "</p>\n");
}

static void put_row(struct ctx *ctx, const struct row *row)
{
    bool box = str_eq(row->field->type, STR("Checkbox"));
    if (box) {
        put_box(ctx, row);
    } else {
        PAGE_LIT(ctx, "<label for=\"");
        page_text(ctx, row->id);
        PAGE_LIT(ctx, "\">");
        put_label(ctx, row->field, false);
        PAGE_LIT(ctx, "</label>\n");
        if (str_eq(row->field->type, STR("Select")))
            put_select(ctx, row);
        else
            put_input(ctx, row);
    }
    put_help(ctx, row);
}

/* Parts of an address that need not be given at all are not required by themselves. */
static void put_parts(struct ctx *ctx, const struct profile_field *field, struct str id)
{
    struct profile_field part;
    bool address = profile_field_is_address(field);
    PAGE_LIT(ctx, "<fieldset>\n<legend>");
    put_label(ctx, field, true);
    PAGE_LIT(ctx, "</legend>\n");
    for (size_t at = 0; profile_field_part(field, &at, &part);) {
        part.required = part.required && (!address || field->required);
        struct row row = {.field = &part, .member = address ? field->name : STR_NONE};
        row.id = arena_printf(ctx->arena, "%.*s-%zu", STR_ARG(id), at);
        put_row(ctx, &row);
    }
    PAGE_LIT(ctx, "</fieldset>\n");
}

void extra_profile_form(struct ctx *ctx, const struct profile_field_list *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct profile_field *field = &fields->items[i];
        struct row row = {.field = field, .id = arena_printf(ctx->arena, "field-%zu", i)};
        if (profile_field_is_name(field) || profile_field_is_address(field))
            put_parts(ctx, field, row.id);
        else
            put_row(ctx, &row);
    }
}
