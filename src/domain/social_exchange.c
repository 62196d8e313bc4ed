/* The way back from a provider: the code for tokens, and who it is. RFC 6749 4.1.3, OpenID Connect
 * Core 3.1.3 */
#include "base/encoding.h"
#include "crypto/client_assertion.h"
#include "crypto/keyring.h"
#include "domain/social.h"
#include "http/outgoing.h"

#define KEYS_MAX 32
#define ROOM     ((size_t)128 * 1024) /* some providers' lists of keys are long */
#define SKEW     60                   /* seconds that clocks may differ */

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
    request->room = arena_bytes(x->arena, ROOM);
    request->room_size = ROOM;
    if (!request->room)
        return false;
    if (!outgoing_header(request, x->arena, STR("accept"), STR("application/json")))
        return false;
    outgoing_send(request);
    if (request->status != 200)
        return false;
    struct str text = {request->room, request->response_length};
    return json_parse(x->arena, text, answer, NULL) == JSON_OK;
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

static void put_proof(struct exchange *x, struct buf *form)
{
    if (!x->provider->asserts) {
        put_pair(form, "client_secret", x->provider->client_secret);
        return;
    }
    const struct social_provider *provider = x->provider;
    struct str claims =
        client_assertion_claims(x->arena, provider->client_id, provider->token_url, x->now);
    put_pair(form, "client_assertion_type", STR(CLIENT_ASSERTION_TYPE));
    put_pair(form, "client_assertion",
             client_assertion_by_secret(x->arena, provider->client_secret, claims));
}

/* Sends what is in form, and who asks. */
static bool ask_tokens(struct exchange *x, struct buf *form)
{
    const struct social_provider *provider = x->provider;
    struct outgoing *request = new_request(x, provider->token_url);
    if (!provider->basic_alone)
        put_pair(form, "client_id", provider->client_id);
    if (!provider->basic)
        put_proof(x, form);
    if (!request || form->failed)
        return false;
    request->body = buf_view(form);
    if (!outgoing_header(request, x->arena, STR("content-type"),
                         STR("application/x-www-form-urlencoded")) ||
        (provider->basic && !outgoing_header(request, x->arena, STR("authorization"), basic_of(x))))
        return false;
    return ask(x, request, &x->tokens) && json_str(json_get(x->tokens, STR("access_token"))).n;
}

static bool ask_for_tokens(struct exchange *x)
{
    struct buf form = buf_new(x->arena, (size_t)16 * 1024);
    put_pair(&form, "grant_type", STR("authorization_code"));
    put_pair(&form, "code", x->code);
    put_pair(&form, "redirect_uri", x->trip->redirect_uri);
    if (x->provider->pkce)
        put_pair(&form, "code_verifier", x->trip->verifier);
    return ask_tokens(x, &form);
}

/* RFC 6749 6 */
static void run_refresh(void *arg)
{
    struct exchange *x = arg;
    struct buf form = buf_new(x->arena, (size_t)16 * 1024);
    put_pair(&form, "grant_type", STR("refresh_token"));
    put_pair(&form, "refresh_token", x->code);
    x->err = ask_tokens(x, &form) ? OK : ERR_KEPT_TOKENS_EXPIRED;
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

/* One issuer that stands for many directories is that of the directory which the (signed) token
 * names. */
static struct str issuer_for(const struct exchange *x, json *claims)
{
    static const char place[] = "{tenantid}";
    struct str issuer = x->provider->issuer, directory = json_str(json_get(claims, STR("tid")));
    const char *at = x->provider->any_directory && issuer.n
                         ? memmem(issuer.p, issuer.n, place, sizeof place - 1)
                         : NULL;
    if (!at || !directory.n)
        return issuer;
    return arena_printf(x->arena, "%.*s%.*s%.*s", (int)(at - issuer.p), issuer.p,
                        STR_ARG(directory),
                        STR_ARG(str_from(issuer, (size_t)(at - issuer.p) + sizeof place - 1)));
}

/* OpenID Connect Core 3.1.3.7 */
static bool is_valid(const struct exchange *x, json *claims)
{
    json *expires = json_get(claims, STR("exp")), *party = json_get(claims, STR("azp"));
    return str_eq(json_str(json_get(claims, STR("iss"))), issuer_for(x, claims)) &&
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

/* The members of both, those of over first; NULL when memory is out. */
static json *merged(struct exchange *x, json *under, json *over)
{
    struct buf buf = buf_new(x->arena, 2 * ROOM);
    struct json_out out = json_out(&buf);
    json *key, *value, *both = NULL;
    size_t index, max;
    json_open_object(&out);
    yyjson_obj_foreach(over, index, max, key, value)
    {
        json_key_escaped(&out, json_str(key));
        json_put_value(&out, value);
    }
    yyjson_obj_foreach(under, index, max, key, value)
    {
        if (json_get(over, json_str(key)))
            continue;
        json_key_escaped(&out, json_str(key));
        json_put_value(&out, value);
    }
    json_close_object(&out);
    return !buf.failed && json_parse(x->arena, buf_view(&buf), &both, NULL) == JSON_OK ? both
                                                                                       : NULL;
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
    x->claims = x->claims && x->provider->merges ? merged(x, x->claims, info) : info;
    return x->claims != NULL;
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
    out->claims = x->claims;
    out->tokens = x->tokens;
    out->details = details_of(x, out, email);
    return out->details.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static struct exchange *new_exchange(struct ctx *ctx, const struct social_provider *provider,
                                     const struct social_trip *trip)
{
    struct exchange *x = ARENA_NEW(ctx->arena, struct exchange);
    struct social_provider *kept = ARENA_NEW(ctx->arena, struct social_provider);
    struct social_trip *way = ARENA_NEW(ctx->arena, struct social_trip);
    if (!x || !kept || !way)
        return NULL;
    *kept = *provider;
    if (trip)
        *way = *trip;
    *x = (struct exchange){.arena = ctx->arena,
                           .provider = kept,
                           .trip = way,
                           .now = ctx->now / 1000,
                           .allow_private = ctx->tenant->config->connector_private_addresses};
    return x;
}

enum err social_finish(struct ctx *ctx, const struct social_provider *provider,
                       const struct social_trip *trip, struct str code, struct social_identity *out)
{
    *out = (struct social_identity){0};
    if (ctx->slow.done) {
        const struct exchange *done = ctx->slow.arg;
        return done->err ? fail(ctx, done->err) : read_identity(ctx, done, out);
    }
    struct exchange *x = new_exchange(ctx, provider, trip);
    if (!x)
        return fail(ctx, ERR_NO_MEMORY);
    x->code = code;
    return ctx_slow(ctx, run, x);
}

enum err social_refresh(struct ctx *ctx, const struct social_provider *provider,
                        struct str refresh_token, json **tokens)
{
    if (ctx->slow.done) {
        const struct exchange *done = ctx->slow.arg;
        if (done->err)
            return fail(ctx, done->err);
        *tokens = done->tokens;
        return OK;
    }
    struct exchange *x = new_exchange(ctx, provider, NULL);
    if (!x)
        return fail(ctx, ERR_NO_MEMORY);
    x->code = refresh_token;
    return ctx_slow(ctx, run_refresh, x);
}

/* ---- Discovery ---- */

static void ask_document(void *arg)
{
    struct exchange *x = arg;
    struct str issuer = x->provider->issuer;
    if (str_ends(issuer, STR("/")))
        issuer.n--;
    struct str url =
        arena_printf(x->arena, "%.*s/.well-known/openid-configuration", STR_ARG(issuer));
    x->err = url.p && fetch(x, url, STR_NONE, &x->claims) ? OK : ERR_SOCIAL_DISCOVERY;
}

/* The scheme and host of an address. */
static struct str origin_of(struct str url)
{
    size_t scheme = str_starts(url, STR("https://")) ? strlen("https://") : strlen("http://");
    return (struct str){url.p,
                        url.n < scheme ? url.n : scheme + str_find(str_from(url, scheme), '/')};
}

/* A document of another issuer's counts for nothing (OpenID Connect Discovery 4.3); a directory's
 * of directories names a pattern instead. */
static bool is_of(const struct social_provider *provider, struct str found)
{
    struct str wanted = provider->issuer;
    if (str_ends(wanted, STR("/")))
        wanted.n--;
    if (str_starts(found, wanted) &&
        (found.n == wanted.n || str_eq(str_from(found, wanted.n), STR("/"))))
        return true;
    return provider->any_directory && memmem(found.p, found.n, "{tenantid}", 10) &&
           str_eq(origin_of(found), origin_of(wanted));
}

static enum err read_document(struct ctx *ctx, json *document, struct social_provider *provider)
{
    struct str issuer = json_str(json_get(document, STR("issuer")));
    struct social_provider known = *provider;
    if (!issuer.n || !is_of(provider, issuer))
        return fail(ctx, ERR_SOCIAL_DISCOVERY);
    known.issuer = issuer;
    known.authorization_url = json_str(json_get(document, STR("authorization_endpoint")));
    known.token_url = json_str(json_get(document, STR("token_endpoint")));
    known.userinfo_url = json_str(json_get(document, STR("userinfo_endpoint")));
    known.jwks_url = json_str(json_get(document, STR("jwks_uri")));
    known.names_itself =
        yyjson_get_bool(json_get(document, STR("authorization_response_iss_parameter_supported")));
    if (!str_starts(known.authorization_url, STR("http")) || !known.token_url.n ||
        !known.jwks_url.n)
        return fail(ctx, ERR_SOCIAL_DISCOVERY);
    *provider = known;
    return OK;
}

enum err social_discover(struct ctx *ctx, struct social_provider *provider)
{
    if (ctx->slow.done) {
        const struct exchange *done = ctx->slow.arg;
        return done->err ? fail(ctx, done->err) : read_document(ctx, done->claims, provider);
    }
    struct exchange *x = new_exchange(ctx, provider, NULL);
    return x ? ctx_slow(ctx, ask_document, x) : fail(ctx, ERR_NO_MEMORY);
}
