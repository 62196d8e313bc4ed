/* GET and POST /oidc/me. OpenID Connect Core 5.3, RFC 6750 */
#include "domain/grants.h"
#include "domain/user_access.h"
#include "oidc/client_auth.h"

/* RFC 6750 3: without credentials the challenge names no error. */
static enum err refuse(struct ctx *ctx, enum err err, struct str more)
{
    struct str text =
        arena_printf(ctx->arena, "Bearer realm=\"%.*s\"%.*s", STR_ARG(ctx->issuer), STR_ARG(more));
    ctx_header(ctx, STR("WWW-Authenticate"), text);
    return err;
}

static enum err no_token(struct ctx *ctx)
{
    return refuse(ctx, fail(ctx, ERR_OAUTH_INVALID_TOKEN, "no access token provided"), STR(""));
}

static enum err bad_token(struct ctx *ctx)
{
    return refuse(ctx, fail(ctx, ERR_OAUTH_INVALID_TOKEN, "invalid token provided"),
                  STR(", error=\"invalid_token\", error_description=\"invalid token provided\""));
}

/* RFC 6750 2.1 */
static enum err from_header(struct ctx *ctx, struct str *token)
{
    size_t count = 0;
    struct str rest = http_header_get(ctx->request, STR("authorization"), &count);
    struct str scheme = str_split(&rest, ' ');
    *token = STR_NONE;
    if (!count)
        return OK;
    *token = str_trim(rest);
    if (count > 1 || !str_eq_nocase(scheme, STR("bearer")) || !token->n)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "invalid authorization header value format");
    return OK;
}

/* RFC 6750 2: by one way alone; never in the address, where it would end in logs. */
static enum err read_token(struct ctx *ctx, struct str *token)
{
    struct form form = {0};
    struct str in_body = STR_NONE;
    enum err err = from_header(ctx, token);
    if (err)
        return err;
    if (json_get(ctx->query, STR("access_token")))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "access tokens must not be provided via query parameter");
    if (ctx->request->method == HTTP_M_POST) {
        if ((err = oauth_request_parse(ctx, "/me", &form)))
            return err;
        in_body = form_get(&form, STR("access_token"), NULL);
    }
    if (token->p && in_body.p)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "access token must only be provided using one mechanism");
    if (!token->p)
        *token = in_body;
    return token->p ? OK : no_token(ctx);
}

static enum err userinfo_handle(struct ctx *ctx)
{
    struct str text, scope;
    struct opaque_token token;
    ctx->answer.no_store = true;
    enum err err = read_token(ctx, &text);
    if (err)
        return err;
    err = opaque_token_find(ctx, text, &token);
    if (err)
        return err == ERR_NOT_FOUND ? bad_token(ctx) : err;
    const struct app *app = snapshot_app(ctx->snapshot, token.application_id);
    if ((err = client_check_origin(ctx, app)) ||
        (err = user_openid_scope(ctx, app, token.scope, &scope)))
        return err;
    if (!str_has_word(scope, STR("openid")))
        return refuse(ctx,
                      fail(ctx, ERR_OAUTH_INSUFFICIENT_SCOPE, "access token missing openid scope"),
                      STR(", error=\"insufficient_scope\", scope=\"openid\""));
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    const struct user_access who = {.app = app, .user_id = token.user_id};
    err = user_put_claims(ctx, out, &who, scope, true);
    json_close_object(out);
    return err == ERR_NOT_FOUND ? bad_token(ctx) : err;
}

#define CLAIM(claim, kind)                                                                         \
    {                                                                                              \
        .name = STR_INIT(claim), .type = kind, .flags = FIELD_MAYBE                                \
    }

/* A column of the user: null where there is no value. */
#define NULL_CLAIM(claim)                                                                          \
    {                                                                                              \
        .name = STR_INIT(claim), .type = FIELD_STRING, .flags = FIELD_MAYBE | FIELD_NULLABLE       \
    }

static const struct field reply[] = {
    {.name = STR_INIT("sub"), .type = FIELD_STRING},
    NULL_CLAIM("name"),
    CLAIM("family_name", FIELD_STRING),
    CLAIM("given_name", FIELD_STRING),
    CLAIM("middle_name", FIELD_STRING),
    CLAIM("nickname", FIELD_STRING),
    CLAIM("preferred_username", FIELD_STRING),
    CLAIM("profile", FIELD_STRING),
    NULL_CLAIM("picture"),
    CLAIM("website", FIELD_STRING),
    CLAIM("gender", FIELD_STRING),
    CLAIM("birthdate", FIELD_STRING),
    CLAIM("zoneinfo", FIELD_STRING),
    CLAIM("locale", FIELD_STRING),
    CLAIM("updated_at", FIELD_INT),
    NULL_CLAIM("username"),
    CLAIM("created_at", FIELD_INT),
    NULL_CLAIM("email"),
    CLAIM("email_verified", FIELD_BOOL),
    NULL_CLAIM("phone_number"),
    CLAIM("phone_number_verified", FIELD_BOOL),
    CLAIM("address", FIELD_MAP),
    CLAIM("custom_data", FIELD_MAP),
    CLAIM("identities", FIELD_MAP),
    CLAIM("sso_identities", FIELD_ANY),
    CLAIM("roles", FIELD_ANY),
    CLAIM("organizations", FIELD_ANY),
    CLAIM("organization_data", FIELD_ANY),
    CLAIM("organization_roles", FIELD_ANY),
    FIELDS_END,
};

#define USERINFO(method_value, mode)                                                               \
    {                                                                                              \
        .method = method_value, .path = STR_INIT("/oidc/me"), .guard = GUARD_CLIENT,               \
        .run = RUN_READ, .body_mode = mode, .status = 200, .reply = REPLY_OBJECT,                  \
        .reply_fields = reply, .summary = "Claims about the user of an access token",              \
        .handle = userinfo_handle                                                                  \
    }

ROUTES(userinfo) = {
    USERINFO(HTTP_M_GET, BODY_NONE),
    USERINFO(HTTP_M_POST, BODY_RAW),
    ROUTES_END,
};
