/* /api/swagger.json and its parts below /api/.well-known: the API's own description. */
#include <pthread.h>

#include "crypto/digest.h"
#include "domain/ctx.h"

/* One document a tenant and part, made when it is first asked for and kept while the process lives.
 */
static struct {
    pthread_mutex_t lock;
    struct document {
        struct str text, etag;
    } all[TENANT_ADMIN + 1][OPENAPI_USER + 1];
} documents = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct str render(const struct tenant *tenant, enum openapi_part part, struct arena *arena)
{
    size_t length = 0;
    struct str token_url = arena_printf(arena, "%.*s/token", STR_ARG(tenant->issuer));
    char *text = token_url.p
                     ? openapi_render(tenant->tag, part, tenant->endpoint, token_url, &length)
                     : NULL;
    return (struct str){text, length};
}

static void make(struct document *document, const struct tenant *tenant, enum openapi_part part,
                 struct arena *arena)
{
    struct buf etag = buf_new(NULL, 128);
    document->text = render(tenant, part, arena);
    if (document->text.p)
        digest_put_etag(&etag, document->text);
    document->etag = buf_view(&etag);
}

static enum err answer(struct ctx *ctx, enum openapi_part part)
{
    struct document *document = &documents.all[ctx->tenant->tag][part];
    pthread_mutex_lock(&documents.lock);
    if (!document->text.p)
        make(document, ctx->tenant, part, ctx->arena);
    ctx->answer.document = document->text;
    ctx->answer.etag = document->etag;
    pthread_mutex_unlock(&documents.lock);
    return ctx->answer.document.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err get_all(struct ctx *ctx)
{
    return answer(ctx, OPENAPI_ALL);
}

static enum err get_experience(struct ctx *ctx)
{
    return answer(ctx, OPENAPI_EXPERIENCE);
}

static enum err get_user(struct ctx *ctx)
{
    return answer(ctx, OPENAPI_USER);
}

#define DOCUMENT(address, title, function)                                                         \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_PUBLIC, .run = RUN_INLINE, \
        .status = 200, .reply = REPLY_FREE, .summary = (title), .handle = (function)               \
    }

ROUTES(documents) = {
    DOCUMENT("/api/swagger.json", "Get this API's OpenAPI document", get_all),
    DOCUMENT("/api/.well-known/management.openapi.json",
             "Get this API's OpenAPI document at the address that Logto's tools use", get_all),
    DOCUMENT("/api/.well-known/experience.openapi.json",
             "Get the part of it that pages of sign-in call", get_experience),
    DOCUMENT("/api/.well-known/user.openapi.json",
             "Get the part of it that users call for their own account", get_user),
    ROUTES_END,
};
