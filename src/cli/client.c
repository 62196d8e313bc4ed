/* Clients: made from SQL rows directly, since no request is being answered. */
#include "cli/client.h"

#include "base/encoding.h"
#include "domain/applications.h"
#include "domain/roles.h"
#include "domain/seed.h"

#define QUICK_START_NAME "Signet quick start"

static enum err refuse(struct client_work *work, struct str why)
{
    work->why = why;
    return ERR_INVALID_INPUT;
}

static enum err find_type(struct client_work *work, struct str id, struct str *type)
{
    struct db_rows rows;
    enum err err = db_query(work->conn, "SELECT type FROM applications WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), work->arena, &rows);
    if (!err)
        *type = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return err;
}

enum err client_exists(struct client_work *work, struct str id, bool *exists)
{
    struct str type;
    enum err err = find_type(work, id, &type);
    if (!err)
        *exists = type.p != NULL;
    return err;
}

static enum err note(struct client_work *work, enum change_kind kind, struct str id)
{
    return tenant_note(work->tenant, work->conn, work->now, kind, id);
}

static enum err insert(struct client_work *work, struct str id, struct str name)
{
    struct application_new new = {
        .id = id, .name = name, .type = STR(ROLE_TYPE_MACHINE), .now = work->now};
    struct db_rows rows;
    enum err err = application_insert(work->conn, &new, work->arena, &rows);
    return err ? err : note(work, CHANGE_APPLICATION, id);
}

static enum err give_role(struct client_work *work, struct str id, struct str role)
{
    enum err err =
        db_exec(work->conn,
                "INSERT INTO applications_roles (application_id, role_id, created_at) "
                "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(id), db_text_value(role), db_int_value(work->now)), NULL);
    return err ? err : note(work, CHANGE_APPLICATION, id);
}

enum err client_make_quick_start(struct client_work *work, struct str id)
{
    struct str role;
    enum err err = insert(work, id, STR(QUICK_START_NAME));
    if (!err)
        err = role_management_id(work->conn, work->arena, &role);
    return err || !role.p ? err : give_role(work, id, role);
}

enum err client_add_secret(struct client_work *work, struct str id, struct str name,
                           struct str secret)
{
    struct secret_new new = {.application = id, .name = name, .value = secret, .now = work->now};
    enum err err = application_secret_insert(work->conn, work->tenant->vault, &new, work->arena);
    return err ? err : note(work, CHANGE_APPLICATION, id);
}

static bool has_digest(struct str secret, struct str digest)
{
    uint8_t hash[SHA256_SIZE];
    char text[BASE64URL_LENGTH(SHA256_SIZE)];
    sha256(secret, hash);
    base64url_encode(hash, sizeof(hash), text);
    return str_eq_secret((struct str){text, sizeof(text)}, digest);
}

enum err client_ensure_secret(struct client_work *work, struct str id, struct str name,
                              struct str secret)
{
    struct db_rows rows;
    enum err err =
        db_query(work->conn,
                 "SELECT digest FROM application_secrets WHERE application_id = $1 AND name = $2",
                 DB_PARAMS(db_text_value(id), db_text_value(name)), work->arena, &rows);
    if (err || (rows.count && has_digest(secret, db_text(&rows, 0, 0))))
        return err;
    err = db_exec(work->conn,
                  "DELETE FROM application_secrets WHERE application_id = $1 AND name = $2",
                  DB_PARAMS(db_text_value(id), db_text_value(name)), NULL);
    return err ? err : client_add_secret(work, id, name, secret);
}

/* The id of the one row that sql finds for name, in its first column; refuses when there is none.
 */
static enum err find_id(struct client_work *work, const char *sql, const char *what,
                        struct str name, struct str *id)
{
    struct db_rows rows;
    enum err err = db_query(work->conn, sql, DB_PARAMS(db_text_value(name)), work->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return refuse(work,
                      arena_printf(work->arena, "there is no %s '%.*s'", what, STR_ARG(name)));
    *id = db_text(&rows, 0, 0);
    return OK;
}

static struct str own_role_name(struct client_work *work, struct str id)
{
    return arena_printf(work->arena, "Bootstrap access of %.*s", STR_ARG(id));
}

/* The id of the role that holds just this client's scopes; made when it is missing. */
static enum err own_role(struct client_work *work, struct str client, struct str *id)
{
    char fresh[ID_LENGTH];
    struct db_rows rows;
    struct str name = own_role_name(work, client);
    id_random(fresh, sizeof(fresh));
    enum err err =
        db_exec(work->conn,
                "INSERT INTO roles (id, name, description, type, is_default, created_at) "
                "VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value((struct str){fresh, sizeof(fresh)}), db_text_value(name),
                          db_text_value(STR("Scopes that SIGNET_BOOTSTRAP gives one client.")),
                          db_text_value(STR(ROLE_TYPE_MACHINE)), db_int_value(work->now)),
                NULL);
    if (!err)
        err = db_query(work->conn, "SELECT id FROM roles WHERE name = $1",
                       DB_PARAMS(db_text_value(name)), work->arena, &rows);
    if (!err)
        *id = db_text(&rows, 0, 0);
    return err;
}

static enum err give_scopes(struct client_work *work, struct str role, const struct id_list *scopes)
{
    enum err err = db_exec(work->conn, "DELETE FROM roles_scopes WHERE role_id = $1",
                           DB_PARAMS(db_text_value(role)), NULL);
    for (size_t i = 0; !err && i < scopes->count; i++) {
        struct str scope;
        err = find_id(work,
                      "SELECT id FROM scopes WHERE resource_id = '" MANAGEMENT_RESOURCE_ID
                      "' AND name = $1",
                      "Management API scope", scopes->ids[i], &scope);
        if (!err)
            err =
                db_exec(work->conn, "INSERT INTO roles_scopes (role_id, scope_id) VALUES ($1, $2)",
                        DB_PARAMS(db_text_value(role), db_text_value(scope)), NULL);
    }
    return err ? err : note(work, CHANGE_ACCESS, role);
}

/* `all` alone comes by the built-in role while there is one, other scopes by a role of the client's
 * own, which goes when it is not needed any more. */
static enum err ensure_scopes(struct client_work *work, const struct bootstrap_client *client)
{
    const struct id_list *scopes = &client->scopes;
    struct str role = STR_NONE;
    enum err err = OK;
    if (scopes->count == 1 && str_eq(scopes->ids[0], STR("all")))
        err = role_management_id(work->conn, work->arena, &role);
    if (!err && scopes->count && !role.p) {
        err = own_role(work, client->id, &role);
        if (!err)
            err = give_scopes(work, role, scopes);
    } else if (!err) {
        err = db_exec(work->conn, "DELETE FROM roles WHERE name = $1",
                      DB_PARAMS(db_text_value(own_role_name(work, client->id))), NULL);
        if (!err)
            err = note(work, CHANGE_ACCESS, client->id);
    }
    return err || !role.p ? err : give_role(work, client->id, role);
}

enum err client_ensure(struct client_work *work, const struct bootstrap_client *client)
{
    struct str type;
    enum err err = find_type(work, client->id, &type);
    if (!err && type.p && !str_eq(type, STR(ROLE_TYPE_MACHINE)))
        return refuse(work,
                      arena_printf(work->arena, "the application '%.*s' exists with another type",
                                   STR_ARG(client->id)));
    if (!err && !type.p)
        err = insert(work, client->id, client->name);
    if (!err)
        err = client_ensure_secret(work, client->id, client->secret_name, client->secret);
    if (!err)
        err = ensure_scopes(work, client);
    for (size_t i = 0; !err && i < client->roles.count; i++) {
        struct str role;
        err =
            find_id(work, "SELECT id FROM roles WHERE name = $1 AND type = '" ROLE_TYPE_MACHINE "'",
                    "role for machines", client->roles.ids[i], &role);
        if (!err)
            err = give_role(work, client->id, role);
    }
    return err;
}
