/* Limits: a row each, all in one table of buckets. */
#include "domain/limits.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/buckets.h"
#include "base/clock.h"
#include "domain/snapshot_map.h"
#include "domain/token_quotas.h"

#define WINDOW_US ((int64_t)60 * 1000 * 1000)
#define SECOND_US ((int64_t)1000 * 1000)

static const struct {
    const char *name; /* in RateLimit-Policy and in the metrics */
    size_t offset;    /* of its setting: requests a minute; 0: no limit */
} rows[LIMIT_COUNT] = {
    [LIMIT_TOKEN_ADDRESS] = {"token-address", offsetof(struct config, limit_token_address)},
    [LIMIT_TOKEN_CLIENT] = {"token-client", offsetof(struct config, limit_token_client)},
    [LIMIT_SIGN_IN_ADDRESS] = {"sign-in-address", offsetof(struct config, limit_sign_in_address)},
    [LIMIT_API_ADDRESS] = {"api-address", offsetof(struct config, limit_api_address)},
    [LIMIT_API_CLIENT] = {"api-client", offsetof(struct config, limit_api_client)},
    [LIMIT_ACCOUNT_ADDRESS] = {"account-address", offsetof(struct config, limit_account_address)},
    [LIMIT_ACCOUNT_USER] = {"account-user", offsetof(struct config, limit_account_user)},
    [LIMIT_DOCUMENT_ADDRESS] = {"document-address",
                                offsetof(struct config, limit_document_address)},
    [LIMIT_REFUSED_ADDRESS] = {"refused-address", offsetof(struct config, limit_refused_address)},
};

static atomic_int_fast64_t refusals[LIMIT_COUNT];

struct limits {
    struct buckets *buckets; /* NULL: there is no limit at all */
    struct bucket_rule rules[LIMIT_COUNT];
    uint64_t seeds[LIMIT_COUNT];
    struct token_quotas *quotas;
};

struct limits *limits_new(const struct config *config)
{
    struct limits *limits = calloc(1, sizeof *limits);
    bool any = false;
    if (!limits)
        return NULL;
    random_bytes(limits->seeds, sizeof limits->seeds);
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        int64_t requests = *(const int64_t *)(const void *)((const char *)config + rows[i].offset);
        if (requests)
            limits->rules[i] = (struct bucket_rule){WINDOW_US / requests, requests};
        any |= requests != 0;
    }
    limits->buckets = any ? buckets_new() : NULL;
    limits->quotas = token_quotas_new();
    if (limits->quotas && (limits->buckets || !any))
        return limits;
    limits_free(limits);
    return NULL;
}

void limits_free(struct limits *limits)
{
    if (!limits)
        return;
    buckets_free(limits->buckets);
    token_quotas_free(limits->quotas);
    free(limits);
}

struct token_quotas *limits_quotas(struct limits *limits)
{
    return limits->quotas;
}

/* What is shown of a limit is the one with least left. */
static void keep(struct ctx *ctx, enum limit limit, const struct bucket_state *state)
{
    struct limit_state *kept = &ctx->limited;
    if (kept->name && kept->left < state->left && !state->retry_us)
        return;
    kept->name = rows[limit].name;
    kept->quota = ctx->limits->rules[limit].burst;
    kept->left = state->left;
    kept->full_s = (state->full_us + SECOND_US - 1) / SECOND_US;
    if (state->retry_us)
        kept->retry_s = (state->retry_us + SECOND_US - 1) / SECOND_US;
}

static bool take(struct ctx *ctx, enum limit limit, struct str key, int64_t amount,
                 struct bucket_state *state)
{
    const struct limits *limits = ctx->limits;
    uint64_t hash = map_hash(limits->seeds[limit] ^ (uint64_t)ctx->tenant->tag, key);
    return buckets_take(limits->buckets, hash, &limits->rules[limit], amount, clock_monotonic_us(),
                        state);
}

static enum err refuse(struct ctx *ctx, enum limit limit, const struct bucket_state *state)
{
    keep(ctx, limit, state);
    atomic_fetch_add_explicit(&refusals[limit], 1, memory_order_relaxed);
    return fail(ctx, ERR_RATE_LIMITED);
}

static bool is_on(const struct ctx *ctx, enum limit limit)
{
    return ctx->limits && ctx->limits->rules[limit].burst;
}

enum err limit_take(struct ctx *ctx, enum limit limit, struct str key)
{
    struct bucket_state state;
    if (!is_on(ctx, limit) || ctx->limited.taken & 1U << limit)
        return OK;
    ctx->limited.taken |= 1U << limit;
    if (!take(ctx, limit, key, 1, &state))
        return refuse(ctx, limit, &state);
    keep(ctx, limit, &state);
    return OK;
}

/* What an address counts as: networks of IPv6 are given out by /64. */
static struct str address_key(const struct str *address, uint8_t bytes[16])
{
    char text[INET6_ADDRSTRLEN];
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (str_find(*address, ':') == address->n || address->n >= sizeof text)
        return *address;
    memcpy(text, address->p, address->n);
    text[address->n] = '\0';
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return *address;
    if (memcmp(bytes, mapped, sizeof mapped) == 0)
        return (struct str){(const char *)bytes + 12, 4};
    return (struct str){(const char *)bytes, 8};
}

/* LIMIT_COUNT: none. */
static enum limit limit_of(const struct ctx *ctx)
{
    switch (ctx->route->guard) {
    case GUARD_MANAGEMENT:
        return LIMIT_API_ADDRESS;
    case GUARD_CLIENT:
        return LIMIT_TOKEN_ADDRESS;
    case GUARD_BROWSER:
    case GUARD_OWN_PAGE:
        return LIMIT_SIGN_IN_ADDRESS;
    case GUARD_USER:
        return LIMIT_ACCOUNT_ADDRESS;
    case GUARD_PUBLIC:
        return LIMIT_DOCUMENT_ADDRESS;
    }
    return LIMIT_COUNT;
}

/* Who sends nothing that could be wrong is not asked whether it was. */
static bool proves_something(const struct ctx *ctx)
{
    return ctx->route->guard == GUARD_MANAGEMENT || ctx->route->guard == GUARD_CLIENT ||
           ctx->route->guard == GUARD_USER;
}

enum err limit_address(struct ctx *ctx)
{
    uint8_t bytes[16];
    struct bucket_state state;
    if (!ctx->limits || !ctx->limits->buckets || ctx->request->listener == LISTENER_OPERATIONS)
        return OK;
    enum limit limit = limit_of(ctx);
    struct str key = address_key(&ctx->address, bytes);
    if (is_on(ctx, LIMIT_REFUSED_ADDRESS) && proves_something(ctx) &&
        !take(ctx, LIMIT_REFUSED_ADDRESS, key, 0, &state))
        return refuse(ctx, LIMIT_REFUSED_ADDRESS, &state);
    return limit == LIMIT_COUNT ? OK : limit_take(ctx, limit, key);
}

enum err limit_caller(struct ctx *ctx)
{
    return ctx->caller.kind == CALLER_NONE ? OK : limit_take(ctx, LIMIT_API_CLIENT, ctx->caller.id);
}

void limit_refused(struct ctx *ctx)
{
    uint8_t bytes[16];
    struct bucket_state state;
    if (is_on(ctx, LIMIT_REFUSED_ADDRESS))
        take(ctx, LIMIT_REFUSED_ADDRESS, address_key(&ctx->address, bytes), 1, &state);
}

void limit_headers(struct ctx *ctx)
{
    const struct limit_state *limited = &ctx->limited;
    if (limited->name) {
        ctx_header(ctx, STR("RateLimit-Policy"),
                   arena_printf(ctx->arena, "\"%s\";q=%lld;w=60", limited->name,
                                (long long)limited->quota));
        ctx_header(ctx, STR("RateLimit"),
                   arena_printf(ctx->arena, "\"%s\";r=%lld;t=%lld", limited->name,
                                (long long)limited->left, (long long)limited->full_s));
    }
    if (limited->retry_s)
        ctx_header(ctx, STR("Retry-After"),
                   arena_printf(ctx->arena, "%lld", (long long)limited->retry_s));
}

int64_t limit_refusals(enum limit limit, const char **name)
{
    *name = rows[limit].name;
    return atomic_load_explicit(&refusals[limit], memory_order_relaxed);
}
