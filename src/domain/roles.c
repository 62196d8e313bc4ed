/* Roles, and who holds them. */
#include "domain/roles.h"

static const char *const role_types[] = {ROLE_TYPE_USER, ROLE_TYPE_MACHINE, NULL};

static const struct field scope_id_item = {.type = FIELD_STRING,
                                           .flags = FIELD_WRITE | FIELD_NOT_EMPTY};

/* What a role answers and a create body holds alike. */
#define ROLE_OWN_FIELDS                                                                            \
    {.name = STR_INIT("name"),                                                                     \
     .column = "name",                                                                             \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,                                      \
     .min = 1,                                                                                     \
     .max = 128,                                                                                   \
     .doc = "Unique name."},                                                                       \
        {.name = STR_INIT("description"),                                                          \
         .column = "description",                                                                  \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,                                  \
         .min = 1,                                                                                 \
         .max = 128,                                                                               \
         .doc = "What it is for."},                                                                \
        {.name = STR_INIT("type"),                                                                 \
         .column = "type",                                                                         \
         .type = FIELD_ENUM,                                                                       \
         .flags = FIELD_CREATE,                                                                    \
         .options = role_types,                                                                    \
         .fallback = "\"User\"",                                                                   \
         .doc = "Who can hold it: users, or machine-to-machine applications. Fixed at creation."}, \
    {                                                                                              \
        .name = STR_INIT("isDefault"), .column = "is_default", .type = FIELD_BOOL,                 \
        .flags = FIELD_WRITE, .fallback = "false", .doc = "Whether new users get it."              \
    }

const struct field role_fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    ROLE_OWN_FIELDS,
    FIELDS_END,
};

const struct field role_create_fields[] = {
    ROLE_OWN_FIELDS,
    {.name = STR_INIT("scopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &scope_id_item,
     .doc = "Ids of the scopes it has from the start."},
    FIELDS_END,
};

const struct entity role_entity = {
    .name = STR_INIT("roles"),
    .table = "roles",
    .fields = role_fields,
    .order = "created_at, id",
};

enum err role_management_id(struct db_conn *conn, struct arena *arena, struct str *id)
{
    struct db_rows rows;
    enum err err = db_query(
        conn, "SELECT id FROM roles WHERE name = $1 AND type = $2",
        DB_PARAMS(db_text_value(STR(ROLE_MANAGEMENT_NAME)), db_text_value(STR(ROLE_TYPE_MACHINE))),
        arena, &rows);
    if (!err)
        *id = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
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
