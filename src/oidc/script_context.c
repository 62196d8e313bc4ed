/* What a script for claims is told: {application[,user][,grant][,organization]}, as Logto's. */
#include "domain/applications.h"
#include "domain/organizations.h"
#include "domain/resources.h"
#include "domain/user_sso_identities.h"
#include "domain/users.h"
#include "oidc/custom_claims.h"

#define MAX_CONTEXT ((size_t)8 << 20)

/* Objects with the columns' names, of all rows that have key in their first column; all rows when
 * key is {NULL,0}. The last NULL ends names. */
static void put_rows(struct json_out *out, const struct db_rows *rows, struct str key,
                     const char *const *names)
{
    json_open_array(out);
    for (size_t row = 0; row < rows->count; row++) {
        if (key.p && !str_eq(db_text(rows, row, 0), key))
            continue;
        json_open_object(out);
        for (size_t i = 0; names[i]; i++) {
            json_key(out, str_of(names[i]));
            json_put_str(out, db_text(rows, row, i + (key.p ? 1 : 0)));
        }
        json_close_object(out);
    }
    json_close_array(out);
}

static enum err of_user(struct ctx *ctx, const char *sql, struct str user, struct db_rows *rows)
{
    return db_query(ctx->db, sql, DB_PARAMS(db_text_value(user)), ctx->arena, rows);
}

/* ---- Roles, each with its scopes, each of those with its resource ---- */

enum { OF_ROLE, OF_ID, OF_NAME, OF_DESCRIPTION, OF_RESOURCE, OF_OWN };
static const char scopes_of_user[] =
    "SELECT rs.role_id, s.id, s.name, s.description, s.resource_id, r.name, r.indicator,"
    " r.is_default, r.access_token_ttl FROM users_roles ur"
    " JOIN roles_scopes rs ON rs.role_id = ur.role_id JOIN scopes s ON s.id = rs.scope_id"
    " JOIN resources r ON r.id = s.resource_id WHERE ur.user_id = $1 ORDER BY s.id";

static void put_scope(const struct ctx *ctx, struct json_out *out, const struct db_rows *rows,
                      size_t row)
{
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, OF_ID));
    JSON_STR(out, "name", db_text(rows, row, OF_NAME));
    JSON_STR(out, "description", db_text(rows, row, OF_DESCRIPTION));
    JSON_STR(out, "resourceId", db_text(rows, row, OF_RESOURCE));
    json_key(out, STR("resource"));
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", db_text(rows, row, OF_RESOURCE));
    JSON_STR(out, "name", db_text(rows, row, OF_OWN));
    JSON_STR(out, "indicator", db_text(rows, row, OF_OWN + 1));
    JSON_BOOL(out, "isDefault", db_int(rows, row, OF_OWN + 2) != 0);
    JSON_INT(out, "accessTokenTtl", db_int(rows, row, OF_OWN + 3));
    json_close_object(out);
    json_close_object(out);
}

static enum err put_roles(struct ctx *ctx, struct json_out *out, struct str user)
{
    struct db_rows roles, scopes;
    enum err err = of_user(ctx,
                           "SELECT r.id, r.name, r.description FROM users_roles ur JOIN roles r"
                           " ON r.id = ur.role_id WHERE ur.user_id = $1 ORDER BY r.id",
                           user, &roles);
    if (!err)
        err = of_user(ctx, scopes_of_user, user, &scopes);
    if (err)
        return err;
    json_key(out, STR("roles"));
    json_open_array(out);
    for (size_t i = 0; i < roles.count; i++) {
        json_open_object(out);
        JSON_STR(out, "id", db_text(&roles, i, 0));
        JSON_STR(out, "name", db_text(&roles, i, 1));
        JSON_STR(out, "description", db_text(&roles, i, 2));
        json_key(out, STR("scopes"));
        json_open_array(out);
        for (size_t row = 0; row < scopes.count; row++) {
            if (str_eq(db_text(&scopes, row, OF_ROLE), db_text(&roles, i, 0)))
                put_scope(ctx, out, &scopes, row);
        }
        json_close_array(out);
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

/* ---- The user ---- */

static enum err put_factors(struct ctx *ctx, struct json_out *out, struct str user)
{
    struct db_rows rows;
    enum err err = of_user(
        ctx, "SELECT DISTINCT type FROM user_mfa_verifications WHERE user_id = $1", user, &rows);
    json_key(out, STR("mfaVerificationFactors"));
    json_open_array(out);
    for (size_t i = 0; !err && i < rows.count; i++)
        json_put_str(out, db_text(&rows, i, 0));
    json_close_array(out);
    return err;
}

static enum err put_organizations(struct ctx *ctx, struct json_out *out, struct str user)
{
    static const char *const short_names[] = {"id", "name", "description", NULL};
    static const char *const role_names[] = {"organizationId", "roleId", "roleName", NULL};
    struct db_rows rows;
    enum err err = of_user(ctx,
                           "SELECT o.id, o.name, o.description FROM organization_users u"
                           " JOIN organizations o ON o.id = u.organization_id WHERE u.user_id = $1"
                           " ORDER BY o.id",
                           user, &rows);
    if (err)
        return err;
    json_key(out, STR("organizations"));
    put_rows(out, &rows, STR_NONE, short_names);
    err = of_user(ctx,
                  "SELECT u.organization_id, r.id, r.name FROM organization_user_roles u"
                  " JOIN organization_roles r ON r.id = u.organization_role_id"
                  " WHERE u.user_id = $1 ORDER BY u.organization_id, r.id",
                  user, &rows);
    if (err)
        return err;
    json_key(out, STR("organizationRoles"));
    put_rows(out, &rows, STR_NONE, role_names);
    return OK;
}

static enum err put_user(struct ctx *ctx, struct json_out *out, struct str user)
{
    struct db_rows rows;
    enum err err = user_get(ctx, user, &rows);
    if (err)
        return err;
    json_key(out, STR("user"));
    json_open_object(out);
    crud_put_members(out, &user_entity, &rows, 0);
    json_key(out, STR("ssoIdentities"));
    if ((err = user_sso_put_all(ctx, out, user, true)) || (err = put_factors(ctx, out, user)) ||
        (err = put_roles(ctx, out, user)) || (err = put_organizations(ctx, out, user)))
        return err;
    json_close_object(out);
    return OK;
}

/* ---- The rest ---- */

static enum err put_application(struct ctx *ctx, struct json_out *out, struct str id)
{
    struct db_rows rows;
    enum err err = crud_find(ctx->db, &application_entity, id, ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    json_key(out, STR("application"));
    crud_put_object(out, &application_entity, &rows, 0, ctx->tenant->id);
    return OK;
}

static enum err put_organization(struct ctx *ctx, struct json_out *out, struct str id)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, "SELECT name, description, custom_data FROM organizations WHERE id = $1",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    json_key(out, STR("organization"));
    json_open_object(out);
    JSON_STR(out, "id", id);
    JSON_STR(out, "name", db_text(&rows, 0, 0));
    JSON_STR(out, "description", db_text(&rows, 0, 1));
    JSON_RAW(out, "customData", db_text(&rows, 0, 2));
    json_close_object(out);
    return OK;
}

static void put_grant(struct json_out *out, const struct issuance *what)
{
    json_key(out, STR("grant"));
    json_open_object(out);
    JSON_STR(out, "type", what->grant_type);
    JSON_RAW(out, "subjectTokenContext", what->subject_context);
    json_close_object(out);
}

static enum err put_all(struct ctx *ctx, struct json_out *out, const struct issuance *what)
{
    enum err err = what->user_id.p ? put_user(ctx, out, what->user_id) : OK;
    if (!err && what->subject_context.p)
        put_grant(out, what);
    if (!err)
        err = put_application(ctx, out, what->app->id);
    if (!err && what->user_id.p && what->organization_id.p)
        err = put_organization(ctx, out, what->organization_id);
    return err;
}

enum err script_context(struct ctx *ctx, const struct issuance *what, struct str *out)
{
    struct buf buf = buf_new(ctx->arena, MAX_CONTEXT);
    struct json_out text = json_out(&buf);
    json_open_object(&text);
    enum err err = put_all(ctx, &text, what);
    json_close_object(&text);
    if (err)
        return ctx->failure.err ? err : fail(ctx, err);
    *out = buf_view(&buf);
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}
