/* Logto's search parameters as a filter over columns. */
#include <assert.h>

#include "base/pattern.h"
#include "base/unicode.h"
#include "domain/ctx.h"

#define FIELDS_MAX 16
#define VALUES_MAX 20  /* in one request: bounds the statements that can come of it */
#define VALUE_MAX  256 /* bytes; bounds what a pattern costs */
#define SQL_MAX    8192

enum search_mode { MODE_LIKE, MODE_EXACT, MODE_SIMILAR, MODE_POSIX };

/* In the order of the enum. */
static const struct str mode_names[] = {STR_INIT("like"), STR_INIT("exact"), STR_INIT("similar_to"),
                                        STR_INIT("posix")};

struct search_value {
    size_t field; /* FIELDS_MAX: all of them */
    struct str text;
};

struct search {
    struct ctx *ctx;
    const struct search_field *fields;
    size_t field_count;
    bool all_fields_mode_set, mode_set[FIELDS_MAX];
    enum search_mode all_fields_mode, mode[FIELDS_MAX];
    bool conjunction, case_sensitive;
    struct search_value values[VALUES_MAX];
    size_t value_count;
};

static enum err refuse(const struct search *search, struct str text)
{
    enum err err =
        fail(search->ctx, ERR_INVALID_INPUT, text.p ? text.p : "the search cannot be read");
    return fail_data(search->ctx, err, STR("{}"));
}

/* "primaryEmail" is the same as "primary_email". */
static bool same_field(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        bool up = b.p[j] >= 'A' && b.p[j] <= 'Z';
        if (up && a.p[i] == '_' && i + 1 < a.n && a.p[i + 1] == (b.p[j] | 32))
            i++;
        else if (a.p[i] != b.p[j])
            return false;
        i++;
        j++;
    }
    return i == a.n && j == b.n;
}

static struct str field_names(const struct search *search)
{
    struct buf buf = buf_new(search->ctx->arena, SQL_MAX);
    for (size_t i = 0; i < search->field_count; i++) {
        if (i)
            BUF_LIT(&buf, ", ");
        buf_str(&buf, search->fields[i].name);
    }
    return buf_view(&buf);
}

/* name is "search" or "search.FIELD" for the given prefix; *is false for any other name. */
static enum err find_field(const struct search *search, struct str prefix, struct str name,
                           bool *is, size_t *field)
{
    struct arena *arena = search->ctx->arena;
    struct str rest = str_from(name, prefix.n);
    *is = str_starts(name, prefix) && (!rest.n || rest.p[0] == '.');
    *field = FIELDS_MAX;
    if (!*is || !rest.n)
        return OK;
    rest = str_from(rest, 1);
    for (size_t i = 0; i < search->field_count; i++) {
        if (same_field(rest, search->fields[i].name)) {
            *field = i;
            return OK;
        }
    }
    return refuse(search, arena_printf(arena, "the search field `%.*s` is not valid, but: %.*s",
                                       STR_ARG(rest), STR_ARG(field_names(search))));
}

static enum err read_mode(struct search *search, size_t field, struct str value)
{
    struct arena *arena = search->ctx->arena;
    enum search_mode mode = MODE_LIKE;
    while (mode <= MODE_POSIX && !str_eq(value, mode_names[mode]))
        mode++;
    if (mode > MODE_POSIX)
        return refuse(search, arena_printf(arena,
                                           "the search mode `%.*s` is not valid, but: exact, like, "
                                           "similar_to, posix",
                                           STR_ARG(value)));
    if (field == FIELDS_MAX) {
        search->all_fields_mode_set = true;
        search->all_fields_mode = mode;
    } else {
        search->mode_set[field] = true;
        search->mode[field] = mode;
    }
    return OK;
}

static enum err read_joint(struct search *search, struct str value)
{
    search->conjunction = str_eq(value, STR("and"));
    if (search->conjunction || !value.n || str_eq(value, STR("or")))
        return OK;
    return refuse(search, arena_printf(search->ctx->arena,
                                       "the search joint `%.*s` is not valid, but: or, and",
                                       STR_ARG(value)));
}

static enum err read_value(struct search *search, size_t field, struct str value)
{
    if (!value.n)
        return refuse(search, STR("a search value cannot be empty"));
    if (value.n > VALUE_MAX)
        return refuse(search, STR("a search value is too long"));
    if (search->value_count == VALUES_MAX)
        return refuse(search, STR("there are too many search values"));
    search->values[search->value_count++] = (struct search_value){field, value};
    return OK;
}

static bool is_true(struct str value)
{
    return str_eq_nocase(value, STR("true")) || str_eq(value, STR("1")) ||
           str_eq_nocase(value, STR("y")) || str_eq_nocase(value, STR("yes"));
}

static enum err read_pair(struct search *search, struct str name, struct str value)
{
    bool is;
    size_t field;
    if (str_eq(name, STR("joint")) || str_eq(name, STR("jointMode")))
        return read_joint(search, value);
    if (str_eq(name, STR("isCaseSensitive"))) {
        search->case_sensitive = is_true(value);
        return OK;
    }
    enum err err = find_field(search, STR("mode"), name, &is, &field);
    if (err || is)
        return err ? err : read_mode(search, field, value);
    err = find_field(search, STR("search"), name, &is, &field);
    return err || !is ? err : read_value(search, field, value);
}

static enum search_mode mode_of(const struct search *search, size_t field)
{
    if (field < FIELDS_MAX && search->mode_set[field])
        return search->mode[field];
    return search->all_fields_mode_set ? search->all_fields_mode : MODE_LIKE;
}

/* A pattern must not end in the middle of an escape. */
static struct str whole_pattern(struct arena *arena, struct str pattern)
{
    size_t slashes = 0;
    while (slashes < pattern.n && pattern.p[pattern.n - 1 - slashes] == '\\')
        slashes++;
    return slashes % 2 ? arena_printf(arena, "%.*s\\", STR_ARG(pattern)) : pattern;
}

/* What the mode makes of a value; {NULL,0} when it cannot use it. */
static struct str value_for(const struct search *search, enum search_mode mode, struct str text)
{
    struct arena *arena = search->ctx->arena;
    switch (mode) {
    case MODE_LIKE:
        return whole_pattern(arena, text);
    case MODE_EXACT:
        return text;
    case MODE_SIMILAR:
        text = pattern_from_similar(arena, text);
        return pattern_is_sound(arena, text) ? text : STR_NONE;
    case MODE_POSIX:
        if (!search->case_sensitive)
            text = unicode_lower_others(arena, text);
        return pattern_is_sound(arena, text) ? text : STR_NONE;
    }
    return STR_NONE;
}

/* One column against the values with these parameter numbers: several only in the mode exact. */
static void put_column(const struct search *search, struct buf *sql, const char *column,
                       enum search_mode mode, const size_t *numbers, size_t count)
{
    const char *open = search->case_sensitive ? "" : "fold_case(";
    const char *close = search->case_sensitive ? "" : ")";
    switch (mode) {
    case MODE_LIKE:
        buf_printf(sql, "%s%s%s LIKE %s$%zu%s ESCAPE '\\'", open, column, close, open, numbers[0],
                   close);
        return;
    case MODE_EXACT:
        buf_printf(sql, "%s%s%s IN (", open, column, close);
        for (size_t i = 0; i < count; i++)
            buf_printf(sql, "%s%s$%zu%s", i ? ", " : "", open, numbers[i], close);
        BUF_LIT(sql, ")");
        return;
    case MODE_SIMILAR:
    case MODE_POSIX:
        buf_printf(sql, "posix_match(%s%s%s, $%zu, %d)", open, column, close, numbers[0],
                   !search->case_sensitive);
        return;
    }
}

static enum err check_mode(const struct search *search, enum search_mode mode, size_t count)
{
    if (mode != MODE_EXACT && count > 1)
        return refuse(search, STR("several values of one search field need the mode `exact`"));
    if (mode == MODE_SIMILAR && !search->case_sensitive)
        return refuse(
            search,
            STR("the mode similar_to cannot be case-insensitive: it needs isCaseSensitive"));
    return OK;
}

/* The condition that the values of one field make: any of its columns has any of them. Parameters
 * are numbered as they are used. */
static enum err put_condition(const struct search *search, size_t first, struct buf *sql,
                              struct db_value *params, size_t *used)
{
    size_t field = search->values[first].field, numbers[VALUES_MAX], count = 0;
    enum search_mode mode = mode_of(search, field);
    for (size_t i = first; i < search->value_count; i++) {
        if (search->values[i].field != field)
            continue;
        struct str text = value_for(search, mode, search->values[i].text);
        if (!text.p)
            return refuse(search, STR("a search value is no pattern that can be searched with"));
        numbers[count++] = *used + 1;
        params[(*used)++] = db_text_value(text);
    }
    enum err err = check_mode(search, mode, count);
    if (err)
        return err;
    size_t from = field == FIELDS_MAX ? 0 : field;
    size_t to = field == FIELDS_MAX ? search->field_count : field + 1;
    buf_byte(sql, '(');
    for (size_t i = from; i < to; i++) {
        if (i > from)
            BUF_LIT(sql, " OR ");
        put_column(search, sql, search->fields[i].column, mode, numbers, count);
    }
    buf_byte(sql, ')');
    return OK;
}

static bool is_first(const struct search *search, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (search->values[i].field == search->values[at].field)
            return false;
    }
    return true;
}

static enum err render(const struct search *search, struct crud_filter *filter)
{
    struct arena *arena = search->ctx->arena;
    struct db_value *params = ARENA_ARRAY(arena, struct db_value, search->value_count);
    struct buf sql = buf_new(arena, SQL_MAX);
    size_t used = 0;
    if (!params)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < search->value_count; i++) {
        if (!is_first(search, i))
            continue;
        if (sql.n)
            buf_printf(&sql, "%s", search->conjunction ? " AND " : " OR ");
        enum err err = put_condition(search, i, &sql, params, &used);
        if (err)
            return err;
    }
    buf_byte(&sql, '\0');
    if (sql.failed)
        return ERR_NO_MEMORY;
    *filter = (struct crud_filter){sql.p, params, search->value_count};
    return OK;
}

/* ---- Trigrams: what an index of them can say before the rows are read ---- */

#define GRAM_CHARACTERS 3
#define GRAMS_MAX       16 /* of one value: more would leave out little more */

/* Length of the UTF-8 character at the start. */
static size_t character_length(struct str text)
{
    unsigned char c = (unsigned char)text.p[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return n < text.n ? n : text.n;
}

/* Each three characters in a row of a literal text, as quoted terms joined by AND. */
static void put_grams(struct buf *out, struct str literal, size_t *count)
{
    while (literal.n && *count < GRAMS_MAX) {
        size_t n = 0;
        for (size_t i = 0; i < GRAM_CHARACTERS; i++) {
            if (n == literal.n)
                return;
            n += character_length(str_from(literal, n));
        }
        buf_printf(out, "%s\"", (*count)++ ? " AND " : "");
        for (size_t i = 0; i < n; i++) {
            if (literal.p[i] == '"')
                buf_byte(out, '"');
            buf_byte(out, literal.p[i]);
        }
        buf_byte(out, '"');
        literal = str_from(literal, character_length(literal));
    }
}

/* The literal texts between the wildcards of a LIKE pattern. */
static void put_pattern_grams(struct arena *arena, struct buf *out, struct str pattern,
                              size_t *count)
{
    struct buf literal = buf_new(arena, SIZE_MAX);
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '%' || pattern.p[i] == '_') {
            put_grams(out, buf_view(&literal), count);
            literal.n = 0;
        } else {
            i += pattern.p[i] == '\\' && i + 1 < pattern.n;
            buf_byte(&literal, pattern.p[i]);
        }
    }
    put_grams(out, buf_view(&literal), count);
}

/* What all rows have that fulfil the condition of one field, in the form that is compared; empty:
 * nothing is known. */
static struct str condition_grams(const struct search *search, size_t first)
{
    struct arena *arena = search->ctx->arena;
    struct buf out = buf_new(arena, SQL_MAX);
    enum search_mode mode = mode_of(search, search->values[first].field);
    struct str text = unicode_lower_arena(arena, search->values[first].text);
    size_t count = 0;
    for (size_t i = first + 1; i < search->value_count; i++)
        if (search->values[i].field == search->values[first].field)
            return STR("");
    if (mode == MODE_LIKE)
        put_pattern_grams(arena, &out, text, &count);
    else if (mode == MODE_EXACT)
        put_grams(&out, text, &count);
    return count ? buf_view(&out) : STR("");
}

static struct str all_grams(const struct search *search)
{
    struct buf out = buf_new(search->ctx->arena, (size_t)2 * SQL_MAX);
    for (size_t i = 0; i < search->value_count; i++) {
        struct str grams = is_first(search, i) ? condition_grams(search, i) : STR_NONE;
        if (!is_first(search, i))
            continue;
        if (!grams.n && !search->conjunction)
            return STR_NONE;
        if (!grams.n)
            continue;
        buf_printf(&out, "%s(%.*s)",
                   !out.n                ? ""
                   : search->conjunction ? " AND "
                                         : " OR ",
                   STR_ARG(grams));
    }
    return out.n ? buf_view(&out) : STR_NONE;
}

/* ---- Both ---- */

static enum err read_query(struct search *search)
{
    struct form form;
    if (!form_parse(search->ctx->request->query, search->ctx->arena, &form))
        return refuse(search, STR_NONE);
    for (size_t i = 0; i < form.count; i++) {
        enum err err = read_pair(search, form.pairs[i].name, form.pairs[i].value);
        if (err)
            return err;
    }
    return OK;
}

enum err ctx_search_grams(struct ctx *ctx, const struct search_field *fields, size_t count,
                          struct crud_filter *filter, bool *used, struct str *grams)
{
    assert(count && count <= FIELDS_MAX);
    struct search search = {.ctx = ctx, .fields = fields, .field_count = count};
    enum err err = read_query(&search);
    if (!err && search.value_count)
        err = render(&search, filter);
    if (err)
        return err;
    *used = search.value_count > 0;
    *grams = *used ? all_grams(&search) : STR_NONE;
    return OK;
}

enum err ctx_search(struct ctx *ctx, const struct search_field *fields, size_t count,
                    struct crud_filter *filter, bool *used)
{
    struct str grams;
    return ctx_search_grams(ctx, fields, count, filter, used, &grams);
}
