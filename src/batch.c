/* POST /api/batch: many changes in one transaction, all or none. */
#include "answer.h"
#include "base/encoding.h"
#include "change.h"
#include "guard.h"
#include "input.h"

#define OPERATIONS_MAX 1000
#define TEXT_MAX       ((size_t)2 * 1024 * 1024)

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
static const enum http_method method_of[] = {HTTP_M_GET, HTTP_M_POST, HTTP_M_PUT, HTTP_M_PATCH,
                                             HTTP_M_DELETE};

/* What has been answered so far: later operations may name members of it. */
struct batch {
    struct ctx *ctx;
    json *answers[OPERATIONS_MAX];
    size_t count;
};

/* ---- References: {{0.id}} is the member id of the first operation's answer ---- */

/* Reads the reference at the start of text; *length is what it takes. A text without value when it
 * names nothing that is there. */
static struct str reference(const struct batch *batch, struct str text, size_t *length)
{
    size_t end = str_find(text, '}');
    int64_t number;
    if (end + 1 >= text.n || text.p[end + 1] != '}')
        return STR_NONE;
    struct str name = str_trim((struct str){text.p + 2, end - 2});
    struct str index = str_split(&name, '.');
    *length = end + 2;
    if (!str_to_int64(index, &number) || number < 0 || (uint64_t)number >= batch->count)
        return STR_NONE;
    return json_str(json_get(batch->answers[number], name));
}

static bool starts_reference(struct str text, size_t at)
{
    return at + 1 < text.n && text.p[at] == '{' && text.p[at + 1] == '{';
}

/* In a body only with a number: `{{code}}` there is a place in the template of a message. */
static bool starts_numbered(struct str text, size_t at)
{
    if (!starts_reference(text, at))
        return false;
    for (at += 2; at < text.n && text.p[at] == ' ';)
        at++;
    return at < text.n && text.p[at] >= '0' && text.p[at] <= '9';
}

/* text with its references replaced by their values as put writes them. */
static enum err resolve(struct batch *batch, struct str text,
                        bool (*starts)(struct str text, size_t at),
                        void (*put)(struct buf *out, struct str value), struct str *out)
{
    struct buf buf = buf_new(batch->ctx->arena, TEXT_MAX);
    for (size_t at = 0, length = 0; at < text.n; at += length) {
        length = 1;
        if (!starts(text, at)) {
            buf_byte(&buf, text.p[at]);
            continue;
        }
        struct str value = reference(batch, str_from(text, at), &length);
        if (!value.p)
            return fail_text(batch->ctx, ERR_BATCH_OPERATION,
                             "operation %zu: {{N.member}} must name a text of an earlier answer",
                             batch->count);
        put(&buf, value);
    }
    *out = buf_view(&buf);
    return buf.failed ? fail(batch->ctx, ERR_NO_MEMORY) : OK;
}

/* ---- One operation ---- */

static enum err refuse(struct batch *batch, const char *why)
{
    return fail_text(batch->ctx, ERR_BATCH_OPERATION, "operation %zu: %s", batch->count, why);
}

static enum err make_request(struct batch *batch, json *operation, struct http_request *request)
{
    static struct http_header json_type = {STR_INIT("content-type"), STR_INIT("application/json")};
    struct arena *arena = batch->ctx->arena;
    struct str method = json_str(json_get(operation, STR("method"))), target, body = STR("");
    json *value = json_get(operation, STR("body"));
    enum err err = resolve(batch, json_str(json_get(operation, STR("path"))), starts_reference,
                           percent_encode, &target);
    if (!err && value)
        err = resolve(batch, json_text(arena, value), starts_numbered, json_escape, &body);
    if (err)
        return err;
    *request = *batch->ctx->request;
    for (size_t i = 0; methods[i]; i++) {
        if (str_eq(method, str_of(methods[i])))
            request->method = method_of[i];
    }
    size_t query = str_find(target, '?');
    request->method_name = method;
    request->path = (struct str){target.p, query};
    request->query = query < target.n ? str_from(target, query + 1) : STR_NONE;
    request->headers = &json_type;
    request->header_count = 1;
    request->body = body;
    return OK;
}

/* The same door as a request of its own: its route, guard, input check and traces. */
static enum err find_operation(struct batch *batch, struct ctx *sub)
{
    struct route_match match = {0};
    router_find(sub->router, sub->request->method, sub->request->path, sub->request->listener,
                sub->arena, &match);
    if (!match.route || match.route->guard != GUARD_MANAGEMENT ||
        match.route->handle == batch->ctx->route->handle)
        return refuse(batch, "there is no such operation of the Management API");
    if (match.route->sends)
        return refuse(batch, "it sends something to others, which cannot be undone");
    sub->route = match.route;
    memcpy(sub->params, match.params, sizeof sub->params);
    return OK;
}

/* The batch is refused as the operation is, with its number. */
static enum err pass_on(struct batch *batch, struct ctx *sub, enum err err)
{
    struct ctx *ctx = batch->ctx;
    if (err == ERR_NEEDS_SLOW)
        return refuse(batch, "a password takes its time: send it as a request of its own");
    if (sub->failure.err != err)
        return err;
    ctx->failure = sub->failure;
    ctx->failure.message = arena_printf(
        ctx->arena, "operation %zu: %.*s", batch->count,
        STR_ARG(sub->failure.message.p ? sub->failure.message : str_of(error_info(err)->text)));
    return err;
}

static enum err put_result(struct batch *batch, struct ctx *sub)
{
    struct json_out *out = &batch->ctx->answer.json;
    struct str body = answer_body(sub);
    json *answer = NULL;
    if (sub->answer.body.failed)
        return fail(batch->ctx, ERR_NO_MEMORY);
    if (body.n)
        json_parse(batch->ctx->arena, body, &answer, NULL);
    json_open_object(out);
    JSON_INT(out, "status", sub->answer.status ? sub->answer.status : sub->route->status);
    json_key(out, STR("body"));
    if (answer)
        json_put_raw(out, body);
    else if (body.n)
        json_put_str(out, body);
    else
        json_put_null(out);
    json_close_object(out);
    batch->answers[batch->count++] = answer;
    return OK;
}

/* All is written or nothing: a rehearsal inside of it would be none. */
static enum err refuse_rehearsal(struct batch *batch, struct ctx *sub)
{
    enum err err = route_changes(sub->route) ? change_ask_rehearsal(sub) : OK;
    if (err)
        return pass_on(batch, sub, err);
    return sub->change.rehearsal
               ? refuse(batch, "dryRun holds for the whole: put it into the batch's own address")
               : OK;
}

static enum err run_operation(struct batch *batch, json *operation)
{
    struct ctx *sub = ARENA_NEW(batch->ctx->arena, struct ctx);
    struct http_request *request = ARENA_NEW(batch->ctx->arena, struct http_request);
    if (!sub || !request)
        return fail(batch->ctx, ERR_NO_MEMORY);
    enum err err = make_request(batch, operation, request);
    if (err)
        return err;
    *sub = *batch->ctx;
    sub->request = request;
    sub->query = sub->body = NULL;
    sub->paged = false;
    sub->change = (struct change_wish){.condition = json_str(json_get(operation, STR("ifMatch")))};
    answer_reset(sub);
    err = find_operation(batch, sub);
    if (!err)
        err = refuse_rehearsal(batch, sub);
    if (err)
        return err;
    err = guard_authorize(sub);
    if (!err)
        err = input_check(sub);
    if (!err)
        err = route_changes(sub->route) ? change_run(sub) : sub->route->handle(sub);
    return err ? pass_on(batch, sub, err) : put_result(batch, sub);
}

static enum err run_batch(struct ctx *ctx)
{
    struct batch *batch = ARENA_NEW(ctx->arena, struct batch);
    size_t i, n;
    json *operation;
    enum err err = OK;
    if (!batch)
        return fail(ctx, ERR_NO_MEMORY);
    batch->ctx = ctx;
    ctx->answer.no_store = true; /* secrets that were just made may be in it */
    json_open_object(&ctx->answer.json);
    json_key(&ctx->answer.json, STR("results"));
    json_open_array(&ctx->answer.json);
    yyjson_arr_foreach(ctx_body(ctx, STR("operations")), i, n, operation)
    {
        err = run_operation(batch, operation);
        if (err)
            return err;
    }
    json_close_array(&ctx->answer.json);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Rows ---- */

static const struct field operation_fields[] = {
    {.name = STR_INIT("method"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = methods,
     .doc = "As of the operation on its own."},
    {.name = STR_INIT("path"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .max = 4096,
     .example = "/api/roles",
     .doc =
         "Path and query, such as `/api/roles/{{0.id}}/scopes`: `{{N.member}}` is a member of the "
         "answer of operation N, counted from 0."},
    {.name = STR_INIT("body"), .type = FIELD_ANY, .doc = "With `{{N.member}}` in its texts."},
    {.name = STR_INIT("ifMatch"),
     .type = FIELD_STRING,
     .max = 1024,
     .example = "",
     .doc = "Condition, as the header If-Match."},
    FIELDS_END,
};
static const struct field operation_item = {.type = FIELD_OBJECT, .fields = operation_fields};

static const struct field batch_body[] = {
    {.name = STR_INIT("operations"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .min = 1,
     .max = OPERATIONS_MAX,
     .item = &operation_item,
     .doc = "Carried out one after the other."},
    FIELDS_END,
};

static const struct field result_fields[] = {
    {.name = STR_INIT("status"), .type = FIELD_INT, .doc = "HTTP status."},
    {.name = STR_INIT("body"), .type = FIELD_ANY, .flags = FIELD_NULLABLE, .doc = "Its answer."},
    FIELDS_END,
};
static const struct field result_item = {.type = FIELD_OBJECT, .fields = result_fields};

static const struct field batch_reply[] = {
    {.name = STR_INIT("results"),
     .type = FIELD_ARRAY,
     .item = &result_item,
     .doc = "In the order of the operations."},
    FIELDS_END,
};

ROUTES(batch) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/batch"),
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = batch_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = batch_reply,
     .summary = "Carry out many operations, all or none",
     .doc =
         "Up to 1,000, in one transaction. When one is refused, the answer is its refusal with its "
         "number, and nothing has changed.",
     .handle = run_batch},
    ROUTES_END,
};
