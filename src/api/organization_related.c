/* What the routes of a relation do: add members, replace all of them, remove one. */
#include "api/organization_related.h"

static enum err read_ids(struct ctx *ctx, const struct related *related, struct id_list *ids)
{
    enum err err = id_list_parse(ctx_body(ctx, related->body), ctx->arena, ids);
    return err || !related->check ? err : related->check(ctx, ids);
}

static enum err note(struct ctx *ctx, const struct related *related, const struct id_list *ids)
{
    return related->note && ids->count ? related->note(ctx, ids) : OK;
}

/* These came, and those left. */
static enum err note_both(struct ctx *ctx, const struct related *related,
                          const struct id_list *added, const struct id_list *removed)
{
    struct hook_members members = {ctx->params[0], related->kind, *added, *removed};
    enum err err = note(ctx, related, added);
    if (!err)
        err = note(ctx, related, removed);
    return err || !related->told ? err : hooks_note_members(ctx, &members);
}

static const struct id_list nobody = {NULL, 0};

enum err related_add(struct ctx *ctx, const struct related *related)
{
    struct id_list ids, added;
    enum err err = read_ids(ctx, related, &ids);
    if (!err)
        err = relation_add(ctx->db, related->relation, ctx->params, &ids, ctx->arena, &added);
    return err ? err : note_both(ctx, related, &added, &nobody);
}

enum err related_create(struct ctx *ctx, const struct related *related)
{
    enum err err = related_add(ctx, related);
    if (!err)
        BUF_LIT(&ctx->answer.body, "Created");
    return err;
}

enum err related_replace(struct ctx *ctx, const struct related *related)
{
    struct id_list ids, added, removed;
    enum err err = read_ids(ctx, related, &ids);
    if (!err)
        err = relation_replace(ctx->db, related->relation, ctx->params, &ids, ctx->arena, &added,
                               &removed);
    return err ? err : note_both(ctx, related, &added, &removed);
}

enum err related_remove(struct ctx *ctx, const struct related *related)
{
    bool found;
    struct str member = ctx->params[related->relation->owners];
    enum err err = relation_remove(ctx->db, related->relation, ctx->params, member, &found);
    if (err)
        return err;
    return found ? note_both(ctx, related, &nobody, &(struct id_list){&member, 1})
                 : fail(ctx, ERR_NOT_FOUND);
}
