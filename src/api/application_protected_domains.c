/* /api/applications/:id/protected-app-metadata/custom-domains: domains of applications behind an
 * edge proxy. This server runs none, so no application has them. */
#include "domain/applications.h"
#include "domain/ctx.h"

static enum err refuse(struct ctx *ctx)
{
    struct db_rows application;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &application);
    return err ? err : fail(ctx, ERR_APP_PROTECTED_FEATURE);
}

static const struct field body[] = {
    {.name = STR_INIT("domain"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The domain."},
    FIELDS_END,
};

#define REFUSED "Refused: protected applications need an edge proxy, which this server has none of."

ROUTES(application_protected_domains) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:id/protected-app-metadata/custom-domains"),
     .area = "applications",
     .status = 422,
     .reply = REPLY_FREE,
     .summary = "List the domains of a protected application",
     .doc = REFUSED,
     .handle = refuse},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:id/protected-app-metadata/custom-domains"),
     .area = "applications",
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 422,
     .reply = REPLY_FREE,
     .summary = "Add a domain to a protected application",
     .doc = REFUSED,
     .handle = refuse},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id/protected-app-metadata/custom-domains/:domain"),
     .area = "applications",
     .status = 422,
     .reply = REPLY_FREE,
     .summary = "Remove a domain from a protected application",
     .doc = REFUSED,
     .handle = refuse},
    ROUTES_END,
};
