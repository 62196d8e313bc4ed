/* What a user's token may carry. */
#include "domain/user_access.h"

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

enum err user_scope(struct ctx *ctx, struct str user_id, struct str indicator, struct str requested,
                    struct str *granted)
{
    struct db_rows rows;
    struct str word;
    enum err err =
        db_query(ctx->db,
                 "SELECT DISTINCT s.name FROM users_roles u JOIN roles_scopes r ON "
                 "r.role_id = u.role_id JOIN scopes s ON s.id = r.scope_id JOIN "
                 "resources a ON a.id = s.resource_id WHERE u.user_id = $1 AND "
                 "a.indicator = $2",
                 DB_PARAMS(db_text_value(user_id), db_text_value(indicator)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    struct buf buf = buf_new(ctx->arena, requested.n + 1);
    while ((word = str_split(&requested, ' ')).p)
        if (has_row(&rows, word))
            add_word(&buf, word);
    *granted = words_of(&buf);
    return granted->p ? OK : fail(ctx, ERR_NO_MEMORY);
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

/* A claim without a value is left out. OpenID Connect Core 5.3.2 */
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
    put_text(out, STR("name"), db_text(user, 0, C_NAME));
    for (size_t i = 0; i < sizeof profile_claims / sizeof *profile_claims; i++)
        put_text(out, profile_claims[i].claim,
                 json_str(json_get(profile, profile_claims[i].member)));
    struct str preferred = json_str(json_get(profile, STR("preferredUsername")));
    put_text(out, STR("preferred_username"),
             preferred.p ? preferred : db_text(user, 0, C_USERNAME));
    put_text(out, STR("picture"), db_text(user, 0, C_AVATAR));
    JSON_INT(out, "updated_at", db_int(user, 0, C_UPDATED));
    put_text(out, STR("username"), db_text(user, 0, C_USERNAME));
    JSON_INT(out, "created_at", db_int(user, 0, C_CREATED));
}

static void put_contact(struct json_out *out, struct str name, struct str verified,
                        struct str value)
{
    put_text(out, name, value);
    json_key(out, verified);
    json_put_bool(out, value.p != NULL);
}

static enum err put_roles(struct ctx *ctx, struct json_out *out, struct str user_id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT r.name FROM users_roles u JOIN roles r ON r.id = u.role_id "
                            "WHERE u.user_id = $1 ORDER BY u.created_at, r.id",
                            DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    json_key(out, STR("roles"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++)
        json_put_str(out, db_text(&rows, i, 0));
    json_close_array(out);
    return OK;
}

/* What ID tokens leave out unless a tenant asks for it. */
static enum err put_extended(struct ctx *ctx, struct json_out *out, const struct db_rows *user,
                             struct str user_id, struct str scope)
{
    if (str_has_word(scope, STR("custom_data")))
        JSON_RAW(out, "custom_data", db_text(user, 0, C_CUSTOM_DATA));
    if (str_has_word(scope, STR("identities"))) {
        JSON_RAW(out, "identities", db_text(user, 0, C_IDENTITIES));
        JSON_RAW(out, "sso_identities", STR("[]"));
    }
    return str_has_word(scope, STR("roles")) ? put_roles(ctx, out, user_id) : OK;
}

enum err user_put_claims(struct ctx *ctx, struct json_out *out, struct str user_id,
                         struct str scope, bool userinfo)
{
    struct db_rows user;
    json *profile = NULL;
    enum err err = db_query(ctx->db, "SELECT " CLAIM_COLUMNS " FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(user_id)), ctx->arena, &user);
    if (err)
        return fail(ctx, err);
    if (!user.count)
        return fail(ctx, ERR_NOT_FOUND);
    json_parse(ctx->arena, db_text(&user, 0, C_PROFILE), &profile, NULL);
    JSON_STR(out, "sub", user_id);
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
    return userinfo ? put_extended(ctx, out, &user, user_id, scope) : OK;
}
