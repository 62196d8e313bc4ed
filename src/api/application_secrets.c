/* /api/applications/:id/secrets: what applications authenticate with. */
#include "api/reach.h"
#include "domain/applications.h"

/* Stands in answers for a value that may not be shown. */
#define MASKED  "********"
#define COLUMNS "name, sealed, created_at, expires_at, last_used_at"

enum { NAME, SEALED, CREATED_AT, EXPIRES_AT, LAST_USED_AT };

/* A token does not get what would let it do more than it may itself. */
static enum err may_reveal(struct ctx *ctx, bool *reveal)
{
    *reveal = ctx_may_reveal(ctx);
    return *reveal ? reach_of_application(ctx, ctx->params[0], reveal) : OK;
}

static void put_secret(struct ctx *ctx, const struct db_rows *rows, size_t row, struct str value)
{
    struct json_out *out = &ctx->answer.json;
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "applicationId", ctx->params[0]);
    JSON_STR(out, "name", db_text(rows, row, NAME));
    JSON_STR(out, "value", value.p ? value : STR(MASKED));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    crud_put_int(out, STR("expiresAt"), rows, row, EXPIRES_AT);
    if (str_eq(ctx_query(ctx, STR("includeLastUse")), STR("true")))
        crud_put_int(out, STR("lastUsedAt"), rows, row, LAST_USED_AT);
    json_close_object(out);
}

static struct str open_secret(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    return application_secret_open(ctx->tenant->vault, ctx->arena, ctx->params[0],
                                   db_text(rows, row, NAME), db_text(rows, row, SEALED));
}

static enum err find_secret(struct ctx *ctx, struct str name, struct db_rows *rows)
{
    return db_query(
        ctx->db,
        "SELECT " COLUMNS " FROM application_secrets WHERE application_id = $1 AND name = $2",
        DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(name)), ctx->arena, rows);
}

static enum err list_secrets(struct ctx *ctx)
{
    struct db_rows rows;
    bool reveal;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err)
        err = db_query(ctx->db,
                       "SELECT " COLUMNS " FROM application_secrets WHERE application_id = $1"
                       " ORDER BY created_at, name",
                       DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (!err)
        err = may_reveal(ctx, &reveal);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_secret(ctx, &rows, i, reveal ? open_secret(ctx, &rows, i) : STR_NONE);
    json_close_array(&ctx->answer.json);
    return OK;
}

static enum err check_new(struct ctx *ctx, int64_t expires_at, bool expires)
{
    struct db_rows rows;
    if (expires && expires_at <= ctx->now)
        return fail(ctx, ERR_INVALID_INPUT, "expiresAt must lie in the future");
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (!application_type_has_secrets(db_text(&rows, 0, APPLICATION_TYPE)))
        return fail_text(ctx, ERR_DB_CONSTRAINT, "applications of this type have no secrets");
    return reach_check_application(ctx, ctx->params[0]);
}

static enum err insert_secret(struct ctx *ctx, const struct secret_new *secret)
{
    struct db_rows rows;
    enum err err = application_secret_insert(ctx->db, ctx->tenant->vault, secret, ctx->arena);
    if (err)
        return err == ERR_DB_UNIQUE ? fail(ctx, ERR_APP_SECRET_NAME) : err;
    err = find_secret(ctx, secret->name, &rows);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
    if (!err)
        put_secret(ctx, &rows, 0, secret->value);
    return err;
}

static enum err create_secret(struct ctx *ctx)
{
    char value[SECRET_LENGTH];
    int64_t expires_at = 0;
    bool expires = field_int(ctx_body(ctx, STR("expiresAt")), &expires_at);
    enum err err = check_new(ctx, expires_at, expires);
    if (err)
        return err;
    secret_random(value, sizeof(value));
    err = insert_secret(ctx, &(struct secret_new){
                                 .application = ctx->params[0],
                                 .name = json_str(ctx_body(ctx, STR("name"))),
                                 .value = {value, sizeof(value)},
                                 .now = ctx->now,
                                 .expires_at = expires_at,
                             });
    wipe(value, sizeof(value));
    return err;
}

/* The sealed value belongs to its name: a new name needs a new seal. */
static enum err store_name(struct ctx *ctx, struct str name, struct str value)
{
    struct str sealed =
        application_secret_seal(ctx->tenant->vault, ctx->arena, ctx->params[0], name, value);
    if (!sealed.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(ctx->db,
                           "UPDATE application_secrets SET name = $1, sealed = $2"
                           " WHERE application_id = $3 AND name = $4",
                           DB_PARAMS(db_text_value(name), db_text_value(sealed),
                                     db_text_value(ctx->params[0]), db_text_value(ctx->params[1])),
                           NULL);
    return err == ERR_DB_UNIQUE ? fail(ctx, ERR_APP_SECRET_NAME) : err;
}

static enum err rename_secret(struct ctx *ctx)
{
    struct db_rows rows;
    bool reveal;
    struct str name = json_str(ctx_body(ctx, STR("name")));
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err)
        err = find_secret(ctx, ctx->params[1], &rows);
    if (err)
        return err;
    if (rows.count == 0)
        return fail(ctx, ERR_NOT_EXISTS, "application_secret");
    struct str value = open_secret(ctx, &rows, 0);
    if (!value.p)
        return fail_text(ctx, ERR_INVALID_INPUT,
                         "the secret cannot be read with the server's key: delete it and create "
                         "another");
    err = store_name(ctx, name, value);
    if (!err)
        err = find_secret(ctx, name, &rows);
    if (!err)
        err = may_reveal(ctx, &reveal);
    if (!err)
        err = change_note(ctx, CHANGE_APPLICATION, ctx->params[0]);
    if (!err)
        put_secret(ctx, &rows, 0, reveal ? value : STR_NONE);
    return err;
}

static enum err delete_secret(struct ctx *ctx)
{
    struct db_rows rows;
    int64_t affected;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (!err)
        err = db_exec(
            ctx->db, "DELETE FROM application_secrets WHERE application_id = $1 AND name = $2",
            DB_PARAMS(db_text_value(ctx->params[0]), db_text_value(ctx->params[1])), &affected);
    if (err)
        return err;
    return affected ? change_note(ctx, CHANGE_APPLICATION, ctx->params[0])
                    : fail(ctx, ERR_NOT_FOUND);
}

/* Logto once kept one secret in the application itself; no application of ours has that. */
static enum err delete_legacy_secret(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    return err ? err : fail(ctx, ERR_APP_NO_LEGACY_SECRET);
}

/* ---- Routes ---- */

/* Addresses lose segments like these on their way: such a secret could not be deleted by its name.
 */
static bool check_name(json *value)
{
    return !str_eq(json_str(value), STR(".")) && !str_eq(json_str(value), STR(".."));
}

#define NAME_FIELD                                                                                 \
    {                                                                                              \
        .name = STR_INIT("name"), .type = FIELD_STRING,                                            \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY, .max = 256, .check = check_name, \
        .doc = "Name, unique within the application."                                              \
    }

static const struct field rename_body[] = {NAME_FIELD, FIELDS_END};

static const struct field create_body[] = {
    NAME_FIELD,
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .doc = "When it ceases to work, in milliseconds since 1970; null or nothing: never."},
    FIELDS_END,
};

static const struct field reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("applicationId"), .type = FIELD_STRING, .doc = "The client_id."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .doc = "Unique within the application."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .doc =
         "The client_secret. " MASKED " when the token may not see it, or when the server is set "
         "not to reveal secrets after their creation."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    {.name = STR_INIT("expiresAt"),
     .type = FIELD_INT,
     .flags = FIELD_NULLABLE,
     .doc = "When it ceases to work, in milliseconds since 1970."},
    {.name = STR_INIT("lastUsedAt"),
     .type = FIELD_INT,
     .flags = FIELD_NULLABLE | FIELD_MAYBE,
     .doc = "When it last got a token, to within five minutes, in milliseconds since 1970; null: "
            "not yet."},
    FIELDS_END,
};

static const struct field list_query[] = {
    {.name = STR_INIT("includeLastUse"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "`true`: with when each was last used."},
    FIELDS_END,
};

ROUTES(application_secrets) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/applications/:id/secrets"),
     .area = "applications",
     .query = list_query,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = reply,
     .summary = "List the secrets of an application",
     .doc =
         "Values are shown to tokens with the scope `all`, and to ones with `write:applications` "
         "that have every Management API scope that the application has.",
     .handle = list_secrets},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/applications/:id/secrets"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Add a secret to an application",
     .doc = "The server makes the value. An application may have several secrets, so that one can "
            "be replaced without an interruption.",
     .handle = create_secret},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/applications/:id/secrets/:name"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = rename_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Rename a secret",
     .handle = rename_secret},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id/secrets/:name"),
     .area = "applications",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a secret",
     .doc = "It is refused from the next token request on.",
     .handle = delete_secret},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/applications/:id/legacy-secret"),
     .area = "applications",
     .run = RUN_WRITE,
     .status = 400,
     .reply = REPLY_FREE,
     .summary = "Delete an application's legacy secret",
     .doc = "For clients written for Logto. No application of this server has such a secret, which "
            "is what the answer says.",
     .handle = delete_legacy_secret},
    ROUTES_END,
};
