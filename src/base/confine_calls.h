/* The filter of system calls; private to base/confine.c. */
#ifndef SIGNET_BASE_CONFINE_CALLS_H
#define SIGNET_BASE_CONFINE_CALLS_H

#include <stdbool.h>

/* From now on the calling thread, and those that it starts, have only the system calls that the
 * server needs. False: the kernel has no such filters. seccomp(2) */
bool confine_calls(void);

#endif
