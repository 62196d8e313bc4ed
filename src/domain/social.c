/* Providers that users sign in with: how each is reached, and the way there. */
#include "domain/social.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "domain/opaque.h"

static const struct known {
    const char *connector, *token_url, *userinfo_url, *issuer, *jwks_url;
    struct social_mapping mapping;
    bool basic, pkce;
} known[] = {
#define PROVIDER(...) {__VA_ARGS__},
#include "domain/social_providers.def"
#undef PROVIDER
};

static const struct known *find_known(struct str connector)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(str_of(known[i].connector), connector))
            return &known[i];
    return NULL;
}

/* ---- Opening ---- */

static struct str either(struct str first, const char *second)
{
    return first.n ? first : str_of(second);
}

static void read_part(struct ctx *ctx, json *map, struct str name, const char **out)
{
    struct str path = json_str(json_get(map, name));
    if (path.n)
        *out = arena_cstr(ctx->arena, path);
}

static void read_mapping(struct ctx *ctx, json *map, struct social_mapping *out)
{
    read_part(ctx, map, STR("id"), &out->id);
    read_part(ctx, map, STR("email"), &out->email);
    read_part(ctx, map, STR("name"), &out->name);
    read_part(ctx, map, STR("avatar"), &out->avatar);
}

/* Microsoft's addresses have the directory in them. */
static void read_directory(struct ctx *ctx, json *config, struct social_provider *out)
{
    struct str cloud = json_str(json_get(config, STR("cloudInstance")));
    struct str directory = json_str(json_get(config, STR("tenantId")));
    if (!cloud.n)
        cloud = STR("https://login.microsoftonline.com");
    if (str_ends(cloud, STR("/")))
        cloud.n--;
    if (!directory.n)
        directory = STR("common");
    out->authorization_url = arena_printf(ctx->arena, "%.*s/%.*s/oauth2/v2.0/authorize",
                                          STR_ARG(cloud), STR_ARG(directory));
    out->token_url =
        arena_printf(ctx->arena, "%.*s/%.*s/oauth2/v2.0/token", STR_ARG(cloud), STR_ARG(directory));
}

static void put_parameter(struct buf *buf, char before, const char *name, struct str value)
{
    if (!value.n)
        return;
    if (buf->n)
        buf_byte(buf, before);
    percent_encode(buf, str_of(name));
    buf_byte(buf, '=');
    percent_encode(buf, value);
}

/* What a connector's config adds to the way there, by Logto's names. */
static void put_options(struct buf *buf, json *config)
{
    static const struct {
        struct str member;
        const char *parameter;
    } options[] = {
        {STR_INIT("display"), "display"},
        {STR_INIT("prompt"), "prompt"},
        {STR_INIT("maxAge"), "max_age"},
        {STR_INIT("uiLocales"), "ui_locales"},
        {STR_INIT("idTokenHint"), "id_token_hint"},
        {STR_INIT("loginHint"), "login_hint"},
        {STR_INIT("acrValues"), "acr_values"},
    };
    json *given = json_get(config, STR("authRequestOptionalConfig"));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        put_parameter(buf, '&', options[i].parameter, json_str(json_get(given, options[i].member)));
}

/* Those that the way there is made of are not for a config to set. */
static bool is_own_parameter(struct str name)
{
    static const char *const own[] = {"client_id", "redirect_uri",   "state",
                                      "nonce",     "response_type",  "response_mode",
                                      "scope",     "code_challenge", "code_challenge_method"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_eq(name, str_of(own[i])))
            return true;
    return false;
}

static struct str read_extra(struct ctx *ctx, json *config)
{
    struct buf buf = buf_new(ctx->arena, (size_t)8 * 1024), prompts = buf_new(ctx->arena, 256);
    size_t index, max;
    json *name, *value;
    put_options(&buf, config);
    yyjson_obj_foreach(json_get(config, STR("customConfig")), index, max, name, value)
    {
        if (!is_own_parameter(json_str(name)))
            put_parameter(&buf, '&', arena_cstr(ctx->arena, json_str(name)), json_str(value));
    }
    yyjson_arr_foreach(json_get(config, STR("prompts")), index, max, value)
    {
        if (prompts.n)
            buf_byte(&prompts, ' ');
        buf_str(&prompts, json_str(value));
    }
    put_parameter(&buf, '&', "prompt", buf_view(&prompts));
    if (yyjson_get_bool(json_get(config, STR("offlineAccess"))))
        put_parameter(&buf, '&', "access_type", STR("offline"));
    return buf_view(&buf);
}

static void read_config(struct ctx *ctx, const struct connector_factory *factory,
                        const struct known *row, json *config, struct social_provider *out)
{
    json *keys = json_get(config, STR("idTokenVerificationConfig"));
    struct str method = json_str(json_get(config, STR("tokenEndpointAuthMethod")));
    struct str scope = json_str(json_get(config, STR("scope")));
    out->authorization_url = either(json_str(json_get(config, STR("authorizationEndpoint"))),
                                    factory->authorization_url);
    out->token_url = either(json_str(json_get(config, STR("tokenEndpoint"))), row->token_url);
    out->userinfo_url =
        either(json_str(json_get(config, STR("userInfoEndpoint"))), row->userinfo_url);
    out->issuer = either(json_str(json_get(keys, STR("issuer"))), row->issuer);
    out->jwks_url = either(json_str(json_get(keys, STR("jwksUri"))), row->jwks_url);
    out->client_id = json_str(json_get(config, STR("clientId")));
    out->client_secret = json_str(json_get(config, STR("clientSecret")));
    out->scope = either(scope, factory->scope);
    out->basic = row->basic || str_eq(method, STR("client_secret_basic"));
    out->asserts = str_eq(method, STR("client_secret_jwt"));
    out->extra = read_extra(ctx, config);
    out->pkce = row->pkce;
    out->trusts_email = yyjson_get_bool(json_get(config, STR("trustUnverifiedEmail")));
    out->mapping = row->mapping;
    read_mapping(ctx, json_get(config, STR("profileMap")), &out->mapping);
    if (str_eq(str_of(factory->id), STR("azuread-universal")))
        read_directory(ctx, config, out);
}

static bool is_usable(const struct social_provider *p)
{
    bool says_who = p->userinfo_url.n || (p->jwks_url.n && p->issuer.n);
    return p->authorization_url.n && p->token_url.n && p->client_id.n && says_who;
}

enum err social_open(struct ctx *ctx, struct str connector_id, struct social_provider *out)
{
    struct db_rows rows;
    struct str text;
    json *config = NULL;
    enum err err = crud_find(ctx->db, &connector_entity, connector_id, ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count || !str_eq(db_text(&rows, 0, CONNECTOR_TYPE), STR("Social")))
        return fail(ctx, ERR_SOCIAL_CONNECTOR, arena_cstr(ctx->arena, connector_id));
    struct str kind = db_text(&rows, 0, CONNECTOR_FACTORY);
    const struct connector_factory *factory = connector_factory_find(kind);
    const struct known *row = find_known(kind);
    if (!factory || !row)
        return fail(ctx, ERR_CONNECTOR_UNAVAILABLE);
    err = connector_open_config(ctx, connector_id, db_text(&rows, 0, CONNECTOR_SEALED), &text);
    if (err)
        return err;
    if (json_parse(ctx->arena, text, &config, NULL))
        return fail(ctx, ERR_INTERNAL);
    *out = (struct social_provider){.target = db_text(&rows, 0, CONNECTOR_TARGET)};
    read_config(ctx, factory, row, config, out);
    out->keeps_tokens = db_int(&rows, 0, CONNECTOR_TOKENS) != 0;
    out->syncs = db_int(&rows, 0, CONNECTOR_SYNC) != 0;
    if (str_eq(kind, STR("oidc")))
        out->scope = either(json_str(json_get(config, STR("scope"))), "openid profile email");
    return is_usable(out) ? OK : fail(ctx, ERR_CONNECTOR_CONFIG);
}

/* ---- The way there ---- */

/* RFC 7636 4.2 */
static struct str challenge_of(struct ctx *ctx, struct str verifier)
{
    return verifier.p ? opaque_digest(ctx->arena, verifier) : STR_NONE;
}

enum err social_start(struct ctx *ctx, const struct social_provider *provider,
                      struct social_trip *trip, struct str *url)
{
    struct buf buf = buf_new(ctx->arena, (size_t)16 * 1024);
    trip->nonce = opaque_new(ctx->arena);
    trip->verifier = opaque_new(ctx->arena);
    struct str challenge = challenge_of(ctx, trip->verifier);
    if (!trip->nonce.p || !challenge.p)
        return fail(ctx, ERR_NO_MEMORY);
    bool has_query = str_find(provider->authorization_url, '?') < provider->authorization_url.n;
    buf_str(&buf, provider->authorization_url);
    put_parameter(&buf, has_query ? '&' : '?', "client_id", provider->client_id);
    put_parameter(&buf, '&', "redirect_uri", trip->redirect_uri);
    put_parameter(&buf, '&', "state", trip->state);
    put_parameter(&buf, '&', "response_type", STR("code"));
    put_parameter(&buf, '&', "scope", provider->scope);
    if (provider->extra.n) {
        buf_byte(&buf, '&');
        buf_str(&buf, provider->extra);
    }
    if (provider->jwks_url.n)
        put_parameter(&buf, '&', "nonce", trip->nonce);
    if (provider->pkce) {
        put_parameter(&buf, '&', "code_challenge", challenge);
        put_parameter(&buf, '&', "code_challenge_method", STR("S256"));
    }
    *url = buf_view(&buf);
    return url->p ? OK : fail(ctx, ERR_NO_MEMORY);
}
