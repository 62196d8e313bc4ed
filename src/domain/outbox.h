/* Outboxes: rows of what is to be sent, written in the transaction of the change that they tell of;
 * jobs/delivery.c sends them. */
#ifndef SIGNET_DOMAIN_OUTBOX_H
#define SIGNET_DOMAIN_OUTBOX_H

#include <stdbool.h>

struct tenant;

/* Inside a writing transaction: a row was added that is due at once. */
void outbox_note(void);

/* After the commit, on the same thread: wakes whoever sends, when a row was noted. */
void outbox_committed(struct tenant *tenant);

/* Who is woken, on a writer's thread; run NULL: nobody any more. Rows that nobody was woken for are
 * found by looking. */
void outbox_listen(struct tenant *tenant, void (*run)(void *arg), void *arg);

#endif
