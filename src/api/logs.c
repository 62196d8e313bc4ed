/* /api/logs: token requests and changes through the Management API, as they were audited. */
#include <math.h>
#include <stdlib.h>

#include "base/ids.h"
#include "domain/cursor.h"

/* Rows that are counted at most. The count runs where other requests wait for it. */
#define COUNT_MAX 100000
/* The longest step back of the clock that is reckoned with. */
#define CLOCK_STEP_MS ((int64_t)24 * 60 * 60 * 1000)
#define SQL_MAX       1024
/* Behind those of an answer: the keys of a cursor, which are one or both of the last two. */
#define COLUMNS "id, key, payload, created_at, id AS cursor_id"

enum { ID, KEY, PAYLOAD, CREATED_AT, CURSOR_ID };

/* The conditions of a list, for both tables. */
struct conditions {
    const char *texts[7];
    struct db_value params[11]; /* and room for the cursor, LIMIT and OFFSET */
    size_t count;
    bool by_time; /* nothing but the time narrows the list */
    const char *order;
    size_t behind; /* keys of the cursor among the params, behind those of the texts */
};

/* A time out of the query. */
struct moment {
    bool given;
    int64_t ms;
};

static void add(struct conditions *conditions, const char *text, struct db_value value)
{
    conditions->texts[conditions->count] = text;
    conditions->params[conditions->count++] = value;
}

/* Any number that JavaScript reads, rounded to milliseconds. */
static bool read_number(struct str text, int64_t *out)
{
    char cstr[32], *end;
    if (text.n == 0 || text.n >= sizeof(cstr))
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    double value = strtod(cstr, &end);
    if (*end || !isfinite(value) || fabs(value) > (double)FIELD_INT_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

static enum err read_moment(struct ctx *ctx, struct str name, struct moment *moment)
{
    struct str text = ctx_query(ctx, name);
    moment->given = text.p != NULL;
    if (moment->given && !read_number(text, &moment->ms))
        return fail_text(ctx, ERR_INVALID_QUERY, "%.*s must be a number of milliseconds",
                         STR_ARG(name));
    return OK;
}

/* Ids sort by time, so the key narrows a list by time where no other index does. An id is never
 * older than its row, and younger only by what the clock stepped back. */
static enum err add_bound(struct ctx *ctx, struct conditions *conditions, const char *text,
                          int64_t ms)
{
    char *bound = arena_bytes(ctx->arena, ID_BOUND_LENGTH);
    if (!bound)
        return ERR_NO_MEMORY;
    id_ordered_bound(bound, ms);
    add(conditions, text, db_text_value((struct str){bound, ID_BOUND_LENGTH}));
    return OK;
}

static enum err add_window(struct ctx *ctx, struct conditions *conditions)
{
    struct moment start = {0}, end = {0};
    enum err err = read_moment(ctx, STR("start_time"), &start);
    if (!err)
        err = read_moment(ctx, STR("end_time"), &end);
    if (err)
        return err;
    if (start.given && end.given && start.ms > end.ms)
        return fail(ctx, ERR_LOG_TIME_WINDOW);
    if (start.given)
        add(conditions, "created_at >=", db_int_value(start.ms));
    if (end.given)
        add(conditions, "created_at <=", db_int_value(end.ms));
    if (start.given && conditions->by_time)
        err = add_bound(ctx, conditions, "id >=", start.ms);
    if (!err && end.given && conditions->by_time)
        err = add_bound(ctx, conditions, "id <", end.ms + CLOCK_STEP_MS);
    return err;
}

static enum err read_conditions(struct ctx *ctx, struct conditions *conditions)
{
    static const struct {
        struct str name;
        const char *text;
    } equal[] = {
        {STR_INIT("userId"), "user_id ="},
        {STR_INIT("applicationId"), "application_id ="},
        {STR_INIT("logKey"), "key ="},
    };
    conditions->count = 0;
    for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
        struct str value = ctx_query(ctx, equal[i].name);
        if (value.n)
            add(conditions, equal[i].text, db_text_value(value));
    }
    conditions->by_time = conditions->count == 0;
    return add_window(ctx, conditions);
}

static void put_select(struct buf *sql, const char *columns, const char *table,
                       const struct conditions *conditions)
{
    buf_printf(sql, "SELECT %s FROM %s", columns, table);
    for (size_t i = 0; i < conditions->count; i++)
        buf_printf(sql, "%s%s $%zu", i ? " AND " : " WHERE ", conditions->texts[i], i + 1);
    const char *link = conditions->count ? "AND" : "WHERE";
    if (conditions->behind == 1)
        buf_printf(sql, " %s id < $%zu", link, conditions->count + 1);
    else if (conditions->behind)
        buf_printf(sql, " %s (created_at, id) < ($%zu, $%zu)", link, conditions->count + 1,
                   conditions->count + 2);
}

static enum err query(struct ctx *ctx, struct buf *sql, const struct conditions *conditions,
                      size_t extra, struct db_rows *rows)
{
    buf_byte(sql, '\0');
    if (sql->failed)
        return ERR_NO_MEMORY;
    return db_query(ctx->db, sql->p, conditions->params, conditions->count + extra, ctx->arena,
                    rows);
}

static enum err count_logs(struct ctx *ctx, struct conditions *conditions, int64_t *total)
{
    struct db_rows rows;
    struct buf sql = buf_new(ctx->arena, SQL_MAX);
    BUF_LIT(&sql, "SELECT count(*) FROM (");
    put_select(&sql, "1", "logs", conditions);
    BUF_LIT(&sql, " UNION ALL ");
    put_select(&sql, "1", "change_logs", conditions);
    buf_printf(&sql, " LIMIT $%zu) counted", conditions->count + 1);
    conditions->params[conditions->count] = db_int_value(COUNT_MAX + 1);
    enum err err = query(ctx, &sql, conditions, 1, &rows);
    if (!err)
        *total = db_int(&rows, 0, 0);
    return err;
}

static enum err read_cursor(struct ctx *ctx, struct conditions *conditions)
{
    bool given;
    conditions->order = conditions->by_time ? "id DESC" : "created_at DESC, id DESC";
    enum err err = cursor_read(ctx, STR("logs"), conditions->order,
                               &conditions->params[conditions->count], &given);
    conditions->behind = !given ? 0 : conditions->by_time ? 1 : 2;
    return err;
}

/* In the order of the index that is used, so that a page costs a page: both tables give their rows
 * in order and the engine merges. */
static enum err find_logs(struct ctx *ctx, struct conditions *conditions, struct db_rows *rows)
{
    struct buf sql = buf_new(ctx->arena, SQL_MAX);
    size_t count = conditions->count + conditions->behind;
    put_select(&sql, COLUMNS, "logs", conditions);
    BUF_LIT(&sql, " UNION ALL ");
    put_select(&sql, COLUMNS, "change_logs", conditions);
    buf_printf(&sql, " ORDER BY %s LIMIT $%zu OFFSET $%zu", conditions->order, count + 1,
               count + 2);
    conditions->params[count] = db_int_value(cursor_limit(ctx));
    conditions->params[count + 1] = db_int_value((ctx->page - 1) * ctx->page_size);
    enum err err = query(ctx, &sql, conditions, conditions->behind + 2, rows);
    if (!err)
        cursor_end(ctx, STR("logs"), conditions->order, rows,
                   conditions->by_time ? CURSOR_ID : CREATED_AT);
    return err;
}

static void put_log(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", db_text(rows, row, ID));
    JSON_STR(out, "key", db_text(rows, row, KEY));
    JSON_RAW(out, "payload", db_text(rows, row, PAYLOAD));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    json_close_object(out);
}

static enum err list_logs(struct ctx *ctx)
{
    struct conditions conditions;
    struct db_rows rows;
    int64_t total = 0;
    enum err err = read_conditions(ctx, &conditions);
    if (!err)
        err = read_cursor(ctx, &conditions);
    if (!err && !ctx->cursor)
        err = count_logs(ctx, &conditions, &total);
    if (!err)
        err = find_logs(ctx, &conditions, &rows);
    if (err)
        return err;
    ctx_page_headers(ctx, total > COUNT_MAX ? COUNT_MAX : total);
    if (total > COUNT_MAX)
        ctx_header(ctx, STR("Total-Number-Is-Capped"), STR("true"));
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_log(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return OK;
}

static enum err get_log(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT " COLUMNS " FROM logs WHERE id = $1 UNION ALL"
                            " SELECT " COLUMNS " FROM change_logs WHERE id = $1",
                            DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (err)
        return err;
    if (rows.count == 0)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "logs", arena_cstr(ctx->arena, ctx->params[0]));
    put_log(ctx, &rows, 0);
    return OK;
}

/* ---- Routes ---- */

static const struct field list_query[] = {
    {.name = STR_INIT("userId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only what this user did."},
    {.name = STR_INIT("applicationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only what this application did."},
    {.name = STR_INIT("logKey"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only entries of this kind, e.g. ExchangeTokenBy.ClientCredentials."},
    {.name = STR_INIT("start_time"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Not before this time, in milliseconds since 1970."},
    {.name = STR_INIT("end_time"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Not after this time, in milliseconds since 1970."},
    FIELDS_END,
};

static const struct field reply[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier; ids sort by time."},
    {.name = STR_INIT("key"), .type = FIELD_STRING, .doc = "What happened."},
    {.name = STR_INIT("payload"), .type = FIELD_MAP, .doc = "Who did it, how, and the result."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "In milliseconds since 1970."},
    FIELDS_END,
};

ROUTES(logs) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/logs"),
     .area = "logs",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = reply,
     .summary = "List audit log entries",
     .doc = "Newest first: token requests, and what was changed through this API. Total-Number "
            "stops at 100000; Total-Number-Is-Capped then says so.",
     .handle = list_logs},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/logs/:id"),
     .area = "logs",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Get an audit log entry",
     .handle = get_log},
    ROUTES_END,
};
