/* Colour, layout and progress on a terminal. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

bool terminal_is(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

bool terminal_has_colour(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    return terminal_is(file) && !(no_colour && no_colour[0]) &&
           !(term && strcmp(term, "dumb") == 0);
}

const char *terminal_style(FILE *file, enum terminal_style style)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "\033[0m",  [STYLE_KEY] = "\033[34m", [STYLE_STRING] = "\033[32m",
        [STYLE_OTHER] = "\033[33m", [STYLE_DIM] = "\033[2m",  [STYLE_GOOD] = "\033[32m",
        [STYLE_BAD] = "\033[31m",
    };
    return terminal_has_colour(file) ? codes[style] : "";
}

struct str terminal_safe(struct arena *arena, struct str text)
{
    char *copy = arena_bytes(arena, text.n + 1);
    if (!copy)
        return STR_NONE;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        /* C0, DEL, and C1 controls, which in UTF-8 are C2 80 to C2 9F */
        bool c1 = i > 0 && (unsigned char)text.p[i - 1] == 0xc2 && c >= 0x80 && c < 0xa0;
        copy[i] = (char)(c < 0x20 || c == 0x7f || c1 ? ' ' : c);
        if (c1)
            copy[i - 1] = ' ';
    }
    copy[text.n] = '\0';
    return (struct str){copy, text.n};
}

void terminal_progress(struct str text)
{
    if (!terminal_is(stderr) || terminal_is(stdout)) /* there, what is printed tells enough */
        return;
    fprintf(stderr, "\r\033[K%.*s", STR_ARG(text));
    fflush(stderr);
}

static void put(FILE *file, enum terminal_style style, const char *text, size_t n)
{
    fputs(terminal_style(file, style), file);
    fwrite(text, 1, n, file);
    fputs(terminal_style(file, STYLE_PLAIN), file);
}

static void put_scalar(FILE *file, json *value, enum terminal_style style)
{
    size_t n = 0;
    char *text = yyjson_val_write(value, YYJSON_WRITE_NOFLAG, &n);
    if (text)
        put(file, style, text, n);
    free(text);
}

static void new_line(FILE *file, int indent)
{
    fprintf(file, "\n%*s", indent, "");
}

static void print_members(FILE *file, json *object, int indent)
{
    size_t i, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach(object, i, count, key, value)
    {
        if (i > 0)
            fputc(',', file);
        new_line(file, indent);
        put_scalar(file, key, STYLE_KEY);
        fputs(": ", file);
        terminal_print_json(file, value, indent);
    }
}

static void print_items(FILE *file, json *array, int indent)
{
    size_t i, count;
    yyjson_val *value;
    yyjson_arr_foreach(array, i, count, value)
    {
        if (i > 0)
            fputc(',', file);
        new_line(file, indent);
        terminal_print_json(file, value, indent);
    }
}

/* No deeper than JSON_MAX_DEPTH, which the parser enforces. */
void terminal_print_json(FILE *file, json *value, int indent) /* NOLINT(misc-no-recursion) */
{
    bool object = yyjson_is_obj(value);
    if (!yyjson_is_ctn(value)) {
        put_scalar(file, value, yyjson_is_str(value) ? STYLE_STRING : STYLE_OTHER);
        return;
    }
    fputc(object ? '{' : '[', file);
    if (object)
        print_members(file, value, indent + 2);
    else
        print_items(file, value, indent + 2);
    if (yyjson_get_len(value))
        new_line(file, indent);
    fputc(object ? '}' : ']', file);
}
