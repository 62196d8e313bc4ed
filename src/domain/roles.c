/* Roles, and who holds them. */
#include "domain/roles.h"

static const char *const role_types[] = {ROLE_TYPE_USER, ROLE_TYPE_MACHINE, NULL};

static const struct field scope_id_item = {.type = FIELD_STRING,
                                           .flags = FIELD_WRITE | FIELD_NOT_EMPTY};

const struct field role_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 128,
     .doc = "Unique name."},
    {.name = STR_INIT("description"),
     .column = "description",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 128,
     .doc = "What it is for."},
    {.name = STR_INIT("type"),
     .column = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = role_types,
     .fallback = "\"User\"",
     .doc = "Who can hold it: users, or machine-to-machine applications. Fixed at creation."},
    {.name = STR_INIT("isDefault"),
     .column = "is_default",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "false",
     .doc = "Whether new users get it."},
    {.name = STR_INIT("scopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .item = &scope_id_item,
     .doc = "Ids of the scopes it has from the start; read them with the role's scopes."},
    FIELDS_END,
};

const struct entity role_entity = {
    .name = STR_INIT("roles"),
    .table = "roles",
    .fields = role_fields,
    .order = "created_at, id",
};

/* The seed remembers the id it made, so that renaming the role changes nothing. */
#define SEEDED "SELECT value FROM seeds WHERE name = 'management-role'"

enum err role_management_id(struct db_conn *conn, struct arena *arena, struct str *id)
{
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT id FROM roles WHERE id = (" SEEDED ")", DB_NO_PARAMS, arena, &rows);
    if (!err)
        *id = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return err;
}

enum err application_is_admin(struct db_conn *conn, struct str application, struct arena *arena,
                              bool *admin)
{
    struct db_rows rows;
    enum err err = db_query(conn,
                            "SELECT role_id FROM applications_roles WHERE application_id = $1"
                            " AND role_id = (" SEEDED ")",
                            DB_PARAMS(db_text_value(application)), arena, &rows);
    if (!err)
        *admin = rows.count > 0;
    return err;
}

enum err application_roles_insert(struct db_conn *conn, struct str application,
                                  const struct id_list *roles, int64_t now, struct arena *arena)
{
    struct id_list_target target = {
        .columns = "applications_roles (application_id, role_id, created_at)",
        .owner = application,
        .now = now,
    };
    return id_list_insert(conn, &target, roles, arena);
}

enum err application_role_delete(struct db_conn *conn, struct str application, struct str role,
                                 bool *found)
{
    int64_t affected;
    enum err err =
        db_exec(conn, "DELETE FROM applications_roles WHERE application_id = $1 AND role_id = $2",
                DB_PARAMS(db_text_value(application), db_text_value(role)), &affected);
    if (!err)
        *found = affected > 0;
    return err;
}
