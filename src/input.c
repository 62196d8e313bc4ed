/* The input check of a request. */
#include "input.h"

#include <stdlib.h>

#define MAX_PAGE_SIZE     100
#define DEFAULT_PAGE_SIZE 20

static enum err check_fields(struct ctx *ctx, bool query)
{
    const struct route *route = ctx->route;
    struct buf issues = buf_new(ctx->arena, (size_t)256 * 1024);
    struct buf details = buf_new(ctx->arena, (size_t)256 * 1024);
    bool good = query ? query_check(route->query, ctx->query, ctx->arena, &issues, &details)
                      : schema_check(route->body, route->body_mode, ctx->body, ctx->arena, &issues,
                                     &details);
    return good ? OK
                : fail_issues(ctx, query ? ERR_INVALID_QUERY : ERR_INVALID_BODY, &issues, &details);
}

/* A page number as Logto reads it: any decimal number, its fraction dropped unless it must be
 * whole.
 */
static bool read_number(struct str text, bool whole, int64_t *out)
{
    char cstr[32], *end = NULL;
    if (!text.n || text.n >= sizeof cstr)
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    double value = strtod(cstr, &end);
    if (end != cstr + text.n || !(value >= 1) || value > 1e12)
        return false;
    *out = (int64_t)value;
    return !whole || (double)*out >= value;
}

static enum err check_page(struct ctx *ctx)
{
    if (ctx->route->paging == PAGE_NONE)
        return OK;
    json *page = json_get(ctx->query, STR("page")), *size = json_get(ctx->query, STR("page_size"));
    json *after = json_get(ctx->query, STR("after")), *limit = json_get(ctx->query, STR("limit"));
    ctx->page = 1;
    ctx->page_size = DEFAULT_PAGE_SIZE;
    ctx->cursor = after || limit;
    ctx->after = json_str(after);
    ctx->paged = ctx->route->paging == PAGE_ALWAYS || page || size || ctx->cursor;
    if (ctx->cursor && (page || size))
        return fail(ctx, ERR_TWO_PAGINATIONS);
    int64_t most = ctx->route->page_max ? ctx->route->page_max : MAX_PAGE_SIZE;
    if (limit && (!read_number(json_str(limit), true, &ctx->page_size) || ctx->page_size > most))
        return fail(ctx, ERR_INVALID_LIMIT, (int)most);
    if (page && !read_number(json_str(page), false, &ctx->page))
        return fail(ctx, ERR_INVALID_PAGINATION);
    if (size &&
        (!read_number(json_str(size), false, &ctx->page_size) || ctx->page_size > MAX_PAGE_SIZE))
        return fail(ctx, ERR_INVALID_PAGINATION);
    return OK;
}

static enum err check_query(struct ctx *ctx)
{
    struct str text = ctx->request->query;
    if (!text.n && !ctx->route->query)
        return check_page(ctx);
    ctx->query = query_parse(ctx->route->query, text, ctx->arena);
    if (!ctx->query)
        return fail_text(ctx, ERR_INVALID_QUERY, "the request query is not UTF-8 text");
    enum err err = check_page(ctx);
    if (err || !ctx->route->query)
        return err;
    return check_fields(ctx, true);
}

/* The path's parameters under their names in the route. */
static json *read_params(const struct ctx *ctx)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    struct str rest = ctx->route->path, segment;
    json *object = NULL;
    size_t count = 0;
    json_open_object(&out);
    while ((segment = str_split(&rest, '/')).p) {
        if (!segment.n || segment.p[0] != ':')
            continue;
        json_key(&out, str_from(segment, 1));
        json_put_str(&out, ctx->params[count++]);
    }
    json_close_object(&out);
    if (!buf.failed)
        json_parse(ctx->arena, buf_view(&buf), &object, NULL);
    return object;
}

static enum err check_params(struct ctx *ctx)
{
    if (!ctx->route->params)
        return OK;
    struct buf issues = buf_new(ctx->arena, (size_t)64 * 1024);
    struct buf details = buf_new(ctx->arena, (size_t)64 * 1024);
    json *params = read_params(ctx);
    if (!params)
        return fail(ctx, ERR_NO_MEMORY);
    bool good =
        schema_check(ctx->route->params, BODY_CREATE, params, ctx->arena, &issues, &details);
    return good ? OK : fail_issues(ctx, ERR_INVALID_PARAMS, &issues, &details);
}

static bool has_type(const struct ctx *ctx, struct str wanted)
{
    struct str type = http_header_get(ctx->request, STR("content-type"), NULL);
    return str_eq_nocase(str_trim((struct str){type.p, str_find(type, ';')}), wanted);
}

static enum err parse_json_body(struct ctx *ctx)
{
    bool at_end = false;
    switch (json_parse(ctx->arena, ctx->request->body, &ctx->body, &at_end)) {
    case JSON_OK:
        if (!yyjson_is_ctn(ctx->body))
            return fail(ctx, ERR_MALFORMED_JSON, "invalid JSON, only supports object and array");
        return OK;
    case JSON_SYNTAX:
        return fail(ctx, ERR_MALFORMED_JSON,
                    at_end ? "Unexpected end of JSON input" : "the request body is not valid JSON");
    case JSON_TOO_DEEP:
        return fail(ctx, ERR_MALFORMED_JSON, "the JSON of the request body is nested too deeply");
    case JSON_DUPLICATE:
        return fail(ctx, ERR_MALFORMED_JSON, "an object of the request body names a key twice");
    case JSON_NO_MEMORY:
        return fail(ctx, ERR_NO_MEMORY);
    }
    return fail(ctx, ERR_INTERNAL);
}

/* A form stands for an object of strings, no body for an empty one, any other text for itself: what
 * Logto's body parser makes of them. */
static enum err parse_body(struct ctx *ctx)
{
    if (!ctx->request->body.n) {
        json_parse(ctx->arena, STR("{}"), &ctx->body, NULL);
    } else if (has_type(ctx, STR("application/json"))) {
        return parse_json_body(ctx);
    } else if (has_type(ctx, STR("application/x-www-form-urlencoded"))) {
        ctx->body = query_parse(NULL, ctx->request->body, ctx->arena);
        if (!ctx->body)
            return fail_text(ctx, ERR_INVALID_BODY, "the form is not UTF-8 text");
    } else {
        json_parse(ctx->arena, STR("\"\""), &ctx->body, NULL);
    }
    return ctx->body ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err check_body(struct ctx *ctx)
{
    switch (ctx->route->body_mode) {
    case BODY_NONE:
    case BODY_RAW:
        return OK;
    case BODY_CREATE:
    case BODY_UPDATE:
        break;
    }
    enum err err = parse_body(ctx);
    return err ? err : check_fields(ctx, false);
}

/* RFC 9110 8.4, 15.5.16 */
static enum err check_encoding(struct ctx *ctx)
{
    struct str encoding = http_header_get(ctx->request, STR("content-encoding"), NULL);
    if (!ctx->request->body.n || !encoding.n || str_eq_nocase(str_trim(encoding), STR("identity")))
        return OK;
    ctx_header(ctx, STR("Accept-Encoding"), STR("identity"));
    return fail(ctx, ERR_BODY_ENCODED);
}

enum err input_check(struct ctx *ctx)
{
    enum err err = check_encoding(ctx);
    if (!err)
        err = check_params(ctx);
    if (!err)
        err = check_query(ctx);
    return err ? err : check_body(ctx);
}
