/* Sealing and opening. */
#include "domain/sealed.h"

#include "crypto/vault.h"

static struct str context_of(struct ctx *ctx, const char *place, struct str id)
{
    return id.p ? arena_printf(ctx->arena, "%s|%.*s", place, STR_ARG(id)) : STR_NONE;
}

enum err sealed_make(struct ctx *ctx, const char *place, struct str id, struct str plain,
                     struct str *sealed)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct str context = context_of(ctx, place, id);
    if (!plain.p || !context.p || !vault_seal(ctx->tenant->vault, context, plain, &buf))
        return fail(ctx, ERR_NO_MEMORY);
    *sealed = buf_view(&buf);
    return OK;
}

enum err sealed_open(struct ctx *ctx, const char *place, struct str id, struct str sealed,
                     struct str *plain)
{
    struct str context = context_of(ctx, place, id);
    if (!context.p)
        return fail(ctx, ERR_NO_MEMORY);
    *plain = vault_unseal(ctx->tenant->vault, ctx->arena, context, sealed);
    return plain->p ? OK : fail(ctx, ERR_INTERNAL);
}
