/* The answer of a request. */
#include "answer.h"

#include "base/trace.h"
#include "domain/limits.h"

#define ANSWER_MAX ((size_t)32 * 1024 * 1024)
#define JSON_TYPE  STR("application/json; charset=utf-8")
#define TEXT_TYPE  STR("text/plain; charset=utf-8")

/* Headers of every answer. The answers are data: nothing in them may run, be framed or be sniffed.
 */
#define COMMON                                                                                     \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "X-Frame-Options: DENY\r\n"                                                                    \
    "Referrer-Policy: no-referrer\r\n"                                                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Vary: Origin\r\n"
#define FIXED COMMON "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
/* Pages bring their policy with them (page_headers). */
#define PAGE                                                                                       \
    COMMON "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
#define HSTS "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"

static bool is_oidc(const struct ctx *ctx)
{
    return str_starts(ctx->request->path, STR("/oidc/"));
}

static void respond(struct ctx *ctx, int status, struct str type, struct str body)
{
    const struct trace *trace = trace_current();
    if (trace) /* it lives as long as the request */
        ctx_header(ctx, STR("logto-core-request-id"),
                   (struct str){trace->request, TRACE_REQUEST_ID});
    trace_enter(NULL);
    limit_headers(ctx);
    bool secure = str_starts(ctx->origin, STR("https:"));
    struct str fixed = ctx->answer.page ? STR(PAGE) : STR(FIXED);
    if (secure)
        fixed = ctx->answer.page ? STR(PAGE HSTS) : STR(FIXED HSTS);
    if (ctx->answer.sent)
        *ctx->answer.sent = status;
    http_respond(ctx->request, &(struct http_response){
                                   .status = status,
                                   .fixed = fixed,
                                   .headers = ctx->answer.headers,
                                   .header_count = ctx->answer.header_count,
                                   .content_type = type,
                                   .body = body,
                                   .body_stays = body.p && body.p == ctx->answer.document.p,
                                   .close = ctx->request->body_too_large,
                               });
}

void answer_text(struct ctx *ctx, int status, struct str text)
{
    respond(ctx, status, TEXT_TYPE, text);
}

/* ---- Cross-origin rules ---- */

/* Origins of browsers that may use the Management API: the console's and the configured ones. */
static bool api_allows(const struct ctx *ctx, struct str origin)
{
    if (str_eq(origin, ctx->tenant->admin->endpoint))
        return true;
    struct str rest = str_of(ctx->tenant->config->cors_origins), each;
    while ((each = str_split(&rest, ',')).p)
        if (origin.n && str_eq(str_trim(each), origin))
            return true;
    return false;
}

/* Pages of applications use the account API, with the token that they hold and no cookie. */
static bool is_for_users(const struct ctx *ctx)
{
    struct str path = ctx->request->path;
    return str_starts(path, STR("/api/my-account")) || str_starts(path, STR("/api/verifications/"));
}

/* Where browsers go, and the hosted pages' own steps: nothing for pages of others. */
static bool is_for_browsers(const struct route *route)
{
    return route->guard == GUARD_BROWSER || route->guard == GUARD_OWN_PAGE;
}

static void cors_headers(struct ctx *ctx)
{
    if (is_for_browsers(ctx->route))
        return;
    struct str origin = http_header_get(ctx->request, STR("origin"), NULL);
    if (is_oidc(ctx) || str_starts(ctx->request->path, STR("/.well-known/"))) {
        bool document = ctx->route->guard == GUARD_PUBLIC;
        struct str allowed = ctx->answer.allow_origin;
        if (!allowed.p)
            allowed = document && origin.p ? origin : STR("*");
        ctx_header(ctx, STR("Access-Control-Allow-Origin"), allowed);
        if (!document)
            ctx_header(ctx, STR("Access-Control-Expose-Headers"), STR("WWW-Authenticate"));
    } else if (is_for_users(ctx) || (origin.p && api_allows(ctx, origin))) {
        ctx_header(ctx, STR("Access-Control-Allow-Origin"), origin.p ? origin : STR("*"));
        ctx_header(ctx, STR("Access-Control-Expose-Headers"), STR("*"));
    }
}

static void preflight(struct ctx *ctx, struct str origin, struct str methods)
{
    struct str headers = http_header_get(ctx->request, STR("access-control-request-headers"), NULL);
    ctx_header(ctx, STR("Access-Control-Allow-Origin"), origin);
    ctx_header(ctx, STR("Access-Control-Allow-Methods"), methods);
    if (headers.p)
        ctx_header(ctx, STR("Access-Control-Allow-Headers"), headers);
    ctx_header(ctx, STR("Access-Control-Max-Age"), STR("3600"));
    respond(ctx, 204, STR_NONE, STR_NONE);
}

/* Whether pages of others may ask it by any method. */
static bool may_be_asked(struct ctx *ctx)
{
    static const enum http_method methods[] = {HTTP_M_GET, HTTP_M_POST};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct route_match match = {0};
        router_find(ctx->router, methods[i], ctx->request->path, ctx->request->listener, ctx->arena,
                    &match);
        if (match.route && !is_for_browsers(match.route))
            return true;
    }
    return false;
}

bool answer_options(struct ctx *ctx, const struct route_match *match)
{
    if (ctx->request->method != HTTP_M_OPTIONS)
        return false;
    if (str_eq(ctx->request->path, STR("*"))) { /* the server as a whole: RFC 9110 9.3.7 */
        ctx_header(ctx, STR("Allow"), STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        respond(ctx, 204, STR_NONE, STR_NONE);
        return true;
    }
    if (!match->allow.n)
        return false;
    struct str origin = http_header_get(ctx->request, STR("origin"), NULL);
    struct str asked = http_header_get(ctx->request, STR("access-control-request-method"), NULL);
    if (is_oidc(ctx)) {
        if (!origin.p || !asked.p || !may_be_asked(ctx))
            return false;
        preflight(ctx, origin, str_ends(match->allow, STR("POST")) ? STR("POST") : STR("GET"));
    } else if (origin.p && asked.p && (is_for_users(ctx) || api_allows(ctx, origin))) {
        preflight(ctx, origin, STR("GET,HEAD,PUT,POST,DELETE,PATCH"));
    } else {
        ctx_header(ctx, STR("Allow"), match->allow);
        respond(ctx, 200, TEXT_TYPE, STR(""));
    }
    return true;
}

/* ---- Failures ---- */

/* RFC 6749 5.2: printable ASCII without quotes and backslashes; one mark for each other
 * character. */
static struct str plain(struct ctx *ctx, struct str text)
{
    struct buf buf = buf_new(ctx->arena, text.n);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '"')
            buf_byte(&buf, '\'');
        else if (c >= ' ' && c <= '~' && c != '\\')
            buf_byte(&buf, (char)c);
        else if ((c & 0xc0) != 0x80) /* no further byte of a character */
            buf_byte(&buf, '?');
    }
    return text.n ? buf_view(&buf) : text;
}

static void put_api_failure(struct ctx *ctx, struct json_out *out, const struct error_info *info)
{
    const struct failure *failure = &ctx->failure;
    if (info->code)
        JSON_STR(out, "code", str_of(info->code));
    if (failure->data.p)
        JSON_RAW(out, "data", failure->data);
    if (failure->details.p)
        JSON_STR(out, "details", failure->details);
    JSON_STR(out, "message", failure->message);
    if (info->oauth && info->status < 500) { /* what Logto's pages get from its OpenID provider */
        JSON_STR(out, "error", str_of(info->oauth));
        JSON_STR(out, "error_description", plain(ctx, failure->message));
    }
}

/* Those of a JSON object, beside others. */
static void put_members(struct json_out *out, struct str object, struct arena *arena)
{
    json *members = NULL, *key, *value;
    size_t i, max;
    if (!object.p || json_parse(arena, object, &members, NULL) != JSON_OK)
        return;
    yyjson_obj_foreach(members, i, max, key, value)
    {
        json_key_escaped(out, json_str(key));
        json_put_value(out, value);
    }
}

static void put_oidc_failure(struct ctx *ctx, struct json_out *out, const struct error_info *info)
{
    struct str error = str_of(info->oauth ? info->oauth : "server_error");
    json_key(out, STR("code"));
    json_put_str(out, arena_printf(ctx->arena, "oidc.%.*s", STR_ARG(error)));
    JSON_STR(out, "message", ctx->failure.message);
    JSON_STR(out, "error", error);
    JSON_STR(out, "error_description", plain(ctx, ctx->failure.message));
    put_members(out, ctx->failure.data, ctx->arena);
}

static void send_failure(struct ctx *ctx, enum err err)
{
    if (ctx->failure.err != err)
        fail(ctx, err); /* an error that no one had words for */
    const struct error_info *info = error_info(err);
    struct buf buf = buf_new(ctx->arena, (size_t)1024 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    if (is_oidc(ctx))
        put_oidc_failure(ctx, &out, info);
    else
        put_api_failure(ctx, &out, info);
    json_close_object(&out);
    if (info->status == 503)
        ctx_header(ctx, STR("Retry-After"), STR("1"));
    struct str body = buf_view(&buf);
    respond(ctx, info->status, JSON_TYPE, body.p ? body : STR("{\"code\":\"server.busy\"}"));
}

void answer_no_route(struct ctx *ctx, struct str allow)
{
    if (allow.n)
        ctx_header(ctx, STR("Allow"), allow);
    if (is_oidc(ctx)) {
        struct str path = str_from(ctx->request->path, strlen("/oidc"));
        bool printable = path.n < 200 && str_find(path, '"') == path.n;
        char *method = arena_cstr(ctx->arena, ctx->request->method_name);
        char *shown = arena_cstr(ctx->arena, printable ? path : STR("/"));
        if (method && shown)
            fail(ctx, ERR_OAUTH_NO_ROUTE, method, shown);
        send_failure(ctx, ERR_OAUTH_NO_ROUTE);
    } else if (!allow.n) {
        answer_text(ctx, 404, STR("Not Found"));
    } else if (ctx->request->method == HTTP_M_OTHER) {
        answer_text(ctx, 501, STR("Not Implemented"));
    } else {
        answer_text(ctx, 405, STR("Method Not Allowed"));
    }
}

/* ---- Successes ---- */

void answer_reset(struct ctx *ctx)
{
    ctx->answer = (struct answer){.body = buf_new(ctx->arena, ANSWER_MAX)};
    ctx->answer.json = json_out(&ctx->answer.body);
    ctx->failure = (struct failure){0};
    ctx->audit.set = false;
    ctx->keep_writes = false;
}

struct str answer_body(const struct ctx *ctx)
{
    return ctx->answer.document.p ? ctx->answer.document : buf_view(&ctx->answer.body);
}

struct str answer_etag(struct ctx *ctx)
{
    if (ctx->answer.etag.p)
        return ctx->answer.etag;
    struct buf buf = buf_new(ctx->arena, 128);
    digest_put_etag(&buf, answer_body(ctx));
    return buf_view(&buf);
}

/* RFC 9110 13.1.2 */
static bool none_match(struct str header, struct str etag)
{
    struct str each;
    while ((each = str_split(&header, ',')).p) {
        struct str tag = str_trim(each);
        if (str_starts(tag, STR("W/")))
            tag = str_from(tag, 2);
        if (str_eq(tag, etag) || str_eq(tag, STR("*")))
            return true;
    }
    return false;
}

static struct str type_of(const struct ctx *ctx)
{
    if (ctx->answer.content_type.p)
        return ctx->answer.content_type;
    switch (ctx->route->reply) {
    case REPLY_OBJECT:
    case REPLY_ARRAY:
    case REPLY_FREE:
        return JSON_TYPE;
    case REPLY_TEXT:
        return TEXT_TYPE;
    case REPLY_XML:
        return STR("text/xml;charset=utf-8");
    case REPLY_EMPTY:
        return STR_NONE;
    }
    return JSON_TYPE;
}

static void send_success(struct ctx *ctx)
{
    const struct answer *answer = &ctx->answer;
    int status = answer->status ? answer->status : ctx->route->status;
    struct str body = answer_body(ctx);
    if ((ctx->route->reply == REPLY_EMPTY || status == 204) && !body.n) {
        respond(ctx, status, STR_NONE, STR_NONE);
        return;
    }
    if (ctx->route->method == HTTP_M_GET && status == 200) {
        struct str etag = answer_etag(ctx);
        ctx_header(ctx, STR("ETag"), etag);
        struct str header = http_header_get(ctx->request, STR("if-none-match"), NULL);
        if (header.p && etag.p && none_match(header, etag)) {
            respond(ctx, 304, STR_NONE, STR_NONE);
            return;
        }
    }
    respond(ctx, status, type_of(ctx), body);
}

static void cache_headers(struct ctx *ctx)
{
    if (ctx->answer.no_store) {
        ctx_header(ctx, STR("Cache-Control"), STR("no-store"));
        ctx_header(ctx, STR("Pragma"), STR("no-cache"));
    } else if (ctx->answer.immutable) {
        ctx_header(ctx, STR("Cache-Control"), STR("public, max-age=31536000, immutable"));
    } else if (ctx->answer.cacheable) {
        ctx_header(ctx, STR("Cache-Control"), STR("public, max-age=300"));
    }
}

/* Nothing runs or loads but our own files; forms lead to us, or to where a consent leads. */
static void page_headers(struct ctx *ctx)
{
    struct str target = ctx->answer.form_target, other = ctx->answer.connect_target;
    struct str widget = ctx->answer.widget;
    ctx_header(
        ctx, STR("Content-Security-Policy"),
        arena_printf(
            ctx->arena,
            "default-src 'none'; script-src 'self'%s%.*s; style-src 'self'; "
            "img-src 'self' https: data:; connect-src 'self'%s%.*s%s%.*s;%s%.*s%s "
            "form-action 'self'%s%.*s; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
            widget.n ? " " : "", STR_ARG(widget), other.n ? " " : "", STR_ARG(other),
            widget.n ? " " : "", STR_ARG(widget), widget.n ? " frame-src " : "", STR_ARG(widget),
            widget.n ? ";" : "", target.n ? " " : "", STR_ARG(target)));
}

void answer_send(struct ctx *ctx, enum err err)
{
    if (!err && ctx->answer.body.failed)
        err = ERR_NO_MEMORY;
    cors_headers(ctx);
    if (err)
        ctx->answer.cacheable = ctx->answer.immutable = ctx->answer.page = false;
    if (ctx->answer.page)
        page_headers(ctx);
    cache_headers(ctx);
    if (err)
        send_failure(ctx, err);
    else
        send_success(ctx);
}
