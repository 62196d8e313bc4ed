/* Client authentication. RFC 6749 2.3 */
#include "oidc/client_auth.h"

#include "base/encoding.h"
#include "domain/limits.h"

/* What the request brought to prove who the client is. */
struct credentials {
    struct str id;             /* form-decoded */
    struct str secret;         /* as sent */
    struct str secret_decoded; /* form-decoded; RFC 6749 2.3.1 */
};

#define MAX_BASIC 1024

static enum err bad_header(struct ctx *ctx)
{
    return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "invalid authorization header value format");
}

/* "Basic base64(id:secret)". RFC 7617 2 */
static enum err read_basic(struct ctx *ctx, struct str header, struct credentials *out)
{
    struct str rest = header;
    struct str scheme = str_split(&rest, ' ');
    if (!str_eq_nocase(scheme, STR("basic")) || !rest.n || str_find(rest, ' ') != rest.n)
        return bad_header(ctx);
    char *text = arena_bytes(ctx->arena, MAX_BASIC);
    if (!text)
        return fail(ctx, ERR_NO_MEMORY);
    size_t n = 0;
    if (!base64_decode(rest, text, MAX_BASIC, &n))
        return bad_header(ctx);
    struct str pair = {text, n};
    size_t colon = str_find(pair, ':');
    if (colon == pair.n)
        return bad_header(ctx);
    out->id = form_decode(ctx->arena, (struct str){text, colon});
    out->secret = str_from(pair, colon + 1);
    out->secret_decoded = form_decode(ctx->arena, out->secret);
    if (!out->id.p || !out->secret_decoded.p)
        return fail(
            ctx, ERR_OAUTH_INVALID_REQUEST,
            "client_id and client_secret in the authorization header are not properly encoded");
    return OK;
}

/* No client authenticates by an assertion here, but what is none at all is said to be so.
 * RFC 7521 4.2 */
static enum err check_assertion(struct ctx *ctx, const struct form *form, struct str assertion)
{
    static const char jwt_bearer[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    struct str type = form_get(form, STR("client_assertion_type"), NULL), rest = assertion;
    size_t parts = 0;
    while (str_split(&rest, '.').p)
        parts++;
    if (parts != 3)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "invalid client_assertion format");
    if (!str_eq(type, str_of(jwt_bearer)))
        return fail_text(ctx, ERR_OAUTH_INVALID_REQUEST, "client_assertion_type must have value %s",
                         jwt_bearer);
    return OK;
}

static enum err read_credentials(struct ctx *ctx, const struct form *form, struct str header,
                                 struct credentials *out)
{
    struct str id = form_get(form, STR("client_id"), NULL);
    struct str secret = form_get(form, STR("client_secret"), NULL);
    struct str assertion = form_get(form, STR("client_assertion"), NULL);
    if ((header.p != NULL) + (secret.p != NULL) + (assertion.p != NULL) > 1)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "client authentication must only be provided using one mechanism");
    *out = (struct credentials){id, secret, secret};
    enum err err = assertion.p ? check_assertion(ctx, form, assertion) : OK;
    if (err)
        return err;
    if (header.p) {
        if ((err = read_basic(ctx, header, out)))
            return err;
        if (id.p && !str_eq(id, out->id))
            return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "client_id mismatch");
    }
    if (!out->id.n)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "no client authentication mechanism provided");
    return OK;
}

bool client_is_confidential(const struct app *app)
{
    switch (app->type) {
    case APP_TRADITIONAL:
    case APP_M2M:
    case APP_PROTECTED:
    case APP_SAML:
        return true;
    case APP_NATIVE:
    case APP_SPA:
        return false;
    }
    return true;
}

/* Compares with every secret, so that the time does not tell which one matched. */
static const struct app_secret *match_secret(const struct app *app, const struct credentials *given)
{
    uint8_t raw[SHA256_SIZE], decoded[SHA256_SIZE];
    sha256(given->secret, raw);
    bool two_forms = !str_eq(given->secret, given->secret_decoded);
    if (two_forms)
        sha256(given->secret_decoded, decoded);
    const struct app_secret *found = NULL;
    for (size_t i = 0; i < app->secret_count; i++) {
        struct str stored = {(const char *)app->secrets[i].digest, SHA256_SIZE};
        bool same = str_eq_secret(stored, (struct str){(const char *)raw, SHA256_SIZE});
        if (two_forms)
            same |= str_eq_secret(stored, (struct str){(const char *)decoded, SHA256_SIZE});
        if (same)
            found = &app->secrets[i];
    }
    return found;
}

/* RFC 6749 5.2: a 401 after the Authorization header names the scheme. */
static enum err refuse(struct ctx *ctx, bool used_header)
{
    enum err err = fail(ctx, ERR_OAUTH_CLIENT_AUTH);
    if (used_header)
        ctx_header(ctx, STR("WWW-Authenticate"),
                   arena_printf(ctx->arena,
                                "Basic realm=\"%.*s\", error=\"invalid_client\", "
                                "error_description=\"client authentication failed\"",
                                STR_ARG(ctx->issuer)));
    return err;
}

/* Client ids are printed in an error only when they look like one. RFC 6749 5.2 */
static bool is_plain(struct str id)
{
    if (id.n > 256)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] < 0x21 || id.p[i] > 0x7e || id.p[i] == '"' || id.p[i] == '\\')
            return false;
    return true;
}

static enum err authenticate(struct ctx *ctx, const struct form *form, struct client *client)
{
    static const char *const once[] = {"client_id", "client_secret", "client_assertion",
                                       "client_assertion_type", NULL};
    enum err err = oauth_refuse_repeats(ctx, form, once);
    if (err)
        return err;
    size_t headers = 0;
    struct str header = http_header_get(ctx->request, STR("authorization"), &headers);
    if (headers > 1)
        return bad_header(ctx);
    struct credentials given = {0};
    if ((err = read_credentials(ctx, form, header, &given)))
        return err;

    const struct app *app = snapshot_app(ctx->snapshot, given.id);
    /* Some public clients send their id by Basic, with an empty secret: RFC 6749 2.3.1. */
    bool is_public = app && !client_is_confidential(app);
    if (header.p && !given.secret.n && !is_public)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "client_secret must be provided in the Authorization header");
    if (!app)
        return fail_text(ctx, ERR_OAUTH_UNKNOWN_CLIENT, "invalid client %.*s",
                         STR_ARG(is_plain(given.id) ? given.id : STR("")));
    *client = (struct client){app, NULL};
    if (is_public)
        return given.secret.n || form_get(form, STR("client_assertion"), NULL).p
                   ? refuse(ctx, header.p != NULL)
                   : OK;
    if (!given.secret.n)
        return refuse(ctx, header.p != NULL);
    client->secret = match_secret(app, &given);
    if (!client->secret)
        return refuse(ctx, header.p != NULL);
    if (client->secret->expires_at && client->secret->expires_at <= ctx->now)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "client secret has expired");
    return OK;
}

enum err client_authenticate(struct ctx *ctx, const struct form *form, struct client *client)
{
    enum err err = authenticate(ctx, form, client);
    return err ? err : limit_take(ctx, LIMIT_TOKEN_CLIENT, client->app->id);
}

/* Where the client's own pages are: its configured origins and those it gets its codes at. */
static bool allows_origin(const struct app *app, struct str origin)
{
    for (size_t i = 0; i < app->cors_count; i++)
        if (str_eq(app->cors_origins[i], origin))
            return true;
    for (size_t i = 0; i < app->redirect_count; i++) {
        struct str rest = str_from(app->redirect_uris[i], origin.n);
        if (origin.n && str_starts(app->redirect_uris[i], origin) &&
            (!rest.n || rest.p[0] == '/' || rest.p[0] == '?'))
            return true;
    }
    return false;
}

enum err client_check_origin(struct ctx *ctx, const struct app *app)
{
    struct str origin = http_header_get(ctx->request, STR("origin"), NULL);
    if (!origin.p)
        return OK;
    bool workbench = client_is_confidential(app) && str_eq(origin, ctx->tenant->admin->endpoint);
    if (workbench || str_eq(origin, ctx->origin) || allows_origin(app, origin)) {
        ctx->answer.allow_origin = origin;
        return OK;
    }
    return fail_text(ctx, ERR_OAUTH_INVALID_REQUEST, "origin %.*s not allowed for client: %.*s",
                     STR_ARG(is_plain(origin) ? origin : STR("")), STR_ARG(app->id));
}
