/* The file of SIGNET_BOOTSTRAP: what an unattended installation is given instead of being asked. */
#ifndef SIGNET_CLI_BOOTSTRAP_H
#define SIGNET_CLI_BOOTSTRAP_H

#include "base/config.h"
#include "domain/id_list.h"
#include "domain/tenant.h"

#define INVITATION_MS ((int64_t)3600 * 1000)

/* A machine-to-machine client with given credentials. */
struct bootstrap_client {
    struct str id, name, secret, secret_name;
    struct id_list scopes; /* names of the Management API's */
    struct id_list roles;  /* names */
    int tenant;            /* TENANT_DEFAULT or TENANT_ADMIN */
};

struct bootstrap {
    struct str invitation; /* the operator's token; {NULL,0}: a random one */
    int64_t invitation_ms; /* how long it is valid */
    const struct bootstrap_client *clients;
    size_t count;
};

/* Reads the file, or nothing when the setting is empty. False: *why names the file, the member and
 * what is wrong with it; never a secret. */
bool bootstrap_read(const struct config *config, struct arena *arena, struct bootstrap *out,
                    struct str *why);

#endif
