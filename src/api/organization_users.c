/* /api/organizations/:id/users: the users of an organization. */
#include "api/organization_related.h"
#include "domain/organizations.h"
#include "domain/users.h"

#define OF_ORGANIZATION "id IN (SELECT user_id FROM organization_users WHERE organization_id = $1)"
#define WITH_ROLE                                                                                  \
    "id IN (SELECT user_id FROM organization_user_roles"                                           \
    " WHERE organization_id = $1 AND organization_role_id = $2)"
#define MATCHES                                                                                    \
    ORGANIZATION_MATCH("id")                                                                       \
    " OR " ORGANIZATION_MATCH("primary_email") " OR " ORGANIZATION_MATCH(                          \
        "primary_phone") " OR " ORGANIZATION_MATCH("username") " OR " ORGANIZATION_MATCH("name")
#define ROLES_HELD                                                                                 \
    "SELECT x.user_id, r.id, r.name FROM organization_user_roles x"                                \
    " JOIN organization_roles r ON r.id = x.organization_role_id"                                  \
    " WHERE x.organization_id = $1 AND x.user_id"

static void answer_users(struct ctx *ctx, const struct db_rows *rows, const struct row_index *roles)
{
    struct json_out *out = &ctx->answer.json;
    json_open_array(out);
    for (size_t i = 0; i < rows->count; i++) {
        json_open_object(out);
        crud_put_members(out, &user_member_entity, rows, i);
        organization_roles_put(out, roles, db_text(rows, i, USER_ID));
        json_close_object(out);
    }
    json_close_array(out);
}

static enum err list_users(struct ctx *ctx)
{
    struct db_rows rows;
    struct row_index roles;
    size_t count = 1;
    struct db_value pattern, owner[2] = {db_text_value(ctx->params[0]),
                                         db_text_value(ctx_query(ctx, STR("organizationRoleId")))};
    struct crud_filter filters[3] = {{OF_ORGANIZATION, owner, 1}};
    if (owner[1].s.n)
        filters[count++] = (struct crud_filter){WITH_ROLE, owner, 2};
    count += organization_match(ctx, MATCHES, &pattern, &filters[count]);
    enum err err = entity_list(ctx, &user_member_entity, filters, count, &rows);
    if (!err)
        err = organization_roles_held(ctx, ROLES_HELD, ctx->params[0], &rows, USER_ID, &roles);
    if (!err)
        answer_users(ctx, &rows, &roles);
    return err;
}

static const struct related members = {
    .relation = &organization_users,
    .body = STR_INIT("userIds"),
    .told = true,
    .kind = HOOK_MEMBER_USER,
};

static enum err add_users(struct ctx *ctx)
{
    enum err err = related_add(ctx, &members);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("userIds"));
    json_put_value(out, ctx_body(ctx, STR("userIds")));
    json_close_object(out);
    return OK;
}

static enum err replace_users(struct ctx *ctx)
{
    return related_replace(ctx, &members);
}

static enum err remove_user(struct ctx *ctx)
{
    return related_remove(ctx, &members);
}

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only users whose id, e-mail address, phone number, username or name has this in it."},
    {.name = STR_INIT("organizationRoleId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NOT_EMPTY,
     .doc = "Only users who hold this role in the organization."},
    FIELDS_END,
};

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_body[] = {
    {.name = STR_INIT("userIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .item = &id_item,
     .doc = "Ids of users."},
    FIELDS_END,
};
static const struct field replace_body[] = {
    {.name = STR_INIT("userIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of users; an empty list removes all."},
    FIELDS_END,
};

ROUTES(organization_users) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/users"),
     .area = "organizations",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = user_member_fields,
     .summary = "List the users of an organization",
     .doc = "Each with its roles in the organization. Nothing when there is no such organization.",
     .handle = list_users},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/users"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = add_body,
     .summary = "Add users to an organization",
     .handle = add_users},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/users"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the users of an organization",
     .doc = "Those that stay keep their roles.",
     .handle = replace_users},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/users/:userId"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove a user from an organization",
     .doc = "The user's roles there go with it.",
     .handle = remove_user},
    ROUTES_END,
};
