/* signet keys: the signing keys of a tenant, listed, rotated, deleted. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "domain/signing_keys.h"

struct keys_command {
    struct tenant *tenant;
    enum jwk_alg alg;
    int64_t grace; /* ms */
    struct str id; /* to delete */
    char made[ID_LENGTH];
};

static void print_key(const struct signing_key *key)
{
    char when[32] = "-";
    struct tm utc;
    time_t seconds = (time_t)(key->signs_at / 1000);
    if (gmtime_r(&seconds, &utc))
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("%-21.*s  %-5.*s  %-8.*s  %s\n", STR_ARG(key->id), STR_ARG(key->alg),
           STR_ARG(key->state), when);
}

static bool print_json(const struct signing_key *list, size_t count, struct arena *arena)
{
    struct buf buf = buf_new(arena, (size_t)1 << 20);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    for (size_t i = 0; i < count; i++) {
        json_open_object(&out);
        JSON_STR(&out, "id", list[i].id);
        JSON_STR(&out, "alg", list[i].alg);
        JSON_STR(&out, "state", list[i].state);
        JSON_INT(&out, "signsAt", list[i].signs_at);
        JSON_INT(&out, "createdAt", list[i].created_at);
        json_close_object(&out);
    }
    json_close_array(&out);
    if (!buf.failed)
        printf("%.*s\n", (int)buf.n, buf.p);
    return !buf.failed;
}

static int list(struct tenant *tenant, struct arena *arena, bool as_json)
{
    struct db_conn *conn;
    const struct signing_key *keys;
    size_t count;
    enum err err = db_connect_read(tenant->db, &conn);
    if (!err) {
        err = signing_keys_list(conn, arena, &keys, &count);
        db_disconnect(conn);
    }
    if (!err && as_json && !print_json(keys, count, arena))
        err = ERR_NO_MEMORY;
    for (size_t i = 0; !err && !as_json && i < count; i++) {
        if (i == 0)
            printf("%-21s  %-5s  %-8s  %s\n", "ID", "ALG", "STATE", "SIGNS FROM");
        print_key(&keys[i]);
    }
    return err ? cli_fail("cannot list the signing keys: %s", error_info(err)->text) : CLI_OK;
}

static enum err rotate(struct db_conn *conn, void *arg)
{
    struct keys_command *command = arg;
    return signing_keys_rotate(command->tenant, conn, command->alg, command->grace, clock_now_ms(),
                               command->made);
}

static enum err delete (struct db_conn *conn, void *arg) {
    struct keys_command *command = arg;
    return signing_keys_delete(command->tenant, conn, command->id, clock_now_ms());
}

static int run_rotate(struct keys_command *command)
{
    enum err err = cli_write(command->tenant, rotate, command);
    if (err)
        return cli_fail("cannot rotate the signing key: %s", error_info(err)->text);
    printf("%.*s %s\n", ID_LENGTH, command->made,
           command->grace ? "is published now and signs after the grace period"
                          : "signs from now on");
    return CLI_OK;
}

static int run_delete(struct keys_command *command)
{
    enum err err = cli_write(command->tenant, delete, command);
    if (err == ERR_NOT_FOUND)
        return cli_fail("there is no signing key with the id %.*s", STR_ARG(command->id));
    if (err)
        return cli_fail("cannot delete the signing key: %s", error_info(err)->text);
    printf("%.*s is deleted; tokens signed with it are worth nothing\n", STR_ARG(command->id));
    return CLI_OK;
}

static int run(struct keys_command *command, struct arena *arena, const char *verb, bool as_json)
{
    if (strcmp(verb, "rotate") == 0)
        return run_rotate(command);
    return command->id.p ? run_delete(command) : list(command->tenant, arena, as_json);
}

/* What argv asks for; a usage error otherwise. */
static int parse(int argc, char **argv, const char *alg, struct keys_command *command)
{
    const char *verb = argc > 1 ? argv[1] : "";
    bool deletes = strcmp(verb, "delete") == 0;
    if (!deletes && strcmp(verb, "list") != 0 && strcmp(verb, "rotate") != 0)
        return cli_usage_error(argv[0], "say list, rotate or delete");
    if (deletes && argc < 3)
        return cli_usage_error(argv[0], "name the key to delete");
    if (!alg || !jwk_alg_find(str_of(alg), &command->alg))
        return cli_usage_error(argv[0], "--alg is ES256, ES384, ES512, RS256, PS256 or EdDSA");
    command->id = deletes ? str_of(argv[2]) : STR_NONE;
    return cli_no_more(argc, argv, deletes ? 3 : 2);
}

int cli_keys(int argc, char **argv)
{
    struct keys_command command = {0};
    struct cli cli;
    bool as_json = cli_flag(&argc, argv, "--json");
    const char *alg = cli_value(&argc, argv, "--alg", "ES256");
    const char *name = cli_value(&argc, argv, "--tenant", "default");
    bool admin = name && strcmp(name, "admin") == 0;
    int tag = admin ? TENANT_ADMIN : TENANT_DEFAULT;
    if (!name || (!admin && strcmp(name, "default") != 0))
        return cli_usage_error(argv[0], "--tenant is default or admin");
    int status = parse(argc, argv, alg, &command);
    if (status || (status = cli_open(&cli, 1u << tag)))
        return status;
    command.tenant = cli.tenants[tag];
    command.grace = cli.config.key_grace_period * 1000;
    status = run(&command, cli.arena, argv[1], as_json);
    cli_close(&cli);
    return status;
}
