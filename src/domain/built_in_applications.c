/* Applications that every tenant has and nobody manages. */
#include "domain/built_in_applications.h"

const struct built_in_application account_application = {
    STR_INIT("account-center"), STR_INIT("Account Center"),
    STR_INIT("Placeholder application for Account Center."), STR_INIT("/account")};
const struct built_in_application demo_application = {
    STR_INIT("demo-app"), STR_INIT("Live Preview"), STR_INIT("Preview for Sign-in Experience."),
    STR_INIT("/demo-app")};

static enum err seed_one(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                         const struct built_in_application *app, int64_t now)
{
    struct str address =
        arena_printf(arena, "%.*s%.*s", STR_ARG(tenant->endpoint), STR_ARG(app->path));
    struct str metadata =
        arena_printf(arena, "{\"redirectUris\":[\"%.*s\"],\"postLogoutRedirectUris\":[\"%.*s\"]}",
                     STR_ARG(address), STR_ARG(address));
    if (!address.p || !metadata.p)
        return ERR_NO_MEMORY;
    enum err err = db_exec(
        conn,
        "INSERT INTO applications (id, name, description, type, oidc_client_metadata, "
        "custom_client_metadata, custom_data, is_third_party, "
        "app_level_access_control_enabled, created_at, built_in) "
        "VALUES ($1, $2, $3, 'SPA', $4, '{}', '{}', 0, 0, 0, 1) "
        "ON CONFLICT (id) DO UPDATE SET oidc_client_metadata = excluded.oidc_client_metadata, "
        "built_in = 1",
        DB_PARAMS(db_text_value(app->id), db_text_value(app->name), db_text_value(app->description),
                  db_text_value(metadata)),
        NULL);
    return err ? err : tenant_note(tenant, conn, now, CHANGE_APPLICATION, app->id);
}

enum err built_in_applications_seed(struct tenant *tenant, struct db_conn *conn,
                                    struct arena *arena, int64_t now)
{
    enum err err = seed_one(tenant, conn, arena, &account_application, now);
    return err ? err : seed_one(tenant, conn, arena, &demo_application, now);
}
