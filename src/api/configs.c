/* /api/configs/admin-console, oidc/session, id-token, cimd: settings that are one object each. */
#include "domain/configs.h"

/* ---- Rows ---- */

static const struct field console_fields[] = {
    {.name = STR_INIT("signInExperienceCustomized"),
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .doc = "Whether someone has been at the sign-in experience."},
    {.name = STR_INIT("organizationCreated"),
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .doc = "Whether someone has made an organization."},
    FIELDS_END,
};

static const struct field session_fields[] = {
    {.name = STR_INIT("ttl"),
     .type = FIELD_INT,
     .flags = FIELD_UPDATE,
     .min = 1,
     .max = CONFIG_SESSION_TTL_MAX,
     .doc = "Seconds that users stay signed in, from the next sign-in on."},
    FIELDS_END,
};

static const char *const claims[] = {
    "custom_data",   "identities",        "sso_identities",     "roles",
    "organizations", "organization_data", "organization_roles", NULL};
static const struct field claim_item = {.type = FIELD_ENUM, .options = claims};
static const struct field id_token_fields[] = {
    {.name = STR_INIT("enabledExtendedClaims"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .item = &claim_item,
     .doc = "Claims that ID tokens have beside the standard ones when their scope is granted."},
    FIELDS_END,
};

static const struct field cimd_fields[] = {
    {.name = STR_INIT("enabled"),
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .doc =
         "Whether clients may name themselves by the address of their metadata. Not here: true is "
         "refused."},
    FIELDS_END,
};

/* ---- Handlers: what is stored, over what holds when nothing is ---- */

static enum err answer_config(struct ctx *ctx, const char *name, const struct field *fields,
                              const char *untouched, bool change)
{
    json *stored, *fallback;
    enum err err = config_find(ctx, str_of(name), &stored);
    if (err)
        return err;
    if (json_parse(ctx->arena, str_of(untouched), &fallback, NULL))
        return fail(ctx, ERR_INTERNAL);
    struct str text =
        config_merge(ctx, fields, stored ? stored : fallback, change ? ctx->body : NULL);
    if (!text.p)
        return fail(ctx, ERR_NO_MEMORY);
    if (change)
        err = config_put(ctx, str_of(name), text, NULL);
    json_put_raw(&ctx->answer.json, text);
    return err;
}

#define CONSOLE                                                                                    \
    CONFIG_ADMIN_CONSOLE, console_fields,                                                          \
        "{\"signInExperienceCustomized\":false,\"organizationCreated\":false}"
#define SESSION  CONFIG_SESSION, session_fields, "{\"ttl\":1209600}"
#define ID_TOKEN CONFIG_ID_TOKEN, id_token_fields, CONFIG_ID_TOKEN_UNTOUCHED
#define CIMD     CONFIG_CIMD, cimd_fields, "{\"enabled\":false}"

static enum err get_console(struct ctx *ctx)
{
    return answer_config(ctx, CONSOLE, false);
}

static enum err patch_console(struct ctx *ctx)
{
    return answer_config(ctx, CONSOLE, true);
}

static enum err get_session(struct ctx *ctx)
{
    return answer_config(ctx, SESSION, false);
}

static enum err patch_session(struct ctx *ctx)
{
    return answer_config(ctx, SESSION, true);
}

static enum err get_id_token(struct ctx *ctx)
{
    return answer_config(ctx, ID_TOKEN, false);
}

static enum err put_id_token(struct ctx *ctx)
{
    return answer_config(ctx, ID_TOKEN, true);
}

static enum err get_cimd(struct ctx *ctx)
{
    return answer_config(ctx, CIMD, false);
}

/* No document of a client's is asked for, so nobody is told that it would be. */
static enum err patch_cimd(struct ctx *ctx)
{
    if (yyjson_is_true(ctx_body(ctx, STR("enabled"))))
        return fail(ctx, ERR_INVALID_INPUT, "clients cannot name themselves by an address here");
    return answer_config(ctx, CIMD, true);
}

/* ---- Routes ---- */

#define GET_ROUTE(address, fields, text, function)                                                 \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT("/api/configs/" address), .area = "configs",        \
        .status = 200, .reply = REPLY_OBJECT, .reply_fields = (fields), .summary = (text),         \
        .handle = (function)                                                                       \
    }
#define CHANGE_ROUTE(verb, mode, address, fields, text, function)                                  \
    {                                                                                              \
        .method = (verb), .path = STR_INIT("/api/configs/" address), .area = "configs",            \
        .run = RUN_WRITE, .body_mode = (mode), .body = (fields), .status = 200,                    \
        .reply = REPLY_OBJECT, .reply_fields = (fields), .summary = (text), .handle = (function)   \
    }

ROUTES(configs) = {
    GET_ROUTE("admin-console", console_fields, "Get what the console remembers", get_console),
    CHANGE_ROUTE(HTTP_M_PATCH, BODY_UPDATE, "admin-console", console_fields,
                 "Change what the console remembers", patch_console),
    GET_ROUTE("oidc/session", session_fields, "Get the settings of sessions", get_session),
    CHANGE_ROUTE(HTTP_M_PATCH, BODY_UPDATE, "oidc/session", session_fields,
                 "Change the settings of sessions", patch_session),
    GET_ROUTE("id-token", id_token_fields, "Get the settings of ID tokens", get_id_token),
    CHANGE_ROUTE(HTTP_M_PUT, BODY_CREATE, "id-token", id_token_fields,
                 "Set the settings of ID tokens", put_id_token),
    GET_ROUTE("cimd", cimd_fields, "Get the settings of clients that name themselves by address",
              get_cimd),
    CHANGE_ROUTE(HTTP_M_PATCH, BODY_UPDATE, "cimd", cimd_fields,
                 "Change the settings of clients that name themselves by address", patch_cimd),
    ROUTES_END,
};
