/* The checks of an authorization request, in their order. */
#include <assert.h>

#include "crypto/keyring.h"
#include "domain/grants.h"
#include "domain/organizations.h"
#include "domain/redirect_uri.h"
#include "domain/user_access.h"
#include "oidc/authorize.h"

static struct str param(const struct authorization *request, struct str name)
{
    return form_get(&request->form, name, NULL);
}

/* ---- Until client and address are proven ---- */

static enum err check_repeats_first(struct ctx *ctx, struct authorization *request)
{
    static const char *const once[] = {"client_id", "redirect_uri", NULL};
    size_t states = 0;
    struct str state = form_get(&request->form, STR("state"), &states);
    if (states == 1)
        request->reply.state = state;
    return oauth_refuse_repeats(ctx, &request->form, once);
}

static enum err check_client(struct ctx *ctx, struct authorization *request)
{
    struct str id;
    enum err err = oauth_require(ctx, &request->form, "client_id", &id);
    if (err)
        return err;
    request->reply.app = snapshot_app(ctx->snapshot, id);
    if (request->reply.app)
        return OK;
    return fail_text(ctx, ERR_OAUTH_UNKNOWN_CLIENT, "invalid client %.*s",
                     STR_ARG(id.n <= 256 ? id : STR("")));
}

static enum err check_redirect_uri(struct ctx *ctx, struct authorization *request)
{
    struct str uri;
    const struct app *app = request->reply.app;
    enum err err = oauth_require(ctx, &request->form, "redirect_uri", &uri);
    if (err)
        return err;
    for (size_t i = 0; i < app->redirect_count; i++) {
        if (!redirect_uri_matches(app->redirect_uris[i], uri, app->type == APP_NATIVE))
            continue;
        request->reply.redirect_uri = uri;
        request->reply.proven = true;
        return OK;
    }
    return fail(ctx, ERR_OAUTH_REDIRECT_URI);
}

/* ---- Afterwards ---- */

static enum err check_repeats(struct ctx *ctx, struct authorization *request)
{
    static const char *const once[] = {"state",
                                       "response_type",
                                       "response_mode",
                                       "scope",
                                       "prompt",
                                       "nonce",
                                       "max_age",
                                       "code_challenge",
                                       "code_challenge_method",
                                       "id_token_hint",
                                       "login_hint",
                                       "ui_locales",
                                       "claims",
                                       "request",
                                       "request_uri",
                                       "registration",
                                       "first_screen",
                                       "direct_sign_in",
                                       "identifier",
                                       "one_time_token",
                                       "organization_id",
                                       "interaction_mode",
                                       NULL};
    /* Errors go where the code would; an unknown mode is refused in its turn. */
    size_t modes = 0;
    struct str mode = form_get(&request->form, STR("response_mode"), &modes);
    if (modes == 1)
        authorize_reply_mode(mode, &request->reply.mode);
    return oauth_refuse_repeats(ctx, &request->form, once);
}

/* OpenID Connect Core 6: announced as not supported. */
static enum err check_request_objects(struct ctx *ctx, struct authorization *request)
{
    if (param(request, STR("request")).p)
        return fail(ctx, ERR_OAUTH_REQUEST_OBJECT);
    if (param(request, STR("request_uri")).p)
        return fail(ctx, ERR_OAUTH_REQUEST_URI);
    return OK;
}

static enum err check_response_type(struct ctx *ctx, struct authorization *request)
{
    struct str type;
    enum err err = oauth_require(ctx, &request->form, "response_type", &type);
    if (err)
        return err;
    if (!str_eq(type, STR("code"))) {
        bool fragment = str_has_word(type, STR("token")) || str_has_word(type, STR("id_token"));
        if (fragment && request->reply.mode == REPLY_IN_QUERY)
            request->reply.mode = REPLY_IN_FRAGMENT;
        return fail(ctx, ERR_OAUTH_RESPONSE_TYPE);
    }
    if (request->reply.app->type == APP_M2M || request->reply.app->device_flow)
        return fail(ctx, ERR_OAUTH_UNAUTHORIZED_CLIENT,
                    "requested response_type is not allowed for this client");
    return OK;
}

static enum err check_response_mode(struct ctx *ctx, struct authorization *request)
{
    return authorize_reply_mode(param(request, STR("response_mode")), &request->reply.mode)
               ? OK
               : fail(ctx, ERR_OAUTH_RESPONSE_MODE);
}

/* OpenID Connect Core 7.2.1: of self-issued providers, which this is none of. */
static enum err check_registration(struct ctx *ctx, struct authorization *request)
{
    if (!param(request, STR("registration")).p)
        return OK;
    return fail(ctx, ERR_OAUTH_REGISTRATION);
}

static bool is_challenge(struct str text)
{
    if (text.n != PKCE_S256_CHARS)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
        if (!ok)
            return false;
    }
    return true;
}

static bool is_public(const struct app *app)
{
    return app->type == APP_NATIVE || app->type == APP_SPA;
}

/* RFC 7636 4.3, with S256 alone; a request without a method would mean plain. */
static enum err check_challenge(struct ctx *ctx, struct authorization *request)
{
    struct str challenge = param(request, STR("code_challenge"));
    struct str method = param(request, STR("code_challenge_method"));
    if (method.p && !challenge.p)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "code_challenge must be provided with code_challenge_method");
    if (challenge.p && (!method.p || !str_eq(method, STR("S256"))))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "not supported value of code_challenge_method");
    if (challenge.p && !is_challenge(challenge))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "code_challenge must be 43 characters of base64url");
    return OK;
}

static enum err check_pkce(struct ctx *ctx, struct authorization *request)
{
    enum err err = check_challenge(ctx, request);
    if (err)
        return err;
    if (!param(request, STR("code_challenge")).p && is_public(request->reply.app))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "Authorization Server policy requires PKCE to be used for this request");
    return OK;
}

bool authorize_prompts(const struct authorization *request, struct str word)
{
    return str_has_word(param(request, STR("prompt")), word);
}

static enum err check_prompt(struct ctx *ctx, struct authorization *request)
{
    struct str rest = param(request, STR("prompt")), word;
    size_t count = 0;
    while ((word = str_split(&rest, ' ')).p) {
        if (!word.n)
            continue;
        count++;
        if (!str_eq(word, STR("none")) && !str_eq(word, STR("login")) &&
            !str_eq(word, STR("consent")))
            return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "unsupported prompt value requested");
    }
    if (count > 1 && authorize_prompts(request, STR("none")))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "prompt none must only be used alone");
    return OK;
}

/* A web application that does not ask for consent gets no offline access. OpenID Connect Core 11 */
static bool is_dropped(const struct authorization *request, struct str word)
{
    return str_eq(word, STR("offline_access")) && request->reply.app->type != APP_NATIVE &&
           !authorize_prompts(request, STR("consent"));
}

static enum err check_scope(struct ctx *ctx, struct authorization *request)
{
    struct str rest = param(request, STR("scope")), word;
    struct buf buf = buf_new(ctx->arena, rest.n + 1);
    while ((word = str_split(&rest, ' ')).p) {
        if (!word.n || str_has_word((struct str){buf.p, buf.n}, word) || is_dropped(request, word))
            continue;
        if (buf.n)
            buf_byte(&buf, ' ');
        buf_str(&buf, word);
    }
    request->scope = buf.n ? buf_view(&buf) : STR("");
    return request->scope.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* The largest integer that every JSON reader keeps exact. RFC 8259 6 */
#define MAX_AGE_LIMIT INT64_C(9007199254740991)

static enum err check_max_age(struct ctx *ctx, struct authorization *request)
{
    struct str text = param(request, STR("max_age"));
    request->max_age = -1;
    if (text.p && (!str_to_int64(text, &request->max_age) || request->max_age < 0 ||
                   request->max_age > MAX_AGE_LIMIT))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "invalid max_age parameter value");
    return OK;
}

static enum err add_resource(struct ctx *ctx, struct str uri, struct buf *buf)
{
    bool known = snapshot_resource(ctx->snapshot, uri) || str_eq(uri, STR(ORGANIZATION_RESOURCE));
    if (!known || str_find(uri, ' ') != uri.n)
        return fail(ctx, ERR_OAUTH_INVALID_TARGET, "resource indicator is missing, or unknown");
    if (str_has_word((struct str){buf->p, buf->n}, uri))
        return OK;
    if (buf->n)
        buf_byte(buf, ' ');
    buf_str(buf, uri);
    return OK;
}

/* RFC 8707 2.1: several, each alone or joined by commas; the tenant's default when there is none.
 */
static enum err check_resources(struct ctx *ctx, struct authorization *request)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    for (size_t i = 0; i < request->form.count; i++) {
        struct str rest = request->form.pairs[i].value, uri;
        if (!str_eq(request->form.pairs[i].name, STR("resource")))
            continue;
        while ((uri = str_split(&rest, ',')).p) {
            enum err err = uri.n ? add_resource(ctx, uri, &buf) : OK;
            if (err)
                return err;
        }
    }
    const struct resource_entry *usual = snapshot_default_resource(ctx->snapshot);
    if (!buf.n && usual)
        buf_str(&buf, usual->indicator);
    request->resources = buf.n || buf.failed ? buf_view(&buf) : STR("");
    return request->resources.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* Our ID token for this client, expired or not. OpenID Connect Core 3.1.2.1 */
static enum err check_hint(struct ctx *ctx, struct authorization *request)
{
    struct str hint = param(request, STR("id_token_hint"));
    json *claims = NULL;
    if (!hint.p)
        return OK;
    enum jws_error error =
        keyring_verify(snapshot_keys(ctx->snapshot), hint, STR_NONE, ctx->arena, &claims);
    if (error == JWS_NO_MEMORY)
        return fail(ctx, ERR_NO_MEMORY);
    request->hint_user = json_str(json_get(claims, STR("sub")));
    if (error || !request->hint_user.n ||
        !str_eq(json_str(json_get(claims, STR("iss"))), ctx->issuer) ||
        !str_eq(json_str(json_get(claims, STR("aud"))), request->reply.app->id))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "could not validate id_token_hint");
    return OK;
}

enum err authorize_check_device(struct ctx *ctx, struct authorization *request)
{
    static enum err (*const checks[])(struct ctx *, struct authorization *) = {
        check_repeats, check_request_objects, check_challenge, check_prompt,
        check_scope,   check_max_age,         check_resources,
    };
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof checks / sizeof *checks; i++)
        err = checks[i](ctx, request);
    return err;
}

enum err authorize_check(struct ctx *ctx, struct authorization *request)
{
    static enum err (*const checks[])(struct ctx *, struct authorization *) = {
        check_repeats_first, check_client,
        check_redirect_uri, /* from here on redirected */
        check_repeats,       check_request_objects,
        check_response_type, check_response_mode,
        check_registration,  check_pkce,
        check_prompt,        check_scope,
        check_max_age,       check_resources,
        check_hint,
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        enum err err = checks[i](ctx, request);
        if (err)
            return err;
    }
    assert(request->reply.proven);
    return OK;
}
