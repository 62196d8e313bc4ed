/* Guards: how a route authenticates and authorizes. */
#include "guard.h"

#include <stdlib.h>

#include "domain/access_tokens.h"
#include "domain/grants.h"
#include "domain/limits.h"
#include "domain/operators.h"
#include "domain/user_access.h"

#define CACHE_ENTRIES 256
#define CACHED_TEXT   768 /* bytes of a cached token's texts together; longer ones are not cached */

struct cached {
    uint8_t digest[SHA256_SIZE]; /* of the token */
    struct keyring *keys;        /* that verified it, with a reference; NULL: empty entry */
    int64_t expires_at;          /* seconds */
    bool from_admin;
    int tenant;
    size_t subject, client, jti, scope; /* lengths of the texts, in this order */
    char text[CACHED_TEXT];
};

struct guard_cache {
    struct cached entries[CACHE_ENTRIES];
};

struct guard_cache *guard_cache_new(void)
{
    return calloc(1, sizeof(struct guard_cache));
}

void guard_cache_free(struct guard_cache *cache)
{
    for (size_t i = 0; cache && i < CACHE_ENTRIES; i++)
        keyring_unref(cache->entries[i].keys);
    free(cache);
}

static struct cached *slot_of(struct guard_cache *cache, const uint8_t digest[SHA256_SIZE])
{
    return &cache->entries[digest[0] % CACHE_ENTRIES];
}

static struct str next_text(const struct cached *entry, size_t *at, size_t n)
{
    struct str text = {entry->text + *at, n};
    *at += n;
    return text;
}

static void from_cache(const struct cached *entry, struct access_token *token)
{
    size_t at = 0;
    *token = (struct access_token){.expires_at = entry->expires_at};
    token->subject = next_text(entry, &at, entry->subject);
    token->client_id = next_text(entry, &at, entry->client);
    token->jti = next_text(entry, &at, entry->jti);
    token->scope = next_text(entry, &at, entry->scope);
}

static void into_cache(struct cached *entry, const uint8_t digest[SHA256_SIZE],
                       struct keyring *keys, const struct ctx *ctx,
                       const struct access_token *token)
{
    const struct str texts[] = {token->subject, token->client_id, token->jti, token->scope};
    size_t total = 0;
    for (size_t i = 0; i < 4; i++)
        total += texts[i].n;
    if (total > CACHED_TEXT)
        return;
    struct keyring *old = entry->keys;
    entry->keys = keyring_ref(keys);
    keyring_unref(old);
    memcpy(entry->digest, digest, SHA256_SIZE);
    entry->expires_at = token->expires_at;
    entry->from_admin = ctx->caller.from_admin;
    entry->tenant = ctx->tenant->tag;
    entry->subject = texts[0].n;
    entry->client = texts[1].n;
    entry->jti = texts[2].n;
    entry->scope = texts[3].n;
    char *to = entry->text;
    for (size_t i = 0; i < 4; i++) {
        if (texts[i].n)
            memcpy(to, texts[i].p, texts[i].n);
        to += texts[i].n;
    }
}

/* Logto's data member: what its jose library would have said. */
static enum err refuse_token(struct ctx *ctx, const struct token_fault *fault, json *claims)
{
    enum err err = fail(ctx, ERR_UNAUTHORIZED, fault->name);
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "code", str_of(fault->code));
    JSON_STR(&out, "name", str_of(fault->name));
    if (fault->claim) {
        JSON_STR(&out, "claim", str_of(fault->claim));
        JSON_STR(&out, "reason", STR("check_failed"));
        if (claims) {
            json_key(&out, STR("payload"));
            json_put_value(&out, claims);
        }
    }
    json_close_object(&out);
    fail_data(ctx, err, buf_view(&buf));
    ctx_challenge(
        ctx, STR(", error=\"invalid_token\", error_description=\"the access token is not valid\""));
    return err;
}

static enum err read_bearer(struct ctx *ctx, struct str *token)
{
    size_t count = 0;
    struct str header = http_header_get(ctx->request, STR("authorization"), &count);
    if (!header.p) {
        ctx_challenge(ctx, STR(""));
        return fail(ctx, ERR_AUTH_HEADER_MISSING);
    }
    struct str rest = header;
    struct str scheme = str_split(&rest, ' ');
    if (count > 1 || !str_eq_nocase(scheme, STR("bearer"))) {
        ctx_challenge(ctx, STR(""));
        return fail_data(ctx, fail(ctx, ERR_AUTH_TYPE), STR("{\"supportedTypes\":[\"Bearer\"]}"));
    }
    *token = str_trim(rest);
    return OK;
}

/* The default tenant takes its own tokens and the admin tenant's; others only their own. */
static struct token_fault verify(struct ctx *ctx, const struct snapshot *admin, struct str text,
                                 struct access_token *token)
{
    *token = (struct access_token){0};
    struct token_fault fault = access_token_read(ctx->snapshot, ctx->arena, text, token);
    struct str issuer = ctx->tenant->issuer;
    if (fault.code && admin != ctx->snapshot) {
        struct token_fault other = access_token_read(admin, ctx->arena, text, token);
        if (!other.code) {
            fault = other;
            ctx->caller.from_admin = true;
            issuer = ctx->tenant->admin->issuer;
        }
    }
    if (fault.code)
        return fault;
    if (!ctx->caller.from_admin && str_eq(token->issuer, ctx->issuer))
        issuer = ctx->issuer; /* made for the address that a trusted proxy forwards */
    struct str resource =
        ctx->route->of_operators ? STR(OPERATOR_RESOURCE) : ctx->tenant->management_resource;
    return access_token_check(token, issuer, resource, ctx->now);
}

/* Of what an operator's token says, what the operator may do now counts. */
static enum err check_operator(struct ctx *ctx, const struct snapshot *home,
                               struct access_token *token)
{
    struct str now = snapshot_operator(home, token->subject, ctx->arena);
    if (!now.p)
        return refuse_token(ctx,
                            &(struct token_fault){"ERR_JWT_CLAIM_VALIDATION_FAILED",
                                                  "JWTClaimValidationFailed", "sub", false},
                            token->claims);
    token->scope = words_common(ctx->arena, token->scope.p ? token->scope : STR(""), now);
    return token->scope.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err authenticate(struct ctx *ctx, struct guard_cache *cache,
                             const struct snapshot *admin)
{
    struct str text = {0};
    enum err err = read_bearer(ctx, &text);
    if (err)
        return err;
    uint8_t digest[SHA256_SIZE];
    sha256(text, digest);
    struct cached *entry = slot_of(cache, digest);
    struct access_token token;
    bool kept = !ctx->route->of_operators; /* what is kept is for the tenant's own API */
    bool hit = kept && entry->keys && memcmp(entry->digest, digest, SHA256_SIZE) == 0 &&
               entry->tenant == ctx->tenant->tag && entry->expires_at > ctx->now / 1000 &&
               entry->keys == snapshot_keys(entry->from_admin ? admin : ctx->snapshot);
    if (hit) {
        from_cache(entry, &token);
        ctx->caller.from_admin = entry->from_admin;
    } else {
        struct token_fault fault = verify(ctx, admin, text, &token);
        if (fault.memory)
            return fail(ctx, ERR_NO_MEMORY);
        if (fault.code)
            return refuse_token(ctx, &fault, token.claims);
    }
    const struct snapshot *home = ctx->caller.from_admin ? admin : ctx->snapshot;
    if (kept && !hit)
        into_cache(entry, digest, snapshot_keys(home), ctx, &token);
    if (!access_token_is_live(home, &token))
        return refuse_token(ctx,
                            &(struct token_fault){"ERR_JWT_CLAIM_VALIDATION_FAILED",
                                                  "JWTClaimValidationFailed", "jti", false},
                            token.claims);
    ctx->caller.kind = access_token_is_of_machine(&token) ? CALLER_APPLICATION : CALLER_USER;
    if (ctx->caller.kind == CALLER_USER && (ctx->caller.from_admin || ctx->route->of_operators) &&
        (err = check_operator(ctx, home, &token)))
        return err;
    ctx->caller.id = arena_str(ctx->arena, token.subject);
    ctx->caller.scopes = arena_str(ctx->arena, token.scope.p ? token.scope : STR(""));
    return ctx->caller.id.p && ctx->caller.scopes.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* An operator with the role for looking: at all but secrets. */
static bool may_look(const struct ctx *ctx)
{
    return (ctx->caller.from_admin || ctx->route->of_operators) &&
           ctx->route->method == HTTP_M_GET && !ctx->route->reveals &&
           ctx->caller.kind == CALLER_USER && str_has_word(ctx->caller.scopes, STR(OPERATOR_READ));
}

enum err guard_authorize(struct ctx *ctx)
{
    if (str_has_word(ctx->caller.scopes, STR("all")))
        return OK;
    if (may_look(ctx))
        return OK;
    if (!ctx->route->area)
        return fail_scope(ctx, STR("all"));
    struct str needed = arena_printf(ctx->arena, "%s:%s", route_verb(ctx->route), ctx->route->area);
    if (!needed.p)
        return fail(ctx, ERR_NO_MEMORY);
    if (str_has_word(ctx->caller.scopes, needed))
        return OK;
    return fail_scope(ctx, needed);
}

/* Browsers say where a request comes from (Fetch Metadata 2.3); older ones send Origin with all
 * that changes something. */
static enum err check_own_page(struct ctx *ctx)
{
    struct str site = http_header_get(ctx->request, STR("sec-fetch-site"), NULL);
    struct str origin = http_header_get(ctx->request, STR("origin"), NULL);
    bool foreign_site = site.p && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
    if (foreign_site || (origin.p && !str_eq(origin, ctx->origin)))
        return fail(ctx, ERR_CROSS_SITE);
    return OK;
}

enum err guard_user(struct ctx *ctx)
{
    struct str text = {0};
    struct opaque_token token;
    enum err err = read_bearer(ctx, &text);
    if (!err)
        err = opaque_token_find(ctx, text, &token);
    if (err == ERR_NOT_FOUND) {
        ctx_challenge(ctx,
                      STR(", error=\"invalid_token\", error_description=\"the access token is not "
                          "valid\""));
        return fail(ctx, ERR_USER_TOKEN);
    }
    if (err)
        return err;
    if (!str_has_word(token.scope, STR("openid")))
        return fail_scope(ctx, STR("openid"));
    ctx->caller = (struct caller){.kind = CALLER_USER,
                                  .id = token.user_id,
                                  .scopes = token.scope,
                                  .application_id = token.application_id,
                                  .grant_id = token.grant_id};
    return limit_take(ctx, LIMIT_ACCOUNT_USER, token.user_id);
}

enum err guard_check(struct ctx *ctx, struct guard_cache *cache, const struct snapshot *admin)
{
    switch (ctx->route->guard) {
    case GUARD_MANAGEMENT: {
        enum err err = authenticate(ctx, cache, admin);
        return err ? err : guard_authorize(ctx);
    }
    case GUARD_CLIENT:
    case GUARD_PUBLIC:
    case GUARD_BROWSER:
        return OK;
    case GUARD_OWN_PAGE:
        return check_own_page(ctx);
    case GUARD_USER: {
        struct str text;
        return read_bearer(ctx, &text); /* guard_user does the rest */
    }
    }
    return fail_scope(ctx, STR("all"));
}
