/* Changes on their way from the database into a tenant's snapshot. */
#ifndef SIGNET_DOMAIN_TENANT_CHANGES_H
#define SIGNET_DOMAIN_TENANT_CHANGES_H

#include "domain/tenant.h"

struct change {
    struct db_conn *conn; /* in whose transaction it was made; NULL: it is committed */
    enum change_kind kind;
    char *entity; /* malloc'ed */
};
struct change_list {
    struct change *list;
    size_t count, capacity;
    bool everything; /* read all again, whatever the list says */
};

/* Takes a copy of entity. False when memory is out. */
bool change_list_add(struct change_list *changes, struct db_conn *conn, enum change_kind kind,
                     struct str entity);
void change_list_free(struct change_list *changes);

/* The names of the kinds in the table `changes`. False for an unknown one. */
bool change_kind_find(struct str name, enum change_kind *out);

struct tenant_pending {
    char origin[ID_LENGTH];     /* this process in the table `changes` */
    pthread_mutex_t refreshing; /* one refresh at a time, or a swap would lose the other's changes
                                 */
    struct change_list changes; /* guarded by tenant->lock */
};
struct tenant_pending *tenant_pending_new(void);
void tenant_pending_free(struct tenant_pending *pending); /* takes NULL */

/* The writer's `committed` hook: brings what was changed through conn into the snapshot. What fails
 * stays pending as committed. */
void tenant_committed(void *tenant, struct db_conn *conn);
/* Takes the changes that are committed and still pending. */
void tenant_take_committed(struct tenant *tenant, struct change_list *out);
/* Makes them pending again, as committed; the entities that fit move out of changes. */
void tenant_return_committed(struct tenant *tenant, struct change_list *changes);
/* Reads the changes' entities through conn and swaps the snapshot. */
enum err tenant_apply(struct tenant *tenant, struct db_conn *conn,
                      const struct change_list *changes);

#endif
