/* Applications of a snapshot: read from the database, packed into one piece of memory each. */
#include <stdlib.h>

#include "base/encoding.h"
#include "base/field.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/snapshot_parts.h"

#define APPS                                                                                       \
    "SELECT id, name, type, is_third_party, custom_client_metadata, oidc_client_metadata FROM "    \
    "applications WHERE "
#define SECRETS "SELECT application_id, name, digest, expires_at FROM application_secrets WHERE "
#define ROLES   "SELECT application_id, role_id FROM applications_roles WHERE "

/* Both ranges give their rows in the order of the application's id. */
struct range {
    const char *apps, *secrets, *roles;
};
static const struct range one = {
    APPS "id = $1",
    SECRETS "application_id = $1 ORDER BY application_id, created_at, name",
    ROLES "application_id = $1 ORDER BY application_id, created_at, role_id",
};
static const struct range page_after = {
    APPS "id > $1 ORDER BY id LIMIT " SNAPSHOT_PAGE,
    SECRETS
    "application_id > $1 AND application_id <= $2 ORDER BY application_id, created_at, name",
    ROLES
    "application_id > $1 AND application_id <= $2 ORDER BY application_id, created_at, role_id",
};

enum { DEFAULT_REFRESH_DAYS = 14, DEFAULT_ID_TOKEN_TTL = 3600 };

static const struct {
    struct str name;
    enum app_type type;
} types[] = {
    {STR_INIT("Native"), APP_NATIVE},           {STR_INIT("SPA"), APP_SPA},
    {STR_INIT("Traditional"), APP_TRADITIONAL}, {STR_INIT("MachineToMachine"), APP_M2M},
    {STR_INIT("Protected"), APP_PROTECTED},     {STR_INIT("SAML"), APP_SAML},
};

static bool type_find(struct str name, enum app_type *out)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (str_eq(types[i].name, name)) {
            *out = types[i].type;
            return true;
        }
    }
    return false;
}

/* The strings of an array of strings, others left out. */
static const struct str *strings(struct arena *arena, json *array, size_t *count)
{
    *count = 0;
    size_t i, max;
    json *item;
    struct str *list = ARENA_ARRAY(arena, struct str, yyjson_arr_size(array));
    if (!list)
        return NULL;
    yyjson_arr_foreach(array, i, max, item)
    {
        list[*count] = json_str(item);
        *count += list[*count].p != NULL;
    }
    return list;
}

static struct str joined(struct arena *arena, json *array)
{
    size_t count;
    const struct str *list = strings(arena, array, &count);
    struct buf buf = buf_new(arena, 65536);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_byte(&buf, ' ');
        buf_str(&buf, list[i]);
    }
    return buf_view(&buf);
}

/* A number from 1, or 0. */
static int64_t quota(json *metadata, struct str name)
{
    int64_t number = 0;
    return field_int(json_get(metadata, name), &number) && number > 0 ? number : 0;
}

/* What an administrator set in customClientMetadata. */
static void read_metadata(struct arena *arena, struct str text, struct app *app)
{
    json *metadata = NULL;
    app->refresh_ttl_days = DEFAULT_REFRESH_DAYS;
    app->id_token_ttl = DEFAULT_ID_TOKEN_TTL;
    if (json_parse(arena, text, &metadata, NULL) != JSON_OK)
        return;
    app->default_resource = json_str(json_get(metadata, STR("defaultResource")));
    app->default_scopes = joined(arena, json_get(metadata, STR("defaultScopes")));
    app->token_exchange = yyjson_get_bool(json_get(metadata, STR("allowTokenExchange")));
    app->refresh_for_client_credentials =
        yyjson_get_bool(json_get(metadata, STR("refreshTokenForClientCredentials")));
    app->cors_origins =
        strings(arena, json_get(metadata, STR("corsAllowedOrigins")), &app->cors_count);
    json *days = json_get(metadata, STR("refreshTokenTtlInDays"));
    if (yyjson_is_int(days))
        app->refresh_ttl_days = yyjson_get_int(days);
    app->max_grants = yyjson_get_sint(json_get(metadata, STR("maxAllowedGrants")));
    json *ttl = json_get(metadata, STR("idTokenTtl"));
    if (yyjson_is_int(ttl) && yyjson_get_sint(ttl) > 0)
        app->id_token_ttl = yyjson_get_sint(ttl);
    app->tokens_per_hour = quota(metadata, STR("tokensPerHour"));
    app->tokens_per_day = quota(metadata, STR("tokensPerDay"));
    app->device_flow = yyjson_get_bool(json_get(metadata, STR("isDeviceFlow")));
    app->always_refresh_token = yyjson_get_bool(json_get(metadata, STR("alwaysIssueRefreshToken")));
    app->keep_refresh_token = yyjson_is_false(json_get(metadata, STR("rotateRefreshToken")));
}

static void read_addresses(struct arena *arena, struct str text, struct app *app)
{
    json *metadata = NULL;
    if (json_parse(arena, text, &metadata, NULL) != JSON_OK)
        return;
    app->redirect_uris =
        strings(arena, json_get(metadata, STR("redirectUris")), &app->redirect_count);
    app->logout_uris =
        strings(arena, json_get(metadata, STR("postLogoutRedirectUris")), &app->logout_count);
    app->backchannel_uri = json_str(json_get(metadata, STR("backchannelLogoutUri")));
    app->logout_names_session =
        app->backchannel_uri.n &&
        yyjson_get_bool(json_get(metadata, STR("backchannelLogoutSessionRequired")));
}

/* The rows of one range. */
struct rows {
    struct db_rows apps, secrets, roles;
    size_t secret, role; /* the first rows that no application has taken */
};

/* Takes the rows of id at *at: they follow each other as the applications do. */
static size_t take(const struct db_rows *rows, size_t *at, struct str id)
{
    size_t first = *at;
    while (*at < rows->count && str_eq(db_text(rows, *at, 0), id))
        (*at)++;
    return *at - first;
}

static bool read_secrets(struct arena *arena, struct rows *rows, struct app *app)
{
    size_t first = rows->secret, count = take(&rows->secrets, &rows->secret, app->id);
    struct app_secret *list = ARENA_ARRAY(arena, struct app_secret, count);
    app->secrets = list;
    if (!list)
        return false;
    for (size_t i = first; i < first + count; i++) {
        struct app_secret *secret = &list[app->secret_count];
        size_t n;
        secret->name = db_text(&rows->secrets, i, 1);
        secret->expires_at = db_int(&rows->secrets, i, 3);
        if (base64url_decode(db_text(&rows->secrets, i, 2), secret->digest, SHA256_SIZE, &n) &&
            n == SHA256_SIZE)
            app->secret_count++;
        else
            log_error("a secret of the application %.*s has no readable digest and is ignored",
                      STR_ARG(app->id));
    }
    return true;
}

static bool read_roles(struct arena *arena, struct rows *rows, struct app *app)
{
    size_t first = rows->role;
    app->role_count = take(&rows->roles, &rows->role, app->id);
    struct str *list = ARENA_ARRAY(arena, struct str, app->role_count);
    app->role_ids = list;
    for (size_t i = 0; list && i < app->role_count; i++)
        list[i] = db_text(&rows->roles, first + i, 1);
    return list != NULL;
}

static struct str pack_text(char **at, struct str text)
{
    if (!text.p)
        return STR_NONE;
    char *start = *at;
    if (text.n)
        memcpy(start, text.p, text.n);
    *at += text.n;
    return (struct str){start, text.n};
}

static const struct str *pack_list(struct str **slots, char **at, const struct str *list, size_t n)
{
    struct str *start = *slots;
    *slots += n;
    for (size_t i = 0; i < n; i++)
        start[i] = pack_text(at, list[i]);
    return start;
}

static size_t list_bytes(const struct str *list, size_t n)
{
    size_t bytes = n * sizeof(*list);
    for (size_t i = 0; i < n; i++)
        bytes += list[i].n;
    return bytes;
}

static size_t packed_size(const struct app *app)
{
    size_t size = sizeof(struct app_entry) + app->id.n + app->name.n + app->default_resource.n +
                  app->backchannel_uri.n + app->default_scopes.n +
                  app->secret_count * sizeof(struct app_secret) +
                  list_bytes(app->role_ids, app->role_count) +
                  list_bytes(app->cors_origins, app->cors_count) +
                  list_bytes(app->redirect_uris, app->redirect_count) +
                  list_bytes(app->logout_uris, app->logout_count);
    for (size_t i = 0; i < app->secret_count; i++)
        size += app->secrets[i].name.n;
    return size;
}

/* entry, secrets, lists, then the bytes of all texts: one piece of memory. */
static struct map_entry *pack(const struct app *app)
{
    struct app_entry *entry = malloc(packed_size(app));
    if (!entry)
        return NULL;
    struct app_secret *secrets = (struct app_secret *)(entry + 1);
    struct str *slots = (struct str *)(secrets + app->secret_count);
    char *at = (char *)(slots + app->role_count + app->cors_count + app->redirect_count +
                        app->logout_count);
    entry->app = *app;
    entry->app.id = pack_text(&at, app->id);
    entry->app.name = pack_text(&at, app->name);
    entry->app.default_resource = pack_text(&at, app->default_resource);
    entry->app.backchannel_uri = pack_text(&at, app->backchannel_uri);
    entry->app.default_scopes = pack_text(&at, app->default_scopes);
    entry->app.secrets = secrets;
    for (size_t i = 0; i < app->secret_count; i++) {
        secrets[i] = app->secrets[i];
        secrets[i].name = pack_text(&at, app->secrets[i].name);
    }
    entry->app.role_ids = pack_list(&slots, &at, app->role_ids, app->role_count);
    entry->app.cors_origins = pack_list(&slots, &at, app->cors_origins, app->cors_count);
    entry->app.redirect_uris = pack_list(&slots, &at, app->redirect_uris, app->redirect_count);
    entry->app.logout_uris = pack_list(&slots, &at, app->logout_uris, app->logout_count);
    atomic_init(&entry->head.refs, 1);
    entry->head.key = entry->app.id;
    return &entry->head;
}

static enum err put_row(struct arena *arena, struct rows *rows, size_t i, struct map *apps)
{
    struct app app = {.id = db_text(&rows->apps, i, 0), .name = db_text(&rows->apps, i, 1)};
    if (!type_find(db_text(&rows->apps, i, 2), &app.type)) {
        log_error("the application %.*s has an unknown type and is ignored", STR_ARG(app.id));
        return OK;
    }
    app.third_party = db_int(&rows->apps, i, 3) != 0;
    read_metadata(arena, db_text(&rows->apps, i, 4), &app);
    read_addresses(arena, db_text(&rows->apps, i, 5), &app);
    if (!read_secrets(arena, rows, &app) || !read_roles(arena, rows, &app))
        return ERR_NO_MEMORY;
    struct map_entry *entry = pack(&app);
    return entry && map_put(apps, entry) ? OK : ERR_NO_MEMORY;
}

static enum err read_rows(struct db_conn *conn, const struct range *range, struct str from,
                          struct arena *arena, struct rows *rows)
{
    *rows = (struct rows){0};
    struct db_value params[2] = {db_text_value(from)};
    enum err err = db_query(conn, range->apps, params, 1, arena, &rows->apps);
    if (err || !rows->apps.count)
        return err;
    size_t count = range == &one ? 1 : 2;
    params[1] = db_text_value(db_text(&rows->apps, rows->apps.count - 1, 0));
    err = db_query(conn, range->secrets, params, count, arena, &rows->secrets);
    return err ? err : db_query(conn, range->roles, params, count, arena, &rows->roles);
}

/* Reads one range into apps; *last is the last id, {NULL,0} when there were no rows. */
static enum err read_range(struct db_conn *conn, const struct range *range, struct str from,
                           struct arena *arena, struct map *apps, struct str *last)
{
    struct rows rows;
    /* An application that came between the statements leaves its rows untaken: read again. */
    for (int attempt = 0; attempt < 10; attempt++) {
        enum err err = read_rows(conn, range, from, arena, &rows);
        for (size_t i = 0; !err && i < rows.apps.count; i++)
            err = put_row(arena, &rows, i, apps);
        if (err)
            return err;
        if (rows.secret == rows.secrets.count && rows.role == rows.roles.count) {
            *last = rows.apps.count ? db_text(&rows.apps, rows.apps.count - 1, 0) : STR_NONE;
            return OK;
        }
    }
    return ERR_DB_CONFLICT;
}

enum err apps_load(struct db_conn *conn, struct map *apps)
{
    struct arena *pages[2] = {arena_new(SNAPSHOT_ARENA_MAX), arena_new(SNAPSHOT_ARENA_MAX)};
    enum err err = pages[0] && pages[1] ? OK : ERR_NO_MEMORY;
    struct str last = STR("");
    /* The last id of one page lives in its arena while the next page is read into the other. */
    for (size_t i = 0; !err && last.p; i++) {
        arena_reset(pages[i % 2]);
        err = read_range(conn, &page_after, last, pages[i % 2], apps, &last);
    }
    arena_free(pages[0]);
    arena_free(pages[1]);
    return err;
}

enum err apps_refresh(struct db_conn *conn, struct str id, struct map *apps)
{
    struct arena *arena = arena_new(SNAPSHOT_ARENA_MAX);
    if (!arena)
        return ERR_NO_MEMORY;
    struct str last;
    enum err err = read_range(conn, &one, id, arena, apps, &last);
    if (!err && !last.p && !map_remove(apps, id))
        err = ERR_NO_MEMORY;
    arena_free(arena);
    return err;
}
