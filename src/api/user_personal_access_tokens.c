/* /api/users/:userId/personal-access-tokens: what a user's scripts exchange for access tokens. */
#include "crypto/vault.h"
#include "domain/opaque.h"
#include "domain/users.h"

#define PREFIX       "pat_"
#define VALUE_LENGTH (sizeof(PREFIX) - 1 + SECRET_LENGTH)
/* Stands in answers for a value that may not be shown. */
#define MASKED  "********"
#define COLUMNS "name, digest, sealed, created_at, expires_at"

enum { NAME, DIGEST, SEALED, CREATED_AT, EXPIRES_AT };

/* Binds a sealed value to its row; the digest says which that is under every name. */
static struct str seal_context(struct ctx *ctx, struct str digest)
{
    return arena_printf(ctx->arena, "personal_access_tokens|%.*s|%.*s", STR_ARG(ctx->params[0]),
                        STR_ARG(digest));
}

static struct str open_value(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct str context = seal_context(ctx, db_text(rows, row, DIGEST));
    if (!context.p)
        return STR_NONE;
    return vault_unseal(ctx->tenant->vault, ctx->arena, context, db_text(rows, row, SEALED));
}

static void put_token(struct ctx *ctx, const struct db_rows *rows, size_t row, struct str value)
{
    struct json_out *out = &ctx->answer.json;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "userId", ctx->params[0]);
    JSON_STR(out, "name", db_text(rows, row, NAME));
    JSON_STR(out, "value", value.p ? value : STR(MASKED));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    crud_put_int(out, STR("expiresAt"), rows, row, EXPIRES_AT);
    json_close_object(out);
}

static enum err list_tokens(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = user_check_exists(ctx, ctx->params[0]);
    if (!err)
        err = db_query(ctx->db,
                       "SELECT " COLUMNS " FROM personal_access_tokens WHERE user_id = $1"
                       " ORDER BY created_at, name",
                       DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_token(ctx, &rows, i, ctx_may_reveal(ctx) ? open_value(ctx, &rows, i) : STR_NONE);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- Writing ---- */

/* ERR_DB_FOREIGN_KEY and ERR_DB_UNIQUE as the statement gives them. */
static enum err insert_token(struct ctx *ctx, struct str value, struct db_value expires_at,
                             struct db_rows *rows)
{
    struct buf sealed = buf_new(ctx->arena, 1024);
    struct str digest = opaque_digest(ctx->arena, value);
    struct str context = seal_context(ctx, digest);
    if (!digest.p || !context.p || !vault_seal(ctx->tenant->vault, context, value, &sealed))
        return ERR_NO_MEMORY;
    return db_query(ctx->db,
                    "INSERT INTO personal_access_tokens"
                    " (user_id, name, digest, sealed, created_at, expires_at)"
                    " VALUES ($1, $2, $3, $4, $5, $6) RETURNING " COLUMNS,
                    DB_PARAMS(db_text_value(ctx->params[0]),
                              db_text_value(json_str(ctx_body(ctx, STR("name")))),
                              db_text_value(digest), db_text_value(buf_view(&sealed)),
                              db_int_value(ctx->now), expires_at),
                    ctx->arena, rows);
}

static enum err create_token(struct ctx *ctx)
{
    struct db_rows rows;
    char value[VALUE_LENGTH] = PREFIX;
    int64_t expires_at = 0;
    bool expires = field_int(ctx_body(ctx, STR("expiresAt")), &expires_at);
    if (expires && expires_at <= ctx->now)
        return fail(ctx, ERR_INVALID_INPUT, "expiresAt must lie in the future");
    secret_random(value + sizeof(PREFIX) - 1, SECRET_LENGTH);
    struct str text = {value, sizeof(value)};
    enum err err = insert_token(
        ctx, text, expires ? db_int_value(expires_at) : db_text_value(STR_NONE), &rows);
    if (!err)
        put_token(ctx, &rows, 0, text);
    wipe(value, sizeof(value));
    if (err == ERR_DB_FOREIGN_KEY)
        return fail(ctx, ERR_FOREIGN_KEY);
    return err == ERR_DB_UNIQUE ? fail(ctx, ERR_USER_PAT_NAME) : err;
}

static enum err rename_from(struct ctx *ctx, struct str from)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db,
                 "UPDATE personal_access_tokens SET name = $1 WHERE user_id = $2 AND name = $3"
                 " RETURNING " COLUMNS,
                 DB_PARAMS(db_text_value(json_str(ctx_body(ctx, STR("name")))),
                           db_text_value(ctx->params[0]), db_text_value(from)),
                 ctx->arena, &rows);
    if (err)
        return err == ERR_DB_UNIQUE ? fail(ctx, ERR_USER_PAT_NAME) : err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_EXISTS, "personal_access_token");
    put_token(ctx, &rows, 0, ctx_may_reveal(ctx) ? open_value(ctx, &rows, 0) : STR_NONE);
    return OK;
}

static enum err rename_by_path(struct ctx *ctx)
{
    return rename_from(ctx, ctx->params[1]);
}

static enum err rename_by_body(struct ctx *ctx)
{
    json *current = ctx_body(ctx, STR("currentName"));
    return rename_from(ctx, json_str(current ? current : ctx_body(ctx, STR("name"))));
}

static enum err delete_named(struct ctx *ctx, struct str name)
{
    int64_t affected;
    enum err err =
        db_exec(ctx->db, "DELETE FROM personal_access_tokens WHERE user_id = $1 AND name = $2",
                DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(name)), &affected);
    return err || affected ? err : fail(ctx, ERR_NOT_FOUND);
}

static enum err delete_by_path(struct ctx *ctx)
{
    return delete_named(ctx, ctx->params[1]);
}

static enum err delete_by_body(struct ctx *ctx)
{
    return delete_named(ctx, json_str(ctx_body(ctx, STR("name"))));
}

/* ---- Routes ---- */

#define NAME_FIELD                                                                                 \
    {                                                                                              \
        .name = STR_INIT("name"), .type = FIELD_STRING,                                            \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY, .min = 1, .max = 256,            \
        .doc = "Name, unique for the user."                                                        \
    }

static const struct field create_body[] = {
    NAME_FIELD,
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .doc = "When it ceases to work, in milliseconds since 1970; null or nothing: never."},
    FIELDS_END,
};

static const struct field rename_body[] = {NAME_FIELD, FIELDS_END};

static const struct field rename_any_body[] = {
    NAME_FIELD,
    {.name = STR_INIT("currentName"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The name it has; nothing: it keeps it."},
    FIELDS_END,
};

static const struct field delete_body[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The name it has."},
    FIELDS_END,
};

static const struct field reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("userId"), .type = FIELD_STRING, .doc = "Whose it is."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Unique for the user."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .doc = "The token. " MASKED " when the caller may not see it, or when the server is set not "
            "to reveal secrets after their creation."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_INT,
     .flags = FIELD_NULLABLE,
     .doc = "When it ceases to work, in milliseconds since 1970."},
    FIELDS_END,
};

ROUTES(user_personal_access_tokens) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens"),
     .area = "users",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = reply,
     .summary = "List the personal access tokens of a user",
     .doc = "Values are shown to tokens with the scope `all` or `write:users`.",
     .handle = list_tokens},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Make a personal access token for a user",
     .doc = "The server makes the value.",
     .handle = create_token},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = rename_any_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Rename a personal access token, whatever its name",
     .handle = rename_by_body},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens/:name"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = rename_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Rename a personal access token",
     .handle = rename_by_path},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens/:name"),
     .area = "users",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a personal access token",
     .handle = delete_by_path},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/users/:userId/personal-access-tokens/delete"),
     .area = "users",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = delete_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a personal access token, whatever its name",
     .handle = delete_by_body},
    ROUTES_END,
};
