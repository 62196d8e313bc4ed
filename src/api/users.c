/* /api/users: who signs in. */
#include "domain/users.h"
#include "crypto/password.h"
#include "domain/hooks.h"
#include "domain/id_list.h"
#include "domain/sessions.h"
#include "domain/user_sso_identities.h"

/* ---- Reading ---- */

#define LACKS_ROLE "id NOT IN (SELECT user_id FROM users_roles WHERE role_id = $1)"
#define HAS_ROLE   "id IN (SELECT user_id FROM users_roles WHERE role_id = $1)"
#define NO_MEMBER  "id NOT IN (SELECT user_id FROM organization_users WHERE organization_id = $1)"

/* Digests are for those who could replace them. */
static enum err wants_digests(struct ctx *ctx, bool *wanted)
{
    *wanted = ctx_query_is_yes(ctx, STR("includePasswordHash"));
    if (!*wanted || str_has_word(ctx->caller.scopes, STR("all")) ||
        str_has_word(ctx->caller.scopes, STR("write:users")))
        return OK;
    return fail_scope(ctx, STR("write:users"));
}

enum { DIGEST_USER, DIGEST, ALGORITHM };

static enum err find_digests(struct ctx *ctx, const struct db_rows *users, struct row_index *index)
{
    struct db_rows *rows = ARENA_NEW(ctx->arena, struct db_rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, users->count + 1);
    if (!rows || !ids)
        return fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; i < users->count; i++)
        ids[i] = db_text(users, i, USER_ID);
    const struct id_list list = {ids, users->count};
    enum err err = id_list_select(
        ctx->db, "SELECT id, password_digest, password_algorithm FROM users WHERE id", &list, "",
        ctx->arena, rows);
    return err ? err : row_index_make(rows, DIGEST_USER, ctx->arena, index);
}

static void put_digest(struct ctx *ctx, const struct row_index *digests, struct str id)
{
    size_t row;
    if (!row_index_get(digests, id, &row))
        return;
    ctx->answer.no_store = true;
    JSON_STR(&ctx->answer.json, "passwordDigest", db_text(digests->rows, row, DIGEST));
    JSON_STR(&ctx->answer.json, "passwordAlgorithm", db_text(digests->rows, row, ALGORITHM));
}

/* Without a filter the total is not counted: that would take the longer the more users there are.
 */
static enum err find_page(struct ctx *ctx, const struct crud_filter *filters, size_t count,
                          struct db_rows *rows)
{
    int64_t total;
    if (count || ctx->cursor)
        return entity_list(ctx, &user_entity, filters, count, rows);
    const struct crud_page page = {.limit = ctx->page_size,
                                   .offset = (ctx->page - 1) * ctx->page_size};
    enum err err = crud_list(ctx->db, &user_entity, NULL, 0, &page, ctx->arena, rows, NULL);
    if (!err)
        err = user_count(ctx, &total);
    if (!err)
        ctx_page_headers(ctx, total);
    return err;
}

enum { FILTERS = 5 };

static enum err make_filters(struct ctx *ctx, struct db_value values[FILTERS],
                             struct crud_filter filters[FILTERS], size_t *count)
{
    static const struct {
        struct str name;
        const char *sql;
    } conditions[] = {
        {STR_INIT("excludeRoleId"), LACKS_ROLE},
        {STR_INIT("excludeOrganizationId"), NO_MEMBER},
        {STR_INIT("hasRoleId"), HAS_ROLE},
    };
    size_t n = 0;
    if (ctx_query(ctx, conditions[0].name).n && ctx_query(ctx, conditions[1].name).n)
        return fail(ctx, ERR_INVALID_INPUT,
                    "excludeRoleId and excludeOrganizationId cannot be used together");
    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        values[n] = db_text_value(ctx_query(ctx, conditions[i].name));
        if (!values[n].s.n)
            continue;
        filters[n] = (struct crud_filter){conditions[i].sql, &values[n], 1};
        n++;
    }
    *count = n;
    return user_search(ctx, &values[n], filters, count);
}

static enum err list_users(struct ctx *ctx)
{
    struct db_value values[FILTERS];
    struct crud_filter filters[FILTERS];
    struct db_rows rows;
    struct row_index digests;
    size_t count;
    bool with_digests;
    enum err err = wants_digests(ctx, &with_digests);
    if (!err)
        err = make_filters(ctx, values, filters, &count);
    if (!err)
        err = find_page(ctx, filters, count, &rows);
    if (!err && with_digests)
        err = find_digests(ctx, &rows, &digests);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        json_open_object(out);
        user_put_members(ctx, &rows, i);
        if (with_digests)
            put_digest(ctx, &digests, db_text(&rows, i, USER_ID));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

static enum err get_user(struct ctx *ctx)
{
    struct db_rows rows;
    struct row_index digests;
    bool with_digests;
    enum err err = wants_digests(ctx, &with_digests);
    if (!err)
        err = user_get(ctx, ctx->params[0], &rows);
    if (!err && with_digests)
        err = find_digests(ctx, &rows, &digests);
    if (err)
        return err;
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    user_put_members(ctx, &rows, 0);
    if (ctx_query_is_yes(ctx, STR("includeSsoIdentities"))) {
        json_key(out, STR("ssoIdentities"));
        err = user_sso_put_all(ctx, out, ctx->params[0], false);
    }
    if (with_digests)
        put_digest(ctx, &digests, ctx->params[0]);
    json_close_object(out);
    return err;
}

/* ---- Writing ---- */

/* The password that the body sets or brings along as a digest; hashing it is left to the pool. */
static enum err read_password(struct ctx *ctx, struct user_password *out)
{
    struct str password = json_str(ctx_body(ctx, STR("password")));
    *out = (struct user_password){
        json_str(ctx_body(ctx, STR("passwordDigest"))),
        json_str(ctx_body(ctx, STR("passwordAlgorithm"))),
    };
    if (password.p && out->digest.n)
        return fail(ctx, ERR_USER_PASSWORD_TWICE);
    if (password.p)
        return user_password_make(ctx, password, out);
    if (out->digest.n)
        return user_password_check(ctx, *out);
    *out = (struct user_password){STR_NONE, STR_NONE};
    return OK;
}

static enum err create_user(struct ctx *ctx)
{
    struct db_rows rows;
    struct user_password password;
    enum err err = read_password(ctx, &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = user_insert(ctx, ctx->body, password, &rows);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

/* The body has a member that the route's rows know. */
static bool sets_any(const struct ctx *ctx)
{
    for (const struct field *field = ctx->route->body; field->name.p; field++) {
        if (ctx_body(ctx, field->name))
            return true;
    }
    return false;
}

static enum err patch_user(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err && !sets_any(ctx))
        err = fail(ctx, ERR_NOTHING_TO_SET);
    if (!err)
        err = user_update(ctx, ctx->params[0], ctx->body, NULL, 0, &rows);
    if (!err)
        user_put(ctx, &rows, 0);
    return err;
}

static enum err delete_user(struct ctx *ctx)
{
    if (ctx->caller.kind == CALLER_USER && str_eq(ctx->caller.id, ctx->params[0]))
        return fail(ctx, ERR_USER_DELETE_SELF);
    struct db_rows rows;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    enum err err = user_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    crud_put_object(&out, &user_entity, &rows, 0, STR_NONE);
    /* First, as applications that want to know of it are found by the sessions. */
    err = session_end_all(ctx, ctx->params[0]);
    if (!err)
        err = user_delete(ctx, ctx->params[0]);
    return err ? err : hooks_note(ctx, "User.Deleted", buf_view(&buf));
}

/* ---- Routes ---- */

#define LONGEST 128

static const struct field list_query[] = {
    {.name = STR_INIT("excludeRoleId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out users that hold this role."},
    {.name = STR_INIT("excludeOrganizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Leave out members of this organization."},
    {.name = STR_INIT("hasRoleId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only users that hold this role."},
    {.name = STR_INIT("includePasswordHash"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with passwordDigest and passwordAlgorithm, for tokens that could set them."},
    FIELDS_END,
};

static const struct field get_query[] = {
    {.name = STR_INIT("includeSsoIdentities"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with the identities at enterprise connectors, of which there are none yet."},
    {.name = STR_INIT("includePasswordHash"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with passwordDigest and passwordAlgorithm, for tokens that could set them."},
    FIELDS_END,
};

static const struct field create_body[] = {
    {.name = STR_INIT("primaryPhone"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = LONGEST,
     .check = user_check_phone,
     .format = "regex",
     .doc = "Digits with the country code, without `+`. Unique."},
    {.name = STR_INIT("primaryEmail"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = LONGEST,
     .check = user_check_email,
     .format = "regex",
     .doc = "Unique; upper and lower case are the same."},
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = LONGEST,
     .check = user_check_username,
     .format = "regex",
     .example = "example_user",
     .doc = "Letters, digits and `_`, no digit first. Unique."},
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NOT_EMPTY | FIELD_SECRET,
     .min = 1,
     .max = PASSWORD_MAX,
     .doc = "In clear; only its digest is stored."},
    {.name = STR_INIT("passwordDigest"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .max = 256,
     .example = "",
     .doc = "A digest from another system, instead of a password."},
    {.name = STR_INIT("passwordAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = password_algorithms,
     .doc = "What made the digest. It is replaced by Argon2id at the first password verified."},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = LONGEST,
     .doc = "Full name."},
    {.name = STR_INIT("avatar"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .max = 2048,
     .check = user_check_avatar,
     .format = "url",
     .doc = "Address of a picture."},
    {.name = STR_INIT("customData"), .type = FIELD_MAP, .flags = FIELD_CREATE, .doc = "Anything."},
    {.name = STR_INIT("profile"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = user_profile_fields,
     .doc = "Further claims of OpenID Connect."},
    FIELDS_END,
};

static const struct field patch_body[] = {
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = LONGEST,
     .check = user_check_username_or_empty,
     .format = "regex",
     .doc = "Letters, digits and `_`, no digit first. Empty: none."},
    {.name = STR_INIT("primaryEmail"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = LONGEST,
     .check = user_check_email_or_empty,
     .format = "regex",
     .doc = "Empty: none."},
    {.name = STR_INIT("primaryPhone"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = LONGEST,
     .check = user_check_phone_or_empty,
     .format = "regex",
     .doc = "Digits with the country code, without `+`. Empty: none."},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = LONGEST,
     .doc = "Full name. Empty: none."},
    {.name = STR_INIT("avatar"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = 2048,
     .check = user_check_avatar,
     .format = "url",
     .doc = "Address of a picture. Empty: none."},
    {.name = STR_INIT("customData"),
     .type = FIELD_MAP,
     .flags = FIELD_UPDATE,
     .doc = "Anything; replaces all of it."},
    {.name = STR_INIT("profile"),
     .type = FIELD_OBJECT,
     .flags = FIELD_UPDATE,
     .fields = user_profile_fields,
     .doc = "Further claims of OpenID Connect; replaces all of them."},
    FIELDS_END,
};

ROUTES(users) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users"),
     .area = "users",
     .extra_scope = "write:users",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = user_fields,
     .summary = "List users",
     .doc = "Newest first. `search` looks in id, primaryEmail, primaryPhone, username and name; "
            "`mode` is exact, like, similar_to or posix.",
     .handle = list_users},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users"),
     .area = "users",
     .run = RUN_INLINE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Create a user",
     .doc = "Default roles are given to it. Password rules of the sign-in experience do not bind "
            "who may call this.",
     .handle = create_user},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId"),
     .area = "users",
     .extra_scope = "write:users",
     .query = get_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Get a user",
     .handle = get_user},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = patch_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = user_fields,
     .summary = "Change a user",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_user},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a user",
     .doc = "Its roles, memberships, identities, factors and personal access tokens go with it.",
     .handle = delete_user},
    ROUTES_END,
};
