/* /api/domains: domains of one's own. Logto sets them up at a hosting service; here they are set up
 * at the proxy before the server, so there are none to list. */
#include "domain/ctx.h"

static enum err list_domains(struct ctx *ctx)
{
    json_put_raw(&ctx->answer.json, STR("[]"));
    return OK;
}

static enum err no_domain(struct ctx *ctx)
{
    return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "domains", arena_cstr(ctx->arena, ctx->params[0]));
}

static enum err not_configured(struct ctx *ctx)
{
    return fail(ctx, ERR_DOMAIN_NOT_CONFIGURED);
}

static const struct field create_body[] = {
    {.name = STR_INIT("domain"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Name of the domain."},
    FIELDS_END,
};

static const struct field domain_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("domain"), .type = FIELD_STRING, .doc = "Name of the domain."},
    FIELDS_END,
};

#define ROUTE(verb, address, code, kind, text, function)                                           \
    {                                                                                              \
        .method = (verb), .path = STR_INIT("/api/domains" address), .area = "domains",             \
        .status = (code), .reply = (kind), .summary = (text),                                      \
        .doc = "Refused: domains are set up at the proxy before the server.", .handle = (function) \
    }

ROUTES(domains) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/domains"),
     .area = "domains",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = domain_fields,
     .summary = "List domains of one's own",
     .doc = "There are none: domains are set up at the proxy before the server.",
     .handle = list_domains},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/domains"),
     .area = "domains",
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 400,
     .reply = REPLY_FREE,
     .summary = "Add a domain of one's own",
     .doc = "Refused: domains are set up at the proxy before the server.",
     .handle = not_configured},
    ROUTE(HTTP_M_POST, "/cleanup", 400, REPLY_FREE, "Remove stale domains", not_configured),
    ROUTE(HTTP_M_GET, "/:id", 404, REPLY_FREE, "Get a domain of one's own", no_domain),
    ROUTE(HTTP_M_DELETE, "/:id", 404, REPLY_FREE, "Delete a domain of one's own", no_domain),
    ROUTE(HTTP_M_GET, "/:id/verification-files", 404, REPLY_FREE,
          "List the files that prove whose a domain is", no_domain),
    ROUTE(HTTP_M_PUT, "/:id/verification-files", 404, REPLY_FREE,
          "Set the files that prove whose a domain is", no_domain),
    ROUTES_END,
};
