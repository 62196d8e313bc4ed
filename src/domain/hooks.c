/* Webhooks: what is told, to whom, and how it is signed. */
#include "domain/hooks.h"

#include <time.h>

#include "base/encoding.h"
#include "base/ids.h"
#include "base/trace.h"
#include "crypto/digest.h"
#include "crypto/vault.h"
#include "domain/outbox.h"

const char *const hook_events[] = {
    "PostRegister",
    "PostSignIn",
    "PostSignInAdaptiveMfaTriggered",
    "PostResetPassword",
    "User.Created",
    "User.Deleted",
    "User.Data.Updated",
    "User.SuspensionStatus.Updated",
    "Role.Created",
    "Role.Deleted",
    "Role.Data.Updated",
    "Role.Scopes.Updated",
    "Scope.Created",
    "Scope.Deleted",
    "Scope.Data.Updated",
    "Organization.Created",
    "Organization.Deleted",
    "Organization.Data.Updated",
    "Organization.Membership.Updated",
    "OrganizationRole.Created",
    "OrganizationRole.Deleted",
    "OrganizationRole.Data.Updated",
    "OrganizationRole.Scopes.Updated",
    "OrganizationScope.Created",
    "OrganizationScope.Deleted",
    "OrganizationScope.Data.Updated",
    "Identifier.Lockout",
    "Message.RateLimited",
    "Grant.LimitExceeded",
    NULL,
};

/* ---- Which change is which event ---- */

static const struct change_event {
    enum http_method method;
    struct str path; /* below /api */
    const char *event;
} change_events[] = {
    {HTTP_M_POST, STR_INIT("/users"), "User.Created"},
    {HTTP_M_PATCH, STR_INIT("/users/:userId"), "User.Data.Updated"},
    {HTTP_M_PATCH, STR_INIT("/users/:userId/custom-data"), "User.Data.Updated"},
    {HTTP_M_PATCH, STR_INIT("/users/:userId/profile"), "User.Data.Updated"},
    {HTTP_M_PATCH, STR_INIT("/users/:userId/password"), "User.Data.Updated"},
    {HTTP_M_PATCH, STR_INIT("/users/:userId/is-suspended"), "User.SuspensionStatus.Updated"},
    {HTTP_M_POST, STR_INIT("/roles"), "Role.Created"},
    {HTTP_M_DELETE, STR_INIT("/roles/:id"), "Role.Deleted"},
    {HTTP_M_PATCH, STR_INIT("/roles/:id"), "Role.Data.Updated"},
    {HTTP_M_POST, STR_INIT("/roles/:id/scopes"), "Role.Scopes.Updated"},
    {HTTP_M_DELETE, STR_INIT("/roles/:id/scopes/:scopeId"), "Role.Scopes.Updated"},
    {HTTP_M_POST, STR_INIT("/resources/:resourceId/scopes"), "Scope.Created"},
    {HTTP_M_DELETE, STR_INIT("/resources/:resourceId/scopes/:scopeId"), "Scope.Deleted"},
    {HTTP_M_PATCH, STR_INIT("/resources/:resourceId/scopes/:scopeId"), "Scope.Data.Updated"},
    {HTTP_M_POST, STR_INIT("/organizations"), "Organization.Created"},
    {HTTP_M_DELETE, STR_INIT("/organizations/:id"), "Organization.Deleted"},
    {HTTP_M_PATCH, STR_INIT("/organizations/:id"), "Organization.Data.Updated"},
    {HTTP_M_POST, STR_INIT("/organization-roles"), "OrganizationRole.Created"},
    {HTTP_M_DELETE, STR_INIT("/organization-roles/:id"), "OrganizationRole.Deleted"},
    {HTTP_M_PATCH, STR_INIT("/organization-roles/:id"), "OrganizationRole.Data.Updated"},
    {HTTP_M_POST, STR_INIT("/organization-roles/:id/scopes"), "OrganizationRole.Scopes.Updated"},
    {HTTP_M_PUT, STR_INIT("/organization-roles/:id/scopes"), "OrganizationRole.Scopes.Updated"},
    {HTTP_M_DELETE, STR_INIT("/organization-roles/:id/scopes/:organizationScopeId"),
     "OrganizationRole.Scopes.Updated"},
    {HTTP_M_POST, STR_INIT("/organization-scopes"), "OrganizationScope.Created"},
    {HTTP_M_DELETE, STR_INIT("/organization-scopes/:id"), "OrganizationScope.Deleted"},
    {HTTP_M_PATCH, STR_INIT("/organization-scopes/:id"), "OrganizationScope.Data.Updated"},
};

#define API              STR("/api")
#define MEMBERS_TOLD_MAX 5000 /* of each list, as Logto */

static const char *event_of(const struct route *route)
{
    struct str path = str_from(route->path, API.n);
    for (size_t i = 0; i < sizeof(change_events) / sizeof(*change_events); i++) {
        if (change_events[i].method == route->method && str_eq(change_events[i].path, path))
            return change_events[i].event;
    }
    return NULL;
}

/* ---- The payload ---- */

struct str hook_time(struct arena *arena, int64_t ms)
{
    char text[32];
    struct tm utc;
    time_t seconds = (time_t)(ms / 1000);
    size_t n =
        gmtime_r(&seconds, &utc) ? strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc) : 0;
    return arena_printf(arena, "%.*s.%03dZ", (int)n, text, (int)(ms % 1000));
}

static void put_params(struct ctx *ctx, struct json_out *out)
{
    struct str rest = ctx->route->path, segment;
    size_t i = 0;
    json_key(out, STR("params"));
    json_open_object(out);
    while ((segment = str_split(&rest, '/')).p) {
        if (!segment.n || segment.p[0] != ':')
            continue;
        json_key(out, str_from(segment, 1));
        json_put_str(out, ctx->params[i++]);
    }
    json_close_object(out);
}

/* What happened. */
struct event {
    const char *name;
    struct str data;                        /* JSON, or anything else for null */
    const struct hook_members *members;     /* NULL: data */
    struct str about, id;                   /* a further member; {NULL,0}: none */
    const struct hook_happening *happening; /* NULL: a change through the Management API */
};

static void put_ids(struct json_out *out, const char *name, const struct id_list *list)
{
    if (!list->count)
        return;
    json_key(out, str_of(name));
    json_open_array(out);
    for (size_t i = 0; i < list->count && i < MEMBERS_TOLD_MAX; i++)
        json_put_str(out, list->ids[i]);
    json_close_array(out);
}

static void put_members(struct json_out *out, const struct hook_members *members)
{
    bool users = members->kind == HOOK_MEMBER_USER;
    JSON_STR(out, "organizationId", members->organization);
    put_ids(out, users ? "addedUserIds" : "addedApplicationIds", &members->added);
    put_ids(out, users ? "removedUserIds" : "removedApplicationIds", &members->removed);
}

/* What the change was and what it was answered with, as Logto's data hooks tell it. */
static struct str change_payload(struct ctx *ctx, const struct event *event, struct str hook)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    struct str path = str_from(ctx->request->path, API.n), data = event->data;
    int status = ctx->answer.status ? ctx->answer.status : ctx->route->status;
    json_open_object(&out);
    JSON_STR(&out, "event", str_of(event->name));
    JSON_STR(&out, "createdAt", hook_time(ctx->arena, ctx->now));
    JSON_STR(&out, "userAgent", http_header_get(ctx->request, STR("user-agent"), NULL));
    JSON_STR(&out, "ip", ctx->address);
    JSON_STR(&out, "path", path);
    JSON_STR(&out, "method", ctx->request->method_name);
    JSON_INT(&out, "status", status);
    put_params(ctx, &out);
    JSON_STR(&out, "matchedRoute", str_from(ctx->route->path, API.n));
    if (event->about.p) {
        json_key(&out, event->about);
        json_put_str(&out, event->id);
    }
    if (event->members)
        put_members(&out, event->members);
    else
        JSON_RAW(&out, "data",
                 data.n && (data.p[0] == '{' || data.p[0] == '[') ? data : STR("null"));
    JSON_STR(&out, "hookId", hook);
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err payload_of(struct ctx *ctx, const struct event *event, struct str hook,
                           struct str *payload)
{
    if (event->happening)
        return hook_happening_payload(ctx, event->happening, hook, payload);
    *payload = change_payload(ctx, event, hook);
    return OK;
}

/* ---- The outbox ---- */

static bool wants(struct ctx *ctx, const struct db_rows *rows, size_t row, const char *event)
{
    size_t i, n;
    json *list, *item;
    if (str_eq(db_text(rows, row, 1), str_of(event)))
        return true;
    if (json_parse(ctx->arena, db_text(rows, row, 2), &list, NULL))
        return false;
    yyjson_arr_foreach(list, i, n, item)
    {
        if (str_eq(json_str(item), str_of(event)))
            return true;
    }
    return false;
}

enum err hook_deliver(struct ctx *ctx, struct str hook, struct str event, struct str payload,
                      char id[ID_ORDERED_LENGTH])
{
    if (!payload.p)
        return ERR_NO_MEMORY;
    char trace[TRACE_PARENT];
    id_ordered(id, ctx->now);
    outbox_note();
    return db_exec(ctx->db,
                   "INSERT INTO hook_deliveries (id, hook_id, event, payload, attempts, due_at,"
                   " created_at, traceparent) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)",
                   DB_PARAMS(db_text_value((struct str){id, ID_ORDERED_LENGTH}),
                             db_text_value(hook), db_text_value(event), db_text_value(payload),
                             db_int_value(ctx->now), db_int_value(ctx->now),
                             db_text_value(trace_current_header(trace))),
                   NULL);
}

static enum err tell(struct ctx *ctx, const struct event *event)
{
    struct db_rows rows;
    char id[ID_ORDERED_LENGTH];
    struct str payload;
    enum err err = db_query(ctx->db, "SELECT id, event, events FROM hooks WHERE enabled = 1",
                            DB_NO_PARAMS, ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++) {
        struct str hook = db_text(&rows, i, 0);
        if (!wants(ctx, &rows, i, event->name))
            continue;
        err = payload_of(ctx, event, hook, &payload);
        if (!err)
            err = hook_deliver(ctx, hook, str_of(event->name), payload, id);
    }
    return err;
}

enum err hooks_note_change(struct ctx *ctx)
{
    const char *event = event_of(ctx->route);
    return event ? hooks_note(ctx, event, buf_view(&ctx->answer.body)) : OK;
}

enum err hooks_note(struct ctx *ctx, const char *event, struct str data)
{
    return tell(ctx, &(struct event){.name = event, .data = data});
}

enum err hooks_note_about(struct ctx *ctx, const char *event, struct str data, struct str name,
                          struct str id)
{
    return tell(ctx, &(struct event){.name = event, .data = data, .about = name, .id = id});
}

enum err hooks_note_happening(struct ctx *ctx, const struct hook_happening *what)
{
    enum err err = tell(ctx, &(struct event){.name = what->event, .happening = what});
    return err ? fail(ctx, err) : OK;
}

enum err hooks_note_members(struct ctx *ctx, const struct hook_members *members)
{
    return tell(ctx,
                &(struct event){.name = "Organization.Membership.Updated", .members = members});
}

/* ---- Secrets ---- */

static struct str context_of(struct arena *arena, const char *what, struct str id)
{
    return arena_printf(arena, "hooks|%s|%.*s", what, STR_ARG(id));
}

enum err hook_seal(struct ctx *ctx, const char *what, struct str id, struct str plain,
                   struct str *sealed)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    if (!plain.p || !vault_seal(ctx->tenant->vault, context_of(ctx->arena, what, id), plain, &buf))
        return fail(ctx, ERR_NO_MEMORY);
    *sealed = buf_view(&buf);
    return OK;
}

struct str hook_open(struct vault *vault, struct arena *arena, const char *what, struct str id,
                     struct str sealed)
{
    return vault_unseal(vault, arena, context_of(arena, what, id), sealed);
}

/* ---- The request ---- */

static struct str signature(struct arena *arena, struct str key, struct str payload)
{
    uint8_t mac[SHA256_SIZE];
    size_t n = 2 * sizeof(mac);
    char *text = arena_bytes(arena, n);
    hmac_sha256(key, payload, mac);
    if (text)
        hex_encode(mac, sizeof(mac), text);
    return text ? (struct str){text, n} : STR_NONE;
}

/* Headers that say how the body is framed, and the signature's, are the server's own. */
static bool is_own(struct str name)
{
    return str_eq_nocase(name, STR("content-type")) || str_eq_nocase(name, STR("content-length")) ||
           str_eq_nocase(name, STR("transfer-encoding")) || str_eq_nocase(name, STR("host")) ||
           str_eq_nocase(name, STR("logto-signature-sha-256")) ||
           str_eq_nocase(name, STR(HOOK_ID_HEADER));
}

bool hook_request(struct arena *arena, struct str config, struct str key, struct str payload,
                  struct outgoing *out)
{
    json *value, *name, *text;
    size_t i, n;
    if (json_parse(arena, config, &value, NULL))
        return false;
    out->url = json_str(json_get(value, STR("url")));
    out->body = payload;
    out->header_count = 0;
    bool good =
        out->url.n && outgoing_header(out, arena, STR("content-type"), STR("application/json")) &&
        outgoing_header(out, arena, STR("logto-signature-sha-256"), signature(arena, key, payload));
    yyjson_obj_foreach(json_get(value, STR("headers")), i, n, name, text)
    {
        if (!is_own(json_str(name)))
            good = good && outgoing_header(out, arena, json_str(name), json_str(text));
    }
    return good;
}

void hook_put_config(struct ctx *ctx, struct json_out *out, struct str config)
{
    json *parsed = NULL;
    json_key(out, STR("config"));
    if (!ctx_only_looks(ctx)) {
        json_put_raw(out, config);
        return;
    }
    json_open_object(out);
    if (json_parse(ctx->arena, config, &parsed, NULL) == JSON_OK)
        JSON_STR(out, "url", json_str(json_get(parsed, STR("url"))));
    json_close_object(out);
}
