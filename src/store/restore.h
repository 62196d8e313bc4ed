/* Backups of the embedded databases, put back in place. */
#ifndef SIGNET_STORE_RESTORE_H
#define SIGNET_STORE_RESTORE_H

#include "base/arena.h"
#include "base/error.h"

struct db_restore {
    const char *data, *folder;  /* the data directory, and the folder of db_backup */
    const char *const *tenants; /* at most three; NULL ends them */
    const char *identity;       /* SQL on a main database: a text that tells whose it is, or none */
    const char *const *identities; /* what identity gives for each of tenants */
    const char *key;               /* a further file of the folder to put in place, or NULL */
    const char *replaced;          /* result: the folder with what was there before */
};
/* Puts the copies of all tenants in place of the databases (SQLite only), all or none: refuses
 * while another process uses the data, and copies that are damaged or of a newer schema. After a
 * failure halfway db_open refuses the data until a restore succeeds. ERR_UNAVAILABLE with a
 * sentence in *why (arena). */
enum err db_restore(struct db_restore *what, struct arena *arena, struct str *why);

#endif
