/* The audit log. */
#include "domain/audit.h"

#define MAX_PAYLOAD ((size_t)32 * 1024)
#define MAX_CHANGED ((size_t)8 * 1024) /* JSON of the changed fields; beyond, just their names */
#define MASK        STR("******")

bool audit_wanted(const struct ctx *ctx)
{
    return strcmp(ctx->tenant->config->audit, "off") != 0;
}

void audit_set(struct ctx *ctx, struct str key, struct str application_id, struct str payload)
{
    struct audit_row *row = &ctx->audit;
    id_ordered(row->id, ctx->now);
    row->values[0] = db_text_value((struct str){row->id, ID_ORDERED_LENGTH});
    row->values[1] = db_text_value(key);
    row->values[2] = db_text_value(application_id);
    row->values[3] = db_text_value(STR_NONE);
    row->values[4] = db_text_value(payload.p ? payload : STR("{}"));
    row->values[5] = db_int_value(ctx->now);
    row->set = true;
}

void audit_set_user(struct ctx *ctx, struct str user_id)
{
    ctx->audit.values[3] = db_text_value(user_id);
}

static void put_params(struct ctx *ctx, struct json_out *out)
{
    json_key(out, STR("params"));
    json_open_object(out);
    struct str rest = ctx->route->path, segment;
    for (size_t i = 0; (segment = str_split(&rest, '/')).p;)
        if (segment.n && segment.p[0] == ':') {
            json_key(out, str_from(segment, 1));
            json_put_str(out, ctx->params[i++]);
        }
    json_close_object(out);
}

static void put_changed(struct ctx *ctx, struct json_out *out, bool values)
{
    json_open_object(out);
    for (const struct field *field = ctx->route->body; field && field->name.p; field++) {
        json *value = json_get(ctx->body, field->name);
        if (!value)
            continue;
        json_key(out, field->name);
        if (field->flags & FIELD_SECRET)
            json_put_str(out, MASK);
        else if (values)
            json_put_raw(out, schema_clean(field, value, ctx->arena));
        else
            json_put_str(out, STR("(long)"));
    }
    json_close_object(out);
}

static struct str changed(struct ctx *ctx)
{
    for (int values = 1; values >= 0; values--) {
        struct buf buf = buf_new(ctx->arena, MAX_CHANGED);
        struct json_out out = json_out(&buf);
        put_changed(ctx, &out, values);
        if (!buf.failed)
            return buf_view(&buf);
    }
    return STR("{}");
}

bool audit_wants_former(const struct ctx *ctx, const struct route *seen)
{
    bool replaces = ctx->request->method == HTTP_M_PATCH || ctx->request->method == HTTP_M_PUT;
    return replaces && ctx->body && ctx->route->body && seen->reply == REPLY_OBJECT &&
           !ctx->change.rehearsal;
}

void audit_keep_former(struct ctx *ctx, struct str body)
{
    json *former = NULL;
    if (json_parse(ctx->arena, body, &former, NULL) || !yyjson_is_obj(former))
        return;
    bool whole = ctx->request->method == HTTP_M_PUT;
    struct buf buf = buf_new(ctx->arena, MAX_CHANGED);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (const struct field *field = ctx->route->body; field->name.p; field++) {
        json *value = json_get(former, field->name);
        if (!value || (!whole && !json_get(ctx->body, field->name)))
            continue;
        json_key(&out, field->name);
        if (field->flags & FIELD_SECRET)
            json_put_str(&out, MASK);
        else
            json_put_raw(&out, schema_clean(field, value, ctx->arena));
    }
    json_close_object(&out);
    if (!buf.failed)
        ctx->change.former = buf_view(&buf);
}

static struct str change_payload(struct ctx *ctx, struct str key)
{
    struct buf buf = buf_new(ctx->arena, MAX_PAYLOAD);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "key", key);
    JSON_STR(&out, "result", STR("Success"));
    JSON_STR(&out, "ip", ctx->address);
    if (ctx->caller.kind == CALLER_APPLICATION)
        JSON_STR(&out, "applicationId", ctx->caller.id);
    else
        JSON_STR(&out, "userId", ctx->caller.id);
    put_params(ctx, &out);
    if (ctx->body)
        JSON_RAW(&out, "changed", changed(ctx));
    if (ctx->change.former.p)
        JSON_RAW(&out, "former", ctx->change.former);
    json_close_object(&out);
    return buf_view(&buf);
}

enum err audit_change(struct ctx *ctx)
{
    char *id = arena_bytes(ctx->arena, ID_ORDERED_LENGTH);
    struct str key = arena_printf(ctx->arena, "%s.%.*s %.*s",
                                  ctx->route->guard == GUARD_USER ? "AccountApi" : "ManagementApi",
                                  STR_ARG(ctx->request->method_name), STR_ARG(ctx->route->path));
    if (!id || !key.p)
        return ERR_NO_MEMORY;
    id_ordered(id, ctx->now);
    struct str payload = change_payload(ctx, key);
    bool app = ctx->caller.kind == CALLER_APPLICATION;
    return db_exec(
        ctx->db,
        "INSERT INTO change_logs (id, key, application_id, user_id, payload, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        DB_PARAMS(db_text_value((struct str){id, ID_ORDERED_LENGTH}), db_text_value(key),
                  db_text_value(app ? ctx->caller.id : STR_NONE),
                  db_text_value(app ? STR_NONE : ctx->caller.id),
                  db_text_value(payload.p ? payload : STR("{}")), db_int_value(ctx->now)),
        NULL);
}
