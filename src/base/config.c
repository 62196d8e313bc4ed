/* Reading the settings: environment, then file, then default. */
#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/config_table.h"
#include "base/json.h"

#define FILE_MAX ((size_t)256 * 1024)

const struct config_setting config_settings[CONFIG_COUNT] = {
#define SETTING_STRING(field, env, def, check_name, doc)                                           \
    {env, doc, CONFIG_STRING, CHECK_##check_name, offsetof(struct config, field), def, 0, 0, 0},
#define SETTING_INT(field, env, def, min, max, doc)                                                \
    {env, doc, CONFIG_INT, CHECK_any, offsetof(struct config, field), NULL, def, min, max},
#define SETTING_BOOL(field, env, def, doc)                                                         \
    {env, doc, CONFIG_BOOL, CHECK_any, offsetof(struct config, field), NULL, def, 0, 1},
#include "base/config.def"
#undef SETTING_STRING
#undef SETTING_INT
#undef SETTING_BOOL
};

const char *config_sources[CONFIG_COUNT];

/* A value as it was found; text is NULL where there is none. */
struct found {
    char *text;
    const char *source;
};

struct loader {
    struct arena *arena;
    FILE *err;
    struct found found[CONFIG_COUNT];
};

/* "NAME (source): "value" reason"; without a value when it is NULL. */
static bool refuse(struct loader *loader, struct str name, const char *source, const char *value,
                   const char *reason)
{
    struct buf shown = buf_new(loader->arena, 1024);
    if (value) {
        BUF_LIT(&shown, "\"");
        json_escape(&shown, (struct str){value, strnlen(value, 128)});
        BUF_LIT(&shown, "\" ");
    }
    struct str text = buf_view(&shown);
    fprintf(loader->err, "%.*s (%s): %.*s%s\n", STR_ARG(name), source, STR_ARG(text), reason);
    return false;
}

static bool refuse_file(struct loader *loader, const char *path, const char *reason)
{
    return refuse(loader, STR("SIGNET_CONFIG"), path, NULL, reason);
}

static size_t find_setting(struct str name)
{
    size_t i = 0;
    while (i < CONFIG_COUNT && !str_eq(name, str_of(config_settings[i].name)))
        i++;
    return i;
}

/* A name that only we can have meant. */
static bool is_mistyped(struct str name)
{
    return str_starts(name, STR("SIGNET_")) && !str_starts(name, STR("SIGNET_TEST_")) &&
           !str_eq(name, STR("SIGNET_CONFIG")) && find_setting(name) == CONFIG_COUNT;
}

static bool has_control(const char *text)
{
    while (*text && !iscntrl((unsigned char)*text))
        text++;
    return *text != '\0';
}

/* Keeps a value unless a source of higher rank, which was read before, has one. An empty one counts
 * as none: an orchestrator's template often leaves them. */
static bool keep(struct loader *loader, size_t i, struct str value, const char *source)
{
    struct found *found = &loader->found[i];
    if (value.n == 0 || found->text)
        return true;
    found->text = arena_cstr(loader->arena, value);
    found->source = source;
    struct str name = str_of(config_settings[i].name);
    if (!found->text)
        return refuse(loader, name, source, NULL, "does not fit into memory");
    if (strlen(found->text) != value.n || has_control(found->text))
        return refuse(loader, name, source, NULL, "contains a control character");
    return true;
}

static bool read_environment(struct loader *loader)
{
    for (char **entry = environ; entry && *entry; entry++) {
        struct str rest = str_of(*entry), name = str_split(&rest, '=');
        size_t i = find_setting(name);
        if (is_mistyped(name))
            return refuse(loader, name, "environment", NULL, "there is no such setting");
        if (i < CONFIG_COUNT && rest.p && !keep(loader, i, rest, "environment"))
            return false;
    }
    return true;
}

/* Takes quotes or a comment off a file's value; false when it is malformed. */
static bool unquote(struct str *value)
{
    if (value->n && (value->p[0] == '"' || value->p[0] == '\'')) {
        struct str inside = str_from(*value, 1);
        size_t end = str_find(inside, value->p[0]);
        struct str behind = str_trim(str_from(inside, end + 1));
        *value = (struct str){inside.p, end};
        return end < inside.n && (behind.n == 0 || behind.p[0] == '#');
    }
    for (size_t i = 1; i < value->n; i++) {
        if (value->p[i] == '#' && (value->p[i - 1] == ' ' || value->p[i - 1] == '\t'))
            value->n = i;
    }
    *value = str_trim(*value);
    return true;
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_')
            return false;
    }
    return name.n > 0;
}

static bool read_line(struct loader *loader, struct str line, const char *source)
{
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return true;
    struct str value = line, name = str_trim(str_split(&value, '='));
    if (!value.p || !is_name(name))
        return refuse_file(loader, source, "the line is not NAME=value");
    if (is_mistyped(name))
        return refuse(loader, name, source, NULL, "there is no such setting");
    value = str_trim(value);
    if (!unquote(&value))
        return refuse(loader, name, source, NULL, "the closing quote is missing or not at the end");
    size_t i = find_setting(name);
    if (i == CONFIG_COUNT)
        return true;
    const char *earlier = loader->found[i].source;
    if (earlier && strcmp(earlier, "environment") != 0)
        return refuse(loader, name, source, NULL, "is set a second time in this file");
    return keep(loader, i, value, source);
}

static bool read_lines(struct loader *loader, struct str text, const char *path)
{
    struct str line;
    for (int number = 1; (line = str_split(&text, '\n')).p; number++) {
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        struct str source = arena_printf(loader->arena, "%s:%d", path, number);
        if (!source.p)
            return refuse_file(loader, path, "does not fit into memory");
        if (!read_line(loader, line, source.p))
            return false;
    }
    return true;
}

static bool read_stream(struct loader *loader, FILE *file, const char *path)
{
    char *text = arena_bytes(loader->arena, FILE_MAX);
    if (!text)
        return refuse_file(loader, path, "does not fit into memory");
    size_t n = fread(text, 1, FILE_MAX, file);
    if (ferror(file))
        return refuse_file(loader, path, strerror(errno));
    if (n == FILE_MAX)
        return refuse_file(loader, path, "is larger than 256 KiB");
    return read_lines(loader, (struct str){text, n}, path);
}

static bool read_file(struct loader *loader)
{
    const char *named = getenv("SIGNET_CONFIG");
    bool by_name = named && *named;
    const char *path = by_name ? named : ".env";
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT && !by_name)
        return true;
    if (!file)
        return refuse_file(loader, path, strerror(errno));
    bool read = read_stream(loader, file, path);
    fclose(file);
    return read;
}

static bool parse_bool(struct str text, bool *out)
{
    static const struct str words[] = {STR_INIT("false"), STR_INIT("true"), STR_INIT("no"),
                                       STR_INIT("yes"),   STR_INIT("0"),    STR_INIT("1")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(text, words[i])) {
            *out = i % 2;
            return true;
        }
    }
    return false;
}

/* Writes the value into field; NULL, or the reason why it cannot be. */
static const char *set_field(struct loader *loader, const struct config_setting *setting,
                             char *text, void *field)
{
    struct str reason;
    switch (setting->kind) {
    case CONFIG_STRING:
        *(const char **)field = text ? text : setting->text;
        return text ? config_check(setting->check, loader->arena, text) : NULL;
    case CONFIG_BOOL:
        *(bool *)field = setting->number != 0;
        return !text || parse_bool(str_of(text), field) ? NULL : "is not true or false";
    case CONFIG_INT:
        *(int64_t *)field = setting->number;
        if (!text || (str_to_int64(str_of(text), field) && *(int64_t *)field >= setting->min &&
                      *(int64_t *)field <= setting->max))
            return NULL;
        reason = arena_printf(loader->arena, "is not an integer from %lld to %lld",
                              (long long)setting->min, (long long)setting->max);
        return reason.p ? reason.p : "is not an integer in range";
    }
    return NULL;
}

static bool set_fields(struct loader *loader, struct config *config)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_setting *setting = &config_settings[i];
        struct found *found = &loader->found[i];
        struct str original = arena_str(loader->arena, str_of(found->text));
        const char *reason =
            set_field(loader, setting, found->text, (char *)config + setting->offset);
        if (reason)
            return refuse(loader, str_of(setting->name), found->source,
                          config_is_secret(setting) ? NULL : original.p, reason);
    }
    return true;
}

/* Refuses one of two settings: the one that was set, the second when both were. */
static bool refuse_pair(struct loader *loader, size_t first, size_t second, const char *reason)
{
    size_t set = loader->found[first].text && !loader->found[second].text ? first : second;
    size_t other = set == first ? second : first;
    const char *source = loader->found[set].text ? loader->found[set].source : "default";
    struct str text = arena_printf(loader->arena, "%s %s", reason, config_settings[other].name);
    return refuse(loader, str_of(config_settings[set].name), source, NULL,
                  text.p ? text.p : reason);
}

/* Two listeners on one port would share what arrives. */
static bool check_ports(struct loader *loader, const struct config *config)
{
    static const char *const reason = "is the same port as";
    bool admin = !config->admin_disable_localhost;
    int64_t operations = config->operations_port;
    if (admin && config->port == config->admin_port)
        return refuse_pair(loader, CONFIG_port, CONFIG_admin_port, reason);
    if (operations && operations == config->port)
        return refuse_pair(loader, CONFIG_port, CONFIG_operations_port, reason);
    if (operations && admin && operations == config->admin_port)
        return refuse_pair(loader, CONFIG_admin_port, CONFIG_operations_port, reason);
    return true;
}

/* What no single row can say. */
static bool check_together(struct loader *loader, const struct config *config)
{
    bool cert = *config->https_cert_path, key = *config->https_key_path;
    size_t set = cert ? CONFIG_https_cert_path : CONFIG_https_key_path;
    if (cert != key)
        return refuse(loader, str_of(config_settings[set].name), loader->found[set].source, NULL,
                      cert ? "is set, but HTTPS_KEY_PATH is not"
                           : "is set, but HTTPS_CERT_PATH is not");
    if (*config->endpoint && strcmp(config->endpoint, config->admin_endpoint) == 0)
        return refuse_pair(loader, CONFIG_endpoint, CONFIG_admin_endpoint,
                           "is the same address as");
    return check_ports(loader, config);
}

bool config_load(struct config *config, FILE *err)
{
    /* Holds the values: never freed. */
    static struct arena *arena;
    if (!arena && !(arena = arena_new(SIZE_MAX))) {
        fputs("settings: out of memory\n", err);
        return false;
    }
    struct loader loader = {.arena = arena, .err = err};
    struct config loaded;
    if (!read_environment(&loader) || !read_file(&loader) || !set_fields(&loader, &loaded) ||
        !check_together(&loader, &loaded))
        return false;
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        config_sources[i] = loader.found[i].text ? loader.found[i].source : "default";
    *config = loaded;
    return true;
}
