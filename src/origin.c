/* Where a request came from and which public address it was sent to. */
#include "origin.h"

#include <arpa/inet.h>

#include "http/target.h"

#define MAX_ADDRESS 64

static bool parse_address(struct str text, uint8_t out[16], size_t *bits)
{
    char cstr[MAX_ADDRESS];
    if (text.n >= sizeof cstr || !text.n)
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    *bits = 32;
    if (inet_pton(AF_INET, cstr, out) == 1)
        return true;
    *bits = 128;
    if (inet_pton(AF_INET6, cstr, out) != 1)
        return false;
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(out, mapped, sizeof mapped) == 0) { /* ::ffff:a.b.c.d */
        memmove(out, out + 12, 4);
        *bits = 32;
    }
    return true;
}

static bool in_network(struct str network, const uint8_t address[16], size_t address_bits)
{
    struct str rest = str_trim(network);
    struct str base = str_split(&rest, '/');
    uint8_t bytes[16];
    size_t bits;
    if (!parse_address(base, bytes, &bits) || bits != address_bits)
        return false;
    int64_t prefix = (int64_t)bits;
    if (rest.p && rest.n && !str_to_int64(rest, &prefix))
        return false;
    size_t whole = (size_t)prefix / 8, left = (size_t)prefix % 8;
    if (memcmp(bytes, address, whole) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff << (8 - left));
    return !left || (bytes[whole] & mask) == (address[whole] & mask);
}

/* Without SIGNET_TRUSTED_PROXIES every peer is a proxy, as in Logto. */
static bool is_proxy(const struct config *config, struct str address)
{
    if (!config->trusted_proxies[0])
        return true;
    uint8_t bytes[16];
    size_t bits;
    if (!parse_address(address, bytes, &bits))
        return false;
    struct str rest = str_of(config->trusted_proxies), network;
    while ((network = str_split(&rest, ',')).p)
        if (in_network(network, bytes, bits))
            return true;
    return false;
}

/* The last address that no proxy of ours has: what stands before it is the client's own word. */
static struct str client_address(const struct ctx *ctx)
{
    const struct config *config = ctx->tenant->config;
    struct str list = http_header_get(ctx->request, STR("x-forwarded-for"), NULL);
    struct str found = ctx->request->remote;
    uint8_t bytes[16];
    size_t bits;
    while (list.n) {
        size_t start = list.n;
        while (start && list.p[start - 1] != ',')
            start--;
        struct str last = str_trim(str_from(list, start));
        if (!parse_address(last, bytes, &bits))
            break;
        found = last;
        if (!config->trusted_proxies[0] || !is_proxy(config, last))
            break;
        list.n = start ? start - 1 : 0;
    }
    return found;
}

/* Each proxy of a chain adds its own: the first is what the client asked for. */
static struct str first_of(struct str list)
{
    return str_trim(str_split(&list, ','));
}

static bool forwarded_origin(struct ctx *ctx)
{
    struct str host = first_of(http_header_get(ctx->request, STR("x-forwarded-host"), NULL));
    struct str proto = first_of(http_header_get(ctx->request, STR("x-forwarded-proto"), NULL));
    if (!host.n || !target_is_authority(host))
        return true;
    bool https = str_eq_nocase(proto, STR("https"));
    if (!https && proto.n && !str_eq_nocase(proto, STR("http")))
        return true;
    https |= !proto.n && ctx->request->secure;
    ctx->origin = arena_printf(ctx->arena, "%s://%.*s", https ? "https" : "http", STR_ARG(host));
    ctx->issuer = arena_printf(ctx->arena, "%.*s/oidc", STR_ARG(ctx->origin));
    return ctx->origin.p && ctx->issuer.p;
}

bool origin_set(struct ctx *ctx)
{
    ctx->origin = ctx->tenant->endpoint;
    ctx->issuer = ctx->tenant->issuer;
    ctx->address = ctx->request->remote;
    const struct config *config = ctx->tenant->config;
    if (!config->trust_proxy_header || !is_proxy(config, ctx->request->remote))
        return true;
    ctx->address = client_address(ctx);
    return forwarded_origin(ctx);
}
