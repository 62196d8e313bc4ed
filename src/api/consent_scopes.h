/* What clients may ask users for: scopes of four kinds, kept for an owner. */
#ifndef SIGNET_API_CONSENT_SCOPES_H
#define SIGNET_API_CONSENT_SCOPES_H

#include "domain/ctx.h"
#include "domain/organization_relation.h"

enum { CONSENT_KINDS = 4 };

/* The tables of one sort of owner. */
struct consent_table {
    struct relation relations[CONSENT_KINDS];
    const char *queries[CONSENT_KINDS]; /* of the owner $1, in the order of an answer */
};
#define CONSENT_RESOURCES(table, owner)                                                            \
    "SELECT s.id, s.name, s.description, r.id, r.name, r.indicator FROM scopes s"                  \
    " JOIN resources r ON r.id = s.resource_id JOIN " table " x ON x.scope_id = s.id"              \
    " WHERE x." owner " = $1 ORDER BY r.created_at, r.id, s.name"
/* prefix: of the names of the four tables; owner: their first column. */
#define CONSENT_TABLE(prefix, owner)                                                               \
    {                                                                                              \
        .relations = {RELATION(prefix "_organization_scopes", owner, "organization_scope_id"),     \
                      RELATION(prefix "_resource_scopes", owner, "scope_id"),                      \
                      RELATION(prefix "_organization_resource_scopes", owner, "scope_id"),         \
                      RELATION(prefix "_user_scopes", owner, "user_scope")},                       \
        .queries = {                                                                               \
            "SELECT s.id, s.name, s.description FROM organization_scopes s JOIN " prefix           \
            "_organization_scopes x ON x.organization_scope_id = s.id WHERE x." owner              \
            " = $1 ORDER BY s.name",                                                               \
            CONSENT_RESOURCES(prefix "_resource_scopes", owner),                                   \
            CONSENT_RESOURCES(prefix "_organization_resource_scopes", owner),                      \
            "SELECT user_scope FROM " prefix "_user_scopes WHERE " owner                           \
            " = $1 ORDER BY user_scope"                                                            \
        }                                                                                          \
    }

/* Answers all that the owner may ask for. */
enum err consent_scopes_list(struct ctx *ctx, const struct consent_table *table, struct str owner);
/* Adds what the body has; nothing when one is unknown or of a Management API. */
enum err consent_scopes_add(struct ctx *ctx, const struct consent_table *table, struct str owner);
/* kind_name: as in paths ("user-scopes"). ERR_NOT_FOUND when it may not ask for it. */
enum err consent_scopes_remove(struct ctx *ctx, const struct consent_table *table, struct str owner,
                               struct str kind_name, struct str id);

extern const struct field consent_scopes_body[], consent_scopes_reply[], consent_scopes_params[];

#endif
