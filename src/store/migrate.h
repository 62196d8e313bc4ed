/* Schema versions: numbered SQL texts, run once each, in order. */
#ifndef SIGNET_STORE_MIGRATE_H
#define SIGNET_STORE_MIGRATE_H

#include "base/buf.h"
#include "store/db.h"

/* One step of the schema. A row of zeros ends an array; versions ascend. */
struct migration {
    int version;
    const char *name;
    const char *sql; /* NUL-terminated, in the common dialect (db_script) */
    size_t len;
};
/* Made by the build from migrations/ and migrations/audit/. */
extern const struct migration migrations[];
extern const struct migration audit_migrations[];

/* Brings one part of the database to the newest version of set: each migration in a transaction of
 * its own, under the engine's lock, an embedded file that already has a schema copied before the
 * first one. Writes a sentence to *why (arena) on failure: ERR_UNAVAILABLE when the schema is newer
 * than set, else the database's error. */
enum err migrate(struct db *db, enum db_part part, const struct migration *set, struct arena *arena,
                 struct str *why);

/* The newest version of a part that this program knows. */
int migrate_newest(enum db_part part);

/* Appends sql in the dialect of one engine. Outside quotes and comments, and for whole words only:
 * embedded (SQLite): bigint becomes INTEGER and bytea BLOB; PostgreSQL: text becomes
 * text COLLATE "C", so that texts sort and compare by bytes as in SQLite, and STRICT is dropped
 * with everything up to the end of its statement (table options stand last). For both, a comment
 * that begins with `sqlite:` or `postgres:` is text for that engine alone, taken as it is. */
void migrate_translate(struct buf *out, struct str sql, bool embedded);

#endif
