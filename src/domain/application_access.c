/* Access rules of an application: who may use it while its access control is on. */
#include "domain/application_access.h"

#include "domain/organization_relation.h"
#include "domain/roles.h"

bool access_rules_are_empty(const struct access_rules *rules)
{
    return !rules->users.count && !rules->roles.count && !rules->organizations.count &&
           !rules->group_count;
}

/* ---- Reading ---- */

/* The roles of the rows at count places of the index, from first on. */
static enum err read_roles(const struct row_index *index, size_t first, size_t count,
                           struct arena *arena, struct id_list *out)
{
    struct db_value *values = ARENA_ARRAY(arena, struct db_value, count);
    if (!values)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        values[i] = *db_at(index->rows, index->order[first + i], 1);
    const struct db_rows roles = {arena, count, 1, values};
    return id_list_of_rows(&roles, 0, arena, out);
}

enum err access_rules_group(const struct db_rows *rows, struct arena *arena,
                            struct access_rules *rules)
{
    struct row_index index;
    struct id_list organizations;
    enum err err = row_index_make(rows, 0, arena, &index);
    if (!err)
        err = id_list_of_rows(rows, 0, arena, &organizations);
    struct access_group *groups =
        err ? NULL : ARENA_ARRAY(arena, struct access_group, organizations.count + 1);
    if (!groups)
        return err ? err : ERR_NO_MEMORY;
    for (size_t i = 0; !err && i < organizations.count; i++) {
        size_t first, count = row_index_find(&index, organizations.ids[i], &first);
        groups[i].organization = organizations.ids[i];
        err = read_roles(&index, first, count, arena, &groups[i].roles);
    }
    if (err)
        return err;
    rules->groups = groups;
    rules->group_count = organizations.count;
    return OK;
}

static enum err find_ids(struct ctx *ctx, const char *sql, struct str application,
                         struct id_list *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(application)), ctx->arena, &rows);
    return err ? err : id_list_of_rows(&rows, 0, ctx->arena, out);
}

static enum err find_groups(struct ctx *ctx, struct str application, struct access_rules *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT organization_id, organization_role_id"
                            " FROM application_access_organization_roles WHERE application_id = $1"
                            " ORDER BY organization_id, organization_role_id",
                            DB_PARAMS(db_text_value(application)), ctx->arena, &rows);
    return err ? err : access_rules_group(&rows, ctx->arena, out);
}

#define SELECT_IDS(member, table)                                                                  \
    "SELECT " member " FROM " table " WHERE application_id = $1 ORDER BY " member

enum err access_rules_find(struct ctx *ctx, struct str application, struct access_rules *rules)
{
    struct access_rules found;
    enum err err =
        find_ids(ctx, SELECT_IDS("user_id", "application_access_users"), application, &found.users);
    if (!err)
        err = find_ids(ctx, SELECT_IDS("role_id", "application_access_roles"), application,
                       &found.roles);
    if (!err)
        err = find_ids(ctx, SELECT_IDS("organization_id", "application_access_organizations"),
                       application, &found.organizations);
    if (!err)
        err = find_groups(ctx, application, &found);
    if (!err)
        *rules = found;
    return err;
}

/* ---- Writing ---- */

/* Writing the application's row makes changes of its rules, and of whether they count, wait for
 * each other. */
static enum err lock_application(struct ctx *ctx, struct str id, bool *enabled)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db,
                 "UPDATE applications"
                 " SET app_level_access_control_enabled = app_level_access_control_enabled"
                 " WHERE id = $1 RETURNING app_level_access_control_enabled",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "applications", arena_cstr(ctx->arena, id));
    *enabled = db_int(&rows, 0, 0) != 0;
    return OK;
}

static enum err delete_rules(struct ctx *ctx, struct str application)
{
    static const char *const statements[] = {
        "DELETE FROM application_access_users WHERE application_id = $1",
        "DELETE FROM application_access_roles WHERE application_id = $1",
        "DELETE FROM application_access_organizations WHERE application_id = $1",
        "DELETE FROM application_access_organization_roles WHERE application_id = $1",
    };
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof(statements) / sizeof(*statements); i++)
        err = db_exec(ctx->db, statements[i], DB_PARAMS(db_text_value(application)), NULL);
    return err;
}

static enum err check_role_types(struct ctx *ctx, const struct access_rules *rules)
{
    enum err err = relation_check_type(ctx->db, "SELECT type FROM roles WHERE id", &rules->roles,
                                       STR(ROLE_TYPE_USER), ctx->arena);
    for (size_t i = 0; !err && i < rules->group_count; i++)
        err = relation_check_type(ctx->db, RELATION_ROLE_TYPE, &rules->groups[i].roles,
                                  STR(ROLE_TYPE_USER), ctx->arena);
    return err;
}

static enum err insert_ids(struct ctx *ctx, const char *columns, struct str application,
                           const struct id_list *ids)
{
    const struct id_list_target target = {.columns = columns, .owner = application};
    return id_list_insert(ctx->db, &target, ids, ctx->arena);
}

static enum err insert_group(struct ctx *ctx, struct str application,
                             const struct access_group *group)
{
    size_t count = group->roles.count;
    struct db_value *values = ARENA_ARRAY(ctx->arena, struct db_value, count * 3 + 1);
    if (!values)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        values[3 * i] = db_text_value(application);
        values[3 * i + 1] = db_text_value(group->organization);
        values[3 * i + 2] = db_text_value(group->roles.ids[i]);
    }
    return db_insert_rows(ctx->db,
                          "application_access_organization_roles"
                          " (application_id, organization_id, organization_role_id)",
                          3, values, count);
}

static enum err insert_rules(struct ctx *ctx, struct str application,
                             const struct access_rules *rules)
{
    enum err err = insert_ids(ctx, "application_access_users (application_id, user_id)",
                              application, &rules->users);
    if (!err)
        err = insert_ids(ctx, "application_access_roles (application_id, role_id)", application,
                         &rules->roles);
    if (!err)
        err = insert_ids(ctx, "application_access_organizations (application_id, organization_id)",
                         application, &rules->organizations);
    for (size_t i = 0; !err && i < rules->group_count; i++)
        err = insert_group(ctx, application, &rules->groups[i]);
    return err;
}

enum err access_rules_required(struct ctx *ctx, struct str application)
{
    struct access_rules rules;
    enum err err = access_rules_find(ctx, application, &rules);
    if (err)
        return err;
    return access_rules_are_empty(&rules) ? fail(ctx, ERR_APP_NO_ACCESS_RULES) : OK;
}

enum err access_rules_replace(struct ctx *ctx, struct str application,
                              const struct access_rules *rules)
{
    bool enabled;
    enum err err = lock_application(ctx, application, &enabled);
    if (err)
        return err;
    if (enabled && access_rules_are_empty(rules))
        return fail(ctx, ERR_APP_NO_ACCESS_RULES);
    err = delete_rules(ctx, application);
    if (!err)
        err = check_role_types(ctx, rules);
    if (!err)
        err = insert_rules(ctx, application, rules);
    return err == ERR_DB_FOREIGN_KEY ? fail(ctx, ERR_FOREIGN_KEY) : err;
}

/* ---- Asking ---- */

/* An application that exists, is closed, and has no rule that fits. */
#define CLOSED                                                                                     \
    "SELECT 1 FROM applications a WHERE a.id = $1 AND a.app_level_access_control_enabled = 1"      \
    " AND NOT EXISTS (SELECT 1 FROM application_access_users x"                                    \
    " WHERE x.application_id = $1 AND x.user_id = $2)"                                             \
    " AND NOT EXISTS (SELECT 1 FROM application_access_roles x"                                    \
    " JOIN users_roles u ON u.role_id = x.role_id"                                                 \
    " WHERE x.application_id = $1 AND u.user_id = $2)"                                             \
    " AND NOT EXISTS (SELECT 1 FROM application_access_organizations x"                            \
    " JOIN organization_users u ON u.organization_id = x.organization_id"                          \
    " WHERE x.application_id = $1 AND u.user_id = $2)"                                             \
    " AND NOT EXISTS (SELECT 1 FROM application_access_organization_roles x"                       \
    " JOIN organization_user_roles u ON u.organization_id = x.organization_id"                     \
    " AND u.organization_role_id = x.organization_role_id"                                         \
    " WHERE x.application_id = $1 AND u.user_id = $2)"

enum err access_rules_check_user(struct ctx *ctx, struct str application, struct str user)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, CLOSED, DB_PARAMS(db_text_value(application), db_text_value(user)),
                 ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? fail(ctx, ERR_OAUTH_APP_ACCESS_DENIED) : OK;
}
