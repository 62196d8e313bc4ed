/* /api/secrets: tokens of other providers that are kept for users. */
#include "domain/kept_tokens.h"

static enum err delete_secret(struct ctx *ctx)
{
    bool found;
    enum err err = kept_tokens_delete(ctx, ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

ROUTES(secrets) = {
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/secrets/:id"),
     .area = "secrets",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Forget tokens of another provider",
     .doc = "The user's accounts name them as tokenSecret, where includeTokenSecret asks for it.",
     .handle = delete_secret},
    ROUTES_END,
};
