/* /api/.well-known: what pages of sign-in read before anyone has signed in. */
#include "domain/account_center.h"
#include "domain/captcha.h"
#include "domain/connectors.h"
#include "domain/phrases.h"
#include "domain/sign_in_experience.h"
#include "domain/sign_in_experience_parts.h"
#include "domain/sso.h"

static enum err put_forgotten(struct ctx *ctx, const struct db_rows *rows)
{
    struct sign_in_means means, none = {false, false};
    json *methods;
    struct json_out *out = &ctx->answer.json;
    enum err err = connectors_find_means(ctx, &means);
    if (!err)
        err = sign_in_experience_json(ctx, rows, STR("forgotPasswordMethods"), &methods);
    if (err)
        return err;
    json_key(out, STR("forgotPassword"));
    json_open_object(out);
    none.sms = means.sms;
    JSON_BOOL(out, "phone", sign_in_can_reset(methods, none));
    none = (struct sign_in_means){means.email, false};
    JSON_BOOL(out, "email", sign_in_can_reset(methods, none));
    json_close_object(out);
    return OK;
}

static enum err put_captcha(struct ctx *ctx, const struct db_rows *rows)
{
    json *policy;
    enum err err = sign_in_experience_json(ctx, rows, STR("captchaPolicy"), &policy);
    if (err || !yyjson_is_true(json_get(policy, STR("enabled"))))
        return err;
    return captcha_put_public(ctx);
}

static enum err put_enterprises(struct ctx *ctx)
{
    struct sso_list list;
    enum err err = sso_list(ctx, STR_NONE, &list);
    if (!err)
        sso_list_put(&ctx->answer.json, &list);
    return err;
}

static enum err get_experience(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    json *targets = NULL;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err)
        return err;
    json_open_object(out);
    err = sign_in_experience_put_public(ctx, &rows, ctx_query(ctx, STR("appId")),
                                        ctx_query(ctx, STR("organizationId")));
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("socialSignInConnectorTargets"), &targets);
    json_key(out, STR("socialConnectors"));
    if (!err)
        err = connectors_put_social(ctx, targets);
    json_key(out, STR("ssoConnectors"));
    if (!err)
        err = put_enterprises(ctx);
    if (!err)
        err = put_forgotten(ctx, &rows);
    if (!err)
        err = put_captcha(ctx, &rows);
    JSON_BOOL(out, "isDevelopmentTenant", false);
    json_close_object(out);
    return err;
}

static enum err get_phrases(struct ctx *ctx)
{
    struct str tag;
    json *changes;
    enum err err = phrases_choose(ctx, ctx_query(ctx, STR("lng")), &tag, &changes);
    if (err)
        return err;
    ctx_header(ctx, STR("Content-Language"), tag);
    json_open_object(&ctx->answer.json);
    json_key(&ctx->answer.json, STR("translation"));
    phrases_put(&ctx->answer.json, changes);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* Any name but the operators' own stands for the tenant of the users: there is one. */
static enum err get_endpoint(struct ctx *ctx)
{
    struct str address = str_eq(ctx->params[0], ctx->tenant->id) ? ctx->tenant->endpoint
                                                                 : ctx->tenant->users_endpoint;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "user", arena_printf(ctx->arena, "%.*s/", STR_ARG(address)));
    json_close_object(&ctx->answer.json);
    return OK;
}

/* WebAuthn Level 3, 5.11 */
static enum err get_origins(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = account_center_get(ctx, &rows);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_RAW(&ctx->answer.json, "origins", db_text(&rows, 0, ACCOUNT_CENTER_ORIGINS));
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

static const struct field experience_query[] = {
    {.name = STR_INIT("organizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "An organization whose looks are laid over it."},
    {.name = STR_INIT("appId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The application that users sign in to: its looks are laid over the tenant's, unless "
            "it is "
            "a third party's."},
    FIELDS_END,
};

static const struct field phrases_query[] = {
    {.name = STR_INIT("lng"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The language; Accept-Language and the fallback decide when there are no phrases of "
            "it."},
    FIELDS_END,
};

static const struct field phrases_reply[] = {
    {.name = STR_INIT("translation"),
     .type = FIELD_MAP,
     .doc = "Phrases by path: nested objects of texts."},
    FIELDS_END,
};
static const struct field endpoint_reply[] = {
    {.name = STR_INIT("user"), .type = FIELD_STRING, .doc = "Address that users sign in at."},
    FIELDS_END,
};
static const struct field origin_item = {.type = FIELD_STRING};
static const struct field origins_reply[] = {
    {.name = STR_INIT("origins"),
     .type = FIELD_ARRAY,
     .item = &origin_item,
     .doc = "Further origins that may use the tenant's passkeys."},
    FIELDS_END,
};

#define EXPERIENCE(address, title)                                                                 \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_PUBLIC,                    \
        .query = experience_query, .status = 200, .reply = REPLY_OBJECT,                           \
        .reply_fields = sign_in_experience_public_fields, .summary = (title),                      \
        .handle = get_experience                                                                   \
    }

ROUTES(well_known) = {
    EXPERIENCE("/api/.well-known/sign-in-exp", "Get the sign-in experience as its pages need it"),
    EXPERIENCE("/api/.well-known/experience", "Get the sign-in experience at its newer address"),
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/.well-known/phrases"),
     .guard = GUARD_PUBLIC,
     .query = phrases_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = phrases_reply,
     .summary = "Get the phrases of the sign-in pages",
     .doc = "Built in are English ones; custom phrases take their place.",
     .handle = get_phrases},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/.well-known/endpoints/:tenantId"),
     .guard = GUARD_PUBLIC,
     .run = RUN_INLINE,
     .only_listener = TENANT_ADMIN,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = endpoint_reply,
     .summary = "Get a tenant's address",
     .handle = get_endpoint},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/.well-known/webauthn"),
     .guard = GUARD_PUBLIC,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = origins_reply,
     .summary = "List the origins that may use the tenant's passkeys",
     .handle = get_origins},
    ROUTES_END,
};
