/* A plan carried out: one batch, all or nothing, and only if nothing changed meanwhile. */
#include "cli/cli.h"
#include "cli/tenant_file.h"

#define BATCH_MAX      ((size_t)64 << 20)
#define OPERATIONS_MAX 1000

/* The operation with that number in the batch; NULL when there is none. */
static struct tenant_operation *operation_at(struct tenant_plan *plan, size_t at)
{
    struct tenant_operations *parts[] = {&plan->main, &plan->deletes, &plan->last};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (at < parts[i]->count)
            return &parts[i]->items[at];
        at -= parts[i]->count;
    }
    return NULL;
}

/* ---- As it was when it was read ---- */

/* What becomes of the sign-in experience is the plan's own doing when connectors go. */
static bool is_pinned(const struct tenant_plan *plan, const struct tenant_operation *operation)
{
    return operation->object && (operation->kind->key.n || !plan->makes_room);
}

static int pin(struct tenant_file *tenant, struct tenant_operation *operation)
{
    struct arena *arena = tenant->api->arena;
    struct http_reply reply;
    json *raw = NULL;
    int status = tenant_get(tenant, operation->path, &raw, &reply);
    if (status)
        return status;
    struct str now = tenant_own_text(arena, operation->kind, raw);
    struct str then = tenant_own_text(arena, operation->kind, operation->object->raw);
    if (!now.p || !then.p)
        return cli_fail("memory is out");
    if (!str_eq(now, then))
        return cli_fail("%.*s was changed by someone else while it was read: run it again",
                        STR_ARG(operation->label));
    operation->etag = http_reply_header(&reply, STR("etag"));
    return CLI_OK;
}

int tenant_plan_pin(struct tenant_file *tenant, struct tenant_plan *plan)
{
    struct tenant_operation *operation;
    int status = CLI_OK;
    for (size_t i = 0; !status && (operation = operation_at(plan, i)); i++) {
        if (is_pinned(plan, operation))
            status = pin(tenant, operation);
    }
    return status;
}

/* ---- The batch ---- */

static void put_operation(struct json_out *out, const struct tenant_operation *operation,
                          struct str body)
{
    json_open_object(out);
    JSON_STR(out, "method", str_of(operation->method));
    JSON_STR(out, "path", operation->path);
    if (body.p)
        JSON_RAW(out, "body", body);
    if (operation->etag.n)
        JSON_STR(out, "ifMatch", operation->etag);
    json_close_object(out);
}

static struct str operations_text(struct tenant_file *tenant, struct tenant_plan *plan, bool shown)
{
    struct buf buf = buf_new(tenant->api->arena, BATCH_MAX);
    struct json_out out = json_out(&buf);
    struct tenant_operation *operation;
    json_open_array(&out);
    for (size_t i = 0; (operation = operation_at(plan, i)); i++)
        put_operation(&out, operation, shown ? operation->shown : operation->send);
    json_close_array(&out);
    return buf_view(&buf);
}

struct str tenant_plan_json(struct tenant_file *tenant, struct tenant_plan *plan)
{
    return operations_text(tenant, plan, true);
}

/* Which object the refused operation is about. */
static void name_refused(struct tenant_file *tenant, struct tenant_plan *plan,
                         const struct http_reply *reply)
{
    static const struct str start = STR_INIT("operation ");
    json *body = NULL;
    int64_t number;
    if (json_parse(tenant->api->arena, reply->body, &body, NULL) != JSON_OK)
        return;
    struct str text = json_str(json_get(body, STR("message")));
    if (!str_starts(text, start))
        return;
    struct str rest = str_from(text, start.n), digits = str_split(&rest, ':');
    struct tenant_operation *operation =
        str_to_int64(digits, &number) && number >= 0 ? operation_at(plan, (size_t)number) : NULL;
    if (operation)
        fprintf(stderr, "signet: that is %.*s\n", STR_ARG(operation->label));
}

static int explain(struct tenant_file *tenant, struct tenant_plan *plan,
                   const struct http_reply *reply)
{
    if (reply->status == 412)
        fputs("signet: someone else changed the tenant since the plan was made: run it again\n",
              stderr);
    else
        api_explain(tenant->api, reply);
    name_refused(tenant, plan, reply);
    fputs("signet: nothing was changed\n", stderr);
    return reply->status < 400 ? CLI_NETWORK : api_status(reply->status);
}

int tenant_plan_send(struct tenant_file *tenant, struct tenant_plan *plan)
{
    struct api *api = tenant->api;
    struct http_reply reply;
    struct str operations = operations_text(tenant, plan, false);
    size_t count = plan->main.count + plan->deletes.count + plan->last.count;
    if (count > OPERATIONS_MAX)
        return cli_fail("%zu operations are too many for one transaction, which takes %d: apply "
                        "the file in parts, some kinds at a time",
                        count, OPERATIONS_MAX);
    api->method = "POST";
    api->url = arena_printf(api->arena, "%.*s/api/batch", STR_ARG(api->base));
    api->body = arena_printf(api->arena, "{\"operations\":%.*s}", STR_ARG(operations));
    if (!operations.p || !api->url.p || !api->body.p)
        return cli_fail("memory is out");
    int status = api_send(api, api->url, &reply);
    if (status)
        return status;
    return reply.status == 200 ? CLI_OK : explain(tenant, plan, &reply);
}
