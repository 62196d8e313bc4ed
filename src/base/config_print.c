/* Showing the settings: for `signet config`. */
#include <string.h>

#include "base/config_table.h"
#include "base/json.h"

#define COLUMNS  5
#define TEXT_MAX ((size_t)1024 * 1024)

static const char *string_value(const struct config *config, const struct config_setting *setting)
{
    const char *text = *(const char *const *)((const char *)config + setting->offset);
    return *text && config_is_secret(setting) ? "********" : text;
}

static int64_t number_value(const struct config *config, const struct config_setting *setting)
{
    const char *field = (const char *)config + setting->offset;
    return setting->kind == CONFIG_BOOL ? *(const bool *)field : *(const int64_t *)field;
}

static const char *source_of(size_t i)
{
    return config_sources[i] ? config_sources[i] : "default";
}

static void put_value(struct json_out *out, const struct config_setting *setting, const char *text,
                      int64_t number)
{
    switch (setting->kind) {
    case CONFIG_STRING:
        json_put_str(out, str_of(text));
        break;
    case CONFIG_INT:
        json_put_int(out, number);
        break;
    case CONFIG_BOOL:
        json_put_bool(out, number != 0);
        break;
    }
}

static void put_json(struct buf *buf, const struct config *config)
{
    struct json_out out = json_out(buf);
    json_open_array(&out);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_setting *setting = &config_settings[i];
        bool string = setting->kind == CONFIG_STRING;
        json_open_object(&out);
        JSON_STR(&out, "name", str_of(setting->name));
        json_key(&out, STR("value"));
        put_value(&out, setting, string ? string_value(config, setting) : NULL,
                  string ? 0 : number_value(config, setting));
        JSON_STR(&out, "source", str_of(source_of(i)));
        json_key(&out, STR("default"));
        put_value(&out, setting, setting->text, setting->number);
        JSON_STR(&out, "description", str_of(setting->doc));
        json_close_object(&out);
    }
    json_close_array(&out);
    buf_byte(buf, '\n');
}

static struct str value_text(struct arena *arena, const struct config_setting *setting,
                             const char *text, int64_t number)
{
    switch (setting->kind) {
    case CONFIG_STRING:
        return *text ? str_of(text) : STR("-");
    case CONFIG_BOOL:
        return number ? STR("true") : STR("false");
    case CONFIG_INT:
        break;
    }
    return arena_printf(arena, "%lld", (long long)number);
}

static void fill_row(struct arena *arena, const struct config *config, size_t i,
                     struct str row[COLUMNS])
{
    const struct config_setting *setting = &config_settings[i];
    bool string = setting->kind == CONFIG_STRING;
    row[0] = str_of(setting->name);
    row[1] = value_text(arena, setting, string ? string_value(config, setting) : NULL,
                        string ? 0 : number_value(config, setting));
    row[2] = str_of(source_of(i));
    row[3] = value_text(arena, setting, setting->text, setting->number);
    row[4] = str_of(setting->doc);
}

static void put_row(struct buf *buf, const struct str row[COLUMNS], const size_t width[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        buf_str(buf, row[i]);
        for (size_t n = row[i].n; i + 1 < COLUMNS && n < width[i] + 2; n++)
            buf_byte(buf, ' ');
    }
    buf_byte(buf, '\n');
}

static void put_table(struct arena *arena, struct buf *buf, const struct config *config)
{
    struct str rows[CONFIG_COUNT + 1][COLUMNS] = {
        {STR("NAME"), STR("VALUE"), STR("SOURCE"), STR("DEFAULT"), STR("MEANING")}};
    size_t width[COLUMNS] = {0};
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        fill_row(arena, config, i, rows[i + 1]);
    for (size_t i = 0; i <= CONFIG_COUNT; i++) {
        for (size_t j = 0; j < COLUMNS; j++)
            width[j] = rows[i][j].n > width[j] ? rows[i][j].n : width[j];
    }
    for (size_t i = 0; i <= CONFIG_COUNT; i++)
        put_row(buf, rows[i], width);
}

void config_print(const struct config *config, bool as_json, FILE *out)
{
    struct arena *arena = arena_new(TEXT_MAX * 4);
    if (!arena)
        return;
    struct buf buf = buf_new(arena, TEXT_MAX);
    if (as_json)
        put_json(&buf, config);
    else
        put_table(arena, &buf, config);
    struct str text = buf_view(&buf);
    fwrite(text.p, 1, text.n, out);
    arena_free(arena);
}
