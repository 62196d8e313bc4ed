/* signet backup FOLDER: a consistent copy of all databases, also while the server runs. */
#include <stdio.h>

#include "cli/cli.h"

int cli_backup(int argc, char **argv)
{
    if (argc < 2)
        return cli_usage_error(argv[0], "name the folder to write to");
    int status = cli_no_more(argc, argv, 2);
    struct cli cli;
    if (status || (status = cli_open(&cli, 1u << TENANT_DEFAULT | 1u << TENANT_ADMIN)))
        return status;
    for (int tag = TENANT_DEFAULT; !status && tag <= TENANT_ADMIN; tag++) {
        const struct tenant *tenant = cli.tenants[tag];
        if (!db_is_embedded(tenant->db))
            status = cli_fail("the data is in PostgreSQL: back it up with pg_dump");
        else if (db_backup(tenant->db, argv[1]) != OK)
            status = cli_fail("cannot back up the tenant %.*s to '%s'; the log says why",
                              STR_ARG(tenant->id), argv[1]);
    }
    if (!status)
        printf("Copied the databases to %s. The key file is not part of it: keep it elsewhere.\n",
               argv[1]);
    cli_close(&cli);
    return status;
}
