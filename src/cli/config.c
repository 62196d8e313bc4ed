/* signet config: every setting, its value and where it comes from. */
#include <stdio.h>

#include "cli/cli.h"

int cli_config(int argc, char **argv)
{
    bool as_json = cli_flag(&argc, argv, "--json");
    int status = cli_no_more(argc, argv, 1);
    struct config config;
    if (status)
        return status;
    if (!config_load(&config, stderr))
        return CLI_USAGE;
    config_print(&config, as_json, stdout);
    return CLI_OK;
}
