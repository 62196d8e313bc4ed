/* Cookies of the sign-in. */
#include "domain/cookies.h"

/* Cookies know no ports: where both tenants are at one host, each needs names of its own. */
static struct str prefix(const struct ctx *ctx)
{
    static const struct str prefixes[2][2] = {
        {STR_INIT(""), STR_INIT("admin")},
        {STR_INIT("__Host-"), STR_INIT("__Host-admin")},
    };
    bool https = str_starts(ctx->origin, STR("https:"));
    return prefixes[https][ctx->tenant->tag == TENANT_ADMIN];
}

static bool is_named(struct str pair, struct str before, struct str name)
{
    return pair.n > before.n + name.n && str_starts(pair, before) &&
           str_starts(str_from(pair, before.n), name) && pair.p[before.n + name.n] == '=';
}

struct str cookie_get(const struct ctx *ctx, struct str name)
{
    struct str rest = http_header_get(ctx->request, STR("cookie"), NULL), pair;
    struct str before = prefix(ctx);
    while ((pair = str_split(&rest, ';')).p) {
        pair = str_trim(pair);
        if (is_named(pair, before, name))
            return str_from(pair, before.n + name.n + 1);
    }
    return STR_NONE;
}

enum err cookie_set(struct ctx *ctx, struct str name, struct str value, int64_t seconds)
{
    struct str before = prefix(ctx);
    bool secure = str_starts(before, STR("__Host-"));
    struct str line =
        arena_printf(ctx->arena, "%.*s%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                     STR_ARG(before), STR_ARG(name), STR_ARG(value), (long long)seconds,
                     secure ? "; Secure" : "");
    if (!line.p)
        return fail(ctx, ERR_NO_MEMORY);
    ctx_header(ctx, STR("Set-Cookie"), line);
    return OK;
}
