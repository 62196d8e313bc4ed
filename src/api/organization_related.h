/* What the routes of a relation do: add members, replace all of them, remove one. */
#ifndef SIGNET_API_ORGANIZATION_RELATED_H
#define SIGNET_API_ORGANIZATION_RELATED_H

#include "domain/ctx.h"
#include "domain/hooks.h"
#include "domain/organization_relation.h"

/* A relation as a resource. The path's parameters are the owner's ids, then the member's. */
struct related {
    const struct relation *relation;
    struct str body; /* the body's member that lists ids */
    /* Whether ids may become members; NULL: whatever exists. */
    enum err (*check)(struct ctx *ctx, const struct id_list *ids);
    /* Notes for the snapshot that these came or went; NULL: the token endpoint does not care. */
    enum err (*note)(struct ctx *ctx, const struct id_list *ids);
    bool told; /* webhooks hear of it: the members are the organization's, of this kind */
    enum hook_member kind;
};

/* POST: those that are members already stay. Writes no answer. */
enum err related_add(struct ctx *ctx, const struct related *related);
/* POST with the answer "Created". */
enum err related_create(struct ctx *ctx, const struct related *related);
/* PUT: the body's ids become the only members. */
enum err related_replace(struct ctx *ctx, const struct related *related);
/* DELETE: ERR_NOT_FOUND when it is no member. */
enum err related_remove(struct ctx *ctx, const struct related *related);

#endif
