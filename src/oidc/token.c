/* POST /oidc/token. RFC 6749 3.2 */
#include "oidc/token.h"

#include "domain/audit.h"
#include "domain/secret_use.h"
#include "oidc/custom_claims.h"

const struct grant *const grants[] = {&grant_authorization_code, &grant_client_credentials,
                                      &grant_refresh_token,      &grant_device_code,
                                      &grant_token_exchange,     NULL};

/* NULL: there is none of this type. */
static const struct grant *grant_of(struct str type)
{
    size_t i = 0;
    while (grants[i] && !str_eq(grants[i]->type, type))
        i++;
    return grants[i];
}

static enum err find_grant(struct ctx *ctx, struct token_request *request)
{
    struct str type;
    enum err err = oauth_require(ctx, &request->form, "grant_type", &type);
    if (err)
        return err;
    request->grant = grant_of(type);
    return request->grant ? OK : fail(ctx, ERR_OAUTH_UNSUPPORTED_GRANT);
}

/* RFC 8707 2: an absolute URI without a fragment. */
static enum err check_indicator(struct ctx *ctx, struct str uri)
{
    size_t colon = str_find(uri, ':');
    bool absolute = colon > 0 && colon + 1 < uri.n;
    for (size_t i = 0; absolute && i < colon; i++) {
        char c = uri.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        absolute = letter || (i && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
    }
    if (!absolute)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET, "resource indicator must be an absolute URI");
    if (str_find(uri, '#') != uri.n)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET,
                    "resource indicator must not contain a fragment component");
    return OK;
}

static enum err add_resource(struct ctx *ctx, struct str uri, const struct resource_entry **out)
{
    enum err err = check_indicator(ctx, uri);
    if (err)
        return err;
    const struct resource_entry *found = snapshot_resource(ctx->snapshot, uri);
    if (!found)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET, "resource indicator is missing, or unknown");
    if (*out && *out != found)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET,
                    "only a single resource indicator value is supported for this grant type");
    *out = found;
    return OK;
}

enum err token_resource(struct ctx *ctx, const struct form *form, const struct resource_entry **out)
{
    *out = NULL;
    for (size_t i = 0; i < form->count; i++) {
        if (!str_eq(form->pairs[i].name, STR("resource")))
            continue;
        struct str rest = form->pairs[i].value, uri;
        while ((uri = str_split(&rest, ',')).p) {
            enum err err = uri.n ? add_resource(ctx, uri, out) : OK;
            if (err)
                return err;
        }
    }
    return OK;
}

enum err token_membership(struct ctx *ctx, const struct token_request *request,
                          struct str *role_ids)
{
    *role_ids =
        snapshot_membership(ctx->snapshot, request->organization_id, request->client.app->id);
    return role_ids->p
               ? OK
               : fail(ctx, ERR_OAUTH_ACCESS_DENIED, "app has not associated with the organization");
}

bool token_decide(struct ctx *ctx, struct token_request *request, struct str role_ids,
                  const struct resource_entry *resource, struct str scope)
{
    if (request->organization_id.p)
        return access_decide_organization(ctx->arena, ctx->snapshot, role_ids, resource, scope,
                                          &request->access);
    return access_decide(ctx->arena, ctx->snapshot, request->client.app, resource, scope,
                         &request->access);
}

static enum err token_steps(struct ctx *ctx, struct token_request *request)
{
    static const char *const once[] = {"grant_type", "scope", "organization_id", NULL};
    enum err err;
    if ((err = oauth_request_parse(ctx, "/token", &request->form)))
        return err;
    if ((err = client_authenticate(ctx, &request->form, &request->client)))
        return err;
    if ((err = client_check_origin(ctx, request->client.app)))
        return err;
    if ((err = oauth_refuse_repeats(ctx, &request->form, once)))
        return err;
    if ((err = find_grant(ctx, request)))
        return err;
    if (!request->grant->allowed(request->client.app))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "requested grant type is not allowed for this client");
    if ((err = oauth_refuse_repeats(ctx, &request->form, request->grant->once)))
        return err;
    err = request->grant->run(ctx, request);
    if (!err && request->client.secret)
        secret_use_note(ctx->tenant, request->client.app, request->client.secret, ctx->now);
    return err;
}

/* Parameters that the audit row shows; those marked secret as asterisks. */
static const struct {
    struct str name;
    bool secret;
} audited[] = {
    {STR_INIT("scope"), false},
    {STR_INIT("resource"), false},
    {STR_INIT("client_id"), false},
    {STR_INIT("grant_type"), false},
    {STR_INIT("organization_id"), false},
    {STR_INIT("client_secret"), true},
    {STR_INIT("client_assertion"), true},
    {STR_INIT("refresh_token"), true},
    {STR_INIT("code"), true},
    {STR_INIT("device_code"), true},
    {STR_INIT("code_verifier"), true},
    {STR_INIT("redirect_uri"), false},
    {STR_INIT("subject_token"), true},
    {STR_INIT("subject_token_type"), false},
    {STR_INIT("actor_token"), true},
    {STR_INIT("actor_token_type"), false},
};
#define MAX_AUDITED 256 /* bytes of one parameter */

static void put_params(struct json_out *out, const struct form *form)
{
    json_key(out, STR("params"));
    json_open_object(out);
    for (size_t i = 0; i < sizeof audited / sizeof *audited; i++) {
        struct str value = form_get(form, audited[i].name, NULL);
        if (!value.p)
            continue;
        if (value.n > MAX_AUDITED)
            value = STR("(too long)");
        json_key(out, audited[i].name);
        json_put_str(out, audited[i].secret ? STR("******") : value);
    }
    json_close_object(out);
}

/* What was issued, by the members that issue() has written: the access token first, then what is
 * short, then the others. No token has a quote in it. */
static void put_token_types(struct json_out *out, struct str answer)
{
    static const struct str first = STR_INIT("{\"access_token\":\"");
    static const struct {
        struct str member, type;
    } others[] = {
        {STR_INIT("\"refresh_token\":"), STR_INIT("RefreshToken")},
        {STR_INIT("\"id_token\":"), STR_INIT("IdToken")},
    };
    json_key(out, STR("tokenTypes"));
    json_open_array(out);
    if (str_starts(answer, first)) {
        struct str rest = str_from(answer, first.n);
        rest = str_from(rest, str_find(rest, '"'));
        json_put_str(out, STR("AccessToken"));
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            if (memmem(rest.p, rest.n, others[i].member.p, others[i].member.n))
                json_put_str(out, others[i].type);
    }
    json_close_array(out);
}

static void put_outcome(struct ctx *ctx, struct json_out *out, const struct token_request *request,
                        enum err err)
{
    if (err) {
        JSON_STR(out, "error", str_of(error_info(ctx->failure.err)->oauth));
        JSON_STR(out, "errorDescription", ctx->failure.message);
    }
    JSON_STR(out, "ip", ctx->address);
    if (request->client.app)
        JSON_STR(out, "applicationId", request->client.app->id);
    if (request->user_id.p)
        JSON_STR(out, "userId", request->user_id);
    if (!err && request->organization_id.p)
        JSON_STR(out, "organizationId", request->organization_id);
    put_params(out, &request->form);
    if (!err && request->access.granted.n)
        JSON_STR(out, "scope", request->access.granted);
    if (!err && request->access.dropped.n)
        JSON_STR(out, "droppedScope", request->access.dropped);
    if (!err && request->resource_indicator.n && !form_get(&request->form, STR("resource"), NULL).p)
        JSON_STR(out, "resource", request->resource_indicator);
    custom_claims_audit(ctx, out);
    put_token_types(out, err ? STR("") : buf_view(&ctx->answer.body));
    if (request->client.secret) {
        json_key(out, STR("applicationSecret"));
        json_open_object(out);
        JSON_STR(out, "name", request->client.secret->name);
        json_close_object(out);
    }
}

static void audit(struct ctx *ctx, const struct token_request *request, enum err err)
{
    const struct grant *grant = request->grant;
    if (!grant) /* refused before it came to that */
        grant = grant_of(form_get(&request->form, STR("grant_type"), NULL));
    struct str key = grant ? grant->log_key : STR("ExchangeTokenBy.Unknown");
    struct buf buf = buf_new(ctx->arena, (size_t)8 * 1024);
    buf_reserve(&buf, 512);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "key", key);
    JSON_STR(&out, "result", err ? STR("Error") : STR("Success"));
    put_outcome(ctx, &out, request, err);
    json_close_object(&out);
    audit_set(ctx, key, request->client.app ? request->client.app->id : STR_NONE, buf_view(&buf));
    audit_set_user(ctx, request->user_id);
}

static enum err token_handle(struct ctx *ctx)
{
    struct token_request request = {0};
    ctx->answer.no_store = true;
    enum err err = token_steps(ctx, &request);
    if (err != ERR_NEEDS_WRITER && err != ERR_NEEDS_SLOW && audit_wanted(ctx))
        audit(ctx, &request, err);
    return err;
}

static const struct field token_reply[] = {
    {.name = STR_INIT("access_token"),
     .type = FIELD_STRING,
     .doc = "JWT (RFC 9068), or an opaque one for /oidc/me"},
    {.name = STR_INIT("expires_in"), .type = FIELD_INT, .doc = "seconds"},
    {.name = STR_INIT("id_token"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "OpenID Connect Core 2"},
    {.name = STR_INIT("refresh_token"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("token_type"), .type = FIELD_STRING},
    {.name = STR_INIT("scope"), .type = FIELD_STRING, .flags = FIELD_MAYBE},
    {.name = STR_INIT("issued_token_type"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "of an exchange (RFC 8693 2.2.1)"},
    FIELDS_END,
};

ROUTES(token) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/token"),
     .guard = GUARD_CLIENT,
     .run = RUN_INLINE,
     .body_mode = BODY_RAW,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = token_reply,
     .summary = "Get an access token",
     .handle = token_handle},
    ROUTES_END,
};
