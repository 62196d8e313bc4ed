/* A profile's token, made good before it is used. */
#ifndef SIGNET_CLI_RENEWAL_H
#define SIGNET_CLI_RENEWAL_H

#include "cli/oauth.h"
#include "cli/profile_store.h"

/* Renews and saves the profile's token unless it will last a while; always when the server refused
 * it. One process at a time renews, and the others take what it got. An exit status, the reason
 * printed. */
int renewal_run(struct profile_store *store, struct profile *profile, bool refused);

#endif
