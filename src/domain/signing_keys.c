/* Signing keys: rows sealed by the vault, and the three states they go through. */
#include "domain/signing_keys.h"

#include "base/clock.h"
#include "base/log.h"

#define KEYS_MAX 16 /* far more than the three there can be */
#define ORDERED                                                                                    \
    " ORDER BY CASE state WHEN 'Next' THEN 0 WHEN 'Current' THEN 1 ELSE 2 END, created_at DESC"

static struct str context_of(struct arena *arena, struct str id)
{
    return arena_printf(arena, "signing_keys|%.*s", STR_ARG(id));
}

enum err signing_keys_list(struct db_conn *conn, struct arena *arena,
                           const struct signing_key **list, size_t *count)
{
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT id, alg, state, signs_at, created_at FROM signing_keys" ORDERED,
                 DB_NO_PARAMS, arena, &rows);
    struct signing_key *keys = err ? NULL : ARENA_ARRAY(arena, struct signing_key, rows.count);
    if (!keys)
        return err ? err : ERR_NO_MEMORY;
    for (size_t i = 0; i < rows.count; i++)
        keys[i] =
            (struct signing_key){db_text(&rows, i, 0), db_text(&rows, i, 1), db_text(&rows, i, 2),
                                 db_int(&rows, i, 3), db_int(&rows, i, 4)};
    *list = keys;
    *count = rows.count;
    return OK;
}

/* NULL, and why in the log. */
static struct jwk *open_key(struct vault *vault, struct arena *arena, struct str id, struct str alg,
                            struct str sealed)
{
    enum jwk_alg algorithm;
    if (!jwk_alg_find(alg, &algorithm)) {
        log_error("the signing key %.*s has an unknown algorithm", STR_ARG(id));
        return NULL;
    }
    struct str pem = vault_unseal(vault, arena, context_of(arena, id), sealed);
    if (!pem.p) {
        log_error("the signing key %.*s cannot be opened: it was sealed with another key than that "
                  "of SIGNET_KEY or SIGNET_KEY_FILE",
                  STR_ARG(id));
        return NULL;
    }
    struct jwk *key = jwk_from_pem(pem, algorithm);
    wipe((char *)pem.p, pem.n);
    if (!key)
        log_error("the signing key %.*s does not fit its algorithm", STR_ARG(id));
    return key;
}

/* The key of a row in this state; KEYS_MAX: there is none. */
static size_t find_state(const struct db_rows *rows, size_t count, struct str state)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(db_text(rows, i, 3), state))
            return i;
    return KEYS_MAX;
}

/* The key that signs: the Current one; while other servers may not have seen it yet, the one before
 * it, so that what is signed is published at all of them. */
static size_t find_signing(struct db_conn *conn, const struct db_rows *rows, size_t count)
{
    size_t current = find_state(rows, count, STR("Current"));
    size_t previous = find_state(rows, count, STR("Previous"));
    bool unseen = current != KEYS_MAX && !db_conn_is_embedded(conn) &&
                  db_int(rows, current, 4) > clock_now_ms() - SIGNING_KEY_LEAD_MS;
    return unseen && previous != KEYS_MAX ? previous : current;
}

static enum err load(struct db_conn *conn, struct vault *vault, struct arena *arena,
                     struct jwk **keys, size_t *count, struct keyring **out)
{
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT id, alg, sealed, state, created_at FROM signing_keys" ORDERED,
                 DB_NO_PARAMS, arena, &rows);
    if (err)
        return err;
    for (; *count < rows.count && *count < KEYS_MAX; (*count)++) {
        size_t i = *count;
        keys[i] = open_key(vault, arena, db_text(&rows, i, 0), db_text(&rows, i, 1),
                           db_text(&rows, i, 2));
        if (!keys[i])
            return ERR_INTERNAL;
    }
    size_t current = find_signing(conn, &rows, *count);
    if (current == KEYS_MAX) {
        log_error("no signing key is in state Current");
        return ERR_INTERNAL;
    }
    struct keyring *ring = keyring_new(keys, *count, current);
    if (ring)
        *out = ring;
    return ring ? OK : ERR_NO_MEMORY;
}

enum err signing_keys_load(struct db_conn *conn, struct vault *vault, struct keyring **out)
{
    struct arena *arena = arena_new((size_t)1 << 20);
    if (!arena)
        return ERR_NO_MEMORY;
    struct jwk *keys[KEYS_MAX];
    size_t count = 0;
    enum err err = load(conn, vault, arena, keys, &count, out);
    while (count)
        jwk_unref(keys[--count]);
    arena_free(arena);
    return err;
}

static enum err insert(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                       const struct signing_key *row)
{
    enum jwk_alg alg;
    struct jwk *key = jwk_alg_find(row->alg, &alg) ? jwk_generate(alg) : NULL;
    struct str pem = key ? jwk_private_pem(key, arena) : STR_NONE;
    jwk_unref(key);
    if (!pem.p)
        return ERR_INTERNAL;
    struct buf sealed = buf_new(arena, 65536);
    bool is_sealed = vault_seal(tenant->vault, context_of(arena, row->id), pem, &sealed);
    wipe((char *)pem.p, pem.n);
    if (!is_sealed)
        return ERR_NO_MEMORY;
    return db_exec(conn,
                   "INSERT INTO signing_keys (id, alg, sealed, state, signs_at, created_at) "
                   "VALUES ($1, $2, $3, $4, $5, $6)",
                   DB_PARAMS(db_text_value(row->id), db_text_value(row->alg),
                             db_text_value(buf_view(&sealed)), db_text_value(row->state),
                             db_int_value(row->signs_at), db_int_value(row->created_at)),
                   NULL);
}

/* Current becomes Previous, what was Previous goes. */
static enum err retire_current(struct db_conn *conn)
{
    enum err err =
        db_exec(conn, "DELETE FROM signing_keys WHERE state = 'Previous'", DB_NO_PARAMS, NULL);
    return err ? err
               : db_exec(conn, "UPDATE signing_keys SET state = 'Previous' WHERE state = 'Current'",
                         DB_NO_PARAMS, NULL);
}

enum err signing_keys_rotate(struct tenant *tenant, struct db_conn *conn, enum jwk_alg alg,
                             int64_t grace, int64_t now, char id[ID_LENGTH])
{
    struct arena *arena = arena_new((size_t)1 << 20);
    if (!arena)
        return ERR_NO_MEMORY;
    id_random(id, ID_LENGTH);
    struct signing_key row = {
        .id = {id, ID_LENGTH},
        .alg = str_of(jwk_alg_name(alg)),
        .state = grace > 0 ? STR("Next") : STR("Current"),
        .signs_at = now + (grace > 0 ? grace : 0),
        .created_at = now,
    };
    enum err err =
        db_exec(conn, "DELETE FROM signing_keys WHERE state = 'Next'", DB_NO_PARAMS, NULL);
    if (!err && grace <= 0)
        err = retire_current(conn);
    if (!err)
        err = insert(tenant, conn, arena, &row);
    if (!err)
        err = tenant_note(tenant, conn, now, CHANGE_KEYS, row.id);
    arena_free(arena);
    return err;
}

enum err signing_keys_due(struct db_conn *conn, struct arena *arena, int64_t now, bool *due)
{
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT id FROM signing_keys WHERE state = 'Next' AND signs_at <= $1",
                 DB_PARAMS(db_int_value(now)), arena, &rows);
    if (!err)
        *due = rows.count > 0;
    return err;
}

enum err signing_keys_unseen(struct db_conn *conn, struct arena *arena, int64_t now, bool *unseen)
{
    struct db_rows rows;
    if (db_conn_is_embedded(conn)) {
        *unseen = false;
        return OK;
    }
    /* Twice as long, so that the last look is after its time. */
    enum err err =
        db_query(conn, "SELECT id FROM signing_keys WHERE state = 'Current' AND created_at > $1",
                 DB_PARAMS(db_int_value(now - 2 * SIGNING_KEY_LEAD_MS)), arena, &rows);
    if (!err)
        *unseen = rows.count > 0;
    return err;
}

enum err signing_keys_promote(struct tenant *tenant, struct db_conn *conn, int64_t now,
                              bool *promoted)
{
    int64_t affected;
    /* The row's own state decides between several servers: one of them finds it as Next. */
    enum err err = db_exec(
        conn, "UPDATE signing_keys SET state = 'Ready' WHERE state = 'Next' AND signs_at <= $1",
        DB_PARAMS(db_int_value(now)), &affected);
    if (!err && affected)
        err = retire_current(conn);
    if (!err && affected)
        err = db_exec(conn, "UPDATE signing_keys SET state = 'Current' WHERE state = 'Ready'",
                      DB_NO_PARAMS, NULL);
    if (!err && affected)
        err = tenant_note(tenant, conn, now, CHANGE_KEYS, STR("promoted"));
    if (!err)
        *promoted = affected > 0;
    return err;
}

/* Whether there is such a key that may go. */
static enum err check_deletable(struct db_conn *conn, struct arena *arena, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT state FROM signing_keys WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return ERR_NOT_FOUND;
    return str_eq(db_text(&rows, 0, 0), STR("Current")) ? ERR_KEY_REQUIRED : OK;
}

enum err signing_keys_delete(struct tenant *tenant, struct db_conn *conn, struct str id,
                             int64_t now)
{
    struct arena *arena = arena_new(65536);
    if (!arena)
        return ERR_NO_MEMORY;
    int64_t affected = 0;
    enum err err = check_deletable(conn, arena, id);
    arena_free(arena);
    if (!err)
        err = db_exec(conn, "DELETE FROM signing_keys WHERE id = $1 AND state <> 'Current'",
                      DB_PARAMS(db_text_value(id)), &affected);
    if (!err && !affected)
        err = ERR_DB_CONFLICT; /* promoted or deleted in between */
    return err ? err : tenant_note(tenant, conn, now, CHANGE_KEYS, id);
}
