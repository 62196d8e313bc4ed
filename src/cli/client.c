/* Clients: made from SQL rows directly, since no request is being answered. */
#include "cli/client.h"

#include "base/encoding.h"
#include "domain/applications.h"
#include "domain/roles.h"
#include "domain/seed.h"

#define QUICK_START_NAME "Signet quick start"

static enum err refuse(struct client_work *work, const char *setting, const char *what,
                       struct str name)
{
    work->why = arena_printf(work->arena, "%s: %s '%.*s'", setting, what, STR_ARG(name));
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
    return insert(work, id, STR(QUICK_START_NAME));
}

enum err client_find_access(struct client_work *work, struct str id, struct str *scopes)
{
    struct db_rows rows;
    struct buf buf = buf_new(work->arena, 65536);
    enum err err = db_query(work->conn,
                            "SELECT DISTINCT s.name FROM applications_roles a"
                            " JOIN roles_scopes r ON r.role_id = a.role_id"
                            " JOIN scopes s ON s.id = r.scope_id WHERE a.application_id = $1"
                            " AND s.resource_id = '" MANAGEMENT_RESOURCE_ID "' ORDER BY s.name",
                            DB_PARAMS(db_text_value(id)), work->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        buf_printf(&buf, "%s%.*s", i ? " " : "", STR_ARG(db_text(&rows, i, 0)));
    if (err || buf.failed)
        return err ? err : ERR_NO_MEMORY;
    *scopes = buf.n ? buf_view(&buf) : STR_NONE;
    if (buf.n && str_has_word(*scopes, STR("all")))
        *scopes = STR("all");
    return OK;
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

/* Where scopes and roles are found by name. */
struct named {
    const char *sql, *missing;
};
static const struct named scope_named = {
    "SELECT id FROM scopes WHERE resource_id = '" MANAGEMENT_RESOURCE_ID "' AND name = $1",
    "there is no Management API scope"};
static const struct named role_named = {
    "SELECT id FROM roles WHERE name = $1 AND type = '" ROLE_TYPE_MACHINE "'",
    "there is no role for machines"};

static enum err find_id(struct client_work *work, const struct named *named, struct str name,
                        struct str *id)
{
    struct db_rows rows;
    enum err err =
        db_query(work->conn, named->sql, DB_PARAMS(db_text_value(name)), work->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return refuse(work, "SIGNET_BOOTSTRAP", named->missing, name);
    *id = db_text(&rows, 0, 0);
    return OK;
}

/* Whether each name is known; *has, unless NULL, whether one of them is id's. */
static enum err find_ids(struct client_work *work, const struct named *named,
                         const struct id_list *names, struct str id, bool *has)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < names->count; i++) {
        struct str found;
        err = find_id(work, named, names->ids[i], &found);
        if (!err && has && str_eq(found, id))
            *has = true;
    }
    return err;
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
        err = find_id(work, &scope_named, scopes->ids[i], &scope);
        if (!err)
            err =
                db_exec(work->conn, "INSERT INTO roles_scopes (role_id, scope_id) VALUES ($1, $2)",
                        DB_PARAMS(db_text_value(role), db_text_value(scope)), NULL);
    }
    return err ? err : note(work, CHANGE_ACCESS, role);
}

/* `all` alone comes by the built-in role while there is one, other scopes by a role of the client's
 * own, which goes when it is not needed any more. */
static enum err ensure_scopes(struct client_work *work, const struct bootstrap_client *client,
                              struct str built_in)
{
    const struct id_list *scopes = &client->scopes;
    bool all = scopes->count == 1 && str_eq(scopes->ids[0], STR("all"));
    struct str role = all ? built_in : STR_NONE;
    enum err err = OK;
    if (scopes->count && !role.p) {
        err = own_role(work, client->id, &role);
        if (!err)
            err = give_scopes(work, role, scopes);
    } else {
        err = db_exec(work->conn, "DELETE FROM roles WHERE name = $1",
                      DB_PARAMS(db_text_value(own_role_name(work, client->id))), NULL);
        if (!err)
            err = note(work, CHANGE_ACCESS, client->id);
    }
    return err || !role.p ? err : give_role(work, client->id, role);
}

enum err client_give_access(struct client_work *work, struct str id)
{
    struct str all = STR("all"), built_in;
    const struct bootstrap_client client = {.id = id, .scopes = {&all, 1}};
    enum err err = role_management_id(work->conn, work->arena, &built_in);
    return err ? err : ensure_scopes(work, &client, built_in);
}

/* The built-in role goes when neither scopes nor roles ask for it any more. */
static enum err take_built_in(struct client_work *work, const struct bootstrap_client *client,
                              struct str built_in)
{
    bool wanted = client->scopes.count == 1 && str_eq(client->scopes.ids[0], STR("all"));
    enum err err = find_ids(work, &role_named, &client->roles, built_in, &wanted);
    if (err || wanted)
        return err;
    err = db_exec(work->conn,
                  "DELETE FROM applications_roles WHERE application_id = $1 AND role_id = $2",
                  DB_PARAMS(db_text_value(client->id), db_text_value(built_in)), NULL);
    return err ? err : note(work, CHANGE_APPLICATION, client->id);
}

static enum err check_type(struct client_work *work, const char *setting, struct str id,
                           bool *exists)
{
    struct str type;
    enum err err = find_type(work, id, &type);
    if (!err && type.p && !str_eq(type, STR(ROLE_TYPE_MACHINE)))
        return refuse(work, setting, "an application of another type has the id", id);
    if (!err)
        *exists = type.p != NULL;
    return err;
}

enum err client_check_quick_start(struct client_work *work, struct str id)
{
    bool exists;
    return check_type(work, "SIGNET_BOOTSTRAP_CLIENT_ID", id, &exists);
}

enum err client_check(struct client_work *work, const struct bootstrap_client *client)
{
    bool exists;
    enum err err = check_type(work, "SIGNET_BOOTSTRAP", client->id, &exists);
    if (!err)
        err = find_ids(work, &scope_named, &client->scopes, STR_NONE, NULL);
    return err ? err : find_ids(work, &role_named, &client->roles, STR_NONE, NULL);
}

/* Those of one tenant, as a reader of it finds them. */
static enum err check_tenant(struct client_work *work, const struct bootstrap *bootstrap,
                             struct str quick_start)
{
    enum err err = OK;
    if (quick_start.n && work->tenant->tag == TENANT_DEFAULT)
        err = client_check_quick_start(work, quick_start);
    for (size_t i = 0; !err && i < bootstrap->count; i++) {
        if (bootstrap->clients[i].tenant == work->tenant->tag)
            err = client_check(work, &bootstrap->clients[i]);
    }
    return err;
}

enum err client_check_all(const struct config *config, const struct bootstrap *bootstrap,
                          struct tenant *const *tenants, struct arena *arena, struct str *why)
{
    struct str quick_start = str_of(config->bootstrap_client_id);
    enum err err = OK;
    for (int tag = TENANT_DEFAULT; !err && tag <= TENANT_ADMIN; tag++) {
        struct client_work work = {.tenant = tenants[tag], .arena = arena};
        err = db_connect_read(tenants[tag]->db, &work.conn);
        if (err)
            break;
        err = check_tenant(&work, bootstrap, quick_start);
        db_disconnect(work.conn);
        if (work.why.p)
            *why = work.why;
    }
    return err;
}

enum err client_ensure(struct client_work *work, const struct bootstrap_client *client)
{
    bool exists;
    struct str built_in;
    enum err err = check_type(work, "SIGNET_BOOTSTRAP", client->id, &exists);
    if (!err && !exists)
        err = insert(work, client->id, client->name);
    if (!err)
        err = client_ensure_secret(work, client->id, client->secret_name, client->secret);
    if (!err)
        err = role_management_id(work->conn, work->arena, &built_in);
    if (!err)
        err = ensure_scopes(work, client, built_in);
    if (!err && built_in.p)
        err = take_built_in(work, client, built_in);
    for (size_t i = 0; !err && i < client->roles.count; i++) {
        struct str role;
        err = find_id(work, &role_named, client->roles.ids[i], &role);
        if (!err)
            err = give_role(work, client->id, role);
    }
    return err;
}
