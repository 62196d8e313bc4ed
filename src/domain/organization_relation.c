/* Relations between organizations, their roles, and who or what belongs to them. */
#include "domain/organization_relation.h"

const struct relation organization_role_scopes =
    RELATION("organization_role_scopes", "organization_role_id", "organization_scope_id");
const struct relation organization_role_resource_scopes =
    RELATION("organization_role_resource_scopes", "organization_role_id", "scope_id");
const struct relation organization_applications =
    RELATION("organization_applications", "organization_id", "application_id");
const struct relation organization_application_roles = RELATION_OF_PAIR(
    "organization_application_roles", "organization_id", "application_id", "organization_role_id");
const struct relation organization_jit_roles =
    RELATION("organization_jit_roles", "organization_id", "organization_role_id");
const struct relation organization_jit_email_domains =
    RELATION("organization_jit_email_domains", "organization_id", "email_domain");
const struct relation organization_users =
    RELATION("organization_users", "organization_id", "user_id");
const struct relation organization_user_roles = RELATION_OF_PAIR(
    "organization_user_roles", "organization_id", "user_id", "organization_role_id");
const struct relation organization_invitation_roles =
    RELATION("organization_invitation_roles", "organization_invitation_id", "organization_role_id");

enum { OWNERS_MAX = 2 };

static size_t put_owner(const struct relation *relation, const struct str *owner,
                        struct db_value *params)
{
    for (size_t i = 0; i < relation->owners; i++)
        params[i] = db_text_value(owner[i]);
    return relation->owners;
}

static enum err find_held(struct db_conn *conn, const struct relation *relation,
                          const struct str *owner, struct arena *arena, struct db_rows *rows)
{
    struct db_value params[OWNERS_MAX];
    size_t count = put_owner(relation, owner, params);
    return db_query(conn, relation->held, params, count, arena, rows);
}

static enum err insert(struct db_conn *conn, const struct relation *relation,
                       const struct str *owner, const struct id_list *ids, struct arena *arena)
{
    size_t columns = relation->owners + 1;
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, ids->count * columns + 1);
    if (!values)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < ids->count; i++) {
        struct db_value *row = values + i * columns;
        row[put_owner(relation, owner, row)] = db_text_value(ids->ids[i]);
    }
    enum err err = db_insert_rows(conn, relation->columns, columns, values, ids->count);
    return err == ERR_DB_UNIQUE ? ERR_DB_CONFLICT : err;
}

static enum err add_to(struct db_conn *conn, const struct relation *relation,
                       const struct str *owner, const struct id_list *ids,
                       const struct db_rows *held, struct arena *arena, struct id_list *added)
{
    struct row_index index;
    struct id_list new;
    enum err err = row_index_make(held, 0, arena, &index);
    if (!err)
        err = id_list_without(ids, &index, arena, &new);
    if (!err)
        err = insert(conn, relation, owner, &new, arena);
    if (!err && added)
        *added = new;
    return err;
}

enum err relation_add(struct db_conn *conn, const struct relation *relation,
                      const struct str *owner, const struct id_list *ids, struct arena *arena,
                      struct id_list *added)
{
    struct db_rows held;
    enum err err = find_held(conn, relation, owner, arena, &held);
    return err ? err : add_to(conn, relation, owner, ids, &held, arena, added);
}

/* Those of held that are not among ids. */
static enum err find_departing(const struct id_list *ids, const struct db_rows *held,
                               struct arena *arena, struct id_list *out)
{
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, ids->count + 1);
    struct str *members = ARENA_ARRAY(arena, struct str, held->count + 1);
    struct db_rows *wanted = ARENA_NEW(arena, struct db_rows);
    struct row_index index;
    if (!values || !members || !wanted)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < ids->count; i++)
        values[i] = db_text_value(ids->ids[i]);
    for (size_t i = 0; i < held->count; i++)
        members[i] = db_text(held, i, 0);
    *wanted = (struct db_rows){arena, ids->count, 1, values};
    enum err err = row_index_make(wanted, 0, arena, &index);
    return err ? err : id_list_without(&(struct id_list){members, held->count}, &index, arena, out);
}

enum err relation_replace(struct db_conn *conn, const struct relation *relation,
                          const struct str *owner, const struct id_list *ids, struct arena *arena,
                          struct id_list *added, struct id_list *removed)
{
    struct db_rows held;
    struct id_list departing;
    bool found;
    enum err err = find_held(conn, relation, owner, arena, &held);
    if (!err)
        err = find_departing(ids, &held, arena, &departing);
    for (size_t i = 0; !err && i < departing.count; i++)
        err = relation_remove(conn, relation, owner, departing.ids[i], &found);
    if (!err)
        err = add_to(conn, relation, owner, ids, &held, arena, added);
    if (!err && removed)
        *removed = departing;
    return err;
}

enum err relation_remove(struct db_conn *conn, const struct relation *relation,
                         const struct str *owner, struct str member, bool *found)
{
    struct db_value params[OWNERS_MAX + 1];
    int64_t affected;
    size_t count = put_owner(relation, owner, params);
    params[count++] = db_text_value(member);
    enum err err = db_exec(conn, relation->drop, params, count, &affected);
    if (!err)
        *found = affected > 0;
    return err;
}

enum err relation_check_type(struct db_conn *conn, const char *sql, const struct id_list *ids,
                             struct str wanted, struct arena *arena)
{
    struct db_rows rows;
    enum err err = id_list_select(conn, sql, ids, "", arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        if (!str_eq(db_text(&rows, i, 0), wanted))
            err = ERR_DB_CONSTRAINT;
    return err;
}
