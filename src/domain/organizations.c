/* Organizations, and the template that all of them share: their roles and scopes. */
#include "domain/organizations.h"

#include <assert.h>

#include "domain/branding.h"
#include "domain/id_list.h"
#include "domain/roles.h"

#define NAME_LONGEST        128
#define DESCRIPTION_LONGEST 256

#define TENANT_FIELD                                                                               \
    {                                                                                              \
        .name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."          \
    }
#define ID_FIELD                                                                                   \
    {                                                                                              \
        .name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."         \
    }
#define NAME_FIELD(text)                                                                           \
    {                                                                                              \
        .name = STR_INIT("name"), .column = "name", .type = FIELD_STRING,                          \
        .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY, .min = 1, .max = NAME_LONGEST,    \
        .doc = text                                                                                \
    }
#define DESCRIPTION_FIELD(text)                                                                    \
    {                                                                                              \
        .name = STR_INIT("description"), .column = "description", .type = FIELD_STRING,            \
        .flags = FIELD_WRITE | FIELD_NULLABLE, .max = DESCRIPTION_LONGEST, .doc = text             \
    }

#define ORGANIZATION_ROWS                                                                          \
    TENANT_FIELD, ID_FIELD, NAME_FIELD("Name for people; need not be unique."),                    \
        DESCRIPTION_FIELD("What it is."),                                                          \
        {.name = STR_INIT("customData"),                                                           \
         .column = "custom_data",                                                                  \
         .type = FIELD_MAP,                                                                        \
         .flags = FIELD_WRITE,                                                                     \
         .fallback = "{}",                                                                         \
         .doc = "Anything; a change replaces all of it."},                                         \
        {.name = STR_INIT("isMfaRequired"),                                                        \
         .column = "is_mfa_required",                                                              \
         .type = FIELD_BOOL,                                                                       \
         .flags = FIELD_WRITE,                                                                     \
         .fallback = "false",                                                                      \
         .doc = "Whether its members need a second factor."},                                      \
        {.name = STR_INIT("isTrustedDeviceAllowed"),                                               \
         .column = "is_trusted_device_allowed",                                                    \
         .type = FIELD_BOOL,                                                                       \
         .flags = FIELD_WRITE | FIELD_MAYBE,                                                       \
         .doc = "Whether browsers of its members may be trusted; they may when it is absent."},    \
        {.name = STR_INIT("color"),                                                                \
         .column = "color",                                                                        \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_WRITE,                                                                     \
         .fields = branding_color_fields,                                                          \
         .fallback = "{}",                                                                         \
         .doc = "Colors of its sign-in pages."},                                                   \
        {.name = STR_INIT("branding"),                                                             \
         .column = "branding",                                                                     \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_WRITE,                                                                     \
         .fields = branding_fields,                                                                \
         .fallback = "{}",                                                                         \
         .doc = "Images of its sign-in pages."},                                                   \
        {.name = STR_INIT("customCss"),                                                            \
         .column = "custom_css",                                                                   \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "CSS of its sign-in pages."},                                                      \
    {                                                                                              \
        .name = STR_INIT("createdAt"), .column = "created_at", .type = FIELD_INT,                  \
        .doc = "When it was made, in milliseconds since 1970."                                     \
    }

const struct field organization_fields[] = {ORGANIZATION_ROWS, FIELDS_END};

const struct field organization_with_roles_fields[] = {
    ORGANIZATION_ROWS,
    ORGANIZATION_ROLES_FIELD,
    FIELDS_END,
};

static const struct field featured_user_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING},
    {.name = STR_INIT("avatar"), .type = FIELD_STRING, .flags = FIELD_NULLABLE},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .flags = FIELD_NULLABLE},
    FIELDS_END,
};
static const struct field featured_user_item = {.type = FIELD_OBJECT,
                                                .fields = featured_user_fields};

const struct field organization_featured_fields[] = {
    ORGANIZATION_ROWS,
    {.name = STR_INIT("usersCount"),
     .type = FIELD_INT,
     .flags = FIELD_MAYBE,
     .doc = "How many users belong to it."},
    {.name = STR_INIT("featuredUsers"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &featured_user_item,
     .doc = "Up to three of them."},
    FIELDS_END,
};

const struct entity organization_entity = {
    .name = STR_INIT("organizations"),
    .table = "organizations",
    .fields = organization_fields,
    .order = "created_at DESC, id",
};

const struct field organization_scope_fields[] = {
    TENANT_FIELD,
    ID_FIELD,
    NAME_FIELD("What token requests name in `scope`; unique."),
    DESCRIPTION_FIELD("What it permits."),
    FIELDS_END,
};

const struct entity organization_scope_entity = {
    .name = STR_INIT("organization_scopes"),
    .table = "organization_scopes",
    .fields = organization_scope_fields,
    .order = "name",
};

static const char *const role_types[] = {ROLE_TYPE_USER, ROLE_TYPE_MACHINE, NULL};

static const struct field scope_id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE};

const struct field organization_role_fields[] = {
    TENANT_FIELD,
    ID_FIELD,
    NAME_FIELD("Unique name."),
    DESCRIPTION_FIELD("What it is for."),
    {.name = STR_INIT("type"),
     .column = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE,
     .options = role_types,
     .fallback = "\"User\"",
     .doc = "Who can hold it: users, or machine-to-machine applications."},
    {.name = STR_INIT("organizationScopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .item = &scope_id_item,
     .doc = "Ids of the organization scopes it has from the start."},
    {.name = STR_INIT("resourceScopeIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .item = &scope_id_item,
     .doc = "Ids of the scopes of API resources it has from the start."},
    FIELDS_END,
};

const struct entity organization_role_entity = {
    .name = STR_INIT("organization_roles"),
    .table = "organization_roles",
    .fields = organization_role_fields,
    .order = "name",
};

const struct field organization_role_short_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Its name."},
    FIELDS_END,
};
const struct field organization_role_short_item = {.type = FIELD_OBJECT,
                                                   .fields = organization_role_short_fields};

/* ---- The roles that the members of a list hold ---- */

enum { HELD_ID = 1, HELD_NAME };

/* The owner stands first among the ids, where sql finds it as $1: a page fits in one chunk, and an
 * owner's id is nobody else's. */
enum err organization_roles_held(struct ctx *ctx, const char *sql, struct str owner,
                                 const struct db_rows *holders, size_t id_column,
                                 struct row_index *index)
{
    struct db_rows *held = ARENA_NEW(ctx->arena, struct db_rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, holders->count + 1);
    if (!held || !ids)
        return ERR_NO_MEMORY;
    assert(holders->count <= 100);
    ids[0] = owner;
    for (size_t i = 0; i < holders->count; i++)
        ids[i + 1] = db_text(holders, i, id_column);
    struct id_list list = {ids, holders->count + 1};
    enum err err = id_list_select(ctx->db, sql, &list, "ORDER BY r.name", ctx->arena, held);
    return err ? err : row_index_make(held, 0, ctx->arena, index);
}

void organization_roles_put(struct json_out *out, const struct row_index *index, struct str holder)
{
    size_t first, count = row_index_find(index, holder, &first);
    json_key(out, STR("organizationRoles"));
    json_open_array(out);
    for (size_t i = first; i < first + count; i++) {
        json_open_object(out);
        JSON_STR(out, "id", db_text(index->rows, index->order[i], HELD_ID));
        JSON_STR(out, "name", db_text(index->rows, index->order[i], HELD_NAME));
        json_close_object(out);
    }
    json_close_array(out);
}

void organization_list_put(struct ctx *ctx, const struct db_rows *rows,
                           const struct row_index *index)
{
    struct json_out *out = &ctx->answer.json;
    json_open_array(out);
    for (size_t i = 0; i < rows->count; i++) {
        json_open_object(out);
        JSON_STR(out, "tenantId", ctx->tenant->id);
        crud_put_members(out, &organization_entity, rows, i);
        organization_roles_put(out, index, db_text(rows, i, ORGANIZATION_ID));
        json_close_object(out);
    }
    json_close_array(out);
}

/* ---- What the token endpoint sees ---- */

enum err organization_note_membership(struct ctx *ctx, struct str organization,
                                      struct str application)
{
    struct str key =
        arena_printf(ctx->arena, "%.*s/%.*s", STR_ARG(organization), STR_ARG(application));
    return key.p ? change_note(ctx, CHANGE_MEMBERSHIP, key) : ERR_NO_MEMORY;
}

static enum err note_memberships(struct ctx *ctx, const char *sql, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = organization_note_membership(ctx, db_text(&rows, i, 0), db_text(&rows, i, 1));
    return err;
}

enum err organization_note_deletion(struct ctx *ctx, struct str organization)
{
    return note_memberships(ctx,
                            "SELECT organization_id, application_id FROM organization_applications"
                            " WHERE organization_id = $1",
                            organization);
}

enum err organization_note_application_deletion(struct ctx *ctx, struct str application)
{
    return note_memberships(ctx,
                            "SELECT organization_id, application_id FROM organization_applications"
                            " WHERE application_id = $1",
                            application);
}

/* ---- What their routes have in common ---- */

bool organization_match(struct ctx *ctx, const char *sql, struct db_value *pattern,
                        struct crud_filter *filter)
{
    struct str q = ctx_query(ctx, STR("q"));
    if (!q.n)
        return false;
    *pattern = db_text_value(arena_printf(ctx->arena, "%%%.*s%%", STR_ARG(q)));
    *filter = (struct crud_filter){sql, pattern, 1};
    return true;
}

enum err organization_part_insert(struct ctx *ctx, const struct entity *entity, size_t id_length,
                                  int64_t now, struct db_rows *rows)
{
    char id[ID_LENGTH];
    id_random(id, id_length);
    const struct crud_set sets[] = {{"id", db_text_value((struct str){id, id_length})},
                                    {"created_at", db_int_value(now)}};
    return crud_insert(ctx->db, entity, ctx->body, sets, now ? 2 : 1, ctx->arena, rows);
}

enum err organization_part_get(struct ctx *ctx, const struct entity *entity, struct str id,
                               struct db_rows *rows)
{
    enum err err = crud_find(ctx->db, entity, id, ctx->arena, rows);
    return err || rows->count ? err : fail(ctx, ERR_NOT_FOUND);
}

enum err organization_part_patch(struct ctx *ctx, const struct entity *entity, struct str id,
                                 struct db_rows *rows)
{
    bool nothing;
    enum err err = crud_update(ctx->db, entity, id, ctx->body, NULL, 0, ctx->arena, rows, &nothing);
    if (err)
        return err;
    if (nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    return rows->count ? OK : fail(ctx, ERR_NOT_EXISTS, arena_cstr(ctx->arena, entity->name));
}

enum err organization_part_delete(struct ctx *ctx, const struct entity *entity, struct str id)
{
    bool found;
    enum err err = crud_delete(ctx->db, entity, id, &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}
