/* What a token without the scope `all` may hand on: nothing beyond what it holds itself. */
#include "api/reach.h"

#include "domain/organization_relation.h"
#include "domain/resources.h"
#include "domain/roles.h"

#define SCOPES "SELECT s.name, r.indicator FROM scopes s JOIN resources r ON r.id = s.resource_id "

static bool holds_all(const struct ctx *ctx)
{
    return str_has_word(ctx->caller.scopes, STR("all"));
}

/* rows are (scope name, indicator of its resource). The first Management API scope that the caller
 * lacks; {NULL,0}: it has them all. */
static struct str find_lacking(const struct ctx *ctx, const struct db_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (resource_is_management(db_text(rows, i, 1)) &&
            !str_has_word(ctx->caller.scopes, db_text(rows, i, 0)))
            return db_text(rows, i, 0);
    return STR_NONE;
}

static enum err refuse_lacking(struct ctx *ctx, const struct db_rows *rows)
{
    struct str lacking = find_lacking(ctx, rows);
    return lacking.p ? fail_scope(ctx, lacking) : OK;
}

static enum err scopes_of_application(struct ctx *ctx, struct str application, struct db_rows *rows)
{
    return db_query(ctx->db,
                    SCOPES "WHERE s.id IN (SELECT x.scope_id FROM roles_scopes x"
                           " JOIN applications_roles a ON a.role_id = x.role_id"
                           " WHERE a.application_id = $1)"
                           " OR s.id IN (SELECT x.scope_id FROM organization_role_resource_scopes x"
                           " JOIN organization_application_roles a"
                           " ON a.organization_role_id = x.organization_role_id"
                           " WHERE a.application_id = $1)",
                    DB_PARAMS(db_text_value(application)), ctx->arena, rows);
}

enum err reach_check_application(struct ctx *ctx, struct str application)
{
    struct db_rows rows;
    if (holds_all(ctx))
        return OK;
    enum err err = scopes_of_application(ctx, application, &rows);
    return err ? err : refuse_lacking(ctx, &rows);
}

enum err reach_of_application(struct ctx *ctx, struct str application, bool *within)
{
    struct db_rows rows = {0};
    bool all = holds_all(ctx);
    enum err err = all ? OK : scopes_of_application(ctx, application, &rows);
    if (!err)
        *within = all || !find_lacking(ctx, &rows).p;
    return err;
}

enum err reach_check_roles(struct ctx *ctx, const struct id_list *roles)
{
    struct db_rows rows;
    if (holds_all(ctx))
        return OK;
    enum err err =
        id_list_select(ctx->db, SCOPES "JOIN roles_scopes x ON x.scope_id = s.id WHERE x.role_id",
                       roles, "", ctx->arena, &rows);
    return err ? err : refuse_lacking(ctx, &rows);
}

enum err reach_check_organization_roles(struct ctx *ctx, const struct id_list *roles)
{
    struct db_rows rows;
    if (holds_all(ctx))
        return OK;
    enum err err = id_list_select(ctx->db,
                                  SCOPES "JOIN organization_role_resource_scopes x"
                                         " ON x.scope_id = s.id WHERE x.organization_role_id",
                                  roles, "", ctx->arena, &rows);
    return err ? err : refuse_lacking(ctx, &rows);
}

enum err reach_check_member_roles(struct ctx *ctx, const struct id_list *roles)
{
    enum err err =
        relation_check_type(ctx->db, RELATION_ROLE_TYPE, roles, STR(ROLE_TYPE_USER), ctx->arena);
    return err ? err : reach_check_organization_roles(ctx, roles);
}

enum err reach_check_scopes(struct ctx *ctx, const struct id_list *scopes)
{
    struct db_rows rows;
    if (holds_all(ctx))
        return OK;
    enum err err = id_list_select(ctx->db, SCOPES "WHERE s.id", scopes, "", ctx->arena, &rows);
    return err ? err : refuse_lacking(ctx, &rows);
}

enum err reach_check_user_scopes(struct ctx *ctx, const struct id_list *scopes)
{
    struct db_rows rows;
    enum err err = id_list_select(ctx->db, SCOPES "WHERE s.id", scopes, "", ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        if (resource_is_management(db_text(&rows, i, 1)))
            err = fail(ctx, ERR_ROLE_MANAGEMENT_SCOPE);
    return err;
}
