/* The built-in content of a tenant. */
#include "domain/seed.h"

#include "base/clock.h"
#include "domain/account_center.h"
#include "domain/built_in_applications.h"
#include "domain/cookie_keys.h"
#include "domain/operators.h"
#include "domain/resources.h"
#include "domain/roles.h"
#include "domain/sign_in_experience.h"
#include "domain/signing_keys.h"
#include "http/route.h"

/* Counted up when the built-in content below changes, so that it is compared with the database. */
#define CONTENT_VERSION "5"
#define CONTENT         STR("content")
#define AREAS_MAX       128
#define ATTEMPTS        5

struct built_in {
    int tag;
    struct str id, name, indicator, scope_id, scope_description;
};

#define ALL_DESCRIPTION "Default scope for Management API, allows all permissions."
static const struct built_in built_ins[] = {
    {TENANT_DEFAULT, STR_INIT(MANAGEMENT_RESOURCE_ID), STR_INIT("Logto Management API"),
     STR_INIT("https://default.logto.app/api"), STR_INIT(MANAGEMENT_RESOURCE_ID "-all"),
     STR_INIT(ALL_DESCRIPTION)},
    {TENANT_ADMIN, STR_INIT(MANAGEMENT_RESOURCE_ID), STR_INIT("Logto Management API"),
     STR_INIT("https://admin.logto.app/api"), STR_INIT(MANAGEMENT_RESOURCE_ID "-all"),
     STR_INIT(ALL_DESCRIPTION)},
    {TENANT_ADMIN, STR_INIT("default-management-api"),
     STR_INIT("Logto Management API for tenant default"), STR_INIT("https://default.logto.app/api"),
     STR_INIT("default-management-api-all"), STR_INIT(ALL_DESCRIPTION)},
    {TENANT_ADMIN, STR_INIT("me-api"), STR_INIT("Logto Me API"),
     STR_INIT("https://admin.logto.app/me"), STR_INIT("me-api-all"),
     STR_INIT("Default scope for Me API, allows all permissions.")},
};

enum err seed_claim(struct db_conn *conn, struct str name, struct str value, int64_t now,
                    bool *claimed)
{
    int64_t affected;
    enum err err =
        db_exec(conn,
                "INSERT INTO seeds (name, value, created_at) VALUES ($1, $2, $3) "
                "ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(name), db_text_value(value), db_int_value(now)), &affected);
    if (!err)
        *claimed = affected > 0;
    return err;
}

enum err seed_set(struct db_conn *conn, struct str name, struct str value, int64_t now)
{
    return db_exec(conn,
                   "INSERT INTO seeds (name, value, created_at) VALUES ($1, $2, $3) "
                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                   DB_PARAMS(db_text_value(name), db_text_value(value), db_int_value(now)), NULL);
}

enum err seed_find(struct db_conn *conn, struct arena *arena, struct str name, struct str *value)
{
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT value FROM seeds WHERE name = $1",
                            DB_PARAMS(db_text_value(name)), arena, &rows);
    if (!err)
        *value = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return err;
}

/* The areas of the Management API's routes, and the scopes beside them, each once. */
struct areas {
    struct str list[AREAS_MAX], extra[AREAS_MAX];
    size_t count, extra_count;
};

static void add_once(struct str *list, size_t *count, struct str text)
{
    if (!text.n || *count == AREAS_MAX)
        return;
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(list[i], text))
            return;
    }
    list[(*count)++] = text;
}

static void collect_area(const struct route *route, void *arg)
{
    struct areas *areas = arg;
    if (route->guard != GUARD_MANAGEMENT)
        return;
    add_once(areas->list, &areas->count, str_of(route->area));
    add_once(areas->extra, &areas->extra_count, str_of(route->extra_scope));
}

/* What the database holds once it is seeded by this binary, as a text to compare. */
static struct str content_of(const struct tenant *tenant, const struct areas *areas,
                             struct arena *arena)
{
    struct buf buf = buf_new(arena, 65536);
    BUF_LIT(&buf, CONTENT_VERSION);
    for (size_t i = 0; i < areas->count; i++) {
        buf_byte(&buf, i ? ',' : ':');
        buf_str(&buf, areas->list[i]);
    }
    for (size_t i = 0; i < areas->extra_count; i++) {
        buf_byte(&buf, i ? ',' : ';');
        buf_str(&buf, areas->extra[i]);
    }
    buf_byte(&buf, '@'); /* addresses of built-in applications follow the tenant's */
    buf_str(&buf, tenant->endpoint);
    return buf_view(&buf);
}

static enum err insert_scope(struct db_conn *conn, struct str id, struct str resource,
                             struct str name, struct str description, int64_t created_at)
{
    return db_exec(conn,
                   "INSERT INTO scopes (id, resource_id, name, description, created_at) "
                   "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                   DB_PARAMS(db_text_value(id), db_text_value(resource), db_text_value(name),
                             db_text_value(description), db_int_value(created_at)),
                   NULL);
}

static enum err seed_resource(struct db_conn *conn, const struct built_in *built_in, int64_t now)
{
    enum err err =
        db_exec(conn,
                "INSERT INTO resources (id, name, indicator, is_default, access_token_ttl, "
                "created_at) VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT DO NOTHING",
                DB_PARAMS(db_text_value(built_in->id), db_text_value(built_in->name),
                          db_text_value(built_in->indicator), db_int_value(RESOURCE_DEFAULT_TTL),
                          db_int_value(now)),
                NULL);
    return err ? err
               : insert_scope(conn, built_in->scope_id, built_in->id, STR("all"),
                              built_in->scope_description, now);
}

/* "read:secrets" gets the id management-api-read-secrets, as the areas' scopes do. */
static enum err insert_extra(struct db_conn *conn, struct str name, struct arena *arena,
                             int64_t created_at)
{
    size_t colon = str_find(name, ':');
    struct str what = str_from(name, colon + 1);
    return insert_scope(
        conn,
        arena_printf(arena, MANAGEMENT_RESOURCE_ID "-%.*s-%.*s", (int)colon, name.p, STR_ARG(what)),
        STR(MANAGEMENT_RESOURCE_ID), name, arena_printf(arena, "Read %.*s.", STR_ARG(what)),
        created_at);
}

/* read:AREA and write:AREA, dated before `all`, so that the newest-first list starts with `all`. */
static enum err seed_areas(struct db_conn *conn, const struct areas *areas, struct arena *arena)
{
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT created_at FROM scopes WHERE id = $1",
                 DB_PARAMS(db_text_value(STR(MANAGEMENT_RESOURCE_ID "-all"))), arena, &rows);
    int64_t before = err || !rows.count ? 0 : db_int(&rows, 0, 0) - 1;
    for (size_t i = 0; !err && i < 2 * areas->count; i++) {
        struct str area = areas->list[i / 2];
        const char *verb = i % 2 ? "write" : "read";
        const char *what = i % 2 ? "Create, change and delete" : "Read";
        err = insert_scope(
            conn, arena_printf(arena, MANAGEMENT_RESOURCE_ID "-%s-%.*s", verb, STR_ARG(area)),
            STR(MANAGEMENT_RESOURCE_ID), arena_printf(arena, "%s:%.*s", verb, STR_ARG(area)),
            arena_printf(arena, "%s %.*s.", what, STR_ARG(area)), before);
    }
    for (size_t i = 0; !err && i < areas->extra_count; i++)
        err = insert_extra(conn, areas->extra[i], arena, before);
    return err;
}

static enum err seed_role(struct db_conn *conn, int64_t now)
{
    char text[ID_LENGTH];
    struct str id = {text, sizeof(text)};
    bool claimed = false;
    id_random(text, sizeof(text));
    enum err err = seed_claim(conn, STR("management-role"), id, now, &claimed);
    if (err || !claimed)
        return err;
    err = db_exec(conn,
                  "INSERT INTO roles (id, name, description, type, is_default, created_at) "
                  "VALUES ($1, $2, $3, $4, 0, $5)",
                  DB_PARAMS(db_text_value(id), db_text_value(STR(ROLE_MANAGEMENT_NAME)),
                            db_text_value(STR("This default role grants access to the Logto "
                                              "management API.")),
                            db_text_value(STR(ROLE_TYPE_MACHINE)), db_int_value(now)),
                  NULL);
    return err ? err
               : db_exec(conn, "INSERT INTO roles_scopes (role_id, scope_id) VALUES ($1, $2)",
                         DB_PARAMS(db_text_value(id),
                                   db_text_value(STR(MANAGEMENT_RESOURCE_ID "-all"))),
                         NULL);
}

static enum err seed_key(struct tenant *tenant, struct db_conn *conn, int64_t now)
{
    char id[ID_LENGTH];
    bool claimed = false;
    enum err err = seed_claim(conn, STR("signing-key"), STR("made"), now, &claimed);
    return err || !claimed ? err : signing_keys_rotate(tenant, conn, JWK_ES256, 0, now, id);
}

static enum err seed_cookie_key(struct tenant *tenant, struct db_conn *conn, struct arena *arena,
                                int64_t now)
{
    bool claimed = false;
    enum err err = seed_claim(conn, STR("cookie-key"), STR("made"), now, &claimed);
    return err || !claimed ? err : cookie_keys_rotate(tenant, conn, arena, now);
}

static enum err seed_content(struct tenant *tenant, struct db_conn *conn, const struct areas *areas,
                             struct str content, struct arena *arena)
{
    int64_t now = clock_now_ms();
    enum err err = OK;
    for (size_t i = 0; !err && i < sizeof(built_ins) / sizeof(*built_ins); i++) {
        if (built_ins[i].tag == tenant->tag)
            err = seed_resource(conn, &built_ins[i], now);
    }
    if (!err && tenant->tag == TENANT_DEFAULT)
        err = seed_areas(conn, areas, arena);
    if (!err && tenant->tag == TENANT_DEFAULT)
        err = seed_role(conn, now);
    if (!err)
        err = seed_key(tenant, conn, now);
    if (!err)
        err = seed_cookie_key(tenant, conn, arena, now);
    if (!err)
        err = sign_in_experience_seed(conn, tenant->tag == TENANT_ADMIN);
    if (!err)
        err = account_center_seed(conn);
    if (!err && tenant->tag == TENANT_DEFAULT)
        err = built_in_applications_seed(tenant, conn, arena, now);
    if (!err && tenant->tag == TENANT_ADMIN)
        err = operators_seed(tenant, conn, arena, now);
    if (!err)
        err = seed_set(conn, CONTENT, content, now);
    return err ? err : tenant_note(tenant, conn, now, CHANGE_ACCESS, STR("seed"));
}

enum err seed_tenant(struct tenant *tenant, struct db_conn *conn, struct arena *arena)
{
    struct areas areas = {0};
    routes_each(collect_area, &areas);
    struct str content = content_of(tenant, &areas, arena), present;
    enum err err = content.p ? seed_find(conn, arena, CONTENT, &present) : ERR_NO_MEMORY;
    if (err || str_eq(content, present))
        return err;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        err = db_begin(conn);
        if (!err)
            err = seed_content(tenant, conn, &areas, content, arena);
        if (!err)
            err = db_commit(conn);
        if (!err)
            return OK;
        db_rollback(conn);
        if (err != ERR_DB_CONFLICT)
            break;
    }
    return err;
}
