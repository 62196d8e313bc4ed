/* Unicode forms of texts that are compared. The only user of libunistring. */
#ifndef SIGNET_BASE_UNICODE_H
#define SIGNET_BASE_UNICODE_H

#include "base/arena.h"

/* One form for all texts that people take for the same: case folded and NFKC (UAX 31, 15). The text
 * must be UTF-8. {NULL,0} when memory is out. ASCII costs no table. */
struct str unicode_fold(struct arena *arena, struct str text);
/* NFC (UAX 15): the same characters, composed. The text itself when it is so already. */
struct str unicode_nfc(struct arena *arena, struct str text);

#endif
