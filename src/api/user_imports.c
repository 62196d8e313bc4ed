/* /api/user-imports and /api/user-exports: all users as JSON lines. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "domain/cursor.h"
#include "domain/user_imports.h"
#include "domain/users.h"
#include "http/spool.h"

#define FILE_MAX ((size_t)512 * 1024 * 1024)
#define KEPT_MS  ((int64_t)30 * 24 * 3600 * 1000)
#define LINES    STR("application/x-ndjson")

/* ---- Imports ---- */

static const char *const states[] = {USER_IMPORT_RUNNING, USER_IMPORT_DONE, USER_IMPORT_INTERRUPTED,
                                     NULL};

#define COUNT(json_name, column_name, text)                                                        \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = (column_name), .type = FIELD_INT, .doc = (text)     \
    }

static const struct field import_fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("state"),
     .column = "state",
     .type = FIELD_ENUM,
     .options = states,
     .doc = "`interrupted`: the server ended meanwhile, or could not write for a minute. What was "
            "imported stays; the lines behind `lines` are to be sent again."},
    {.name = STR_INIT("dryRun"),
     .column = "dry_run",
     .type = FIELD_BOOL,
     .doc = "Whether nothing is stored."},
    COUNT("bytes", "size", "Length of the file."),
    COUNT("bytesDone", "done_size", "How much of it is done."),
    COUNT("lines", "line_count", "Lines done, empty ones included."),
    COUNT("imported", "imported", "Users made (or, in a dry run, that could be)."),
    COUNT("refused", "refused", "Lines that were refused: see `/errors`."),
    COUNT("createdAt", "created_at", "In milliseconds since 1970."),
    COUNT("updatedAt", "updated_at", "In milliseconds since 1970: when it last went on."),
    FIELDS_END,
};
enum { STATE = 1, UPDATED_AT = 9 };

static const struct entity import_entity = {
    .name = STR_INIT("user_imports"),
    .table = "user_imports",
    .fields = import_fields,
    .order = "created_at DESC, id",
};

static const struct field error_fields[] = {
    COUNT("line", "line_number", "Counted from 1."),
    {.name = STR_INIT("code"),
     .column = "code",
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "As of a refused request."},
    {.name = STR_INIT("message"),
     .column = "message",
     .type = FIELD_STRING,
     .doc = "Why the line was refused."},
    FIELDS_END,
};

static const struct entity error_entity = {
    .name = STR_INIT("user_import_errors"),
    .table = "user_import_errors",
    .key = "import_id",
    .fields = error_fields,
    .order = "line_number",
};

/* One that has been silent for long runs no more, whatever became of its server. */
static void put_import(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct db_value values[sizeof(import_fields) / sizeof(*import_fields)] = {0};
    struct db_rows shown = {ctx->arena, 1, rows->columns, values};
    for (size_t i = 0; i < rows->columns && i < sizeof(values) / sizeof(*values); i++)
        values[i] = *db_at(rows, row, i);
    bool silent = values[UPDATED_AT].i < ctx->now - USER_IMPORT_SILENCE_MS;
    if (silent && str_eq(values[STATE].s, STR(USER_IMPORT_RUNNING)))
        values[STATE] = db_text_value(STR(USER_IMPORT_INTERRUPTED));
    crud_put_object(&ctx->answer.json, &import_entity, &shown, 0, STR_NONE);
}

/* The request's file for the reader; a short body that came in memory gets one. */
static int take_file(struct ctx *ctx)
{
    if (ctx->request->spool)
        return dup(ctx->request->spool->fd);
    int fd = spool_open(ctx->tenant->config->data);
    struct spool file = {.fd = fd};
    if (fd >= 0 && spool_put(&file, ctx->request->body.p, ctx->request->body.n))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct user_import *new_import(struct ctx *ctx)
{
    struct user_import *import = calloc(1, sizeof(*import));
    int fd = import ? take_file(ctx) : -1;
    if (fd < 0) {
        free(import);
        return NULL;
    }
    *import = (struct user_import){
        .tenant = ctx->tenant,
        .fd = fd,
        .offered_at = clock_monotonic_ms(),
        .dry_run = ctx_query_is_yes(ctx, STR("dryRun")),
    };
    id_random(import->id, ID_LENGTH);
    return import;
}

static enum err insert_row(struct ctx *ctx, const struct user_import *import, struct db_rows *rows)
{
    const struct crud_set sets[] = {
        {"id", db_text_value(arena_str(ctx->arena, (struct str){import->id, ID_LENGTH}))},
        {"state", db_text_value(STR(USER_IMPORT_RUNNING))},
        {"dry_run", db_int_value(import->dry_run)},
        {"size", db_int_value((int64_t)ctx->request->body.n)},
        {"done_size", db_int_value(0)},
        {"line_count", db_int_value(0)},
        {"imported", db_int_value(0)},
        {"refused", db_int_value(0)},
        {"created_at", db_int_value(ctx->now)},
        {"updated_at", db_int_value(ctx->now)},
    };
    enum err err = db_exec(ctx->db, "DELETE FROM user_imports WHERE created_at < $1",
                           DB_PARAMS(db_int_value(ctx->now - KEPT_MS)), NULL);
    if (err)
        return err;
    return crud_insert(ctx->db, &import_entity, NULL, sets, sizeof(sets) / sizeof(*sets),
                       ctx->arena, rows);
}

static enum err create_import(struct ctx *ctx)
{
    struct db_rows rows;
    if (!ctx->request->body.n)
        return fail(ctx, ERR_INVALID_INPUT, "the body has no lines");
    struct user_import *import = new_import(ctx);
    if (!import)
        return fail(ctx, ERR_STORAGE_FULL);
    enum err err = insert_row(ctx, import, &rows);
    if (err) {
        user_import_free(import);
        return err;
    }
    put_import(ctx, &rows, 0);
    user_imports_offer(import); /* it waits for this transaction */
    return OK;
}

static enum err list_imports(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_list(ctx, &import_entity, NULL, 0, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_import(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return OK;
}

static enum err get_import(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &import_entity, ctx->params[0], &rows);
    if (!err)
        put_import(ctx, &rows, 0);
    return err;
}

static enum err list_errors(struct ctx *ctx)
{
    struct db_rows rows;
    struct db_value id = db_text_value(ctx->params[0]);
    const struct crud_filter filter = {"import_id = $1", &id, 1};
    enum err err = entity_get(ctx, &import_entity, ctx->params[0], &rows);
    if (!err)
        err = entity_list(ctx, &error_entity, &filter, 1, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        crud_put_object(&ctx->answer.json, &error_entity, &rows, i, STR_NONE);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- Exports ---- */

/* What an import takes, in the columns of users. */
static const struct field export_fields[] = {
#define COLUMN(json_name, column_name, kind)                                                       \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = (column_name), .type = (kind), .flags = FIELD_MAYBE \
    }
    COLUMN("id", "id", FIELD_STRING),
    COLUMN("username", "username", FIELD_STRING),
    COLUMN("primaryEmail", "primary_email", FIELD_STRING),
    COLUMN("primaryPhone", "primary_phone", FIELD_STRING),
    COLUMN("name", "name", FIELD_STRING),
    COLUMN("avatar", "avatar", FIELD_STRING),
    COLUMN("customData", "custom_data", FIELD_MAP),
    COLUMN("profile", "profile", FIELD_MAP),
    COLUMN("identities", "identities", FIELD_MAP),
    COLUMN("isSuspended", "is_suspended", FIELD_BOOL),
    COLUMN("createdAt", "created_at", FIELD_INT),
    COLUMN("lastSignInAt", "last_sign_in_at", FIELD_INT),
    COLUMN("passwordDigest", "password_digest", FIELD_STRING),
    COLUMN("passwordAlgorithm", "password_algorithm", FIELD_STRING),
#undef COLUMN
    FIELDS_END,
};
static const struct entity export_entity = {
    .name = STR_INIT("users"),
    .table = "users",
    .fields = export_fields,
    .order = "id",
};

static enum err export_users(struct ctx *ctx)
{
    struct db_rows rows;
    if (!ctx->cursor) { /* a page in the middle of changes would be of no use */
        ctx->cursor = true;
        ctx->page = 1;
    }
    enum err err = entity_list(ctx, &export_entity, NULL, 0, &rows);
    if (err)
        return err;
    for (size_t i = 0; i < rows.count; i++) {
        ctx->answer.json.comma = false;
        crud_put_object(&ctx->answer.json, &export_entity, &rows, i, STR_NONE);
        buf_byte(&ctx->answer.body, '\n');
    }
    ctx->answer.no_store = true;
    ctx->answer.content_type = LINES;
    return OK;
}

/* ---- Routes ---- */

static const struct field import_query[] = {FIELDS_END};

ROUTES(user_imports) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/user-imports"),
     .area = "users",
     .sends = true,
     .rehearses = true,
     .run = RUN_WRITE,
     .query = import_query,
     .body_mode = BODY_RAW,
     .body_max = FILE_MAX,
     .status = 202,
     .reply = REPLY_OBJECT,
     .reply_fields = import_fields,
     .summary = "Import users",
     .doc = "JSON lines, one user each: the members of a new user besides `password`, and `id`, "
            "`identities`, `isSuspended`, `createdAt`, `lastSignInAt`. The answer comes at once; "
            "the import goes on behind it. A line that is refused stops nothing. Webhooks are not "
            "told.",
     .handle = create_import},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/user-imports"),
     .area = "users",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = import_fields,
     .summary = "List imports of users",
     .doc = "Those of the last 30 days.",
     .handle = list_imports},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/user-imports/:id"),
     .area = "users",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = import_fields,
     .summary = "Get an import of users",
     .doc = "How far it is.",
     .handle = get_import},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/user-imports/:id/errors"),
     .area = "users",
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = error_fields,
     .summary = "List the refused lines of an import",
     .handle = list_errors},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/user-exports"),
     .area = "users",
     .reveals = true,
     .paging = PAGE_ALWAYS,
     .page_max = 1000,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Export users",
     .doc = "JSON lines that an import takes, password digests included, which takes the scope "
            "write:users. By cursor: Link leads to the next page.",
     .handle = export_users},
    ROUTES_END,
};
