/* Webhooks of what is no change through the Management API: sign-ins, locks, limits. */
#include "domain/hooks.h"
#include "domain/users.h"

/* Members of an object, without its braces. */
static void put_members(struct ctx *ctx, struct json_out *out, struct str object)
{
    json *value, *name, *member;
    size_t i, n;
    if (!object.n || json_parse(ctx->arena, object, &value, NULL) != JSON_OK)
        return;
    yyjson_obj_foreach(value, i, n, name, member)
    {
        json_key(out, json_str(name));
        json_put_value(out, member);
    }
}

static enum err put_application(struct ctx *ctx, struct json_out *out, struct str id)
{
    struct db_rows rows;
    if (!id.p)
        return OK;
    JSON_STR(out, "applicationId", id);
    enum err err =
        db_query(ctx->db, "SELECT type, name, description FROM applications WHERE id = $1",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    json_key(out, STR("application"));
    json_open_object(out);
    JSON_STR(out, "id", id);
    JSON_STR(out, "type", db_text(&rows, 0, 0));
    JSON_STR(out, "name", db_text(&rows, 0, 1));
    JSON_STR(out, "description", db_text(&rows, 0, 2));
    json_close_object(out);
    return OK;
}

static enum err put_user(struct ctx *ctx, struct json_out *out, const struct hook_happening *what)
{
    struct db_rows rows;
    const char *name = what->of_interaction ? "user" : "data";
    if (!what->user_id.p)
        return OK;
    enum err err = crud_find(ctx->db, &user_entity, what->user_id, ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    if (what->of_interaction)
        JSON_STR(out, "userId", what->user_id);
    json_key(out, str_of(name));
    crud_put_object(out, &user_entity, &rows, 0, STR_NONE);
    return OK;
}

enum err hook_happening_payload(struct ctx *ctx, const struct hook_happening *what, struct str hook,
                                struct str *payload)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "event", str_of(what->event));
    JSON_STR(&out, "createdAt", hook_time(ctx->arena, ctx->now));
    JSON_STR(&out, "userAgent", http_header_get(ctx->request, STR("user-agent"), NULL));
    json_key(&out, what->of_interaction ? STR("userIp") : STR("ip"));
    json_put_str(&out, ctx->address);
    if (what->interaction_event.p)
        JSON_STR(&out, "interactionEvent", what->interaction_event);
    if (what->session_id.p)
        JSON_STR(&out, "sessionId", what->session_id);
    enum err err = put_application(ctx, &out, what->application_id);
    if (!err)
        err = put_user(ctx, &out, what);
    put_members(ctx, &out, what->members);
    JSON_STR(&out, "hookId", hook);
    json_close_object(&out);
    *payload = buf_view(&buf);
    return err;
}
