/* The way back from a provider: the code for tokens, and who it is. RFC 6749 4.1.3, OpenID Connect
 * Core 3.1.3 */
#include "base/encoding.h"
#include "crypto/keyring.h"
#include "domain/social.h"
#include "http/outgoing.h"

#define KEYS_MAX 32
#define SKEW     60 /* seconds that clocks may differ */

struct exchange {
    struct arena *arena;
    const struct social_provider *provider;
    const struct social_trip *trip;
    struct str code;
    int64_t now; /* seconds */
    bool allow_private;
    enum err err;
    json *claims, *tokens;
};

/* ---- Requests; on the pool for slow work ---- */

static bool ask(struct exchange *x, struct outgoing *request, json **answer)
{
    request->allow_private = x->allow_private;
    if (!outgoing_header(request, x->arena, STR("accept"), STR("application/json")))
        return false;
    outgoing_send(request);
    if (request->status != 200)
        return false;
    struct str text =
        arena_str(x->arena, (struct str){request->response, request->response_length});
    return text.p && json_parse(x->arena, text, answer, NULL) == JSON_OK;
}

static struct outgoing *new_request(struct exchange *x, struct str url)
{
    struct outgoing *request = ARENA_NEW(x->arena, struct outgoing);
    if (request)
        request->url = url;
    return request;
}

static bool fetch(struct exchange *x, struct str url, struct str token, json **answer)
{
    struct outgoing *request = new_request(x, url);
    if (!request)
        return false;
    request->get = true;
    struct str value = arena_printf(x->arena, "Bearer %.*s", STR_ARG(token));
    if (token.n && !outgoing_header(request, x->arena, STR("authorization"), value))
        return false;
    return ask(x, request, answer);
}

static void put_pair(struct buf *buf, const char *name, struct str value)
{
    if (!value.n)
        return;
    if (buf->n)
        buf_byte(buf, '&');
    buf_str(buf, str_of(name));
    buf_byte(buf, '=');
    percent_encode(buf, value);
}

/* RFC 6749 2.3.1: both parts are encoded before they are joined. */
static struct str basic_of(struct exchange *x)
{
    struct buf pair = buf_new(x->arena, 8192), text = buf_new(x->arena, 16384);
    percent_encode(&pair, x->provider->client_id);
    buf_byte(&pair, ':');
    percent_encode(&pair, x->provider->client_secret);
    struct str joined = buf_view(&pair);
    BUF_LIT(&text, "Basic ");
    base64_encode(&text, joined.p, joined.n);
    return buf_view(&text);
}

static bool ask_for_tokens(struct exchange *x)
{
    const struct social_provider *provider = x->provider;
    struct outgoing *request = new_request(x, provider->token_url);
    struct buf form = buf_new(x->arena, (size_t)16 * 1024);
    put_pair(&form, "grant_type", STR("authorization_code"));
    put_pair(&form, "code", x->code);
    put_pair(&form, "redirect_uri", x->trip->redirect_uri);
    put_pair(&form, "client_id", provider->client_id);
    if (!provider->basic)
        put_pair(&form, "client_secret", provider->client_secret);
    if (provider->pkce)
        put_pair(&form, "code_verifier", x->trip->verifier);
    if (!request || form.failed)
        return false;
    request->body = buf_view(&form);
    if (!outgoing_header(request, x->arena, STR("content-type"),
                         STR("application/x-www-form-urlencoded")) ||
        (provider->basic && !outgoing_header(request, x->arena, STR("authorization"), basic_of(x))))
        return false;
    return ask(x, request, &x->tokens) && json_str(json_get(x->tokens, STR("access_token"))).n;
}

/* ---- ID tokens ---- */

static struct keyring *make_ring(json *keys)
{
    struct jwk *usable[KEYS_MAX];
    size_t count = 0, i, n;
    json *object;
    yyjson_arr_foreach(keys, i, n, object)
    {
        struct jwk *key = count < KEYS_MAX ? jwk_from_public(object) : NULL;
        if (key)
            usable[count++] = key;
    }
    struct keyring *ring = count ? keyring_new(usable, count, 0) : NULL;
    for (size_t k = 0; k < count; k++)
        jwk_unref(usable[k]);
    return ring;
}

static bool is_for(json *audience, struct str client)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(audience);
    if (!yyjson_is_arr(audience))
        return str_eq(json_str(audience), client) && client.n;
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (str_eq(json_str(item), client))
            return true;
    return false;
}

/* OpenID Connect Core 3.1.3.7 */
static bool is_valid(const struct exchange *x, json *claims)
{
    json *expires = json_get(claims, STR("exp")), *party = json_get(claims, STR("azp"));
    return str_eq(json_str(json_get(claims, STR("iss"))), x->provider->issuer) &&
           is_for(json_get(claims, STR("aud")), x->provider->client_id) &&
           (!party || str_eq(json_str(party), x->provider->client_id)) && yyjson_is_num(expires) &&
           yyjson_get_num(expires) + SKEW > (double)x->now &&
           str_eq_secret(json_str(json_get(claims, STR("nonce"))), x->trip->nonce) &&
           json_str(json_get(claims, STR("sub"))).n;
}

static bool read_id_token(struct exchange *x)
{
    struct str token = json_str(json_get(x->tokens, STR("id_token")));
    json *set = NULL;
    struct keyring *ring = NULL;
    if (!token.n || !fetch(x, x->provider->jwks_url, STR_NONE, &set) ||
        !(ring = make_ring(json_get(set, STR("keys")))))
        return false;
    enum jws_error error = keyring_verify(ring, token, STR_NONE, x->arena, &x->claims);
    keyring_unref(ring);
    return error == JWS_OK && is_valid(x, x->claims);
}

/* OpenID Connect Core 5.3.4: userinfo counts only for the subject of the ID token. */
static bool read_userinfo(struct exchange *x)
{
    json *info = NULL;
    if (!fetch(x, x->provider->userinfo_url, json_str(json_get(x->tokens, STR("access_token"))),
               &info))
        return false;
    if (x->claims &&
        !str_eq(json_str(json_get(x->claims, STR("sub"))), json_str(json_get(info, STR("sub")))))
        return false;
    x->claims = info;
    return true;
}

static void run(void *arg)
{
    struct exchange *x = arg;
    x->err = OK;
    if (!ask_for_tokens(x))
        x->err = ERR_SOCIAL_CODE;
    else if (x->provider->jwks_url.n && !read_id_token(x))
        x->err = ERR_SOCIAL_ID_TOKEN;
    else if (x->provider->userinfo_url.n && !read_userinfo(x))
        x->err = ERR_SOCIAL_ANSWER;
}

/* ---- Who it is ---- */

static json *at_path(json *value, const char *path)
{
    struct str rest = str_of(path), part;
    while (value && (part = str_split(&rest, '.')).p)
        value = json_get(value, part);
    return path ? value : NULL;
}

static struct str text_at(const struct exchange *x, const char *path)
{
    json *value = at_path(x->claims, path);
    if (yyjson_is_int(value))
        return json_text(x->arena, value);
    return json_str(value).n ? json_str(value) : STR_NONE;
}

static bool email_is_verified(const struct exchange *x)
{
    json *verified = at_path(x->claims, x->provider->mapping.email_verified);
    return x->provider->trusts_email || yyjson_is_true(verified) ||
           str_eq(json_str(verified), STR("true"));
}

static struct str details_of(const struct exchange *x, const struct social_identity *who,
                             struct str email)
{
    struct buf buf = buf_new(x->arena, (size_t)64 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "id", who->id);
    if (email.p)
        JSON_STR(&out, "email", email);
    if (who->name.p)
        JSON_STR(&out, "name", who->name);
    if (who->avatar.p)
        JSON_STR(&out, "avatar", who->avatar);
    json_key(&out, STR("rawData"));
    json_put_value(&out, x->claims);
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err read_identity(struct ctx *ctx, const struct exchange *x,
                              struct social_identity *out)
{
    const struct social_mapping *mapping = &x->provider->mapping;
    struct str email = text_at(x, mapping->email);
    out->id = text_at(x, mapping->id);
    out->name = text_at(x, mapping->name);
    out->avatar = text_at(x, mapping->avatar);
    if (out->avatar.n > 2048 || !str_starts(out->avatar, STR("http")))
        out->avatar = STR_NONE;
    if (out->name.n > 128)
        out->name = STR_NONE;
    out->email = email.p && field_is_email_text(email) && email_is_verified(x) ? email : STR_NONE;
    if (!out->id.n || out->id.n > 256)
        return fail(ctx, ERR_SOCIAL_ANSWER);
    out->details = details_of(x, out, email);
    return out->details.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

enum err social_finish(struct ctx *ctx, const struct social_provider *provider,
                       const struct social_trip *trip, struct str code, struct social_identity *out)
{
    *out = (struct social_identity){0};
    if (ctx->slow.done) {
        const struct exchange *x = ctx->slow.arg;
        return x->err ? fail(ctx, x->err) : read_identity(ctx, x, out);
    }
    struct exchange *x = ARENA_NEW(ctx->arena, struct exchange);
    struct social_provider *kept = ARENA_NEW(ctx->arena, struct social_provider);
    struct social_trip *way = ARENA_NEW(ctx->arena, struct social_trip);
    if (!x || !kept || !way)
        return fail(ctx, ERR_NO_MEMORY);
    *kept = *provider;
    *way = *trip;
    *x = (struct exchange){.arena = ctx->arena,
                           .provider = kept,
                           .trip = way,
                           .code = code,
                           .now = ctx->now / 1000,
                           .allow_private = ctx->tenant->config->connector_private_addresses};
    return ctx_slow(ctx, run, x);
}
