/* Operators, and the console as their application. */
#include "domain/operators.h"

#include "domain/roles.h"

#define API_ID  "default-management-api"
#define READ_ID API_ID "-read"

struct seeded_role {
    struct str id, name, description, scopes[2];
};
static const struct seeded_role seeded_roles[] = {
    {STR_INIT(OPERATOR_ROLE_ALL),
     STR_INIT("default:admin"),
     STR_INIT("Operators: full access to the default tenant."),
     {STR_INIT(API_ID "-all"), STR_INIT("me-api-all")}},
    {STR_INIT(OPERATOR_ROLE_READ),
     STR_INIT("default:viewer"),
     STR_INIT("Operators: may look at the default tenant, and change nothing."),
     {STR_INIT(READ_ID), STR_INIT("me-api-all")}},
};

static enum err seed_role(struct db_conn *conn, const struct seeded_role *role, int64_t now)
{
    enum err err =
        db_exec(conn,
                "INSERT INTO roles (id, name, description, type, is_default, created_at) "
                "VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(role->id), db_text_value(role->name),
                          db_text_value(role->description), db_text_value(STR(ROLE_TYPE_USER)),
                          db_int_value(now)),
                NULL);
    for (size_t i = 0; !err && i < sizeof role->scopes / sizeof *role->scopes; i++)
        err = db_exec(conn,
                      "INSERT INTO roles_scopes (role_id, scope_id) VALUES ($1, $2) "
                      "ON CONFLICT DO NOTHING",
                      DB_PARAMS(db_text_value(role->id), db_text_value(role->scopes[i])), NULL);
    return err;
}

static enum err seed_roles(struct db_conn *conn, int64_t now)
{
    enum err err =
        db_exec(conn,
                "INSERT INTO scopes (id, resource_id, name, description, created_at) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(STR(READ_ID)), db_text_value(STR(API_ID)),
                          db_text_value(STR(OPERATOR_READ)),
                          db_text_value(STR("Look at everything but secrets.")), db_int_value(now)),
                NULL);
    for (size_t i = 0; !err && i < sizeof seeded_roles / sizeof *seeded_roles; i++)
        err = seed_role(conn, &seeded_roles[i], now);
    return err;
}

enum err operators_seed(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                        int64_t now)
{
    struct str end = tenant->endpoint;
    struct str metadata = arena_printf(arena,
                                       "{\"redirectUris\":[\"%.*s/console/callback\"],"
                                       "\"postLogoutRedirectUris\":[\"%.*s/console\"]}",
                                       STR_ARG(end), STR_ARG(end));
    enum err err = metadata.p ? seed_roles(conn, now) : ERR_NO_MEMORY;
    if (!err)
        err = db_exec(
            conn,
            "INSERT INTO applications (id, name, description, type, oidc_client_metadata, "
            "custom_client_metadata, custom_data, is_third_party, "
            "app_level_access_control_enabled, created_at) "
            "VALUES ($1, 'Admin Console', NULL, 'SPA', $2, '{}', '{}', 0, 0, $3) "
            "ON CONFLICT (id) DO UPDATE SET oidc_client_metadata = excluded.oidc_client_metadata",
            DB_PARAMS(db_text_value(STR(CONSOLE_ID)), db_text_value(metadata), db_int_value(now)),
            NULL);
    return err ? err : tenant_note(tenant, conn, now, CHANGE_APPLICATION, STR(CONSOLE_ID));
}

enum err operator_appoint(struct db_conn *conn, struct str user_id, bool all, int64_t now)
{
    struct str role = all ? STR(OPERATOR_ROLE_ALL) : STR(OPERATOR_ROLE_READ);
    return db_exec(conn,
                   "INSERT INTO users_roles (user_id, role_id, created_at) VALUES ($1, $2, $3)",
                   DB_PARAMS(db_text_value(user_id), db_text_value(role), db_int_value(now)), NULL);
}

enum err operator_dismiss(struct db_conn *conn, struct str user_id)
{
    return db_exec(conn, "DELETE FROM users_roles WHERE user_id = $1 AND role_id IN ($2, $3)",
                   DB_PARAMS(db_text_value(user_id), db_text_value(STR(OPERATOR_ROLE_ALL)),
                             db_text_value(STR(OPERATOR_ROLE_READ))),
                   NULL);
}
