/* Revoked access tokens of a snapshot (RFC 7009). */
#include <stdlib.h>

#include "base/clock.h"
#include "domain/snapshot_parts.h"

static enum err put(struct map *revoked, struct str jti)
{
    struct map_entry *entry = malloc(sizeof(*entry) + jti.n);
    if (!entry)
        return ERR_NO_MEMORY;
    char *text = (char *)(entry + 1);
    memcpy(text, jti.p, jti.n);
    atomic_init(&entry->refs, 1);
    entry->key = (struct str){text, jti.n};
    return map_put(revoked, entry) ? OK : ERR_NO_MEMORY;
}

enum err revoked_load(struct db_conn *conn, struct map *revoked)
{
    struct arena *pages[2] = {arena_new(SNAPSHOT_ARENA_MAX), arena_new(SNAPSHOT_ARENA_MAX)};
    enum err err = pages[0] && pages[1] ? OK : ERR_NO_MEMORY;
    struct str last = STR("");
    for (size_t page = 0; !err && last.p; page++) {
        struct db_rows rows;
        arena_reset(pages[page % 2]);
        err = db_query(conn,
                       "SELECT jti FROM revoked_tokens WHERE jti > $1 AND expires_at > $2 "
                       "ORDER BY jti LIMIT " SNAPSHOT_PAGE,
                       DB_PARAMS(db_text_value(last), db_int_value(clock_now_ms())),
                       pages[page % 2], &rows);
        for (size_t i = 0; !err && i < rows.count; i++)
            err = put(revoked, db_text(&rows, i, 0));
        if (!err)
            last = rows.count ? db_text(&rows, rows.count - 1, 0) : STR_NONE;
    }
    arena_free(pages[0]);
    arena_free(pages[1]);
    return err;
}

enum err revoked_refresh(struct db_conn *conn, struct str jti, struct map *revoked)
{
    struct arena *arena = arena_new(65536);
    if (!arena)
        return ERR_NO_MEMORY;
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT jti FROM revoked_tokens WHERE jti = $1",
                            DB_PARAMS(db_text_value(jti)), arena, &rows);
    if (!err && rows.count)
        err = put(revoked, jti);
    arena_free(arena);
    return err;
}
