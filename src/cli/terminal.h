/* What differs when a person looks: colour, layout, progress. */
#ifndef SIGNET_CLI_TERMINAL_H
#define SIGNET_CLI_TERMINAL_H

#include <stdio.h>

#include "base/json.h"

bool terminal_is(FILE *file);
/* Whether to colour what goes to file: a terminal, and NO_COLOR is not set. */
bool terminal_has_colour(FILE *file);

enum terminal_style {
    STYLE_PLAIN,
    STYLE_KEY,
    STYLE_STRING,
    STYLE_OTHER,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_BAD
};
/* The escape sequence of the style, or "" without colour. STYLE_PLAIN ends a style. */
const char *terminal_style(FILE *file, enum terminal_style style);

/* value indented, coloured where file has colour; ends without a line break. */
void terminal_print_json(FILE *file, json *value, int indent);

/* text from a stranger without control characters, which could drive the terminal. */
struct str terminal_safe(struct arena *arena, struct str text);

/* A line on standard error that the next one replaces; nothing where that is no terminal, or
 * where the answer itself goes to one. An absent text removes it. */
void terminal_progress(struct str text);

#endif
