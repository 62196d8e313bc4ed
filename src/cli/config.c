/* signet config: every setting, its value and where it comes from; with a verb, the tenant. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/tenant_file.h"

int cli_config(int argc, char **argv)
{
    const struct command *command = command_find(STR("config"));
    for (int i = 1; i < argc; i++) {
        if (choices_have(command->verbs, str_of(argv[i])))
            return tenant_file_main(command, argc, argv);
    }
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
