/* Applications (OAuth clients) and their secrets, as everyone makes and reads them. */
#include "domain/applications.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "domain/ctx.h"
#include "domain/redirect_uri.h"

#define SEALED_MAX 1024

const char *const application_types[] = {"Native",    "SPA",  "Traditional", "MachineToMachine",
                                         "Protected", "SAML", NULL};

static bool check_redirect_uri(json *value)
{
    return redirect_uri_may_register(json_str(value));
}

static bool check_logout_uri(json *value)
{
    return redirect_uri_is_valid(json_str(value));
}

/* RFC 6749 3.3: scope-token. */
static bool check_scope_token(json *value)
{
    struct str s = json_str(value);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\')
            return false;
    }
    return s.n > 0;
}

static const struct field redirect_uri_item = {
    .type = FIELD_STRING,
    .flags = FIELD_WRITE,
    .max = 2048,
    .check = check_redirect_uri,
};
static const struct field logout_uri_item = {
    .type = FIELD_STRING,
    .flags = FIELD_WRITE,
    .max = 2048,
    .check = check_logout_uri,
};
static const struct field origin_item = {.type = FIELD_STRING,
                                         .flags = FIELD_WRITE | FIELD_NOT_EMPTY};
static const struct field scope_token_item = {
    .type = FIELD_STRING,
    .flags = FIELD_WRITE,
    .check = check_scope_token,
};

static const struct field oidc_metadata_fields[] = {
    {.name = STR_INIT("redirectUris"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .item = &redirect_uri_item,
     .doc = "Where a user may be sent after signing in: absolute URIs without a fragment, "
            "https:// unless it is the user's own machine."},
    {.name = STR_INIT("postLogoutRedirectUris"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .item = &logout_uri_item,
     .doc = "Where a user may be sent after signing out."},
    {.name = STR_INIT("backchannelLogoutUri"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .check = field_is_url,
     .format = "url",
     .doc = "Where the server reports the end of a session."},
    {.name = STR_INIT("backchannelLogoutSessionRequired"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether such a report must name the session."},
    {.name = STR_INIT("logoUri"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Logo of the application."},
    FIELDS_END,
};

static const struct field custom_metadata_fields[] = {
    {.name = STR_INIT("corsAllowedOrigins"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .item = &origin_item,
     .doc = "Further origins from which a browser may call the OAuth endpoints for this "
            "application."},
    {.name = STR_INIT("idTokenTtl"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 1,
     .max = INT32_MAX,
     .doc = "Seconds an ID token is valid; 3600 when it is not set."},
    {.name = STR_INIT("refreshTokenTtl"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Replaced by refreshTokenTtlInDays."},
    {.name = STR_INIT("refreshTokenTtlInDays"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 1,
     .max = 180,
     .doc = "Days a refresh token is valid; 14 when it is not set."},
    {.name = STR_INIT("tenantId"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Kept, but without effect here."},
    {.name = STR_INIT("alwaysIssueRefreshToken"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Issue a refresh token even when the sign-in request did not ask for consent."},
    {.name = STR_INIT("rotateRefreshToken"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether using a refresh token replaces it; it does when this is not set."},
    {.name = STR_INIT("allowTokenExchange"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether the application may exchange tokens (RFC 8693)."},
    {.name = STR_INIT("isDeviceFlow"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "A native application that uses the device flow (RFC 8628); fixed at creation."},
    {.name = STR_INIT("maxAllowedGrants"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 1,
     .max = INT32_MAX,
     .doc = "How many devices a user may be signed in on at a time."},
    {.name = STR_INIT("defaultResource"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE | FIELD_NOT_EMPTY,
     .doc = "Indicator of an API resource: the audience of a token when the request for it names "
            "no resource."},
    {.name = STR_INIT("defaultScopes"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .item = &scope_token_item,
     .doc = "Scopes a token request gets when it names none; as always only those that the "
            "application's roles grant."},
    {.name = STR_INIT("refreshTokenForClientCredentials"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Issue a refresh token with the client credentials grant, too, for tools that renew "
            "tokens only with one."},
    {.name = STR_INIT("tokensPerHour"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 1,
     .max = INT32_MAX,
     .doc = "How many access tokens the application gets in an hour; without it, any number."},
    {.name = STR_INIT("tokensPerDay"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 1,
     .max = INT32_MAX,
     .doc = "The same for a day, which begins at midnight UTC."},
    FIELDS_END,
};

static const struct field protected_metadata_fields[] = {
    {.name = STR_INIT("subDomain"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Name of the application below the proxy's domain."},
    {.name = STR_INIT("origin"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Address of the application behind the proxy."},
    FIELDS_END,
};

const struct field application_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "The client_id."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 256,
     .doc = "Name for people."},
    {.name = STR_INIT("description"),
     .column = "description",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .doc = "What the application is for; an empty text is stored as null."},
    {.name = STR_INIT("type"),
     .column = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = application_types,
     .doc = "What kind of client it is; fixed at creation."},
    {.name = STR_INIT("oidcClientMetadata"),
     .column = "oidc_client_metadata",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = oidc_metadata_fields,
     .fallback = "{\"redirectUris\":[],\"postLogoutRedirectUris\":[]}",
     .doc = "OpenID Connect settings; a change replaces all of them."},
    {.name = STR_INIT("customClientMetadata"),
     .column = "custom_client_metadata",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = custom_metadata_fields,
     .fallback = "{}",
     .doc = "Further settings; a change replaces all of them."},
    {.name = STR_INIT("protectedAppMetadata"),
     .column = "protected_app_metadata",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .fields = protected_metadata_fields,
     .doc = "Settings of a Protected application, which this server does not host."},
    {.name = STR_INIT("customData"),
     .column = "custom_data",
     .type = FIELD_MAP,
     .flags = FIELD_WRITE,
     .fallback = "{}",
     .doc = "Your own data; a change replaces all of it."},
    {.name = STR_INIT("isThirdParty"),
     .column = "is_third_party",
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .fallback = "false",
     .doc = "Whether someone else runs it; fixed at creation."},
    {.name = STR_INIT("appLevelAccessControlEnabled"),
     .column = "app_level_access_control_enabled",
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .fallback = "false",
     .doc = "Whether only users named by access rules may use it."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    {.name = STR_INIT("secret"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "Only of the built-in demo application, and without use."},
    {.name = STR_INIT("isAdmin"),
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE | FIELD_MAYBE,
     .doc = "Whether it holds the role that opens the whole Management API. Setting it gives or "
            "takes that role."},
    FIELDS_END,
};

const struct entity application_entity = {
    .name = STR_INIT("applications"),
    .table = "applications",
    .fields = application_fields,
    .order = "created_at DESC, id",
    .only = "built_in = 0",
};

bool application_type_has_secrets(struct str type)
{
    return str_eq(type, STR("MachineToMachine")) || str_eq(type, STR("Traditional")) ||
           str_eq(type, STR("Protected"));
}

enum err application_check_third_party(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &application_entity, id, &rows);
    if (err)
        return err;
    return db_int(&rows, 0, APPLICATION_THIRD_PARTY) ? OK : fail(ctx, ERR_APP_THIRD_PARTY_ONLY);
}

enum err application_insert(struct db_conn *conn, const struct application_new *new,
                            struct arena *arena, struct db_rows *rows)
{
    char id[ID_LENGTH];
    struct str description =
        new->description.p ? new->description : json_str(json_get(new->body, STR("description")));
    struct crud_set sets[7] = {
        {"id", db_text_value(new->id)},
        {"created_at", db_int_value(new->now)},
        {"description", db_text_value(description.n ? description : STR_NONE)},
        {"protected_app_metadata", db_text_value(STR_NONE)},
        {"app_level_access_control_enabled", db_int_value(0)},
    };
    size_t count = 5;
    if (!new->id.p) {
        id_random(id, sizeof(id));
        sets[0].value = db_text_value((struct str){id, sizeof(id)});
    }
    if (new->name.p)
        sets[count++] = (struct crud_set){"name", db_text_value(new->name)};
    if (new->type.p)
        sets[count++] = (struct crud_set){"type", db_text_value(new->type)};
    return crud_insert(conn, &application_entity, new->body, sets, count, arena, rows);
}

/* Binds the sealed value to its row, so that copying it into another row does not give it away. */
static struct str secret_context(struct arena *arena, struct str application, struct str name)
{
    return arena_printf(arena, "application_secrets|%.*s|%.*s", STR_ARG(application),
                        STR_ARG(name));
}

struct str application_secret_seal(struct vault *vault, struct arena *arena, struct str application,
                                   struct str name, struct str value)
{
    struct str context = secret_context(arena, application, name);
    struct buf sealed = buf_new(arena, SEALED_MAX);
    if (!context.p || !vault_seal(vault, context, value, &sealed))
        return STR_NONE;
    return buf_view(&sealed);
}

struct str application_secret_open(struct vault *vault, struct arena *arena, struct str application,
                                   struct str name, struct str sealed)
{
    struct str context = secret_context(arena, application, name);
    return context.p ? vault_unseal(vault, arena, context, sealed) : STR_NONE;
}

enum err application_secret_insert(struct db_conn *conn, struct vault *vault,
                                   const struct secret_new *new, struct arena *arena)
{
    uint8_t hash[SHA256_SIZE];
    char digest[BASE64URL_LENGTH(SHA256_SIZE)];
    struct str sealed =
        application_secret_seal(vault, arena, new->application, new->name, new->value);
    if (!sealed.p)
        return ERR_NO_MEMORY;
    sha256(new->value, hash);
    base64url_encode(hash, sizeof(hash), digest);
    struct db_value expires_at =
        new->expires_at ? db_int_value(new->expires_at) : db_text_value(STR_NONE);
    return db_exec(conn,
                   "INSERT INTO application_secrets"
                   " (application_id, name, digest, sealed, created_at, expires_at)"
                   " VALUES ($1, $2, $3, $4, $5, $6)",
                   DB_PARAMS(db_text_value(new->application), db_text_value(new->name),
                             db_text_value((struct str){digest, sizeof(digest)}),
                             db_text_value(sealed), db_int_value(new->now), expires_at),
                   NULL);
}
