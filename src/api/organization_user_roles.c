/* /api/organizations/:id/users/:userId/roles and /scopes: what a user may do in an organization. */
#include "api/reach.h"
#include "domain/organization_relation.h"
#include "domain/organizations.h"
#include "domain/roles.h"

static enum err check_member(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT user_id FROM organization_users"
                            " WHERE organization_id = $1 AND user_id = $2",
                            DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])),
                            ctx->arena, &rows);
    return err || rows.count ? err : fail(ctx, ERR_ORGANIZATION_MEMBERSHIP);
}

/* ---- The roles that a body means: ids, or names ---- */

static enum err refuse_names(struct ctx *ctx, const struct id_list *names)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    for (size_t i = 0; i < names->count; i++) {
        if (i)
            BUF_LIT(&buf, ", ");
        buf_str(&buf, names->ids[i]);
    }
    struct str list = buf.failed ? STR("many") : buf_view(&buf);
    return fail(ctx, ERR_ORGANIZATION_ROLE_NAMES, arena_cstr(ctx->arena, list));
}

static enum err find_by_names(struct ctx *ctx, const struct id_list *names, struct db_rows *rows)
{
    struct row_index index;
    struct id_list unknown;
    enum err err = id_list_select(ctx->db, "SELECT name, id FROM organization_roles WHERE name",
                                  names, "", ctx->arena, rows);
    if (!err)
        err = row_index_make(rows, 0, ctx->arena, &index);
    if (!err)
        err = id_list_without(names, &index, ctx->arena, &unknown);
    return err || !unknown.count ? err : refuse_names(ctx, &unknown);
}

/* Ids first, then those that only a name tells, each once. */
static enum err join_ids(struct ctx *ctx, const struct id_list *ids, const struct db_rows *named,
                         struct id_list *out)
{
    struct db_value *values = ARENA_ARRAY(ctx->arena, struct db_value, ids->count + 1);
    struct str *all = ARENA_ARRAY(ctx->arena, struct str, ids->count + named->count + 1);
    struct row_index index;
    size_t count = 0, row;
    if (!values || !all)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < ids->count; i++) {
        values[i] = db_text_value(ids->ids[i]);
        all[count++] = ids->ids[i];
    }
    const struct db_rows given = {ctx->arena, ids->count, 1, values};
    enum err err = row_index_make(&given, 0, ctx->arena, &index);
    if (err)
        return err;
    for (size_t i = 0; i < named->count; i++)
        if (!row_index_get(&index, db_text(named, i, 1), &row))
            all[count++] = db_text(named, i, 1);
    *out = (struct id_list){all, count};
    return OK;
}

static enum err read_roles(struct ctx *ctx, struct id_list *out)
{
    struct id_list ids, names;
    struct db_rows named;
    enum err err = check_member(ctx);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("organizationRoleIds")), ctx->arena, &ids);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("organizationRoleNames")), ctx->arena, &names);
    if (!err)
        err = find_by_names(ctx, &names, &named);
    if (!err)
        err = join_ids(ctx, &ids, &named, out);
    return err ? err : reach_check_member_roles(ctx, out);
}

/* ---- Roles of one user ---- */

static enum err list_roles(struct ctx *ctx)
{
    struct db_value owner[] = {db_text_value(ctx->params[0]), db_text_value(ctx->params[1])};
    struct crud_filter filter = {"id IN (SELECT organization_role_id FROM organization_user_roles"
                                 " WHERE organization_id = $1 AND user_id = $2)",
                                 owner, 2};
    enum err err = check_member(ctx);
    return err ? err : entity_answer_list(ctx, &organization_role_entity, &filter, 1);
}

static enum err add_roles(struct ctx *ctx)
{
    struct id_list ids;
    enum err err = read_roles(ctx, &ids);
    if (!err)
        err = relation_add(ctx->db, &organization_user_roles, ctx->params, &ids, ctx->arena, NULL);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("organizationRoleIds"));
    json_open_array(out);
    for (size_t i = 0; i < ids.count; i++)
        json_put_str(out, ids.ids[i]);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

static enum err replace_roles(struct ctx *ctx)
{
    struct id_list ids;
    enum err err = read_roles(ctx, &ids);
    return err ? err
               : relation_replace(ctx->db, &organization_user_roles, ctx->params, &ids, ctx->arena,
                                  NULL, NULL);
}

static enum err remove_role(struct ctx *ctx)
{
    bool found;
    enum err err = check_member(ctx);
    if (!err)
        err =
            relation_remove(ctx->db, &organization_user_roles, ctx->params, ctx->params[2], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

static enum err list_scopes(struct ctx *ctx)
{
    struct db_value owner[] = {db_text_value(ctx->params[0]), db_text_value(ctx->params[1])};
    struct crud_filter filter = {
        "id IN (SELECT s.organization_scope_id FROM organization_role_scopes s"
        " JOIN organization_user_roles x ON x.organization_role_id = s.organization_role_id"
        " WHERE x.organization_id = $1 AND x.user_id = $2)",
        owner, 2};
    return entity_answer_list(ctx, &organization_scope_entity, &filter, 1);
}

/* ---- Several users at once ---- */

static enum err add_roles_to_many(struct ctx *ctx)
{
    struct id_list users, ids;
    enum err err = id_list_parse(ctx_body(ctx, STR("userIds")), ctx->arena, &users);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("organizationRoleIds")), ctx->arena, &ids);
    if (!err)
        err = reach_check_member_roles(ctx, &ids);
    for (size_t i = 0; !err && i < users.count; i++) {
        const struct str owner[] = {ctx->params[0], users.ids[i]};
        err = relation_add(ctx->db, &organization_user_roles, owner, &ids, ctx->arena, NULL);
    }
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

/* ---- Routes ---- */

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field body[] = {
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &id_item,
     .doc = "Ids of organization roles for users."},
    {.name = STR_INIT("organizationRoleNames"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &id_item,
     .doc = "Names of organization roles for users."},
    FIELDS_END,
};

static const struct field add_reply[] = {
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .item = &id_item,
     .doc = "Ids of the roles that the body means."},
    FIELDS_END,
};

static const struct field many_body[] = {
    {.name = STR_INIT("userIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of users of the organization."},
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of organization roles for users."},
    FIELDS_END,
};

ROUTES(organization_user_roles) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/users/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = many_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Give organization roles to several users",
     .handle = add_roles_to_many},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/users/:userId/roles"),
     .area = "organizations",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_role_fields,
     .summary = "List the roles of a user in an organization",
     .handle = list_roles},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/users/:userId/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = add_reply,
     .summary = "Give organization roles to a user",
     .doc = "A token without the scope `all` can hand on only roles whose Management API scopes "
            "it has itself.",
     .handle = add_roles},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/users/:userId/roles"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the roles of a user in an organization",
     .handle = replace_roles},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/users/:userId/roles/:organizationRoleId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Take a role from a user in an organization",
     .handle = remove_role},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/users/:userId/scopes"),
     .area = "organizations",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_scope_fields,
     .summary = "List the organization scopes of a user in an organization",
     .doc = "What the user's roles there grant; nothing when the user is no member.",
     .handle = list_scopes},
    ROUTES_END,
};
