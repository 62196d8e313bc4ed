/* What signet init says. */
#ifndef SIGNET_CLI_INIT_PRINT_H
#define SIGNET_CLI_INIT_PRINT_H

#include "cli/cli.h"

struct init_result {
    struct str client_id;     /* {NULL,0}: the quick-start client was deleted */
    struct str client_secret; /* {NULL,0}: made earlier */
    struct str scope;
    struct str invitation; /* {NULL,0}: the bootstrap file's was used */
    int64_t invitation_ms; /* how long it is valid */
};

/* On standard output, for people or as JSON; an exit status. */
int init_print(const struct cli *cli, const struct init_result *result, bool as_json);

#endif
