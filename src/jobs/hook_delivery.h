/* Delivers what is in a tenant's outbox of webhooks. */
#ifndef SIGNET_JOBS_HOOK_DELIVERY_H
#define SIGNET_JOBS_HOOK_DELIVERY_H

#include "domain/tenant.h"

/* A thread that sends due rows of hook_deliveries, several at once: at least once each, again and
 * again with longer and longer waits until the receiver answers 2xx or eight attempts have failed.
 * Rows outlive the process; one that another process is sending is left to it for half a minute. */
struct hook_delivery;

enum err hook_delivery_start(struct tenant *tenant, struct hook_delivery **out);
/* Gives back what is under way, for the next start; takes NULL. The tenant's writer must run. */
void hook_delivery_stop(struct hook_delivery *delivery);

#endif
