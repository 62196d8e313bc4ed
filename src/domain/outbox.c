/* Tells the sender of outboxes that there is something new in them. */
#include "domain/outbox.h"

#include "domain/tenant.h"

/* A writer runs a transaction, commits it and says so on one thread. What a transaction that was
 * rolled back has noted wakes the sender in vain. */
static _Thread_local bool noted;

void outbox_note(void)
{
    noted = true;
}

void outbox_committed(struct tenant *tenant)
{
    if (!noted)
        return;
    noted = false;
    pthread_mutex_lock(&tenant->lock);
    if (tenant->sender.run)
        tenant->sender.run(tenant->sender.arg);
    pthread_mutex_unlock(&tenant->lock);
}

void outbox_listen(struct tenant *tenant, void (*run)(void *arg), void *arg)
{
    pthread_mutex_lock(&tenant->lock);
    tenant->sender.run = run;
    tenant->sender.arg = arg;
    pthread_mutex_unlock(&tenant->lock);
}
