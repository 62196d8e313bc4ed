/* What a user's token may carry. */
#include "domain/user_access.h"

#include "domain/configs.h"
#include "domain/organizations.h"
#include "domain/resources.h"
#include "domain/user_sso_identities.h"
#include "domain/users.h"

const char *const openid_scopes[] = {"openid",
                                     "offline_access",
                                     "profile",
                                     "email",
                                     "phone",
                                     "address",
                                     "custom_data",
                                     "identities",
                                     "roles",
                                     "urn:logto:scope:organizations",
                                     "urn:logto:scope:organization_roles",
                                     "urn:logto:scope:sessions",
                                     "urn:logto:scope:trusted_devices",
                                     NULL};

const char *const openid_claims[] = {"sub",
                                     "name",
                                     "family_name",
                                     "given_name",
                                     "middle_name",
                                     "nickname",
                                     "profile",
                                     "website",
                                     "gender",
                                     "birthdate",
                                     "zoneinfo",
                                     "locale",
                                     "picture",
                                     "updated_at",
                                     "preferred_username",
                                     "username",
                                     "created_at",
                                     "email",
                                     "email_verified",
                                     "phone_number",
                                     "phone_number_verified",
                                     "address",
                                     "custom_data",
                                     "identities",
                                     "sso_identities",
                                     "roles",
                                     "organizations",
                                     "organization_data",
                                     "organization_roles",
                                     "sid",
                                     "auth_time",
                                     "nonce",
                                     "aud",
                                     "exp",
                                     "iat",
                                     "iss",
                                     NULL};

static bool is_openid_scope(struct str word)
{
    for (size_t i = 0; openid_scopes[i]; i++)
        if (str_eq(str_of(openid_scopes[i]), word))
            return true;
    return false;
}

static void add_word(struct buf *buf, struct str word)
{
    if (buf->n)
        buf_byte(buf, ' ');
    buf_str(buf, word);
}

static struct str words_of(const struct buf *buf)
{
    return buf->n || buf->failed ? buf_view(buf) : STR("");
}

bool words_cover(struct str words, struct str needed)
{
    struct str word;
    while ((word = str_split(&needed, ' ')).p)
        if (word.n && !str_has_word(words, word))
            return false;
    return true;
}

struct str words_union(struct arena *arena, struct str words, struct str more)
{
    struct buf buf = buf_new(arena, words.n + more.n + 1);
    struct str word;
    buf_str(&buf, words);
    while ((word = str_split(&more, ' ')).p)
        if (word.n && !str_has_word(words, word))
            add_word(&buf, word);
    return words_of(&buf);
}

struct str words_common(struct arena *arena, struct str words, struct str others)
{
    struct buf buf = buf_new(arena, words.n + 1);
    struct str word;
    while ((word = str_split(&words, ' ')).p)
        if (word.n && str_has_word(others, word))
            add_word(&buf, word);
    return words_of(&buf);
}

struct str scope_openid(struct arena *arena, struct str requested)
{
    struct buf buf = buf_new(arena, requested.n + 1);
    struct str word;
    while ((word = str_split(&requested, ' ')).p)
        if (is_openid_scope(word))
            add_word(&buf, word);
    return words_of(&buf);
}

static bool has_row(const struct db_rows *rows, struct str word)
{
    for (size_t i = 0; i < rows->count; i++)
        if (str_eq(db_text(rows, i, 0), word))
            return true;
    return false;
}

/* ---- Scopes of OpenID Connect ---- */

/* A third-party application has those of its table, beside the two that open no data. */
static enum err find_consentable(struct ctx *ctx, const struct app *app, struct db_rows *rows)
{
    enum err err = db_query(ctx->db,
                            "SELECT user_scope FROM application_consent_user_scopes"
                            " WHERE application_id = $1",
                            DB_PARAMS(db_text_value(app->id)), ctx->arena, rows);
    return err ? fail(ctx, err) : OK;
}

static bool is_allowed(const struct app *app, const struct db_rows *rows, struct str word)
{
    return !app->third_party || str_eq(word, STR("openid")) ||
           str_eq(word, STR("offline_access")) || has_row(rows, word);
}

enum err user_openid_scope(struct ctx *ctx, const struct app *app, struct str requested,
                           struct str *granted)
{
    struct db_rows rows = {0};
    struct buf buf = buf_new(ctx->arena, requested.n + 1);
    struct str word;
    enum err err = app->third_party ? find_consentable(ctx, app, &rows) : OK;
    if (err)
        return err;
    while ((word = str_split(&requested, ' ')).p)
        if (is_openid_scope(word) && is_allowed(app, &rows, word))
            add_word(&buf, word);
    *granted = words_of(&buf);
    return granted->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

enum err user_check_openid_scope(struct ctx *ctx, const struct app *app, struct str requested)
{
    struct db_rows rows;
    struct str word;
    enum err err = app->third_party ? find_consentable(ctx, app, &rows) : OK;
    if (err || !app->third_party)
        return err;
    while ((word = str_split(&requested, ' ')).p)
        if (is_openid_scope(word) && !is_allowed(app, &rows, word))
            return fail(ctx, ERR_OAUTH_INVALID_SCOPE, "requested scope is not allowed");
    return OK;
}

/* ---- Scopes of resources and organizations ---- */

/* $1 the user, $2 the resource, $3 the third-party application or empty, $4 of what is counted
 * (by), $5 the organization or empty for all of them. Such an application has of each kind what its
 * tables name, and of organizations those alone that the user lets it see. */
#define OF_ROLES                                                                                   \
    "SELECT s.name FROM users_roles u JOIN roles_scopes r ON r.role_id = u.role_id"                \
    " JOIN scopes s ON s.id = r.scope_id JOIN resources a ON a.id = s.resource_id"                 \
    " WHERE u.user_id = $1 AND a.indicator = $2 AND ($3 = '' OR EXISTS (SELECT 1"                  \
    " FROM application_consent_resource_scopes c"                                                  \
    " WHERE c.application_id = $3 AND c.scope_id = s.id)) AND $4 <> 2"
#define SEES_ORGANIZATION                                                                          \
    " AND ($3 = '' OR $4 = 2 OR EXISTS (SELECT 1 FROM "                                            \
    "application_consent_organizations o"                                                          \
    " WHERE o.application_id = $3 AND o.user_id = $1 AND o.organization_id = u.organization_id))"  \
    " AND $4 <> 1 AND ($5 = '' OR u.organization_id = $5)"
#define FOR_USERS " JOIN organization_roles t ON t.id = u.organization_role_id AND t.type = 'User'"
#define OF_ORGANIZATION_ROLES                                                                      \
    "SELECT s.name FROM organization_user_roles u JOIN organization_role_resource_scopes r"        \
    " ON r.organization_role_id = u.organization_role_id" FOR_USERS                                \
    " JOIN scopes s ON s.id = r.scope_id"                                                          \
    " JOIN resources a ON a.id = s.resource_id"                                                    \
    " WHERE u.user_id = $1 AND a.indicator = $2" SEES_ORGANIZATION                                 \
    " AND ($3 = '' OR EXISTS (SELECT 1 FROM application_consent_organization_resource_scopes c"    \
    " WHERE c.application_id = $3 AND c.scope_id = s.id))"
#define OF_ORGANIZATIONS                                                                           \
    "SELECT s.name FROM organization_user_roles u JOIN organization_role_scopes r"                 \
    " ON r.organization_role_id = u.organization_role_id" FOR_USERS                                \
    " JOIN organization_scopes s ON s.id = r.organization_scope_id"                                \
    " WHERE u.user_id = $1 AND $2 = '" ORGANIZATION_RESOURCE "'" SEES_ORGANIZATION                 \
    " AND ($3 = '' OR EXISTS (SELECT 1 FROM application_consent_organization_scopes c"             \
    " WHERE c.application_id = $3 AND c.organization_scope_id = s.id))"

static struct db_value text_or_empty(struct str text)
{
    return db_text_value(text.p ? text : STR(""));
}

enum err user_scope(struct ctx *ctx, const struct user_access *who, struct str indicator,
                    struct str requested, struct str *granted)
{
    struct db_rows rows;
    struct str word;
    bool organization = str_eq(indicator, STR(ORGANIZATION_RESOURCE));
    /* Operators are users of the admin tenant; nobody else manages as a user, whatever roles say.
     */
    if (resource_is_management(indicator) && ctx->tenant != ctx->tenant->admin) {
        *granted = STR("");
        return OK;
    }
    enum err err = db_query(
        ctx->db, organization ? OF_ORGANIZATIONS : OF_ROLES " UNION " OF_ORGANIZATION_ROLES,
        DB_PARAMS(db_text_value(who->user_id), db_text_value(indicator),
                  text_or_empty(who->app->third_party ? who->app->id : STR_NONE),
                  db_int_value(who->by), text_or_empty(who->organization_id)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    struct buf buf = buf_new(ctx->arena, requested.n + 1);
    while ((word = str_split(&requested, ' ')).p)
        if (has_row(&rows, word))
            add_word(&buf, word);
    *granted = words_of(&buf);
    return granted->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* Counts, as the two databases have different truths. */
#define ORGANIZATION_ACCESS                                                                        \
    "SELECT o.is_mfa_required, (SELECT COUNT(*) FROM user_mfa_verifications f"                     \
    " WHERE f.user_id = m.user_id), (SELECT COUNT(*) FROM application_consent_organizations c"     \
    " WHERE c.application_id = $1 AND c.user_id = m.user_id"                                       \
    " AND c.organization_id = m.organization_id) FROM organization_users m"                        \
    " JOIN organizations o ON o.id = m.organization_id"                                            \
    " WHERE m.organization_id = $2 AND m.user_id = $3"

enum err user_check_organization(struct ctx *ctx, const struct user_access *who)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, ORGANIZATION_ACCESS,
                 DB_PARAMS(db_text_value(who->app->id), db_text_value(who->organization_id),
                           db_text_value(who->user_id)),
                 ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED, "user is not a member of the organization");
    if (who->app->third_party && !db_int(&rows, 0, 2))
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED,
                    "organization access is not granted to the application");
    if (db_int(&rows, 0, 0) && !db_int(&rows, 0, 1))
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED,
                    "organization requires MFA but user has no MFA configured");
    return OK;
}

enum err user_check_active(struct ctx *ctx, struct str user_id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM users WHERE id = $1 AND is_suspended = 0",
                            DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? OK : fail(ctx, ERR_OAUTH_INVALID_GRANT);
}

/* ---- Claims ---- */

enum {
    C_USERNAME,
    C_EMAIL,
    C_PHONE,
    C_NAME,
    C_AVATAR,
    C_PROFILE,
    C_CUSTOM_DATA,
    C_IDENTITIES,
    C_CREATED,
    C_UPDATED
};
#define CLAIM_COLUMNS                                                                              \
    "username, primary_email, primary_phone, name, avatar, profile, custom_data, identities, "     \
    "created_at, updated_at"

/* A claim of the profile without a value is left out (OpenID Connect Core 5.3.2); those that are
 * columns are null, as clients of Logto know them. */
static void put_text(struct json_out *out, struct str name, struct str value)
{
    if (!value.p)
        return;
    json_key(out, name);
    json_put_str(out, value);
}

static const struct {
    struct str claim, member; /* of the column profile */
} profile_claims[] = {
    {STR_INIT("family_name"), STR_INIT("familyName")},
    {STR_INIT("given_name"), STR_INIT("givenName")},
    {STR_INIT("middle_name"), STR_INIT("middleName")},
    {STR_INIT("nickname"), STR_INIT("nickname")},
    {STR_INIT("profile"), STR_INIT("profile")},
    {STR_INIT("website"), STR_INIT("website")},
    {STR_INIT("gender"), STR_INIT("gender")},
    {STR_INIT("birthdate"), STR_INIT("birthdate")},
    {STR_INIT("zoneinfo"), STR_INIT("zoneinfo")},
    {STR_INIT("locale"), STR_INIT("locale")},
};

static void put_profile(struct json_out *out, const struct db_rows *user, json *profile)
{
    JSON_STR(out, "name", db_text(user, 0, C_NAME));
    for (size_t i = 0; i < sizeof profile_claims / sizeof *profile_claims; i++)
        put_text(out, profile_claims[i].claim,
                 json_str(json_get(profile, profile_claims[i].member)));
    struct str preferred = json_str(json_get(profile, STR("preferredUsername")));
    put_text(out, STR("preferred_username"),
             preferred.p ? preferred : db_text(user, 0, C_USERNAME));
    JSON_STR(out, "picture", db_text(user, 0, C_AVATAR));
    JSON_INT(out, "updated_at", db_int(user, 0, C_UPDATED));
    JSON_STR(out, "username", db_text(user, 0, C_USERNAME));
    JSON_INT(out, "created_at", db_int(user, 0, C_CREATED));
}

static void put_contact(struct json_out *out, struct str name, struct str verified,
                        struct str value)
{
    json_key(out, name);
    json_put_str(out, value);
    json_key(out, verified);
    json_put_bool(out, value.p != NULL);
}

/* sql: $1 the user, $2 the third-party application that it is for, else ''. */
static enum err put_rows(struct ctx *ctx, struct json_out *out, const char *sql,
                         const struct user_access *who,
                         void (*put)(struct json_out *out, const struct db_rows *rows, size_t row))
{
    struct db_rows rows;
    struct str stranger = who->app && who->app->third_party ? who->app->id : STR_NONE;
    enum err err =
        db_query(ctx->db, sql, DB_PARAMS(db_text_value(who->user_id), text_or_empty(stranger)),
                 ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        put(out, &rows, i);
    json_close_array(out);
    return OK;
}

static void put_first(struct json_out *out, const struct db_rows *rows, size_t row)
{
    json_put_str(out, db_text(rows, row, 0));
}

static void put_organization(struct json_out *out, const struct db_rows *rows, size_t row)
{
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, 0));
    JSON_STR(out, "name", db_text(rows, row, 1));
    JSON_STR(out, "description", db_text(rows, row, 2));
    json_close_object(out);
}

/* Of organizations those alone that the user lets it see. */
#define IS_SEEN                                                                                    \
    " AND ($2 = '' OR EXISTS (SELECT 1 FROM application_consent_organizations c"                   \
    " WHERE c.application_id = $2 AND c.user_id = u.user_id"                                       \
    " AND c.organization_id = u.organization_id))"
#define OF_MEMBER                                                                                  \
    " FROM organization_users u JOIN organizations o ON o.id = u.organization_id"                  \
    " WHERE u.user_id = $1" IS_SEEN " ORDER BY o.id"

static enum err put_custom_data(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                                const struct user_access *who)
{
    (void)ctx, (void)who;
    json_put_raw(out, db_text(user, 0, C_CUSTOM_DATA));
    return OK;
}

static enum err put_identities(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                               const struct user_access *who)
{
    (void)ctx, (void)who;
    json_put_raw(out, db_text(user, 0, C_IDENTITIES));
    return OK;
}

static enum err put_sso_identities(struct ctx *ctx, struct json_out *out,
                                   const struct db_rows *user, const struct user_access *who)
{
    (void)user;
    return user_sso_put_all(ctx, out, who->user_id, true);
}

static enum err put_roles(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                          const struct user_access *who)
{
    (void)user;
    return put_rows(ctx, out,
                    "SELECT r.name FROM users_roles u JOIN roles r ON r.id = u.role_id "
                    "WHERE u.user_id = $1 AND $2 = $2 ORDER BY u.created_at, r.id",
                    who, put_first);
}

static enum err put_organizations(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                                  const struct user_access *who)
{
    (void)user;
    return put_rows(ctx, out, "SELECT o.id" OF_MEMBER, who, put_first);
}

static enum err put_organization_data(struct ctx *ctx, struct json_out *out,
                                      const struct db_rows *user, const struct user_access *who)
{
    (void)user;
    return put_rows(ctx, out, "SELECT o.id, o.name, o.description" OF_MEMBER, who,
                    put_organization);
}

static enum err put_organization_roles(struct ctx *ctx, struct json_out *out,
                                       const struct db_rows *user, const struct user_access *who)
{
    (void)user;
    return put_rows(ctx, out,
                    "SELECT u.organization_id || ':' || r.name FROM organization_user_roles u"
                    " JOIN organization_roles r ON r.id = u.organization_role_id"
                    " WHERE u.user_id = $1" IS_SEEN " ORDER BY u.organization_id, r.id",
                    who, put_first);
}

/* What ID tokens have of these is a setting of the tenant. */
static const struct {
    struct str scope, claim;
    enum err (*put)(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                    const struct user_access *who);
} extended_claims[] = {
    {STR_INIT("custom_data"), STR_INIT("custom_data"), put_custom_data},
    {STR_INIT("identities"), STR_INIT("identities"), put_identities},
    {STR_INIT("identities"), STR_INIT("sso_identities"), put_sso_identities},
    {STR_INIT("roles"), STR_INIT("roles"), put_roles},
    {STR_INIT(SCOPE_ORGANIZATIONS), STR_INIT("organizations"), put_organizations},
    {STR_INIT(SCOPE_ORGANIZATIONS), STR_INIT("organization_data"), put_organization_data},
    {STR_INIT(SCOPE_ORGANIZATION_ROLES), STR_INIT("organization_roles"), put_organization_roles},
};

static bool is_enabled(json *enabled, struct str claim)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(enabled);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (str_eq(json_str(item), claim))
            return true;
    return false;
}

static enum err find_enabled(struct ctx *ctx, json **enabled)
{
    json *config, *untouched;
    enum err err = config_find(ctx, STR(CONFIG_ID_TOKEN), &config);
    if (err)
        return ctx->failure.err ? err : fail(ctx, err);
    if (json_parse(ctx->arena, STR(CONFIG_ID_TOKEN_UNTOUCHED), &untouched, NULL) != JSON_OK)
        return fail(ctx, ERR_NO_MEMORY);
    *enabled = json_get(config ? config : untouched, STR("enabledExtendedClaims"));
    return OK;
}

static enum err put_extended(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                             const struct user_access *who, struct str scope, bool userinfo)
{
    json *enabled = NULL;
    bool asked = userinfo;
    enum err err = OK;
    for (size_t i = 0; i < sizeof extended_claims / sizeof *extended_claims; i++) {
        if (!str_has_word(scope, extended_claims[i].scope))
            continue;
        if (!asked && (err = find_enabled(ctx, &enabled)))
            return err;
        asked = true;
        if (!userinfo && !is_enabled(enabled, extended_claims[i].claim))
            continue;
        json_key(out, extended_claims[i].claim);
        if ((err = extended_claims[i].put(ctx, out, user, who)))
            return err;
    }
    return OK;
}

enum err user_put_claims(struct ctx *ctx, struct json_out *out, const struct user_access *who,
                         struct str scope, bool userinfo)
{
    struct db_rows user;
    json *profile = NULL;
    enum err err = db_query(ctx->db, "SELECT " CLAIM_COLUMNS " FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(who->user_id)), ctx->arena, &user);
    if (err)
        return fail(ctx, err);
    if (!user.count)
        return fail(ctx, ERR_NOT_FOUND);
    json_parse(ctx->arena, db_text(&user, 0, C_PROFILE), &profile, NULL);
    JSON_STR(out, "sub", who->user_id);
    if (str_has_word(scope, STR("profile")))
        put_profile(out, &user, profile);
    if (str_has_word(scope, STR("email")))
        put_contact(out, STR("email"), STR("email_verified"), db_text(&user, 0, C_EMAIL));
    if (str_has_word(scope, STR("phone")))
        put_contact(out, STR("phone_number"), STR("phone_number_verified"),
                    db_text(&user, 0, C_PHONE));
    json *address = json_get(profile, STR("address"));
    if (address && str_has_word(scope, STR("address"))) {
        json_key(out, STR("address"));
        json_put_value(out, address);
    }
    return put_extended(ctx, out, &user, who, scope, userinfo);
}
