/* Applications in organizations, of a snapshot: an entry a pair, with the roles it has there. */
#include <stdlib.h>

#include "domain/snapshot_parts.h"

#define KEY_MAX 256 /* bytes; ids are short, what strangers send may not be */

#define MEMBERSHIPS                                                                                \
    "SELECT m.organization_id, m.application_id,"                                                  \
    " string_agg(r.organization_role_id, ' ' ORDER BY r.organization_role_id)"                     \
    " FROM organization_applications m LEFT JOIN organization_application_roles r"                 \
    " ON r.organization_id = m.organization_id AND r.application_id = m.application_id "
#define GROUPED "GROUP BY m.organization_id, m.application_id "

struct membership_entry {
    struct map_entry head;
    struct str role_ids;
};

/* The entry, then the bytes of its key and of the role ids: one piece of memory. */
static enum err put(struct map *memberships, struct str organization, struct str application,
                    struct str role_ids)
{
    size_t key = organization.n + 1 + application.n;
    struct membership_entry *entry = malloc(sizeof(*entry) + key + role_ids.n);
    if (!entry)
        return ERR_NO_MEMORY;
    char *text = (char *)(entry + 1);
    memcpy(text, organization.p, organization.n);
    text[organization.n] = '/';
    memcpy(text + organization.n + 1, application.p, application.n);
    if (role_ids.n)
        memcpy(text + key, role_ids.p, role_ids.n);
    atomic_init(&entry->head.refs, 1);
    entry->head.key = (struct str){text, key};
    entry->role_ids = (struct str){text + key, role_ids.n};
    return map_put(memberships, &entry->head) ? OK : ERR_NO_MEMORY;
}

static enum err put_rows(struct map *memberships, const struct db_rows *rows)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < rows->count; i++)
        err = put(memberships, db_text(rows, i, 0), db_text(rows, i, 1), db_text(rows, i, 2));
    return err;
}

enum err memberships_load(struct db_conn *conn, struct map *memberships)
{
    struct arena *pages[2] = {arena_new(SNAPSHOT_ARENA_MAX), arena_new(SNAPSHOT_ARENA_MAX)};
    enum err err = pages[0] && pages[1] ? OK : ERR_NO_MEMORY;
    struct db_value last[2] = {db_text_value(STR("")), db_text_value(STR(""))};
    struct db_rows rows = {.count = 1};
    /* The last key of one page lives in its arena while the next page is read into the other. */
    for (size_t page = 0; !err && rows.count; page++) {
        arena_reset(pages[page % 2]);
        err = db_query(conn,
                       MEMBERSHIPS "WHERE (m.organization_id, m.application_id) > ($1, $2) " GROUPED
                                   "ORDER BY m.organization_id, m.application_id "
                                   "LIMIT " SNAPSHOT_PAGE,
                       last, 2, pages[page % 2], &rows);
        if (!err)
            err = put_rows(memberships, &rows);
        if (!err && rows.count)
            memcpy(last, db_at(&rows, rows.count - 1, 0), sizeof(last));
    }
    arena_free(pages[0]);
    arena_free(pages[1]);
    return err;
}

enum err memberships_refresh(struct db_conn *conn, struct str key, struct map *memberships)
{
    struct arena *arena = arena_new(SNAPSHOT_ARENA_MAX);
    if (!arena)
        return ERR_NO_MEMORY;
    size_t slash = str_find(key, '/');
    struct db_rows rows;
    enum err err = db_query(
        conn, MEMBERSHIPS "WHERE m.organization_id = $1 AND m.application_id = $2 " GROUPED,
        DB_PARAMS(db_text_value((struct str){key.p, slash}),
                  db_text_value(str_from(key, slash + 1))),
        arena, &rows);
    if (!err)
        err = put_rows(memberships, &rows);
    if (!err && !rows.count && !map_remove(memberships, key))
        err = ERR_NO_MEMORY;
    arena_free(arena);
    return err;
}

struct str memberships_find(const struct map *memberships, struct str organization,
                            struct str application)
{
    char key[KEY_MAX];
    size_t n = organization.n + 1 + application.n;
    if (!organization.n || n > sizeof(key) || organization.n > sizeof(key))
        return STR_NONE;
    memcpy(key, organization.p, organization.n);
    key[organization.n] = '/';
    memcpy(key + organization.n + 1, application.p, application.n);
    const struct map_entry *entry = map_find(memberships, (struct str){key, n});
    return entry ? ((const struct membership_entry *)entry)->role_ids : STR_NONE;
}
