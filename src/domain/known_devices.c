/* Browsers that someone has signed in with before. */
#include "domain/known_devices.h"

#include "domain/cookies.h"
#include "domain/sealed.h"

#define COOKIE  STR("_known")
#define PLACE   "cookie|known_device"
#define TTL_MS  ((int64_t)180 * 24 * 3600 * 1000)
#define MAX_LEN ((size_t)512)

enum err known_device_set(struct ctx *ctx, struct str user_id)
{
    struct str sealed;
    struct str since = arena_printf(ctx->arena, "%lld", (long long)ctx->now);
    enum err err = sealed_make(ctx, PLACE, user_id, since, &sealed);
    return err ? err : cookie_set(ctx, COOKIE, sealed, TTL_MS / 1000);
}

bool known_device_is(struct ctx *ctx, struct str user_id)
{
    struct str value = cookie_get(ctx, COOKIE), since;
    int64_t at = 0;
    if (!value.n || value.n > MAX_LEN || !user_id.n)
        return false;
    struct failure failure = ctx->failure;
    bool opened = sealed_open(ctx, PLACE, user_id, value, &since) == OK;
    ctx->failure = failure;
    return opened && str_to_int64(since, &at) && at <= ctx->now && ctx->now - at < TTL_MS;
}
