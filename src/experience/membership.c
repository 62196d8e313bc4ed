/* Organizations that users join by signing in. */
#include "experience/membership.h"

#include "domain/hooks.h"

/* With the roles that an organization gives to whoever joins it this way. */
static enum err join(struct ctx *ctx, struct str organization, struct str user_id)
{
    int64_t joined = 0;
    enum err err = db_exec(ctx->db,
                           "INSERT INTO organization_users (organization_id, user_id) SELECT id, $1"
                           " FROM organizations WHERE id = $2 ON CONFLICT DO NOTHING",
                           DB_PARAMS(db_text_value(user_id), db_text_value(organization)), &joined);
    if (!err && joined)
        err = db_exec(
            ctx->db,
            "INSERT INTO organization_user_roles (organization_id, user_id,"
            " organization_role_id) SELECT j.organization_id, $1, j.organization_role_id FROM"
            " organization_jit_roles j JOIN organization_roles r"
            " ON r.id = j.organization_role_id AND r.type = 'User'"
            " WHERE j.organization_id = $2 ON CONFLICT DO NOTHING",
            DB_PARAMS(db_text_value(user_id), db_text_value(organization)), NULL);
    if (err)
        return fail(ctx, err);
    const struct hook_members members = {
        .organization = organization, .kind = HOOK_MEMBER_USER, .added = {&user_id, 1}};
    return joined ? hooks_note_members(ctx, &members) : OK;
}

enum err membership_join(struct ctx *ctx, struct str organizations, struct str user_id)
{
    json *list = NULL;
    enum err err = OK;
    if (!organizations.p)
        return OK;
    if (json_parse(ctx->arena, organizations, &list, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    yyjson_arr_iter items = yyjson_arr_iter_with(list);
    for (json *item; !err && (item = yyjson_arr_iter_next(&items));)
        err = join(ctx, json_str(item), user_id);
    return err;
}

static enum err join_rows(struct ctx *ctx, const char *sql, struct str by, struct str user_id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(by)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = join(ctx, db_text(&rows, i, 0), user_id);
    return err;
}

enum err membership_join_by_connector(struct ctx *ctx, struct str connector_id, struct str user_id)
{
    return join_rows(ctx,
                     "SELECT organization_id FROM organization_jit_sso_connectors"
                     " WHERE sso_connector_id = $1 ORDER BY organization_id",
                     connector_id, user_id);
}

enum err membership_join_by_email(struct ctx *ctx, struct str email, struct str user_id)
{
    return join_rows(ctx,
                     "SELECT organization_id FROM organization_jit_email_domains"
                     " WHERE fold_case(email_domain) = fold_case($1) ORDER BY organization_id",
                     str_from(email, str_find(email, '@') + 1), user_id);
}
