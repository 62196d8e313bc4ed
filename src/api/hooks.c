/* /api/hooks: who is told of what happens. */
#include "domain/hooks.h"
#include "domain/cursor.h"

#include "base/ids.h"

#define KEY_LENGTH 32
#define DAY_MS     ((int64_t)24 * 3600 * 1000)

/* ---- Rows ---- */

static bool is_text_map(json *value)
{
    size_t i, n;
    json *key, *member;
    yyjson_obj_foreach(value, i, n, key, member)
    {
        if (!yyjson_is_str(member))
            return false;
    }
    return true;
}

static const struct field config_fields[] = {
    {.name = STR_INIT("url"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .example = "https://example.com/hook",
     .doc = "Where to send."},
    {.name = STR_INIT("headers"),
     .type = FIELD_MAP,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .check = is_text_map,
     .doc = "Further headers."},
    {.name = STR_INIT("retries"),
     .type = FIELD_INT,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .min = 0,
     .max = 3,
     .doc = "Without effect: a delivery is tried until it succeeds, for some hours."},
    FIELDS_END,
};
static const struct field config_field = {.type = FIELD_OBJECT, .fields = config_fields};
static const struct field event_item = {.type = FIELD_ENUM, .options = hook_events};

static const struct field stats_fields[] = {
    {.name = STR_INIT("successCount"), .type = FIELD_INT, .doc = "Attempts that succeeded."},
    {.name = STR_INIT("requestCount"), .type = FIELD_INT, .doc = "All attempts."},
    FIELDS_END,
};

static const struct field hook_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .min = 1,
     .max = 256,
     .fallback = "\"\"",
     .doc = "Shown name."},
    {.name = STR_INIT("event"),
     .column = "event",
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .options = hook_events,
     .doc = "One event, as older clients name it."},
    {.name = STR_INIT("events"),
     .column = "events",
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE,
     .min = 1,
     .item = &event_item,
     .fallback = "[]",
     .example = "User.Created",
     .doc = "What is told."},
    {.name = STR_INIT("config"),
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE | FIELD_REQUIRED | FIELD_SECRET,
     .fields = config_fields,
     .doc = "Where to; encrypted at rest."},
    {.name = STR_INIT("signingKey"),
     .type = FIELD_STRING,
     .doc = "The key of the signature in the header logto-signature-sha-256."},
    {.name = STR_INIT("enabled"),
     .column = "enabled",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "true",
     .doc = "Whether it is told anything."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "When it was made, in milliseconds since 1970."},
    {.name = STR_INIT("executionStats"),
     .type = FIELD_OBJECT,
     .flags = FIELD_MAYBE,
     .fields = stats_fields,
     .doc = "Of the last 24 hours, when they are asked for."},
    FIELDS_END,
};

/* What is stored, with the sealed columns that no answer has. */
static const struct field stored_fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING},
    {.name = STR_INIT("name"),
     .column = "name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE,
     .fallback = "\"\""},
    {.name = STR_INIT("event"), .column = "event", .type = FIELD_STRING, .flags = FIELD_WRITE},
    {.name = STR_INIT("events"),
     .column = "events",
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE,
     .item = &event_item,
     .fallback = "[]"},
    {.name = STR_INIT("sealedConfig"), .column = "sealed_config", .type = FIELD_STRING},
    {.name = STR_INIT("sealedKey"), .column = "sealed_key", .type = FIELD_STRING},
    {.name = STR_INIT("enabled"),
     .column = "enabled",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "true"},
    {.name = STR_INIT("createdAt"), .column = "created_at", .type = FIELD_INT},
    FIELDS_END,
};
enum { ID, NAME, EVENT, EVENTS, CONFIG, KEY, ENABLED, CREATED_AT };

static const struct entity entity = {
    .name = STR_INIT("hooks"),
    .table = "hooks",
    .fields = stored_fields,
    .order = "created_at DESC, id",
};

/* ---- Reading ---- */

static enum err put_stats(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err =
        db_query(ctx->db,
                 "SELECT count(*), coalesce(sum(succeeded), 0) FROM hook_logs"
                 " WHERE hook_id = $1 AND created_at >= $2",
                 DB_PARAMS(db_text_value(id), db_int_value(ctx->now - DAY_MS)), ctx->arena, &rows);
    if (err)
        return err;
    json_key(out, STR("executionStats"));
    json_open_object(out);
    JSON_INT(out, "successCount", db_int(&rows, 0, 1));
    JSON_INT(out, "requestCount", db_int(&rows, 0, 0));
    json_close_object(out);
    return OK;
}

static enum err put_hook(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(rows, row, ID), wanted = ctx_query(ctx, STR("includeExecutionStats"));
    struct vault *vault = ctx->tenant->vault;
    struct str config = hook_open(vault, ctx->arena, "config", id, db_text(rows, row, CONFIG));
    struct str key = hook_open(vault, ctx->arena, "key", id, db_text(rows, row, KEY));
    enum err err = OK;
    if (!config.p || !key.p)
        return fail(ctx, ERR_INTERNAL);
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", id);
    JSON_STR(out, "name", db_text(rows, row, NAME));
    JSON_STR(out, "event", db_text(rows, row, EVENT));
    JSON_RAW(out, "events", db_text(rows, row, EVENTS));
    hook_put_config(ctx, out, config);
    JSON_STR(out, "signingKey", ctx_only_looks(ctx) ? STR("") : key);
    JSON_BOOL(out, "enabled", db_int(rows, row, ENABLED) != 0);
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    if (str_eq_nocase(wanted, STR("true")) || str_eq(wanted, STR("1")))
        err = put_stats(ctx, id);
    json_close_object(out);
    return err;
}

static enum err list_hooks(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_list(ctx, &entity, NULL, 0, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_hook(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err get_hook(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    return err ? err : put_hook(ctx, &rows, 0);
}

/* ---- Writing ---- */

static struct str without_repeats(struct ctx *ctx, json *events)
{
    size_t i, n;
    json *event;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    yyjson_arr_foreach(events, i, n, event)
    {
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated |= str_eq(json_str(yyjson_arr_get(events, k)), json_str(event));
        if (!repeated)
            json_put_str(&out, json_str(event));
    }
    json_close_array(&out);
    return buf_view(&buf);
}

static enum err new_key(struct ctx *ctx, struct str id, struct str *sealed)
{
    char key[KEY_LENGTH];
    secret_random(key, sizeof(key));
    return hook_seal(ctx, "key", id, (struct str){key, sizeof(key)}, sealed);
}

static enum err create_hook(struct ctx *ctx)
{
    struct db_rows rows;
    char made[ID_LENGTH];
    struct str id = {made, sizeof(made)}, config, key;
    json *events = ctx_body(ctx, STR("events"));
    if (!events && !json_str(ctx_body(ctx, STR("event"))).n)
        return fail(ctx, ERR_HOOK_NO_EVENTS);
    id_random(made, sizeof(made));
    enum err err =
        hook_seal(ctx, "config", id,
                  field_clean(&config_field, ctx_body(ctx, STR("config")), ctx->arena), &config);
    if (!err)
        err = new_key(ctx, id, &key);
    if (err)
        return err;
    const struct crud_set sets[] = {
        {"id", db_text_value(id)},
        {"created_at", db_int_value(ctx->now)},
        {"sealed_config", db_text_value(config)},
        {"sealed_key", db_text_value(key)},
        {"events", db_text_value(without_repeats(ctx, events))},
    };
    err = crud_insert(ctx->db, &entity, ctx->body, sets, sizeof(sets) / sizeof(*sets), ctx->arena,
                      &rows);
    return err ? err : put_hook(ctx, &rows, 0);
}

static enum err update_hook(struct ctx *ctx, json *body, const struct crud_set *sets, size_t count)
{
    struct db_rows rows;
    bool nothing;
    enum err err = crud_update(ctx->db, &entity, ctx->params[0], body, sets, count, ctx->arena,
                               &rows, &nothing);
    if (err)
        return err;
    if (nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    if (!rows.count)
        return fail(ctx, ERR_NOT_EXISTS, "hook");
    return put_hook(ctx, &rows, 0);
}

static enum err patch_hook(struct ctx *ctx)
{
    struct crud_set sets[2];
    size_t count = 0;
    struct str sealed;
    json *config = ctx_body(ctx, STR("config")), *events = ctx_body(ctx, STR("events"));
    enum err err = OK;
    if (config) {
        err = hook_seal(ctx, "config", ctx->params[0],
                        field_clean(&config_field, config, ctx->arena), &sealed);
        sets[count++] = (struct crud_set){"sealed_config", db_text_value(sealed)};
    }
    if (events)
        sets[count++] = (struct crud_set){"events", db_text_value(without_repeats(ctx, events))};
    return err ? err : update_hook(ctx, ctx->body, sets, count);
}

static enum err renew_key(struct ctx *ctx)
{
    struct str sealed;
    enum err err = new_key(ctx, ctx->params[0], &sealed);
    const struct crud_set set = {"sealed_key", db_text_value(sealed)};
    return err ? err : update_hook(ctx, NULL, &set, 1);
}

static enum err delete_hook(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &entity, ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Trying one ---- */

#define TEST_USER                                                                                  \
    "{\"id\":\"test-user\",\"username\":\"test\",\"primaryEmail\":\"test@example.com\","           \
    "\"primaryPhone\":\"15550100\",\"name\":\"Test User\",\"avatar\":null,\"customData\":{},"      \
    "\"identities\":{},\"profile\":{},\"applicationId\":\"test-application\","                     \
    "\"isSuspended\":false}"
#define TEST_APPLICATION                                                                           \
    "{\"id\":\"test-application\",\"type\":\"SPA\",\"name\":\"Test Application\","                 \
    "\"description\":\"made up for a test\"}"

/* Like what is sent for the event, of a user and application that are not there. */
static struct str test_payload(struct ctx *ctx, struct str event)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "event", event);
    JSON_STR(&out, "hookId", ctx->params[0]);
    JSON_STR(&out, "createdAt", hook_time(ctx->arena, ctx->now));
    JSON_STR(&out, "userAgent", STR("test"));
    if (str_starts(event, STR("Post"))) {
        JSON_STR(&out, "sessionId", STR("test-session"));
        JSON_STR(&out, "userIp", STR("192.0.2.1"));
        JSON_STR(&out, "userId", STR("test-user"));
        JSON_RAW(&out, "user", STR(TEST_USER));
        JSON_RAW(&out, "application", STR(TEST_APPLICATION));
    } else {
        JSON_STR(&out, "path", STR("/test-path/test-user"));
        JSON_STR(&out, "method", STR("POST"));
        JSON_INT(&out, "status", 200);
        JSON_RAW(&out, "params", STR("{\"id\":\"test-user\"}"));
        JSON_RAW(&out, "data", STR("{\"result\":\"success\"}"));
    }
    json_close_object(&out);
    return buf_view(&buf);
}

struct trial {
    struct outgoing *requests;
    size_t count;
};

static void run_trial(void *arg)
{
    struct trial *trial = arg;
    for (size_t i = 0; i < trial->count; i++) {
        outgoing_send(&trial->requests[i]);
        if (!hook_was_taken(&trial->requests[i]))
            return;
    }
}

static enum err start_trial(struct ctx *ctx, struct str key)
{
    size_t i, n;
    json *event, *events = ctx_body(ctx, STR("events"));
    struct trial *trial = ARENA_NEW(ctx->arena, struct trial);
    struct str config = field_clean(&config_field, ctx_body(ctx, STR("config")), ctx->arena);
    size_t count = yyjson_arr_size(events);
    struct outgoing *requests = ARENA_ARRAY(ctx->arena, struct outgoing, count);
    if (!trial || !requests)
        return fail(ctx, ERR_NO_MEMORY);
    *trial = (struct trial){requests, count};
    yyjson_arr_foreach(events, i, n, event)
    {
        requests[i].allow_private = ctx->tenant->config->hook_private_addresses;
        if (!hook_request(ctx->arena, config, key, test_payload(ctx, json_str(event)),
                          &requests[i]))
            return fail(ctx, ERR_HOOK_TEST, "its address or headers cannot be used");
    }
    return ctx_slow(ctx, run_trial, trial);
}

static enum err refuse_response(struct ctx *ctx, const struct outgoing *request)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    struct str body = {request->response, request->response_length};
    json_open_object(&out);
    JSON_INT(&out, "responseStatus", request->status);
    JSON_STR(&out, "responseBody", str_is_utf8(body) ? body : STR(""));
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_HOOK_ENDPOINT), buf_view(&buf));
}

#define TEST_EVENTS_MAX 32

static enum err test_hook(struct ctx *ctx)
{
    struct db_rows rows;
    if (ctx->slow.done) {
        const struct trial *trial = ctx->slow.arg;
        for (size_t i = 0; i < trial->count; i++) {
            if (trial->requests[i].error)
                return fail(ctx, ERR_HOOK_TEST, trial->requests[i].error);
            if (!hook_was_taken(&trial->requests[i]))
                return refuse_response(ctx, &trial->requests[i]);
        }
        return OK;
    }
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    if (err)
        return err;
    struct str key =
        hook_open(ctx->tenant->vault, ctx->arena, "key", ctx->params[0], db_text(&rows, 0, KEY));
    return key.p ? start_trial(ctx, key) : fail(ctx, ERR_INTERNAL);
}

/* ---- What became of deliveries ---- */

static enum err list_logs(struct ctx *ctx)
{
    struct db_rows rows, total;
    struct json_out *out = &ctx->answer.json;
    struct str key = ctx_query(ctx, STR("logKey"));
    int64_t from = ctx->now - DAY_MS, to = INT64_MAX;
    bool window = str_to_int64(ctx_query(ctx, STR("start_time")), &from);
    if (str_to_int64(ctx_query(ctx, STR("end_time")), &to) && !window)
        from = 0;
    if (from > to)
        return fail(ctx, ERR_LOG_TIME_WINDOW);
#define LOG_ORDER "created_at DESC, id DESC"
#define FROM_LOGS                                                                                  \
    "FROM hook_logs WHERE hook_id = $1 AND created_at >= $2 AND created_at <= $3"                  \
    " AND (CAST($4 AS text) IS NULL OR key = $4)"
    struct db_value behind[CURSOR_KEYS_MAX];
    bool given;
    enum err err = cursor_read(ctx, STR("hook_logs"), LOG_ORDER, behind, &given);
    if (err)
        return err;
    struct db_value params[] = {db_text_value(ctx->params[0]),
                                db_int_value(from),
                                db_int_value(to),
                                db_text_value(key.n ? key : STR_NONE),
                                given ? behind[0] : db_int_value(INT64_MAX),
                                given ? behind[1] : db_text_value(STR("")),
                                db_int_value(cursor_limit(ctx)),
                                db_int_value((ctx->page - 1) * ctx->page_size)};
    err = db_query(ctx->db, "SELECT count(*) " FROM_LOGS, params, 4, ctx->arena, &total);
    if (!err)
        err = db_query(ctx->db,
                       "SELECT id, key, payload, created_at, id AS cursor_id " FROM_LOGS
                       " AND (created_at, id) < ($5, $6)"
                       " ORDER BY " LOG_ORDER " LIMIT $7 OFFSET $8",
                       params, 8, ctx->arena, &rows);
    if (err)
        return err;
    cursor_end(ctx, STR("hook_logs"), LOG_ORDER, &rows, 3);
    ctx_page_headers(ctx, db_int(&total, 0, 0));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        json_open_object(out);
        JSON_STR(out, "id", db_text(&rows, i, 0));
        JSON_STR(out, "key", db_text(&rows, i, 1));
        JSON_RAW(out, "payload", db_text(&rows, i, 2));
        JSON_INT(out, "createdAt", db_int(&rows, i, 3));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

/* ---- Routes ---- */

#define QUERY(json_name, text)                                                                     \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_CREATE, .doc = (text)    \
    }

static const struct field stats_query[] = {
    QUERY("includeExecutionStats", "`true`: with how many attempts there were and succeeded."),
    FIELDS_END,
};

static const struct field logs_query[] = {
    QUERY("logKey", "Only rows of this key, e.g. `TriggerHook.User.Created`."),
    QUERY("enableCap", "Without effect: the rows are few."),
    QUERY("start_time", "Milliseconds since 1970; 24 hours ago when no time is given."),
    QUERY("end_time", "Milliseconds since 1970."),
    FIELDS_END,
};

static const struct field log_fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("key"), .type = FIELD_STRING, .doc = "TriggerHook. and the event."},
    {.name = STR_INIT("payload"), .type = FIELD_MAP, .doc = "What was sent, and what came back."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "Milliseconds since 1970."},
    FIELDS_END,
};

static const struct field test_body[] = {
    {.name = STR_INIT("events"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 1,
     .max = TEST_EVENTS_MAX,
     .item = &event_item,
     .doc = "What to make up."},
    {.name = STR_INIT("config"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .fields = config_fields,
     .doc = "Where to send it."},
    FIELDS_END,
};

ROUTES(hooks) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/hooks"),
     .area = "hooks",
     .query = stats_query,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = hook_fields,
     .summary = "List webhooks",
     .handle = list_hooks},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/hooks"),
     .area = "hooks",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = hook_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = hook_fields,
     .summary = "Create a webhook",
     .handle = create_hook},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/hooks/:id"),
     .area = "hooks",
     .query = stats_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = hook_fields,
     .summary = "Get a webhook",
     .handle = get_hook},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/hooks/:id"),
     .area = "hooks",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = hook_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = hook_fields,
     .summary = "Change a webhook",
     .handle = patch_hook},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/hooks/:id"),
     .area = "hooks",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a webhook",
     .doc = "What has not been delivered is not.",
     .handle = delete_hook},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/hooks/:id/signing-key"),
     .area = "hooks",
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = hook_fields,
     .summary = "Renew the signing key of a webhook",
     .handle = renew_key},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/hooks/:id/test"),
     .sends = true,
     .area = "hooks",
     .body_mode = BODY_CREATE,
     .body = test_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Try a webhook",
     .doc = "Sends made-up events at once and tells what came back.",
     .handle = test_hook},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/hooks/:id/recent-logs"),
     .area = "hooks",
     .query = logs_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = log_fields,
     .summary = "List what became of deliveries",
     .doc = "Newest first. They are kept for a week.",
     .handle = list_logs},
    ROUTES_END,
};
