/* signet version */
#include <stdio.h>

#include "cli/cli.h"

int cli_version(int argc, char **argv)
{
    int status = cli_no_more(argc, argv, 1);
    if (!status)
        puts("signet " SIGNET_VERSION);
    return status;
}
