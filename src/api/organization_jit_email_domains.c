/* /api/organizations/:id/jit/email-domains: whose addresses make users members by themselves. */
#include "api/organization_related.h"
#include "domain/organizations.h"

enum { DOMAIN_LONGEST = 128 };

static const struct field fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("organizationId"),
     .column = "organization_id",
     .type = FIELD_STRING,
     .doc = "The organization."},
    {.name = STR_INIT("emailDomain"),
     .column = "email_domain",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = DOMAIN_LONGEST,
     .doc = "What follows the @ in an e-mail address."},
    FIELDS_END,
};

static const struct entity entity = {
    .name = STR_INIT("organization_jit_email_domains"),
    .table = "organization_jit_email_domains",
    .key = "email_domain",
    .fields = fields,
    .order = "email_domain",
};

static const struct related domains = {
    .relation = &organization_jit_email_domains,
    .body = STR_INIT("emailDomains"),
};

static enum err list_domains(struct ctx *ctx)
{
    struct db_value id = db_text_value(ctx->params[0]);
    return entity_answer_list(ctx, &entity, &(struct crud_filter){"organization_id = $1", &id, 1},
                              1);
}

static enum err add_domain(struct ctx *ctx)
{
    struct db_rows rows;
    const struct crud_set set = {"organization_id", db_text_value(ctx->params[0])};
    enum err err = crud_insert(ctx->db, &entity, ctx->body, &set, 1, ctx->arena, &rows);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

static enum err replace_domains(struct ctx *ctx)
{
    return related_replace(ctx, &domains);
}

static enum err remove_domain(struct ctx *ctx)
{
    return related_remove(ctx, &domains);
}

static const struct field domain_item = {
    .type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_NOT_EMPTY, .min = 1, .max = DOMAIN_LONGEST};

static const struct field replace_body[] = {
    {.name = STR_INIT("emailDomains"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &domain_item,
     .doc = "What follows the @ in e-mail addresses; an empty list removes all."},
    FIELDS_END,
};

ROUTES(organization_jit_email_domains) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id/jit/email-domains"),
     .area = "organizations",
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = fields,
     .summary = "List the e-mail domains of an organization",
     .doc = "New users with an address in one of them become members.",
     .handle = list_domains},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations/:id/jit/email-domains"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Add an e-mail domain to an organization",
     .handle = add_domain},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organizations/:id/jit/email-domains"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = replace_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Replace the e-mail domains of an organization",
     .handle = replace_domains},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id/jit/email-domains/:emailDomain"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Remove an e-mail domain from an organization",
     .handle = remove_domain},
    ROUTES_END,
};
