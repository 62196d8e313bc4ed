/* /api/connector-factories: the kinds of connectors there are. */
#include "domain/connectors.h"

static void put_factory(struct json_out *out, const struct connector_factory *factory)
{
    json_open_object(out);
    JSON_STR(out, "type", str_of(factory->type));
    JSON_BOOL(out, "isDemo", false);
    JSON_STR(out, "id", str_of(factory->id));
    connector_put_metadata(out, factory, NULL, false);
    json_close_object(out);
}

static enum err list_factories(struct ctx *ctx)
{
    json_open_array(&ctx->answer.json);
    for (const struct connector_factory *factory = connector_factories; factory->id; factory++)
        put_factory(&ctx->answer.json, factory);
    json_close_array(&ctx->answer.json);
    return OK;
}

static enum err get_factory(struct ctx *ctx)
{
    const struct connector_factory *factory = connector_factory_find(ctx->params[0]);
    if (!factory)
        return fail(ctx, ERR_NOT_FOUND);
    put_factory(&ctx->answer.json, factory);
    return OK;
}

/* ---- Routes ---- */

static const char *const types[] = {"Email", "Sms", "Social", NULL};
static const struct field form_item = {.type = FIELD_MAP};
static const struct field factory_fields[] = {
    {.name = STR_INIT("type"), .type = FIELD_ENUM, .options = types, .doc = "What it is for."},
    {.name = STR_INIT("isDemo"), .type = FIELD_BOOL, .doc = "Always false."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("target"), .type = FIELD_STRING, .doc = "The provider."},
    {.name = STR_INIT("name"), .type = FIELD_MAP, .doc = "Name by language."},
    {.name = STR_INIT("description"), .type = FIELD_MAP, .doc = "What it does, by language."},
    {.name = STR_INIT("logo"), .type = FIELD_STRING, .doc = "Address of the logo."},
    {.name = STR_INIT("logoDark"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "The same on a dark ground."},
    {.name = STR_INIT("readme"), .type = FIELD_STRING, .doc = "How to set it up."},
    {.name = STR_INIT("formItems"),
     .type = FIELD_ARRAY,
     .item = &form_item,
     .doc = "What its config is made of."},
    {.name = STR_INIT("platform"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "Where a provider of sign-in works."},
    {.name = STR_INIT("isStandard"),
     .type = FIELD_BOOL,
     .flags = FIELD_MAYBE,
     .doc = "Whether there may be several, each with a target of its own."},
    {.name = STR_INIT("isTokenStorageSupported"),
     .type = FIELD_BOOL,
     .flags = FIELD_MAYBE,
     .doc = "Whether the provider's tokens can be kept."},
    FIELDS_END,
};

ROUTES(connector_factories) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/connector-factories"),
     .area = "connector-factories",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = factory_fields,
     .summary = "List the kinds of connectors",
     .handle = list_factories},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/connector-factories/:id"),
     .area = "connector-factories",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = factory_fields,
     .summary = "Get a kind of connectors",
     .handle = get_factory},
    ROUTES_END,
};
