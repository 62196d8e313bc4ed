/* signet init: from nothing to a first token. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "cli/client.h"
#include "cli/init_print.h"
#include "domain/applications.h"
#include "domain/seed.h"

#define QUICK_START  STR("quick-start")
#define TOKEN_BYTES  32
#define SECRET_STAMP "%Y-%m-%dT%H:%M:%S"

struct init {
    struct cli cli;
    struct bootstrap bootstrap;
    bool new_secret;
    struct client_work work;
    struct init_result result;
};

static struct str random_secret(struct arena *arena)
{
    char *text = arena_bytes(arena, SECRET_LENGTH);
    if (text)
        secret_random(text, SECRET_LENGTH);
    return (struct str){text, text ? SECRET_LENGTH : 0};
}

static struct str random_id(struct arena *arena)
{
    char *text = arena_bytes(arena, ID_LENGTH);
    if (text)
        id_random(text, ID_LENGTH);
    return (struct str){text, text ? ID_LENGTH : 0};
}

/* A name that no secret of the client has: the time it was made. */
static struct str secret_name(struct arena *arena, int64_t now)
{
    char text[32] = "";
    struct tm utc;
    time_t seconds = (time_t)(now / 1000);
    if (gmtime_r(&seconds, &utc))
        strftime(text, sizeof(text), SECRET_STAMP, &utc);
    return arena_printf(arena, "signet init %s.%03dZ", text, (int)(now % 1000));
}

/* Which client is the quick start: the given one, else the one made earlier, else a new one. */
static enum err choose_client(struct init *init, struct str *id, bool *made_earlier)
{
    struct client_work *work = &init->work;
    struct str given = str_of(init->cli.config.bootstrap_client_id), earlier;
    enum err err = seed_find(work->conn, work->arena, QUICK_START, &earlier);
    if (err)
        return err;
    *made_earlier = earlier.p && (!given.n || str_eq(given, earlier));
    *id = given.n ? given : earlier.p ? earlier : random_id(work->arena);
    return id->p ? OK : ERR_NO_MEMORY;
}

static enum err give_secret(struct init *init, struct str id, bool fresh)
{
    struct client_work *work = &init->work;
    struct str given = str_of(init->cli.config.bootstrap_client_secret);
    struct str usual = STR(APPLICATION_DEFAULT_SECRET);
    enum err err = given.n ? client_ensure_secret(work, id, usual, given) : OK;
    bool make = fresh ? !given.n : init->new_secret;
    struct str secret = make ? random_secret(work->arena) : fresh ? given : STR_NONE;
    init->result.client_secret = secret;
    if (err || !make)
        return err;
    return client_add_secret(work, id, fresh ? usual : secret_name(work->arena, work->now), secret);
}

/* One whose access was narrowed keeps what it has. */
static enum err give_access(struct client_work *work, struct str id)
{
    struct str scopes;
    enum err err = client_find_access(work, id, &scopes);
    return err || scopes.p ? err : client_give_access(work, id);
}

/* A quick start that was deleted stays so, unless the settings or the caller ask for it. */
static enum err quick_start(struct init *init)
{
    struct client_work *work = &init->work;
    struct str id;
    bool made_earlier, exists;
    enum err err = choose_client(init, &id, &made_earlier);
    if (!err)
        err = client_exists(work, id, &exists);
    if (err)
        return err;
    bool asked_for = init->new_secret || init->cli.config.bootstrap_client_id[0];
    if (made_earlier && !exists && !asked_for)
        return OK;
    init->result.client_id = id;
    if (exists)
        err = client_check_quick_start(work, id);
    else
        err = client_make_quick_start(work, id);
    if (!err && (!exists || init->new_secret))
        err = give_access(work, id);
    if (!err)
        err = give_secret(init, id, !exists);
    return err ? err : seed_set(work->conn, QUICK_START, id, work->now);
}

static void start_work(struct init *init, struct db_conn *conn, int tenant)
{
    init->work = (struct client_work){init->cli.tenants[tenant], conn, init->cli.arena,
                                      clock_now_ms(), STR_NONE};
}

/* Does it for the clients that the bootstrap file has for the tenant. */
static enum err each_client(struct init *init, int tenant,
                            enum err (*run)(struct client_work *work,
                                            const struct bootstrap_client *client))
{
    enum err err = OK;
    for (size_t i = 0; !err && i < init->bootstrap.count; i++) {
        if (init->bootstrap.clients[i].tenant == tenant)
            err = run(&init->work, &init->bootstrap.clients[i]);
    }
    return err;
}

static enum err check_default(struct db_conn *conn, void *arg)
{
    struct init *init = arg;
    struct str id;
    bool made_earlier;
    start_work(init, conn, TENANT_DEFAULT);
    enum err err = choose_client(init, &id, &made_earlier);
    if (!err)
        err = client_check_quick_start(&init->work, id);
    return err ? err : each_client(init, TENANT_DEFAULT, client_check);
}

static enum err check_admin(struct db_conn *conn, void *arg)
{
    struct init *init = arg;
    start_work(init, conn, TENANT_ADMIN);
    return each_client(init, TENANT_ADMIN, client_check);
}

static enum err run_default(struct db_conn *conn, void *arg)
{
    struct init *init = arg;
    start_work(init, conn, TENANT_DEFAULT);
    init->result.scope = STR("all");
    init->result.client_id = init->result.client_secret = STR_NONE;
    enum err err = quick_start(init);
    if (!err)
        err = each_client(init, TENANT_DEFAULT, client_ensure);
    return err || !init->result.client_id.p
               ? err
               : client_find_access(&init->work, init->result.client_id, &init->result.scope);
}

static struct str digest_of(struct arena *arena, struct str token)
{
    uint8_t hash[SHA256_SIZE];
    char *text = arena_bytes(arena, BASE64URL_LENGTH(SHA256_SIZE));
    if (!text)
        return STR_NONE;
    sha256(token, hash);
    return (struct str){text, base64url_encode(hash, sizeof(hash), text)};
}

static struct str random_token(struct arena *arena)
{
    uint8_t bytes[TOKEN_BYTES];
    char *text = arena_bytes(arena, BASE64URL_LENGTH(TOKEN_BYTES));
    if (!text)
        return STR_NONE;
    random_bytes(bytes, sizeof(bytes));
    return (struct str){text, base64url_encode(bytes, sizeof(bytes), text)};
}

/* Leaves one usable invitation. The one of the bootstrap file is good for one operator: once it was
 * used it is not made again, nor is another in its place. */
static enum err run_admin(struct db_conn *conn, void *arg)
{
    struct init *init = arg;
    struct arena *arena = init->cli.arena;
    struct str given = init->bootstrap.invitation;
    struct str token = given.p ? given : random_token(arena);
    struct str digest = digest_of(arena, token);
    int64_t now = clock_now_ms(), affected;
    if (!token.p || !digest.p)
        return ERR_NO_MEMORY;
    /* Those with a full stop are for accounts that are there (domain/operator_invitations.c). */
    enum err err =
        db_exec(conn, "DELETE FROM invitations WHERE consumed_at IS NULL AND digest NOT LIKE '%.%'",
                DB_NO_PARAMS, NULL);
    if (!err)
        err = db_exec(conn,
                      "INSERT INTO invitations (digest, created_at, expires_at) "
                      "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                      DB_PARAMS(db_text_value(digest), db_int_value(now),
                                db_int_value(now + init->bootstrap.invitation_ms)),
                      &affected);
    if (!err)
        init->result.invitation = affected ? token : STR_NONE;
    init->result.invitation_ms = init->bootstrap.invitation_ms;
    start_work(init, conn, TENANT_ADMIN);
    return err ? err : each_client(init, TENANT_ADMIN, client_ensure);
}

/* Whether all clients can be made, in either tenant: before anything is, lest a secret be made and
 * not be shown. */
static int check_clients(struct init *init)
{
    for (int tag = TENANT_DEFAULT; tag <= TENANT_ADMIN; tag++) {
        enum err err = cli_write(init->cli.tenants[tag],
                                 tag == TENANT_DEFAULT ? check_default : check_admin, init);
        if (err == ERR_INVALID_INPUT && init->work.why.p)
            return cli_fail("%.*s", STR_ARG(init->work.why));
        if (err)
            return cli_fail("cannot read: %s", error_info(err)->text);
    }
    return CLI_OK;
}

/* The admin tenant comes first: what it needs is given or can be made anew, the quick start's
 * secret is shown this once. */
static int write_all(struct init *init)
{
    int status = check_clients(init);
    if (status)
        return status;
    enum err err = cli_write(init->cli.tenants[TENANT_ADMIN], run_admin, init);
    if (!err)
        err = cli_write(init->cli.tenants[TENANT_DEFAULT], run_default, init);
    if (err == ERR_INVALID_INPUT && init->work.why.p)
        return cli_fail("%.*s", STR_ARG(init->work.why));
    return err ? cli_fail("cannot write: %s", error_info(err)->text) : CLI_OK;
}

int cli_init(int argc, char **argv)
{
    struct init init = {.new_secret = false};
    bool as_json = cli_flag(&argc, argv, "--json");
    init.new_secret = cli_flag(&argc, argv, "--new-secret");
    int status = cli_no_more(argc, argv, 1);
    if (status || (status = cli_open(&init.cli, 0)))
        return status;
    struct str why = STR("memory is out");
    if (!bootstrap_read(&init.cli.config, init.cli.arena, &init.bootstrap, &why))
        status = cli_fail("%.*s", STR_ARG(why));
    if (!status)
        status = cli_open_tenants(&init.cli, 1u << TENANT_DEFAULT | 1u << TENANT_ADMIN);
    if (!status)
        status = write_all(&init);
    if (!status)
        status = init_print(&init.cli, &init.result, as_json);
    cli_close(&init.cli);
    return status;
}
