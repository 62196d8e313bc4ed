/* Users as rows: fields, and identifiers in their one form. */
#include "domain/users.h"

#include <assert.h>

#include "base/unicode.h"
#include "crypto/password.h"
#include "domain/organizations.h"
#include "domain/phone.h"
#include "domain/user_sso_identities.h"

#define NAME_LONGEST   128
#define AVATAR_LONGEST 2048

/* ---- Rules ---- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* ^[A-Z_a-z]\w*$ */
bool user_check_username(json *value)
{
    struct str s = json_str(value);
    for (size_t i = 0; i < s.n; i++)
        if (!is_word(s.p[i]))
            return false;
    return s.n && !(s.p[0] >= '0' && s.p[0] <= '9');
}

/* The bytes of the white space that starts at i, as JavaScript's \s knows it; 0: none does. */
static size_t blank_at(struct str s, size_t i)
{
    static const char *const wide[] = {"\u00a0", "\u1680", "\u2028", "\u2029",
                                       "\u202f", "\u205f", "\u3000", "\ufeff"};
    struct str rest = str_from(s, i);
    if (rest.p[0] == ' ' || (rest.p[0] >= '\t' && rest.p[0] <= '\r'))
        return 1;
    for (size_t w = 0; w < sizeof(wide) / sizeof(*wide); w++)
        if (str_starts(rest, str_of(wide[w])))
            return strlen(wide[w]);
    bool quad = rest.n >= 3 && str_starts(rest, STR("\xe2\x80"));
    return quad && (unsigned char)rest.p[2] <= 0x8a ? 3 : 0;
}

/* ^\S+@\S+\.\S+$, and no address that is read as somebody else's */
bool user_check_email(json *value)
{
    struct str s = json_str(value);
    for (size_t i = 0; i < s.n; i++)
        if (blank_at(s, i))
            return false;
    size_t at = s.n ? 1 + str_find(str_from(s, 1), '@') : 0;
    for (size_t i = at + 2; i + 1 < s.n; i++)
        if (s.p[i] == '.')
            return !unicode_is_misleading(s);
    return false;
}

/* ^\d+$ */
bool user_check_phone(json *value)
{
    struct str s = json_str(value);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static bool is_empty(json *value)
{
    return json_str(value).p && !json_str(value).n;
}

bool user_check_username_or_empty(json *value)
{
    return is_empty(value) || user_check_username(value);
}

bool user_check_email_or_empty(json *value)
{
    return is_empty(value) || user_check_email(value);
}

bool user_check_phone_or_empty(json *value)
{
    return is_empty(value) || user_check_phone(value);
}

bool user_check_avatar(json *value)
{
    return is_empty(value) || field_is_url(value);
}

/* ---- Fields ---- */

#define CLAIM(json_name, text)                                                                     \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_MAYBE,     \
        .doc = text                                                                                \
    }

static const struct field address_fields[] = {
    CLAIM("formatted", "The whole address as it is written on a letter."),
    CLAIM("streetAddress", "Street, number, floor."),
    CLAIM("locality", "Town."),
    CLAIM("region", "State, province."),
    CLAIM("postalCode", "Postal code."),
    CLAIM("country", "Country."),
    FIELDS_END,
};

/* OpenID Connect Core 5.1 */
const struct field user_profile_fields[] = {
    CLAIM("familyName", "Surname."),
    CLAIM("givenName", "First name."),
    CLAIM("middleName", "Middle name."),
    CLAIM("nickname", "Casual name."),
    CLAIM("preferredUsername", "Name the user likes to be called by."),
    CLAIM("profile", "Address of a page about the user."),
    CLAIM("website", "Address of the user's own page."),
    CLAIM("gender", "Gender."),
    CLAIM("birthdate", "Date of birth, YYYY-MM-DD."),
    CLAIM("zoneinfo", "Time zone, as Europe/Paris."),
    CLAIM("locale", "Language, as en-US."),
    {.name = STR_INIT("address"),
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .fields = address_fields,
     .doc = "Postal address."},
    FIELDS_END,
};

static const struct field sso_identity_item = {.type = FIELD_OBJECT, .fields = user_sso_fields};

#define USER_INFO_ROWS                                                                             \
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},          \
        {.name = STR_INIT("username"),                                                             \
         .column = "username",                                                                     \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "Unique; upper and lower case differ."},                                           \
        {.name = STR_INIT("primaryEmail"),                                                         \
         .column = "primary_email",                                                                \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "Unique; upper and lower case are the same."},                                     \
        {.name = STR_INIT("primaryPhone"),                                                         \
         .column = "primary_phone",                                                                \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "Unique; digits with the country code."},                                          \
        {.name = STR_INIT("name"),                                                                 \
         .column = "name",                                                                         \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "Full name."},                                                                     \
        {.name = STR_INIT("avatar"),                                                               \
         .column = "avatar",                                                                       \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_WRITE | FIELD_NULLABLE,                                                    \
         .doc = "Address of a picture."},                                                          \
        {.name = STR_INIT("customData"),                                                           \
         .column = "custom_data",                                                                  \
         .type = FIELD_MAP,                                                                        \
         .flags = FIELD_WRITE,                                                                     \
         .fallback = "{}",                                                                         \
         .doc = "Anything."},                                                                      \
        {.name = STR_INIT("identities"),                                                           \
         .column = "identities",                                                                   \
         .type = FIELD_MAP,                                                                        \
         .fallback = "{}",                                                                         \
         .doc = "Social identities, by provider."},                                                \
        {.name = STR_INIT("lastSignInAt"),                                                         \
         .column = "last_sign_in_at",                                                              \
         .type = FIELD_INT,                                                                        \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "In milliseconds since 1970."},                                                    \
        {.name = STR_INIT("createdAt"),                                                            \
         .column = "created_at",                                                                   \
         .type = FIELD_INT,                                                                        \
         .doc = "In milliseconds since 1970."},                                                    \
        {.name = STR_INIT("updatedAt"),                                                            \
         .column = "updated_at",                                                                   \
         .type = FIELD_INT,                                                                        \
         .doc = "In milliseconds since 1970."},                                                    \
        {.name = STR_INIT("profile"),                                                              \
         .column = "profile",                                                                      \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_WRITE,                                                                     \
         .fields = user_profile_fields,                                                            \
         .fallback = "{}",                                                                         \
         .doc = "Further claims of OpenID Connect."},                                              \
        {.name = STR_INIT("applicationId"),                                                        \
         .column = "application_id",                                                               \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "The application that the user registered with."},                                 \
        {.name = STR_INIT("cimdClientId"),                                                         \
         .column = "cimd_client_id",                                                               \
         .type = FIELD_STRING,                                                                     \
         .flags = FIELD_NULLABLE,                                                                  \
         .doc = "The client, known by its metadata document, that the user registered with."},     \
    {                                                                                              \
        .name = STR_INIT("isSuspended"), .column = "is_suspended", .type = FIELD_BOOL,             \
        .fallback = "false", .doc = "Whether the user may not sign in."                            \
    }

const struct field user_fields[] = {
    USER_INFO_ROWS,
    {.name = STR_INIT("hasPassword"),
     .column = "CASE WHEN password_digest IS NULL THEN 0 ELSE 1 END",
     .type = FIELD_BOOL,
     .doc = "Whether there is a password."},
    {.name = STR_INIT("ssoIdentities"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &sso_identity_item,
     .doc = "Identities at enterprise connectors, where the request asks for them."},
    {.name = STR_INIT("passwordDigest"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE | FIELD_NULLABLE,
     .doc = "What the password is verified with, where the request asks for it."},
    {.name = STR_INIT("passwordAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_MAYBE | FIELD_NULLABLE,
     .options = password_algorithms,
     .doc = "What made that digest."},
    FIELDS_END,
};

const struct entity user_entity = {
    .name = STR_INIT("users"),
    .table = "users",
    .fields = user_fields,
    .order = "created_at DESC, id",
};

const struct field user_member_fields[] = {USER_INFO_ROWS, ORGANIZATION_ROLES_FIELD, FIELDS_END};

const struct entity user_member_entity = {
    .name = STR_INIT("users"),
    .table = "users",
    .fields = user_member_fields,
    .order = "id",
};

/* ---- Searching ---- */

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("primaryEmail"), "primary_email"},
    {STR_INIT("primaryPhone"), "primary_phone"},
    {STR_INIT("username"), "username"},
    {STR_INIT("name"), "name"},
};

/* PostgreSQL finds its index of trigrams by itself. */
enum err user_search(struct ctx *ctx, struct db_value *gram, struct crud_filter *filters,
                     size_t *count)
{
    struct crud_filter filter;
    struct str grams;
    bool searching;
    enum err err =
        ctx_search_grams(ctx, search_fields, sizeof(search_fields) / sizeof(*search_fields),
                         &filter, &searching, &grams);
    if (err || !searching)
        return err;
    if (grams.p && db_is_embedded(ctx->tenant->db)) {
        *gram = db_text_value(grams);
        filters[(*count)++] = (struct crud_filter){
            "number IN (SELECT rowid FROM user_search WHERE user_search MATCH $1)", gram, 1};
    }
    filters[(*count)++] = filter;
    return OK;
}

/* ---- Reading ---- */

enum err user_get(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err = crud_find(ctx->db, &user_entity, id, ctx->arena, rows);
    return err || rows->count ? err : fail(ctx, ERR_NOT_FOUND);
}

enum err user_check_exists(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    return err || rows.count ? err : fail(ctx, ERR_NOT_FOUND);
}

void user_put_members(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    crud_put_members(&ctx->answer.json, &user_entity, rows, row);
}

void user_put(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    crud_put_object(&ctx->answer.json, &user_entity, rows, row, STR_NONE);
}

/* ---- Identifiers ---- */

/* What the body sets of them; an empty text and null both mean that there is none. */
struct identifiers {
    json *username, *email, *phone;
    struct str email_key, number;
};

static enum err read_identifiers(struct ctx *ctx, json *body, struct identifiers *out)
{
    *out = (struct identifiers){
        .username = json_get(body, STR("username")),
        .email = json_get(body, STR("primaryEmail")),
        .phone = json_get(body, STR("primaryPhone")),
    };
    if (json_str(out->email).n) {
        out->email_key = unicode_fold(ctx->arena, json_str(out->email));
        if (!out->email_key.p)
            return fail(ctx, ERR_NO_MEMORY);
    }
    if (json_str(out->phone).n) {
        out->number = phone_canonical(ctx->arena, json_str(out->phone));
        if (!out->number.p)
            return fail(ctx, ERR_USER_INVALID_PHONE);
    }
    return OK;
}

static struct str or_none(struct str s)
{
    return s.n ? s : STR_NONE;
}

static enum err refuse_taken(struct ctx *ctx, const struct identifiers *wanted,
                             const struct db_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (wanted->username && or_none(json_str(wanted->username)).p &&
            str_eq(db_text(rows, i, 0), json_str(wanted->username)))
            return fail(ctx, ERR_USER_USERNAME);
    for (size_t i = 0; i < rows->count; i++)
        if (wanted->email_key.p && str_eq(db_text(rows, i, 1), wanted->email_key))
            return fail(ctx, ERR_USER_EMAIL);
    return rows->count ? fail(ctx, ERR_USER_PHONE) : OK;
}

/* Where names that differ only in case are one (usernamePolicy.caseSensitive false), no other user
 * has such a one. */
static enum err check_case(struct ctx *ctx, struct str username, struct str id)
{
    struct db_rows rows;
    struct str lower = unicode_lower_arena(ctx->arena, username);
    if (!lower.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db,
                            "SELECT 1 FROM users WHERE lower(username) = $1 AND id <> $2 AND EXISTS"
                            " (SELECT 1 FROM sign_in_experiences WHERE username_policy LIKE"
                            " '%\"caseSensitive\":false%') LIMIT 1",
                            DB_PARAMS(db_text_value(lower), db_text_value(id)), ctx->arena, &rows);
    return err || !rows.count ? err : fail(ctx, ERR_USER_USERNAME);
}

/* No user but the one with the id has them. */
static enum err check_free(struct ctx *ctx, const struct identifiers *wanted, struct str id)
{
    struct db_rows rows;
    struct str username = or_none(json_str(wanted->username));
    if (!username.p && !wanted->email_key.p && !wanted->number.p)
        return OK;
    enum err err =
        db_query(ctx->db,
                 "SELECT username, email_key, primary_phone FROM users"
                 " WHERE (username = $1 OR email_key = $2 OR primary_phone = $3) AND id <> $4",
                 DB_PARAMS(db_text_value(username), db_text_value(wanted->email_key),
                           db_text_value(wanted->number), db_text_value(id)),
                 ctx->arena, &rows);
    if (!err)
        err = refuse_taken(ctx, wanted, &rows);
    return err || !username.p ? err : check_case(ctx, username, id);
}

/* When another transaction has taken one of them since check_free. */
static enum err name_taken(struct ctx *ctx, const struct identifiers *wanted, enum err err)
{
    if (err != ERR_DB_UNIQUE)
        return err;
    if (json_str(wanted->username).n)
        return fail(ctx, ERR_USER_USERNAME);
    return fail(ctx, wanted->email_key.p ? ERR_USER_EMAIL : ERR_USER_PHONE);
}

/* ---- Writing ---- */

struct sets {
    struct crud_set list[USER_SETS_MAX + 12];
    size_t count;
};

static void add_set(struct sets *sets, const char *column, struct db_value value)
{
    assert(sets->count < sizeof(sets->list) / sizeof(*sets->list));
    sets->list[sets->count++] = (struct crud_set){column, value};
}

/* Texts of the body in the form they are stored in: no empty ones. */
static void add_texts(struct sets *sets, json *body, const struct identifiers *identifiers)
{
    json *name = json_get(body, STR("name")), *avatar = json_get(body, STR("avatar"));
    if (is_empty(identifiers->username))
        add_set(sets, "username", db_text_value(STR_NONE));
    if (is_empty(identifiers->email))
        add_set(sets, "primary_email", db_text_value(STR_NONE));
    if (identifiers->email)
        add_set(sets, "email_key", db_text_value(identifiers->email_key));
    if (identifiers->phone)
        add_set(sets, "primary_phone", db_text_value(identifiers->number));
    if (is_empty(name))
        add_set(sets, "name", db_text_value(STR_NONE));
    if (is_empty(avatar))
        add_set(sets, "avatar", db_text_value(STR_NONE));
}

static enum err insert_default_roles(struct ctx *ctx, struct str id)
{
    return db_exec(ctx->db,
                   "INSERT INTO users_roles (user_id, role_id, created_at)"
                   " SELECT $1, id, $2 FROM roles WHERE is_default = 1 AND type = 'User'",
                   DB_PARAMS(db_text_value(id), db_int_value(ctx->now)), NULL);
}

static struct str new_id(struct ctx *ctx)
{
    char *bytes = arena_bytes(ctx->arena, ID_SHORT_LENGTH);
    if (!bytes)
        return STR_NONE;
    id_random(bytes, ID_SHORT_LENGTH);
    return (struct str){bytes, ID_SHORT_LENGTH};
}

static enum err check_id_free(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    return !err && rows.count ? fail(ctx, ERR_USER_ID) : err;
}

static enum err insert_identities(struct ctx *ctx, struct str id, json *identities)
{
    size_t index, max;
    json *target, *identity;
    yyjson_obj_foreach(identities, index, max, target, identity)
    {
        int64_t added;
        struct str account = json_str(json_get(identity, STR("userId")));
        enum err err = db_exec(
            ctx->db,
            "INSERT INTO user_identities (target, identity_id, user_id) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            DB_PARAMS(db_text_value(json_str(target)), db_text_value(account), db_text_value(id)),
            &added);
        if (err || !added)
            return err ? err : fail(ctx, ERR_USER_IDENTITY);
    }
    return OK;
}

static void add_past(struct ctx *ctx, struct sets *sets, const struct user_past *past)
{
    int64_t created = past->created_at ? past->created_at : ctx->now;
    add_set(sets, "created_at", db_int_value(created));
    add_set(sets, "updated_at", db_int_value(ctx->now));
    if (past->is_suspended)
        add_set(sets, "is_suspended", db_int_value(1));
    if (past->last_sign_in_at)
        add_set(sets, "last_sign_in_at", db_int_value(past->last_sign_in_at));
    if (past->identities)
        add_set(sets, "identities", db_text_value(json_text(ctx->arena, past->identities)));
}

enum err user_check_free(struct ctx *ctx, json *body)
{
    struct identifiers identifiers;
    enum err err = read_identifiers(ctx, body, &identifiers);
    return err ? err : check_free(ctx, &identifiers, STR(""));
}

enum err user_insert(struct ctx *ctx, json *body, struct user_password password,
                     struct db_rows *rows)
{
    return user_insert_past(ctx, body, password, &(struct user_past){.created_at = 0}, rows);
}

enum err user_insert_past(struct ctx *ctx, json *body, struct user_password password,
                          const struct user_past *past, struct db_rows *rows)
{
    struct identifiers identifiers;
    struct sets sets = {.count = 0};
    struct str id = past->id.n ? past->id : new_id(ctx);
    if (!id.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = past->id.n ? check_id_free(ctx, id) : OK;
    if (!err)
        err = read_identifiers(ctx, body, &identifiers);
    if (!err)
        err = check_free(ctx, &identifiers, id);
    if (err)
        return err;
    add_texts(&sets, body, &identifiers);
    add_past(ctx, &sets, past);
    add_set(&sets, "id", db_text_value(id));
    add_set(&sets, "password_digest", db_text_value(password.digest));
    add_set(&sets, "password_algorithm", db_text_value(password.algorithm));
    add_set(&sets, "password_updated_at",
            password.digest.p ? db_int_value(ctx->now) : db_text_value(STR_NONE));
    add_set(&sets, "is_password_expired", db_int_value(0));
    add_set(&sets, "logto_config", db_text_value(STR("{}")));
    err = crud_insert(ctx->db, &user_entity, body, sets.list, sets.count, ctx->arena, rows);
    if (err)
        return name_taken(ctx, &identifiers, err);
    err = insert_default_roles(ctx, id);
    if (!err && past->identities)
        err = insert_identities(ctx, id, past->identities);
    return err ? err : user_count_change(ctx, 1);
}

enum err user_update(struct ctx *ctx, struct str id, json *body, const struct crud_set *sets,
                     size_t set_count, struct db_rows *rows)
{
    struct identifiers identifiers;
    struct sets all = {.count = 0};
    bool nothing;
    enum err err = read_identifiers(ctx, body, &identifiers);
    if (!err)
        err = check_free(ctx, &identifiers, id);
    if (err)
        return err;
    add_texts(&all, body, &identifiers);
    for (size_t i = 0; i < set_count; i++)
        add_set(&all, sets[i].column, sets[i].value);
    add_set(&all, "updated_at", db_int_value(ctx->now));
    err = crud_update(ctx->db, &user_entity, id, body, all.list, all.count, ctx->arena, rows,
                      &nothing);
    if (err)
        return name_taken(ctx, &identifiers, err);
    return rows->count ? OK : fail(ctx, ERR_NOT_FOUND);
}

enum err user_delete(struct ctx *ctx, struct str id)
{
    bool found;
    enum err err = crud_delete(ctx->db, &user_entity, id, &found);
    if (err)
        return err;
    return found ? user_count_change(ctx, -1) : fail(ctx, ERR_NOT_FOUND);
}

enum err user_role_delete(struct db_conn *conn, struct str user, struct str role, bool *found)
{
    int64_t affected;
    enum err err = db_exec(conn, "DELETE FROM users_roles WHERE user_id = $1 AND role_id = $2",
                           DB_PARAMS(db_text_value(user), db_text_value(role)), &affected);
    if (!err)
        *found = affected > 0;
    return err;
}

static void put_member(struct json_out *out, json *key, json *value)
{
    json_key_escaped(out, json_str(key));
    json_put_value(out, value);
}

struct str user_merge(struct arena *arena, struct str old, struct str changes)
{
    json *before = NULL, *after = NULL, *key, *value;
    size_t index, max;
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    if (json_parse(arena, old, &before, NULL) || json_parse(arena, changes, &after, NULL))
        return STR_NONE;
    json_open_object(&out);
    yyjson_obj_foreach(before, index, max, key, value)
    {
        json *changed = json_get(after, json_str(key));
        put_member(&out, key, changed ? changed : value);
    }
    yyjson_obj_foreach(after, index, max, key, value)
    {
        if (!json_get(before, json_str(key)))
            put_member(&out, key, value);
    }
    json_close_object(&out);
    return buf_view(&buf);
}
