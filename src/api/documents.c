/* /api/swagger.json and /api/.well-known/management.openapi.json: the API's own description. */
#include <pthread.h>

#include "domain/ctx.h"

/* One document a tenant, made when it is first asked for and kept while the process lives. */
static struct {
    pthread_mutex_t lock;
    struct str texts[TENANT_ADMIN + 1];
} documents = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct str render(const struct tenant *tenant, struct arena *arena)
{
    size_t length = 0;
    struct str token_url = arena_printf(arena, "%.*s/token", STR_ARG(tenant->issuer));
    char *text =
        token_url.p ? openapi_render(tenant->tag, tenant->endpoint, token_url, &length) : NULL;
    return (struct str){text, length};
}

static enum err get_openapi(struct ctx *ctx)
{
    struct str *text = &documents.texts[ctx->tenant->tag];
    pthread_mutex_lock(&documents.lock);
    if (!text->p)
        *text = render(ctx->tenant, ctx->arena);
    struct str document = *text;
    pthread_mutex_unlock(&documents.lock);
    if (!document.p)
        return fail(ctx, ERR_NO_MEMORY);
    json_put_raw(&ctx->answer.json, document);
    return OK;
}

#define DOCUMENT(address, title)                                                                   \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_PUBLIC, .run = RUN_INLINE, \
        .status = 200, .reply = REPLY_FREE, .summary = (title), .handle = get_openapi              \
    }

ROUTES(documents) = {
    DOCUMENT("/api/swagger.json", "Get this API's OpenAPI document"),
    DOCUMENT("/api/.well-known/management.openapi.json",
             "Get this API's OpenAPI document at the address that Logto's tools use"),
    ROUTES_END,
};
