/* /api/users/:userId/organizations: where a user is a member. */
#include "domain/organizations.h"
#include "domain/users.h"

static enum err find_roles(struct ctx *ctx, struct row_index *index)
{
    struct db_rows *held = ARENA_NEW(ctx->arena, struct db_rows);
    if (!held)
        return ERR_NO_MEMORY;
    enum err err = db_query(ctx->db,
                            "SELECT x.organization_id, r.id, r.name"
                            " FROM organization_user_roles x"
                            " JOIN organization_roles r ON r.id = x.organization_role_id"
                            " WHERE x.user_id = $1 ORDER BY r.name",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, held);
    return err ? err : row_index_make(held, 0, ctx->arena, index);
}

static enum err list_organizations(struct ctx *ctx)
{
    struct db_rows rows;
    struct row_index roles;
    struct db_value id = db_text_value(ctx->params[0]);
    struct crud_filter filter = {
        "id IN (SELECT organization_id FROM organization_users WHERE user_id = $1)", &id, 1};
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = entity_list(ctx, &organization_entity, &filter, 1, &rows);
    if (!err)
        err = find_roles(ctx, &roles);
    if (err)
        return err;
    organization_list_put(ctx, &rows, &roles);
    return OK;
}

ROUTES(user_organizations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/organizations"),
     .area = "users",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_with_roles_fields,
     .summary = "List the organizations of a user",
     .doc = "Each with the roles that the user has there.",
     .handle = list_organizations},
    ROUTES_END,
};
