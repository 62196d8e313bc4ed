/* signet restore FOLDER: the copies of signet backup in place of the databases. */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "domain/seed.h"
#include "store/restore.h"

#define KEY_NAME "secret.key"

/* The key file is part of a backup when somebody put it there; it goes where it is looked for. */
static int find_key(struct cli *cli, const char *folder, struct db_restore *restore)
{
    if (cli->config.key[0] || cli->config.key_file[0])
        return CLI_OK;
    struct str saved = arena_printf(cli->arena, "%s/" KEY_NAME, folder);
    struct str own = arena_printf(cli->arena, "%s/" KEY_NAME, cli->config.data);
    if (!saved.p || !own.p)
        return cli_fail("memory is out");
    if (access(saved.p, F_OK) == 0)
        restore->key = KEY_NAME;
    else if (access(own.p, F_OK) != 0)
        return cli_fail("there is neither %s nor %s, and the databases cannot be used without the "
                        "key: put it there first, with mode 0600",
                        own.p, saved.p);
    return CLI_OK;
}

/* A start's first half: the schema is brought up to date, and the keys are opened. */
static int try_out(struct cli *cli, const struct db_restore *restore)
{
    int status = cli_open_tenants(cli, 1u << TENANT_DEFAULT | 1u << TENANT_ADMIN);
    return status ? cli_fail("the databases of the backup are in place, but cannot be used; those "
                             "that were there are in %s",
                             restore->replaced)
                  : CLI_OK;
}

static int put_back(struct cli *cli, const char *folder)
{
    static const char *const tenants[] = {"default", "admin", NULL};
    static const char *const resources[] = {"https://default.logto.app/api",
                                            "https://admin.logto.app/api"};
    struct db_restore restore = {
        .data = cli->config.data,
        .folder = folder,
        .tenants = tenants,
        .identity = "SELECT indicator FROM resources WHERE id = '" MANAGEMENT_RESOURCE_ID "'",
        .identities = resources,
    };
    struct str why = {0};
    if (cli->config.db_url[0])
        return cli_fail("the data is in PostgreSQL: restore it with pg_restore");
    int status = find_key(cli, folder, &restore);
    if (status)
        return status;
    if (db_restore(&restore, cli->arena, &why) != OK)
        return cli_fail("%.*s", STR_ARG(why));
    status = try_out(cli, &restore);
    if (!status)
        printf("Put the databases%s of %s in place. What was there before is in %s.\n",
               restore.key ? " and the key file" : "", folder, restore.replaced);
    if (!status && !restore.key)
        printf("The key file is not part of the backup: the present one opens it.\n");
    return status;
}

int cli_restore(int argc, char **argv)
{
    if (argc < 2)
        return cli_usage_error(argv[0], "name the folder that signet backup wrote to");
    int status = cli_no_more(argc, argv, 2);
    struct cli cli;
    if (status || (status = cli_open(&cli, 0)))
        return status;
    status = put_back(&cli, argv[1]);
    cli_close(&cli);
    return status;
}
