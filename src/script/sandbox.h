/* The walls around the process that runs scripts. */
#ifndef SIGNET_SCRIPT_SANDBOX_H
#define SIGNET_SCRIPT_SANDBOX_H

#include <stdbool.h>

/* From now on the process can only compute, and read and write what it has open: any other system
 * call ends it. False when the kernel does not let it. */
bool sandbox_enter(void);

#endif
