/* Showing a person an address. */
#ifndef SIGNET_CLI_BROWSER_H
#define SIGNET_CLI_BROWSER_H

#include "base/arena.h"

/* Prints what to do and the address on standard error, and opens it by the shell command (absent:
 * xdg-open where there is a desktop; "none": not at all). The address must hold no secret: it shows
 * in the process list. */
void browser_open(struct arena *arena, struct str command, const char *invitation, struct str url);

#endif
