/* POST /api/token-explain: why a client gets which scopes. Logto is silent about that. */
#include "domain/access.h"
#include "domain/applications.h"
#include "domain/ctx.h"

static const struct field body[] = {
    {.name = STR_INIT("clientId"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED | FIELD_WRITE,
     .min = 1,
     .max = 128,
     .doc = "The application that would ask for the token."},
    {.name = STR_INIT("resource"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .max = 2048,
     .doc = "The resource indicator; left out: the application's default, then the tenant's."},
    {.name = STR_INIT("scope"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .max = 4096,
     .doc = "Blank-separated scopes; left out: the application's defaults."},
    {.name = STR_INIT("organizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 128,
     .doc = "The organization the token would be for; without `resource` only for it."},
    FIELDS_END,
};

static const struct field granted_item[] = {
    {.name = STR_INIT("scope"), .type = FIELD_STRING},
    {.name = STR_INIT("roleId"), .type = FIELD_STRING},
    {.name = STR_INIT("roleName"), .type = FIELD_STRING},
    FIELDS_END,
};
static const struct field dropped_item[] = {
    {.name = STR_INIT("scope"), .type = FIELD_STRING},
    {.name = STR_INIT("reason"), .type = FIELD_STRING},
    FIELDS_END,
};
static const struct field granted_object = {.type = FIELD_OBJECT, .fields = granted_item};
static const struct field dropped_object = {.type = FIELD_OBJECT, .fields = dropped_item};

static const struct field reply[] = {
    {.name = STR_INIT("clientId"), .type = FIELD_STRING},
    {.name = STR_INIT("applicationName"), .type = FIELD_STRING},
    {.name = STR_INIT("organizationId"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("resource"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "Left out for an organization alone."},
    {.name = STR_INIT("expiresIn"), .type = FIELD_INT},
    {.name = STR_INIT("requested"), .type = FIELD_STRING},
    {.name = STR_INIT("scope"), .type = FIELD_STRING, .doc = "What the token would carry."},
    {.name = STR_INIT("granted"), .type = FIELD_ARRAY, .item = &granted_object},
    {.name = STR_INIT("dropped"), .type = FIELD_ARRAY, .item = &dropped_object},
    FIELDS_END,
};

static enum err find_resource(struct ctx *ctx, const struct app *app,
                              const struct resource_entry **resource)
{
    struct str indicator = json_str(ctx_body(ctx, STR("resource")));
    if (!indicator.n)
        indicator = app->default_resource;
    *resource = indicator.n ? snapshot_resource(ctx->snapshot, indicator)
                            : snapshot_default_resource(ctx->snapshot);
    if (*resource)
        return OK;
    if (indicator.n)
        return fail_text(
            ctx, ERR_INVALID_INPUT,
            "there is no API resource with the identifier %.*s: correct `resource`, or "
            "create it under /api/resources",
            STR_ARG(indicator));
    return fail_text(
        ctx, ERR_INVALID_INPUT,
        "neither the request, nor the application, nor the tenant names a resource: set "
        "`resource` in the token request (for the Management API %.*s)",
        STR_ARG(ctx->tenant->management_resource));
}

static void put_decisions(struct json_out *out, const struct access *access, bool granted)
{
    json_key(out, granted ? STR("granted") : STR("dropped"));
    json_open_array(out);
    for (size_t i = 0; i < access->count; i++) {
        const struct scope_decision *decision = &access->decisions[i];
        if ((decision->role != NULL) != granted)
            continue;
        json_open_object(out);
        JSON_STR(out, "scope", decision->name);
        if (granted) {
            JSON_STR(out, "roleId", decision->role->id);
            JSON_STR(out, "roleName", decision->role->name);
        } else {
            JSON_STR(out, "reason", str_of(decision->reason));
        }
        json_close_object(out);
    }
    json_close_array(out);
}

/* What the token would be for; the resource is at first the organization itself. */
struct target {
    const struct resource_entry *resource;
    struct str organization_id, role_ids;
};

static enum err find_target(struct ctx *ctx, const struct app *app, struct target *out)
{
    out->organization_id = json_str(ctx_body(ctx, STR("organizationId")));
    if (!out->organization_id.p)
        return find_resource(ctx, app, &out->resource);
    out->role_ids = snapshot_membership(ctx->snapshot, out->organization_id, app->id);
    if (!out->role_ids.p)
        return fail_text(ctx, ERR_INVALID_INPUT,
                         "the application does not belong to the organization %.*s: add it under "
                         "/api/organizations/%.*s/applications",
                         STR_ARG(out->organization_id), STR_ARG(out->organization_id));
    bool names_resource = json_str(ctx_body(ctx, STR("resource"))).n > 0;
    return names_resource ? find_resource(ctx, app, &out->resource) : OK;
}

static bool decide(struct ctx *ctx, const struct app *app, const struct target *target,
                   struct str scope, struct access *out)
{
    if (target->organization_id.p)
        return access_decide_organization(ctx->arena, ctx->snapshot, target->role_ids,
                                          target->resource, scope, out);
    return access_decide(ctx->arena, ctx->snapshot, app, target->resource, scope, out);
}

static enum err explain(struct ctx *ctx)
{
    struct str id = json_str(ctx_body(ctx, STR("clientId")));
    const struct app *app = snapshot_app(ctx->snapshot, id);
    if (!app)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "applications", arena_cstr(ctx->arena, id));
    if (app->type != APP_M2M)
        return fail_text(ctx, ERR_APP_INVALID_TYPE,
                         "what is explained is the grant client_credentials, which an application "
                         "of type %s does not have: use one of type MachineToMachine",
                         application_types[app->type]);
    struct target target = {.resource = snapshot_organization_scopes(ctx->snapshot)};
    enum err err = find_target(ctx, app, &target);
    if (err)
        return err;
    json *asked = ctx_body(ctx, STR("scope"));
    struct str scope = asked ? json_str(asked) : app->default_scopes;
    struct access access;
    if (!decide(ctx, app, &target, scope, &access))
        return fail(ctx, ERR_NO_MEMORY);

    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "clientId", app->id);
    JSON_STR(out, "applicationName", app->name);
    if (target.organization_id.p)
        JSON_STR(out, "organizationId", target.organization_id);
    if (target.resource->indicator.n)
        JSON_STR(out, "resource", target.resource->indicator);
    JSON_INT(out, "expiresIn", target.resource->access_token_ttl);
    JSON_STR(out, "requested", scope.p ? scope : STR(""));
    JSON_STR(out, "scope", access.granted);
    put_decisions(out, &access, true);
    put_decisions(out, &access, false);
    json_close_object(out);
    return OK;
}

ROUTES(token_explain) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/token-explain"),
     .area = "applications",
     .safe = true,
     .run = RUN_INLINE,
     .body_mode = BODY_CREATE,
     .body = body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Explain which scopes a client would get",
     .doc =
         "Decides as the token endpoint does, without issuing anything: each requested scope with "
         "the role that grants it, or the reason why it would be dropped.",
     .handle = explain},
    ROUTES_END,
};
