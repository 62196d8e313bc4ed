/* The thread that keeps a running tenant current: other processes' changes, due keys, old rows. */
#ifndef SIGNET_DOMAIN_TENANT_POLL_H
#define SIGNET_DOMAIN_TENANT_POLL_H

#include "domain/tenant.h"

#define TENANT_POLL_MS 400 /* changes are promised to be seen within a second */

/* since (ms): when the tenant's snapshot began to be read. The tenant's writer must be running. */
enum err tenant_poll_start(struct tenant *tenant, int64_t since);
void tenant_poll_stop(struct tenant_poll *poll); /* joins the thread; takes NULL */

#endif
