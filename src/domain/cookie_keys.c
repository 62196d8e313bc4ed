/* A tenant's cookie keys. */
#include "domain/cookie_keys.h"

#include "base/ids.h"
#include "crypto/digest.h"
#include "crypto/vault.h"

static enum err insert(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                       struct str id, int64_t now)
{
    uint8_t key[COOKIE_KEY_SIZE];
    struct buf sealed = buf_new(arena, 4096);
    random_bytes(key, sizeof(key));
    bool is_sealed = vault_seal(tenant->vault, arena_printf(arena, "cookie_keys|%.*s", STR_ARG(id)),
                                (struct str){(const char *)key, sizeof(key)}, &sealed);
    wipe(key, sizeof(key));
    return is_sealed
               ? db_exec(conn,
                         "INSERT INTO cookie_keys (id, sealed, created_at) VALUES ($1, $2, $3)",
                         DB_PARAMS(db_text_value(id), db_text_value(buf_view(&sealed)),
                                   db_int_value(now)),
                         NULL)
               : ERR_NO_MEMORY;
}

enum err cookie_keys_rotate(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                            int64_t now)
{
    char made[ID_LENGTH];
    struct str id = {made, sizeof(made)};
    struct db_rows rows;
    id_random(made, sizeof(made));
    enum err err = insert(tenant, conn, arena, id, now);
    if (!err)
        err =
            db_query(conn, "SELECT id FROM cookie_keys WHERE id <> $1 ORDER BY created_at DESC, id",
                     DB_PARAMS(db_text_value(id)), arena, &rows);
    for (size_t i = 1; !err && i < rows.count; i++)
        err = db_exec(conn, "DELETE FROM cookie_keys WHERE id = $1",
                      DB_PARAMS(db_text_value(db_text(&rows, i, 0))), NULL);
    return err;
}
