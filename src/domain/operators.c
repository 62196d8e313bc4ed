/* Operators, and the console as their application. */
#include "domain/operators.h"

#include "domain/roles.h"

#define ROLE_ID_TEXT "default-admin-role"
#define ROLE_NAME    "default:admin"

static enum err seed_role(struct db_conn *conn, int64_t now)
{
    static const struct str scopes[] = {STR_INIT("default-management-api-all"),
                                        STR_INIT("me-api-all")};
    enum err err =
        db_exec(conn,
                "INSERT INTO roles (id, name, description, type, is_default, created_at) "
                "VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(STR(ROLE_ID_TEXT)), db_text_value(STR(ROLE_NAME)),
                          db_text_value(STR("Operators: full access to the default tenant.")),
                          db_text_value(STR(ROLE_TYPE_USER)), db_int_value(now)),
                NULL);
    for (size_t i = 0; !err && i < sizeof scopes / sizeof *scopes; i++)
        err = db_exec(conn,
                      "INSERT INTO roles_scopes (role_id, scope_id) VALUES ($1, $2) "
                      "ON CONFLICT DO NOTHING",
                      DB_PARAMS(db_text_value(STR(ROLE_ID_TEXT)), db_text_value(scopes[i])), NULL);
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
    enum err err = metadata.p ? seed_role(conn, now) : ERR_NO_MEMORY;
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

enum err operator_appoint(struct db_conn *conn, struct str user_id, int64_t now)
{
    return db_exec(
        conn, "INSERT INTO users_roles (user_id, role_id, created_at) VALUES ($1, $2, $3)",
        DB_PARAMS(db_text_value(user_id), db_text_value(STR(ROLE_ID_TEXT)), db_int_value(now)),
        NULL);
}
