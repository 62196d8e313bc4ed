/* The application that an export is made for: its scopes and, where wanted, a secret. */
#include "domain/access.h"
#include "domain/applications.h"
#include "domain/export.h"

#define SCOPES_MAX ((size_t)64 * 1024)
enum { NAME_COLUMN = 1 };

/* Names of all scopes of the resource. */
static struct str scopes_of(const struct resource_entry *resource, struct arena *arena)
{
    struct buf names = buf_new(arena, SCOPES_MAX);
    for (size_t i = 0; i < resource->scope_count; i++) {
        if (i)
            buf_byte(&names, ' ');
        buf_str(&names, resource->scopes[i].name);
    }
    return buf_view(&names);
}

/* What the application can get of the Management API; "all" when that is nothing yet, so that the
 * file is right once it has a role. */
static struct str granted_scope(const struct export_source *source, struct arena *arena,
                                struct str id)
{
    const struct app *app = snapshot_app(source->snapshot, id);
    const struct resource_entry *resource = snapshot_resource(source->snapshot, source->resource);
    struct access access = {0};
    if (!app || !resource ||
        !access_decide(arena, source->snapshot, app, resource, scopes_of(resource, arena), &access))
        return STR("all");
    return !access.granted.n || str_has_word(access.granted, STR("all")) ? STR("all")
                                                                         : access.granted;
}

enum err export_application_find(const struct export_source *source, struct arena *arena,
                                 struct str id, struct export_application *out)
{
    struct db_rows rows;
    enum err err = crud_find(source->conn, &application_entity, id, arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return ERR_NOT_EXISTS_WITH_ID;
    *out = (struct export_application){
        .id = db_text(&rows, 0, APPLICATION_ID),
        .name = db_text(&rows, 0, NAME_COLUMN),
        .type = db_text(&rows, 0, APPLICATION_TYPE),
        .scope = granted_scope(source, arena, id),
    };
    return str_eq(out->type, STR("MachineToMachine")) ? OK : ERR_APP_INVALID_TYPE;
}

enum err export_application_reveal(const struct export_source *source, struct arena *arena,
                                   struct export_application *application)
{
    struct db_rows rows;
    enum err err = db_query(source->conn,
                            "SELECT name, sealed FROM application_secrets WHERE application_id = $1"
                            " AND (expires_at IS NULL OR expires_at > $2)"
                            " ORDER BY created_at DESC, name LIMIT 1",
                            DB_PARAMS(db_text_value(application->id), db_int_value(source->now)),
                            arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return ERR_NOT_EXISTS;
    application->secret = application_secret_open(source->vault, arena, application->id,
                                                  db_text(&rows, 0, 0), db_text(&rows, 0, 1));
    return application->secret.p ? OK : ERR_NOT_EXISTS;
}
