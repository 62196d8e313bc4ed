/* /api/dashboard: how many users there are, are new, are active. */
#include <stdio.h>
#include <time.h>

#include "domain/active_users.h"
#include "domain/users.h"

static enum err get_total(struct ctx *ctx)
{
    int64_t total;
    enum err err = user_count(ctx, &total);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_INT(&ctx->answer.json, "totalUserCount", total);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* Users made on the days from `from` up to and without `to`. */
static enum err count_new(struct ctx *ctx, int64_t from, int64_t to, int64_t *count)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db, "SELECT count(*) FROM users WHERE created_at >= $1 AND created_at < $2",
        DB_PARAMS(db_int_value(from * DAY_MS), db_int_value(to * DAY_MS)), ctx->arena, &rows);
    if (!err)
        *count = db_int(&rows, 0, 0);
    return err;
}

static void put_count(struct json_out *out, struct str name, int64_t now, int64_t before)
{
    json_key(out, name);
    json_open_object(out);
    JSON_INT(out, "count", now);
    JSON_INT(out, "delta", now - before);
    json_close_object(out);
}

static enum err get_new(struct ctx *ctx)
{
    int64_t today = active_users_day(ctx->now), counts[4] = {0};
    enum err err = count_new(ctx, today, today + 1, &counts[0]);
    if (!err)
        err = count_new(ctx, today - 1, today, &counts[1]);
    if (!err)
        err = count_new(ctx, today - 6, today + 1, &counts[2]);
    if (!err)
        err = count_new(ctx, today - 13, today - 6, &counts[3]);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    put_count(&ctx->answer.json, STR("today"), counts[0], counts[1]);
    put_count(&ctx->answer.json, STR("last7Days"), counts[2], counts[3]);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Active ones ---- */

static bool read_date(struct str text, struct tm *out)
{
    char cstr[16];
    if (text.n != 10)
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    *out = (struct tm){0};
    const char *end = strptime(cstr, "%Y-%m-%d", out);
    return end && !*end;
}

static bool check_date(json *value)
{
    struct tm date;
    return read_date(json_str(value), &date);
}

static enum err count_active(struct ctx *ctx, int64_t from, int64_t to, int64_t *count)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT count(DISTINCT user_id) FROM daily_active_users"
                            " WHERE day >= $1 AND day < $2",
                            DB_PARAMS(db_int_value(from), db_int_value(to)), ctx->arena, &rows);
    if (!err)
        *count = db_int(&rows, 0, 0);
    return err;
}

#define CURVE_DAYS 30

static enum err put_curve(struct ctx *ctx, int64_t day)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    size_t row = 0;
    enum err err =
        db_query(ctx->db,
                 "SELECT day, count(*) FROM daily_active_users WHERE day > $1"
                 " AND day <= $2 GROUP BY day ORDER BY day",
                 DB_PARAMS(db_int_value(day - CURVE_DAYS), db_int_value(day)), ctx->arena, &rows);
    json_key(out, STR("dauCurve"));
    json_open_array(out);
    for (int64_t at = day - CURVE_DAYS + 1; !err && at <= day; at++) {
        char date[16];
        bool counted = row < rows.count && db_int(&rows, row, 0) == at;
        json_open_object(out);
        JSON_STR(out, "date", active_users_date(at, date));
        JSON_INT(out, "count", counted ? db_int(&rows, row, 1) : 0);
        json_close_object(out);
        row += counted;
    }
    json_close_array(out);
    return err;
}

static enum err get_active(struct ctx *ctx)
{
    static const struct {
        struct str name;
        int64_t days;
    } spans[] = {{STR_INIT("dau"), 1}, {STR_INIT("wau"), 7}, {STR_INIT("mau"), 30}};
    struct tm date;
    int64_t day = active_users_day(ctx->now), now = 0, before = 0;
    if (read_date(ctx_query(ctx, STR("date")), &date))
        day = active_users_day((int64_t)timegm(&date) * 1000);
    json_open_object(&ctx->answer.json);
    enum err err = put_curve(ctx, day);
    for (size_t i = 0; !err && i < sizeof(spans) / sizeof(*spans); i++) {
        err = count_active(ctx, day - spans[i].days + 1, day + 1, &now);
        if (!err)
            err = count_active(ctx, day - 2 * spans[i].days + 1, day - spans[i].days + 1, &before);
        put_count(&ctx->answer.json, spans[i].name, now, before);
    }
    json_close_object(&ctx->answer.json);
    return err;
}

/* ---- Routes ---- */

static const struct field total_reply[] = {
    {.name = STR_INIT("totalUserCount"), .type = FIELD_INT, .doc = "All users."},
    FIELDS_END,
};
static const struct field count_fields[] = {
    {.name = STR_INIT("count"), .type = FIELD_INT, .doc = "Users of the time."},
    {.name = STR_INIT("delta"), .type = FIELD_INT, .doc = "More than in the time before."},
    FIELDS_END,
};
#define COUNT(json_name, text)                                                                     \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_OBJECT, .fields = count_fields, .doc = (text)   \
    }
static const struct field new_reply[] = {
    COUNT("today", "Made today."),
    COUNT("last7Days", "Made in the last seven days."),
    FIELDS_END,
};
static const struct field point[] = {
    {.name = STR_INIT("date"), .type = FIELD_STRING, .doc = "The day, UTC."},
    {.name = STR_INIT("count"), .type = FIELD_INT, .doc = "Users active on it."},
    FIELDS_END,
};
static const struct field point_item = {.type = FIELD_OBJECT, .fields = point};
static const struct field active_reply[] = {
    {.name = STR_INIT("dauCurve"),
     .type = FIELD_ARRAY,
     .item = &point_item,
     .doc = "The last 30 days."},
    COUNT("dau", "Active on the day."),
    COUNT("wau", "Active in the seven days up to it."),
    COUNT("mau", "Active in the 30 days up to it."),
    FIELDS_END,
};
static const struct field active_query[] = {
    {.name = STR_INIT("date"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .check = check_date,
     .format = "regex",
     .doc = "YYYY-MM-DD, UTC; today when not given."},
    FIELDS_END,
};

#define DASHBOARD(address, query_fields, fields, text, function)                                   \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT("/api/dashboard/users/" address),                   \
        .area = "dashboard", .query = (query_fields), .status = 200, .reply = REPLY_OBJECT,        \
        .reply_fields = (fields), .summary = (text), .handle = (function)                          \
    }

ROUTES(dashboard) = {
    DASHBOARD("total", NULL, total_reply, "Count all users", get_total),
    DASHBOARD("new", NULL, new_reply, "Count new users", get_new),
    DASHBOARD("active", active_query, active_reply, "Count active users", get_active),
    ROUTES_END,
};
