/* Reading and writing the lines of a profile file. */
#include "cli/profile_lines.h"

#include <errno.h>
#include <stdarg.h>

#include "cli/cli.h"
#include "cli/secret.h"

#define SEALED   "sealed:"
#define FILE_MAX ((size_t)256 << 10)

static struct str context(const struct profile *profile, enum setting setting)
{
    return arena_printf(profile->arena, "profile|%.*s|%s", STR_ARG(profile->name),
                        setting_rows[setting].name);
}

struct str profile_lines_sealed(const struct profile *profile, struct vault *vault)
{
    struct buf text = buf_new(profile->arena, FILE_MAX);
    BUF_LIT(&text, "# A profile of signet; signet profile show tells what is in it.\n");
    for (int i = 0; i < SET_COUNT; i++) {
        const struct profile_values *values = &profile->values[i];
        for (size_t k = 0; k < values->count; k++) {
            buf_printf(&text, "%s = ", setting_rows[i].name);
            if (setting_is_secret((enum setting)i)) {
                BUF_LIT(&text, SEALED);
                if (!vault_seal(vault, context(profile, (enum setting)i), values->items[k], &text))
                    return STR_NONE;
            } else {
                buf_str(&text, values->items[k]);
            }
            buf_byte(&text, '\n');
        }
    }
    return buf_view(&text);
}

void profile_lines_print(const struct profile *profile, FILE *file)
{
    for (int i = 0; i < SET_COUNT; i++) {
        const struct profile_values *values = &profile->values[i];
        if (setting_is_result((enum setting)i) || i == SET_REFRESH_TOKEN)
            continue;
        if (setting_is_secret((enum setting)i) && values->count) {
            const char *name = setting_rows[i].name;
            fprintf(file, "# %s: give it with --%s-stdin, --%s-file or --%s-env\n", name, name,
                    name, name);
            continue;
        }
        for (size_t k = 0; k < values->count; k++)
            fprintf(file, "%s = %.*s\n", setting_rows[i].name, STR_ARG(values->items[k]));
    }
}

/* Where a line stands, for messages. */
struct line {
    const char *path;
    int number;
};

static int bad_line(const struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int bad_line(const struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "signet: %s:%d: ", line->path, line->number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return CLI_USAGE;
}

static int unseal(struct vault *vault, struct profile *profile, enum setting setting,
                  struct str value, const struct line *line)
{
    struct str sealed = str_from(value, sizeof SEALED - 1);
    struct str plain =
        vault ? vault_unseal(vault, profile->arena, context(profile, setting), sealed) : STR_NONE;
    if (!plain.p && profile->lenient)
        return CLI_OK;
    if (!plain.p)
        return bad_line(line,
                        "the %s was encrypted with another key or for another profile: give it "
                        "again",
                        setting_rows[setting].name);
    profile_set(profile, setting, plain);
    return CLI_OK;
}

/* "client-secret-env" and "client-secret-file" lines. */
static int read_source(struct profile *profile, struct str name, struct str value,
                       const struct line *line)
{
    static const struct str env = STR_INIT("-env"), file = STR_INIT("-file");
    struct str suffix = str_ends(name, env) ? env : str_ends(name, file) ? file : STR_NONE;
    enum setting setting;
    bool known = suffix.p && setting_find((struct str){name.p, name.n - suffix.n}, &setting) &&
                 setting_rows[setting].kind == SETTING_SECRET;
    if (!known)
        return bad_line(line, "there is no setting '%.*s'", STR_ARG(name));
    char *text = arena_cstr(profile->arena, value);
    if (!text)
        return cli_fail("memory is out");
    return str_eq(suffix, env) ? secret_from_env(profile, setting, text)
                               : secret_from_file(profile, setting, text);
}

/* A list in a file replaces the one before; seen tells whether a line of it was met already. */
static int read_line(struct vault *vault, struct profile *profile, struct str text,
                     const struct line *line, bool seen[SET_COUNT])
{
    size_t equals = str_find(text, '=');
    struct str name = str_trim((struct str){text.p, equals});
    struct str value = str_trim(str_from(text, equals + 1));
    enum setting setting;
    if (equals == text.n)
        return bad_line(line, "a line looks like name = value, not '%.*s'", STR_ARG(text));
    if (!setting_find(name, &setting))
        return read_source(profile, name, value, line);
    if (setting_is_secret(setting) && str_starts(value, STR(SEALED)))
        return unseal(vault, profile, setting, value, line);
    const char *why = profile_check(setting, value);
    if (why)
        return bad_line(line, "%s: %s", setting_rows[setting].name, why);
    if (setting_rows[setting].kind != SETTING_LIST || !seen[setting])
        profile_set(profile, setting, value);
    else
        profile_add(profile, setting, value);
    seen[setting] = true;
    return CLI_OK;
}

static int read_text(const char *path, struct arena *arena, struct str *out)
{
    FILE *file = fopen(path, "re");
    char *text = file ? arena_bytes(arena, FILE_MAX) : NULL;
    if (!file)
        return cli_fail("cannot open '%s': %s", path, strerror(errno));
    *out = (struct str){text, text ? fread(text, 1, FILE_MAX, file) : 0};
    bool ok = !ferror(file) && feof(file);
    fclose(file);
    return ok ? CLI_OK : cli_fail("cannot read '%s', or it is no profile", path);
}

int profile_lines_read(struct profile *profile, struct vault *vault, const char *path)
{
    struct str text, one;
    struct line line = {path, 0};
    bool seen[SET_COUNT] = {false};
    int status = read_text(path, profile->arena, &text);
    while (!status && (one = str_split(&text, '\n')).p) {
        line.number++;
        if (one.n && one.p[one.n - 1] == '\r')
            one.n--;
        one = str_trim(one);
        if (one.n && one.p[0] != '#')
            status = read_line(vault, profile, one, &line, seen);
    }
    return status;
}
