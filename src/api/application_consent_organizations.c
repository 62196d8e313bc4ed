/* /api/applications/:id/users/:userId/consent-organizations: the organizations that a user lets a
 * third-party application see. A consent ends with the user's membership. */
#include "api/organization_related.h"
#include "domain/applications.h"
#include "domain/organizations.h"
#include "domain/users.h"

static const struct relation consents = RELATION_OF_PAIR(
    "application_consent_organizations", "application_id", "user_id", "organization_id");

static const struct related organizations = {
    .relation = &consents,
    .body = STR_INIT("organizationIds"),
};

static enum err check_owner(struct ctx *ctx)
{
    enum err err = application_check_third_party(ctx, ctx->params[0]);
    return err ? err : user_check_exists(ctx, ctx->params[1]);
}

/* Both owners are there, so it is the membership that is not. */
static enum err name_failure(struct ctx *ctx, enum err err)
{
    return err == ERR_DB_FOREIGN_KEY ? fail(ctx, ERR_ORGANIZATION_MEMBERSHIP) : err;
}

static enum err list_organizations(struct ctx *ctx)
{
    struct db_rows rows;
    const struct db_value owner[] = {db_text_value(ctx->params[0]), db_text_value(ctx->params[1])};
    const struct crud_filter filter = {
        "id IN (SELECT organization_id FROM application_consent_organizations"
        " WHERE application_id = $1 AND user_id = $2)",
        owner, 2};
    enum err err = check_owner(ctx);
    if (!err)
        err = entity_list(ctx, &organization_entity, &filter, 1, &rows);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("organizations"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        crud_put_object(out, &organization_entity, &rows, i, ctx->tenant->id);
    json_close_array(out);
    json_close_object(out);
    return OK;
}

static enum err add_organizations(struct ctx *ctx)
{
    enum err err = check_owner(ctx);
    return err ? err : name_failure(ctx, related_create(ctx, &organizations));
}

static enum err replace_organizations(struct ctx *ctx)
{
    enum err err = check_owner(ctx);
    return err ? err : name_failure(ctx, related_replace(ctx, &organizations));
}

static enum err remove_organization(struct ctx *ctx)
{
    enum err err = check_owner(ctx);
    return err ? err : related_remove(ctx, &organizations);
}

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY};

static const struct field add_body[] = {
    {.name = STR_INIT("organizationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of organizations of the user."},
    FIELDS_END,
};
static const struct field replace_body[] = {
    {.name = STR_INIT("organizationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &id_item,
     .doc = "Ids of organizations of the user; an empty list takes all consents back."},
    FIELDS_END,
};

static const struct field organization_item = {.type = FIELD_OBJECT, .fields = organization_fields};
static const struct field reply[] = {
    {.name = STR_INIT("organizations"),
     .type = FIELD_ARRAY,
     .item = &organization_item,
     .doc = "The organizations on this page."},
    FIELDS_END,
};

ROUTES(application_consent_organizations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:id/users/:userId/consent-organizations"),
     .area = "applications",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "List the organizations that a user lets a third-party application see",
     .handle = list_organizations},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:id/users/:userId/consent-organizations"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = add_body,
     .status = 201,
     .reply = REPLY_TEXT,
     .summary = "Let a third-party application see organizations of a user",
     .handle = add_organizations},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/applications/:id/users/:userId/consent-organizations"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the organizations that a user lets a third-party application see",
     .handle = replace_organizations},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id/users/:userId/consent-organizations/:organizationId"),
     .area = "applications",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Hide an organization of a user from a third-party application",
     .handle = remove_organization},
    ROUTES_END,
};
