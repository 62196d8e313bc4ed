/* /api/dashboard/activity: what happened on which day, through which application, and what was
 * refused and why. */
#include <stdlib.h>

#include "domain/active_users.h"
#include "domain/activity.h"

#define DAYS 30
#define TOP  ((size_t)10)

/* Of one day, or one application. */
struct happened {
    struct str name;
    int64_t new_users, sign_ins, registrations, tokens, refused;
};

static void add_happened(struct happened *sum, const struct activity *row)
{
    if (row->cause.n)
        sum->refused += row->count;
    else if (str_starts(row->key, STR("ExchangeTokenBy.")))
        sum->tokens += row->count;
    else if (str_eq(row->key, STR("Interaction.SignIn.Submit")))
        sum->sign_ins += row->count;
    else if (str_eq(row->key, STR("Interaction.Register.Submit")))
        sum->registrations += row->count;
}

static enum err add_new_users(struct ctx *ctx, struct happened *days, int64_t from, int64_t to)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT created_at / 86400000, count(*) FROM users"
                            " WHERE created_at >= $1 AND created_at < $2 GROUP BY 1",
                            DB_PARAMS(db_int_value(from * DAY_MS), db_int_value((to + 1) * DAY_MS)),
                            ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        days[db_int(&rows, i, 0) - from].new_users = db_int(&rows, i, 1);
    return err;
}

static void put_day(struct json_out *out, int64_t day, const struct happened *sum)
{
    char date[16];
    json_open_object(out);
    JSON_STR(out, "date", active_users_date(day, date));
    JSON_INT(out, "newUsers", sum->new_users);
    JSON_INT(out, "signIns", sum->sign_ins);
    JSON_INT(out, "registrations", sum->registrations);
    JSON_INT(out, "tokens", sum->tokens);
    JSON_INT(out, "refused", sum->refused);
    json_close_object(out);
}

static enum err put_days(struct ctx *ctx, int64_t from, int64_t to)
{
    struct json_out *out = &ctx->answer.json;
    struct activity *rows = NULL;
    size_t count = 0, length = (size_t)(to - from + 1);
    struct happened *days = ARENA_ARRAY(ctx->arena, struct happened, length);
    if (!days)
        return ERR_NO_MEMORY;
    memset(days, 0, length * sizeof(*days));
    enum err err = activity_read(ctx, ACTIVITY_BY_DAY, from, to, &rows, &count);
    if (!err)
        err = add_new_users(ctx, days, from, to);
    for (size_t i = 0; !err && i < count; i++)
        add_happened(&days[rows[i].day - from], &rows[i]);
    json_key(out, STR("days"));
    json_open_array(out);
    for (size_t i = 0; !err && i < length; i++)
        put_day(out, from + (int64_t)i, &days[i]);
    json_close_array(out);
    return err;
}

static int by_name(const void *a, const void *b)
{
    struct str x = ((const struct happened *)a)->name, y = ((const struct happened *)b)->name;
    int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return order ? order : (x.n > y.n) - (x.n < y.n);
}

static int busiest_first(const void *a, const void *b)
{
    const struct happened *x = a, *y = b;
    int64_t of_x = x->tokens + x->refused, of_y = y->tokens + y->refused;
    return of_x == of_y ? by_name(a, b) : (of_y > of_x) - (of_y < of_x);
}

/* The busiest by name, each once; how many they are, TOP at most. */
static size_t find_busiest(struct happened *sums, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(sums, count, sizeof(*sums), by_name);
    for (size_t i = 0; i < count; i++) {
        if (kept && str_eq(sums[kept - 1].name, sums[i].name)) {
            sums[kept - 1].tokens += sums[i].tokens;
            sums[kept - 1].refused += sums[i].refused;
        } else {
            sums[kept++] = sums[i];
        }
    }
    if (kept)
        qsort(sums, kept, sizeof(*sums), busiest_first);
    return kept < TOP ? kept : TOP;
}

static enum err read_busiest(struct ctx *ctx, enum activity_by by, int64_t from, int64_t to,
                             struct happened **out, size_t *busiest)
{
    struct activity *rows;
    size_t count, kept = 0;
    enum err err = activity_read(ctx, by, from, to, &rows, &count);
    if (err)
        return err;
    *out = ARENA_ARRAY(ctx->arena, struct happened, count + 1);
    if (!*out)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct str name = by == ACTIVITY_BY_CAUSE ? rows[i].cause : rows[i].application_id;
        bool refused = rows[i].cause.n > 0;
        if (name.n)
            (*out)[kept++] = (struct happened){.name = name,
                                               .tokens = refused ? 0 : rows[i].count,
                                               .refused = refused ? rows[i].count : 0};
    }
    *busiest = find_busiest(*out, kept);
    return OK;
}

static enum err put_applications(struct ctx *ctx, int64_t from, int64_t to)
{
    struct json_out *out = &ctx->answer.json;
    struct happened *sums;
    size_t count = 0;
    enum err err = read_busiest(ctx, ACTIVITY_BY_APPLICATION, from, to, &sums, &count);
    json_key(out, STR("applications"));
    json_open_array(out);
    for (size_t i = 0; !err && i < count; i++) {
        const struct app *app = snapshot_app(ctx->snapshot, sums[i].name);
        json_open_object(out);
        JSON_STR(out, "id", sums[i].name);
        JSON_STR(out, "name", app ? app->name : STR_NONE);
        JSON_INT(out, "succeeded", sums[i].tokens);
        JSON_INT(out, "refused", sums[i].refused);
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err put_refusals(struct ctx *ctx, int64_t from, int64_t to)
{
    struct json_out *out = &ctx->answer.json;
    struct happened *sums;
    size_t count = 0;
    enum err err = read_busiest(ctx, ACTIVITY_BY_CAUSE, from, to, &sums, &count);
    json_key(out, STR("refusals"));
    json_open_array(out);
    for (size_t i = 0; !err && i < count; i++) {
        json_open_object(out);
        JSON_STR(out, "cause", sums[i].name);
        JSON_INT(out, "count", sums[i].refused);
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err get_activity(struct ctx *ctx)
{
    int64_t to = active_users_day(ctx->now), days = DAYS;
    field_int(json_get(ctx->query, STR("days")), &days);
    int64_t from = to - days + 1;
    json_open_object(&ctx->answer.json);
    enum err err = put_days(ctx, from, to);
    if (!err)
        err = put_applications(ctx, from, to);
    if (!err)
        err = put_refusals(ctx, from, to);
    json_close_object(&ctx->answer.json);
    return err;
}

/* ---- The route ---- */

#define NUMBER(json_name, text)                                                                    \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_INT, .doc = (text)                              \
    }
static const struct field day_fields[] = {
    {.name = STR_INIT("date"), .type = FIELD_STRING, .doc = "The day, UTC."},
    NUMBER("newUsers", "Users made on it."),
    NUMBER("signIns", "Sign-ins that came to their end."),
    NUMBER("registrations", "Registrations that came to their end."),
    NUMBER("tokens", "Token requests that were answered with tokens."),
    NUMBER("refused", "Token requests, sign-ins and registrations that were refused."),
    FIELDS_END,
};
static const struct field busy_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "The application."},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "Its name; null when it is gone."},
    NUMBER("succeeded", "Tokens and sign-ins through it."),
    NUMBER("refused", "What was refused to it."),
    FIELDS_END,
};
static const struct field refusal_fields[] = {
    {.name = STR_INIT("cause"), .type = FIELD_STRING, .doc = "The code of the error."},
    NUMBER("count", "How often."),
    FIELDS_END,
};
static const struct field day_item = {.type = FIELD_OBJECT, .fields = day_fields};
static const struct field busy_item = {.type = FIELD_OBJECT, .fields = busy_fields};
static const struct field refusal_item = {.type = FIELD_OBJECT, .fields = refusal_fields};
static const struct field activity_reply[] = {
    {.name = STR_INIT("days"),
     .type = FIELD_ARRAY,
     .item = &day_item,
     .doc = "Each day, the last is today."},
    {.name = STR_INIT("applications"),
     .type = FIELD_ARRAY,
     .item = &busy_item,
     .doc = "The ten busiest of these days."},
    {.name = STR_INIT("refusals"),
     .type = FIELD_ARRAY,
     .item = &refusal_item,
     .doc = "The ten most frequent causes of refusals."},
    FIELDS_END,
};
static const struct field activity_query[] = {
    {.name = STR_INIT("days"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE,
     .min = 1,
     .max = 366,
     .doc = "How many days up to today; 30 when not given."},
    FIELDS_END,
};

ROUTES(dashboard_activity) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/dashboard/activity"),
     .area = "dashboard",
     .query = activity_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = activity_reply,
     .summary = "Count what happened, day by day, by application and by cause of refusal",
     .doc = "Counted as the audit log grows and kept for 400 days, whether or not the log is.",
     .handle = get_activity},
    ROUTES_END,
};
