/* Memory that a program cannot start without. */
#ifndef SIGNET_BASE_NEED_H
#define SIGNET_BASE_NEED_H

/* Gives p, which an allocation gave; where that is NULL the process ends with a message and exit
 * code 1. Only for what is made once, before the first request: a request is refused instead. */
void *need(void *p);

#endif
