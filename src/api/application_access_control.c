/* /api/applications/:applicationId/access-control: who may use an application. */
#include "domain/application_access.h"
#include "domain/applications.h"

/* How many of a kind a body may list, and how many different ones. */
enum { LISTED_MAX = 2000, RULES_MAX = 1000 };

/* ---- Answering ---- */

static void put_ids(struct json_out *out, struct str name, const struct id_list *list)
{
    json_key(out, name);
    json_open_array(out);
    for (size_t i = 0; i < list->count; i++)
        json_put_str(out, list->ids[i]);
    json_close_array(out);
}

static void put_groups(struct json_out *out, const struct access_rules *rules)
{
    json_key(out, STR("organizationRoleRules"));
    json_open_array(out);
    for (size_t i = 0; i < rules->group_count; i++) {
        json_open_object(out);
        JSON_STR(out, "organizationId", rules->groups[i].organization);
        put_ids(out, STR("organizationRoleIds"), &rules->groups[i].roles);
        json_close_object(out);
    }
    json_close_array(out);
}

static void answer_rules(struct ctx *ctx, const struct access_rules *rules)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    put_ids(out, STR("userIds"), &rules->users);
    put_ids(out, STR("userRoleIds"), &rules->roles);
    put_ids(out, STR("organizationIds"), &rules->organizations);
    put_groups(out, rules);
    json_close_object(out);
}

/* ---- Reading a body ---- */

/* The input check bounds what a body lists; this, what is left of it without the repeats. */
static enum err check_count(struct ctx *ctx, size_t count, const char *path)
{
    if (count <= RULES_MAX)
        return OK;
    fail(ctx, ERR_INVALID_BODY);
    ctx->failure.details = arena_printf(
        ctx->arena, "Error in key path \"%s\": (too_big) Array must contain at most %d element(s)",
        path, RULES_MAX);
    struct str data = arena_printf(
        ctx->arena,
        "{\"issues\":[{\"code\":\"too_big\",\"maximum\":%d,\"type\":\"array\",\"inclusive\":true,"
        "\"exact\":false,\"message\":\"Array must contain at most %d element(s)\","
        "\"path\":[\"%s\"]}],\"name\":\"ZodError\"}",
        RULES_MAX, RULES_MAX, path);
    return fail_data(ctx, ERR_INVALID_BODY, data);
}

static enum err read_ids(struct ctx *ctx, const char *name, struct id_list *out)
{
    enum err err = id_list_parse(ctx_body(ctx, str_of(name)), ctx->arena, out);
    return err ? err : check_count(ctx, out->count, name);
}

static size_t count_pairs(json *groups)
{
    size_t count = 0, index, max;
    json *group;
    yyjson_arr_foreach(groups, index, max, group)
    {
        count += yyjson_arr_size(json_get(group, STR("organizationRoleIds")));
    }
    return count;
}

/* One row (organization, role) for each role that the body's rules name. */
static enum err read_pairs(struct ctx *ctx, json *groups, struct db_rows *out)
{
    size_t count = 0, index, max, i, n;
    json *group, *role;
    struct db_value *values = ARENA_ARRAY(ctx->arena, struct db_value, 2 * count_pairs(groups) + 1);
    if (!values)
        return ERR_NO_MEMORY;
    yyjson_arr_foreach(groups, index, max, group)
    {
        json *roles = json_get(group, STR("organizationRoleIds"));
        if (!yyjson_arr_size(roles))
            return fail(ctx, ERR_APP_EMPTY_ACCESS_RULE);
        yyjson_arr_foreach(roles, i, n, role)
        {
            values[count++] = db_text_value(json_str(json_get(group, STR("organizationId"))));
            values[count++] = db_text_value(json_str(role));
        }
    }
    *out = (struct db_rows){ctx->arena, count / 2, 2, values};
    return OK;
}

static enum err read_groups(struct ctx *ctx, struct access_rules *rules)
{
    struct db_rows pairs;
    enum err err = read_pairs(ctx, ctx_body(ctx, STR("organizationRoleRules")), &pairs);
    if (!err)
        err = access_rules_group(&pairs, ctx->arena, rules);
    if (!err)
        err = check_count(ctx, rules->group_count, "organizationRoleRules");
    for (size_t i = 0; !err && i < rules->group_count; i++)
        err = check_count(ctx, rules->groups[i].roles.count, "organizationRoleRules");
    return err;
}

/* ---- Handling ---- */

static enum err get_rules(struct ctx *ctx)
{
    struct db_rows application;
    struct access_rules rules;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    if (!err)
        err = access_rules_find(ctx, ctx->params[0], &rules);
    if (!err)
        answer_rules(ctx, &rules);
    return err;
}

static enum err put_rules(struct ctx *ctx)
{
    struct access_rules rules;
    enum err err = read_ids(ctx, "userIds", &rules.users);
    if (!err)
        err = read_ids(ctx, "userRoleIds", &rules.roles);
    if (!err)
        err = read_ids(ctx, "organizationIds", &rules.organizations);
    if (!err)
        err = read_groups(ctx, &rules);
    if (!err)
        err = access_rules_replace(ctx, ctx->params[0], &rules);
    if (!err)
        answer_rules(ctx, &rules);
    return err;
}

/* ---- Routes ---- */

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE};

#define IDS(json_name, text)                                                                       \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_ARRAY, .flags = FIELD_CREATE | FIELD_REQUIRED,  \
        .max = LISTED_MAX, .item = &id_item, .doc = text                                           \
    }

static const struct field group_fields[] = {
    {.name = STR_INIT("organizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The organization."},
    IDS("organizationRoleIds", "Ids of organization roles; at least one."),
    FIELDS_END,
};
static const struct field group_item = {
    .type = FIELD_OBJECT, .flags = FIELD_CREATE, .fields = group_fields};

static const struct field fields[] = {
    IDS("userIds", "Ids of users."),
    IDS("userRoleIds", "Ids of roles: whoever holds one."),
    IDS("organizationIds", "Ids of organizations: whoever is a member of one."),
    {.name = STR_INIT("organizationRoleRules"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = LISTED_MAX,
     .item = &group_item,
     .doc = "Whoever holds one of the roles in the organization."},
    FIELDS_END,
};

ROUTES(application_access_control) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:applicationId/access-control"),
     .area = "applications",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Get the access rules of an application",
     .handle = get_rules},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/applications/:applicationId/access-control"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Replace the access rules of an application",
     .doc = "They count while the application's appLevelAccessControlEnabled is true, and then at "
            "least one must remain: whoever none of them fits gets no code and no more tokens. At "
            "most 1,000 of a kind.",
     .handle = put_rules},
    ROUTES_END,
};
