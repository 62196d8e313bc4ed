/* Regular expressions that strangers send to be searched with. */
#ifndef SIGNET_BASE_PATTERN_H
#define SIGNET_BASE_PATTERN_H

#include "base/arena.h"

/* Whether text is a POSIX extended regular expression that costs little to compile and to match: no
 * back-references, no repetition counts that multiply to more than PATTERN_REPEAT_MAX. */
bool pattern_is_sound(struct arena *arena, struct str text);
#define PATTERN_REPEAT_MAX 255

/* A pattern of SQL's SIMILAR TO (ISO 9075-2 8.6) as a POSIX extended regular expression for the
 * whole text. {NULL,0} when memory is out. */
struct str pattern_from_similar(struct arena *arena, struct str similar);

#endif
