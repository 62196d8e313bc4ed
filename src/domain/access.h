/* Who may have which scope: the one place that computes the scopes of a token. */
#ifndef SIGNET_DOMAIN_ACCESS_H
#define SIGNET_DOMAIN_ACCESS_H

#include "domain/snapshot.h"

/* What became of one requested scope. */
struct scope_decision {
    struct str name;
    const struct role_entry *role; /* the first of the client's roles that grants it; NULL: dropped
                                    */
    const char *reason;            /* why it was dropped, for people; NULL: granted */
};

struct access {
    struct str granted; /* blank-separated, in the order asked, without repeats; n 0: none */
    struct str dropped; /* the others */
    const struct scope_decision *decisions; /* one a distinct requested scope */
    size_t count;
};

/* The scopes of resource among requested (blank-separated; RFC 6749 3.3) that app's roles grant.
 * Unknown and ungranted ones are dropped, not refused, as Logto does. False: memory is out. */
bool access_decide(struct arena *arena, const struct snapshot *snapshot, const struct app *app,
                   const struct resource_entry *resource, struct str requested, struct access *out);

/* The same for an application in an organization, where its plain roles do not count: role_ids are
 * its organization roles there, as snapshot_membership gives them. resource is one that these roles
 * have scopes of, or snapshot_organization_scopes. */
bool access_decide_organization(struct arena *arena, const struct snapshot *snapshot,
                                struct str role_ids, const struct resource_entry *resource,
                                struct str requested, struct access *out);

#endif
