/* grant_type=urn:ietf:params:oauth:grant-type:token-exchange. RFC 8693
 *
 * The token made has what the receiving application and the user's roles allow, whatever the
 * subject token was for; so only what first-party applications were given counts as a subject, and
 * nothing outlives the access token that it was made from. */
#include "domain/access_tokens.h"
#include "domain/application_access.h"
#include "domain/grants.h"
#include "domain/opaque.h"
#include "domain/organizations.h"
#include "domain/subjects.h"
#include "domain/user_access.h"
#include "oidc/issue.h"
#include "oidc/token.h"

#define TYPE_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define TYPE_PERSONAL     "urn:logto:token-type:personal_access_token"
#define TYPE_SUBJECT      "urn:logto:token-type:impersonation_token"
#define MAX_ACT           ((size_t)2048) /* bytes of a chain of actors */

static const char *const once[] = {"subject_token",    "subject_token_type",   "actor_token",
                                   "actor_token_type", "requested_token_type", NULL};

struct subject {
    struct str user_id;
    int64_t expires_at; /* seconds: of the access token; 0: it was none */
    struct str act;     /* who has acted in it so far, as JSON; {NULL,0}: nobody */
    struct str context; /* of a subject token, as JSON; {NULL,0}: it was none */
};

static bool allowed(const struct app *app)
{
    return app->token_exchange && !app->third_party && app->type != APP_SAML;
}

/* ---- The subject. RFC 8693 2.1 ---- */

/* What a third-party application was given must not become what a first-party one may have. */
static bool is_first_party(const struct ctx *ctx, struct str application_id)
{
    const struct app *app = snapshot_app(ctx->snapshot, application_id);
    return app && !app->third_party;
}

static enum err of_opaque_token(struct ctx *ctx, struct str text, struct subject *out)
{
    struct opaque_token token;
    enum err err = opaque_token_find(ctx, text, &token);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (err || !is_first_party(ctx, token.application_id))
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    *out = (struct subject){
        .user_id = token.user_id, .expires_at = token.expires_at / 1000, .act = token.act};
    return OK;
}

/* Its type is checked with its signature: an ID token has the same keys. RFC 8725 3.12 */
static enum err of_jwt(struct ctx *ctx, struct str text, struct subject *out)
{
    struct access_token token;
    struct token_fault fault = access_token_read(ctx->snapshot, ctx->arena, text, &token);
    if (fault.memory)
        return fail(ctx, ERR_NO_MEMORY);
    if (fault.code || !str_eq(token.issuer, ctx->issuer) || token.expires_at <= ctx->now / 1000 ||
        snapshot_is_revoked(ctx->snapshot, token.jti) || !is_first_party(ctx, token.client_id))
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    json *act = json_get(token.claims, STR("act"));
    *out = (struct subject){.user_id = token.subject, .expires_at = token.expires_at};
    if (act)
        out->act = json_text(ctx->arena, act);
    return !act || out->act.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err of_access_token(struct ctx *ctx, struct str text, struct subject *out)
{
    if (str_starts(text, STR(SUBJECT_TOKEN_PREFIX)))
        return subject_token_consume(ctx, text, &out->user_id, &out->context);
    return text.n == OPAQUE_LENGTH ? of_opaque_token(ctx, text, out) : of_jwt(ctx, text, out);
}

static enum err of_subject_token(struct ctx *ctx, struct str text, struct subject *out)
{
    return subject_token_consume(ctx, text, &out->user_id, &out->context);
}

static enum err of_personal_token(struct ctx *ctx, struct str text, struct subject *out)
{
    return personal_access_token_find(ctx, text, &out->user_id);
}

static const struct {
    struct str type;
    enum err (*find)(struct ctx *ctx, struct str text, struct subject *out);
} subject_types[] = {
    {STR_INIT(TYPE_ACCESS_TOKEN), of_access_token},
    {STR_INIT(TYPE_SUBJECT), of_subject_token},
    {STR_INIT(TYPE_PERSONAL), of_personal_token},
};

/* What can be asked for is what comes in any case. RFC 8693 2.2.1 */
static enum err check_requested(struct ctx *ctx, const struct token_request *request)
{
    struct str wanted = form_get(&request->form, STR("requested_token_type"), NULL);
    return !wanted.n || str_eq(wanted, STR(TYPE_ACCESS_TOKEN))
               ? OK
               : fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                      "requested_token_type must be " TYPE_ACCESS_TOKEN);
}

static enum err find_subject(struct ctx *ctx, struct token_request *request, struct subject *out)
{
    struct str text, type;
    enum err err = oauth_require(ctx, &request->form, "subject_token", &text);
    if (!err)
        err = oauth_require(ctx, &request->form, "subject_token_type", &type);
    if (!err)
        err = check_requested(ctx, request);
    if (err)
        return err;
    *out = (struct subject){0};
    for (size_t i = 0; i < sizeof subject_types / sizeof *subject_types; i++)
        if (str_eq(subject_types[i].type, type))
            return subject_types[i].find(ctx, text, out);
    return fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

/* Whatever has happened to the user since counts, as for any other grant. */
static enum err check_user(struct ctx *ctx, struct token_request *request)
{
    const struct user_access who = {request->client.app, request->user_id,
                                    form_get(&request->form, STR("organization_id"), NULL),
                                    ACCESS_SEEN};
    enum err err = user_check_active(ctx, who.user_id);
    if (!err)
        err = access_rules_check_user(ctx, who.app->id, who.user_id);
    if (err || !who.organization_id.n)
        return err;
    request->organization_id = who.organization_id;
    return user_check_organization(ctx, &who);
}

/* ---- The actor. RFC 8693 4.1 ---- */

static struct str render_act(struct ctx *ctx, struct str actor, struct str before)
{
    struct buf buf = buf_new(ctx->arena, MAX_ACT);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "sub", actor);
    if (before.p)
        JSON_RAW(&out, "act", before);
    json_close_object(&out);
    return buf_view(&buf);
}

/* A token with openid is an opaque one. */
static enum err find_act(struct ctx *ctx, const struct token_request *request, struct str before,
                         struct str *act)
{
    struct opaque_token token;
    struct str text = form_get(&request->form, STR("actor_token"), NULL);
    struct str type = form_get(&request->form, STR("actor_token_type"), NULL);
    *act = before;
    if (!text.n)
        return OK;
    if (!str_eq(type, STR(TYPE_ACCESS_TOKEN)))
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    enum err err = opaque_token_find(ctx, text, &token);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (err || !str_has_word(token.scope, STR("openid")))
        return fail(ctx, ERR_OAUTH_INVALID_GRANT);
    *act = render_act(ctx, token.user_id, before);
    return act->p ? OK : fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

/* ---- The token ---- */

static enum err find_target(struct ctx *ctx, struct token_request *request,
                            const struct resource_entry **resource)
{
    enum err err = token_resource(ctx, &request->form, resource);
    if (err)
        return err;
    if (!*resource && request->organization_id.p)
        *resource = snapshot_organization_scopes(ctx->snapshot);
    if (*resource)
        request->resource_indicator = (*resource)->indicator;
    return OK;
}

static enum err decide_scope(struct ctx *ctx, const struct token_request *request,
                             const struct resource_entry *resource, struct str *granted)
{
    const struct user_access who = {.app = request->client.app,
                                    .user_id = request->user_id,
                                    .organization_id = request->organization_id};
    struct str scope = form_get(&request->form, STR("scope"), NULL);
    if (!scope.p)
        scope = STR("");
    if (!resource)
        return user_openid_scope(ctx, who.app, scope, granted);
    return user_scope(ctx, &who,
                      resource->indicator.n ? resource->indicator : STR(ORGANIZATION_RESOURCE),
                      scope, granted);
}

/* An opaque token hangs on a grant, through which it can be seen and revoked. */
static enum err give_grant(struct ctx *ctx, struct issuance *what)
{
    const struct grant_record granted = {.scope = what->scope, .resources = STR("")};
    if (what->resource)
        return OK;
    return grant_make(ctx, what->user_id, what->app->id, &granted,
                      ctx->now + (int64_t)OPAQUE_TTL * 1000, &what->grant_id);
}

static enum err run(struct ctx *ctx, struct token_request *request)
{
    struct subject subject;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err = find_subject(ctx, request, &subject);
    if (err)
        return err;
    request->user_id = subject.user_id;
    struct issuance what = {.app = request->client.app,
                            .user_id = subject.user_id,
                            .expires_at = subject.expires_at,
                            .grant_type = request->grant->type,
                            .subject_context = subject.context,
                            .issued_token_type = STR(TYPE_ACCESS_TOKEN)};
    if ((err = check_user(ctx, request)) || (err = find_target(ctx, request, &what.resource)) ||
        (err = decide_scope(ctx, request, what.resource, &what.scope)) ||
        (err = find_act(ctx, request, subject.act, &what.act)) || (err = give_grant(ctx, &what)))
        return err;
    what.organization_id = request->organization_id;
    request->access.granted = what.scope;
    return issue(ctx, &what);
}

const struct grant grant_token_exchange = {
    .type = STR_INIT("urn:ietf:params:oauth:grant-type:token-exchange"),
    .log_key = STR_INIT("ExchangeTokenBy.TokenExchange"),
    .once = once,
    .allowed = allowed,
    .run = run,
};
