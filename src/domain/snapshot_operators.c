/* Who manages as a user, as a part of a snapshot: a token says what it was when it was made. */
#include <stdatomic.h>
#include <stdlib.h>

#include "domain/operators.h"
#include "domain/snapshot_parts.h"

struct operators_part {
    _Atomic uint32_t refs;
    struct arena *arena;
    struct db_rows rows; /* id and one scope each, by id */
};

struct operators_part *operators_part_ref(struct operators_part *part)
{
    atomic_fetch_add_explicit(&part->refs, 1, memory_order_relaxed);
    return part;
}

void operators_part_unref(struct operators_part *part)
{
    if (!part || atomic_fetch_sub_explicit(&part->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(part->arena);
    free(part);
}

enum err operators_part_load(struct db_conn *conn, struct operators_part **out)
{
    struct operators_part *part = calloc(1, sizeof(*part));
    if (!part)
        return ERR_NO_MEMORY;
    atomic_init(&part->refs, 1);
    part->arena = arena_new(SNAPSHOT_ARENA_MAX);
    enum err err = part->arena ? OK : ERR_NO_MEMORY;
    if (!err)
        err = db_query(conn,
                       "SELECT u.id, s.name FROM resources a"
                       " JOIN scopes s ON s.resource_id = a.id"
                       " JOIN roles_scopes r ON r.scope_id = s.id"
                       " JOIN users_roles h ON h.role_id = r.role_id"
                       " JOIN users u ON u.id = h.user_id"
                       " WHERE a.indicator = $1 AND u.is_suspended = 0 ORDER BY u.id, s.name",
                       DB_PARAMS(db_text_value(STR(OPERATOR_RESOURCE))), part->arena, &part->rows);
    if (err)
        operators_part_unref(part);
    else
        *out = part;
    return err;
}

struct str operators_part_scope(const struct operators_part *part, struct str user_id,
                                struct arena *arena)
{
    struct buf buf = buf_new(arena, (size_t)64 * 1024);
    bool found = false;
    for (size_t i = 0; i < part->rows.count; i++) {
        if (!str_eq(db_text(&part->rows, i, 0), user_id))
            continue;
        if (found)
            buf_byte(&buf, ' ');
        found = true;
        buf_str(&buf, db_text(&part->rows, i, 1));
    }
    return found ? buf_view(&buf) : STR_NONE;
}
