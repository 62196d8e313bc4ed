/* Unicode forms of texts that are compared. The only user of libunistring. */
#ifndef SIGNET_BASE_UNICODE_H
#define SIGNET_BASE_UNICODE_H

#include "base/arena.h"

/* One form for all texts that people take for the same: case folded and NFKC (UAX 31, 15). The text
 * must be UTF-8. {NULL,0} when memory is out. ASCII costs no table. */
struct str unicode_fold(struct arena *arena, struct str text);
/* In small letters: the form that searches compare, the same character by character wherever it
 * stands, with one small sigma and the dotted capital I as i. Malloced, with a zero behind its *n
 * bytes; what is no UTF-8 comes back as it is. NULL when memory is out. */
char *unicode_lower(struct str text, size_t *n);
/* The same in the arena; and of what is not ASCII alone, as letters of ASCII may mean something
 * else in a pattern. {NULL,0} when memory is out. */
struct str unicode_lower_arena(struct arena *arena, struct str text);
struct str unicode_lower_others(struct arena *arena, struct str text);
/* NFC (UAX 15): the same characters, composed. The text itself when it is so already. */
struct str unicode_nfc(struct arena *arena, struct str text);
/* Whether an email address would be read as another one: a label of it mixes Latin with other
 * letters, or is made of nothing but letters that look like Latin ones (UTS 39 5.2; of its data on
 * single letters, what Cyrillic, Greek and Armenian have). The text must be UTF-8. */
bool unicode_is_misleading(struct str address);

#endif
