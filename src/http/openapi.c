/* The OpenAPI 3.0.1 document of the Management API, made from the route rows. */
#include <stdio.h>
#include <stdlib.h>

#include "http/json_schema.h"
#include "http/operation_id.h"
#include "http/route.h"

#define MAX_DOCUMENT (16 << 20)
#define MAX_NAMES    2048

/* Texts that are used once each: tags, scopes, operation ids. */
struct names {
    struct str list[MAX_NAMES];
    size_t count;
};

struct document {
    struct arena *arena;
    struct json_out out;
    enum openapi_part part;
    int listener;
    struct str path; /* of the open path item */
    struct names tags, areas, extra, operations;
};

static bool names_have(const struct names *names, struct str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq(names->list[i], name))
            return true;
    return false;
}

static void names_add(struct names *names, struct str name)
{
    if (names->count < MAX_NAMES && !names_have(names, name))
        names->list[names->count++] = name;
}

/* Below the prefix, or the prefix itself. */
static bool is_below(struct str path, struct str prefix)
{
    return str_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/');
}

static bool in_part(enum openapi_part part, struct str path)
{
    switch (part) {
    case OPENAPI_ALL:
        return str_starts(path, STR("/api/"));
    case OPENAPI_EXPERIENCE:
        return is_below(path, STR("/api/experience"));
    case OPENAPI_USER:
        return is_below(path, STR("/api/my-account")) || is_below(path, STR("/api/verifications"));
    }
    return false;
}

static bool is_documented(const struct document *document, const struct route *route)
{
    return in_part(document->part, route->path) &&
           (!route->only_listener || route->only_listener == document->listener);
}

/* ---- Parts of an operation ---- */

static struct str tag_of(const struct document *document, const struct route *route)
{
    struct buf tag = buf_new(document->arena, 256);
    operation_tag_put(&tag, route);
    return buf_view(&tag);
}

static struct str unique_operation(struct document *document, const struct route *route)
{
    struct buf id = buf_new(document->arena, 512);
    operation_id_put(&id, route);
    size_t length = id.n;
    for (int number = 2; names_have(&document->operations, buf_view(&id)); number++) {
        id.n = length;
        buf_int(&id, number);
    }
    names_add(&document->operations, buf_view(&id));
    return buf_view(&id);
}

static void put_parameter(struct json_out *out, struct str place, struct str name, bool required,
                          const struct field *row)
{
    json_open_object(out);
    JSON_STR(out, "name", name);
    JSON_STR(out, "in", place);
    JSON_BOOL(out, "required", required);
    if (row->doc)
        JSON_STR(out, "description", str_of(row->doc));
    json_key(out, STR("schema"));
    json_schema_field(out, row, (struct schema_style){.openapi = true});
    json_close_object(out);
}

static const struct field *find_row(const struct field *rows, struct str name)
{
    static const struct field text = {.type = FIELD_STRING};
    for (; rows && rows->name.p; rows++)
        if (str_eq(rows->name, name))
            return rows;
    return &text;
}

static void put_path_parameters(struct json_out *out, const struct route *route)
{
    struct str path = route->path, segment;
    while ((segment = str_split(&path, '/')).p) {
        struct str name = str_from(segment, 1);
        if (segment.n && segment.p[0] == ':')
            put_parameter(out, STR("path"), name, true, find_row(route->params, name));
    }
}

static void put_reference(struct json_out *out, const char *target)
{
    json_open_object(out);
    json_key(out, STR("$ref"));
    json_put_str(out, str_of(target));
    json_close_object(out);
}

/* What every change may ask for (change.h). */
static void put_wishes(struct json_out *out, const struct route *route)
{
    if (!route_changes(route))
        return;
    put_reference(out, route->method == HTTP_M_POST ? "#/components/parameters/IdempotencyKey"
                                                    : "#/components/parameters/IfMatch");
    if (!route->sends || route->rehearses)
        put_reference(out, "#/components/parameters/DryRun");
}

static void put_parameters(struct json_out *out, const struct route *route)
{
    const struct field page = {.type = FIELD_INT, .min = 1, .doc = "Page, from 1."};
    const struct field size = {
        .type = FIELD_INT, .min = 1, .max = 100, .doc = "Rows a page, 20 unless told."};
    const struct field limit = {.type = FIELD_INT,
                                .min = 1,
                                .max = route->page_max ? route->page_max : 100,
                                .doc = "Rows a page, 20 unless told."};
    const struct field after = {
        .type = FIELD_STRING,
        .doc = "Instead of `page`: the cursor of the page before, out of its Link header."};
    json_key(out, STR("parameters"));
    json_open_array(out);
    put_path_parameters(out, route);
    for (const struct field *row = route->query; row && row->name.p; row++)
        if (row->flags & FIELD_CREATE && !(row->flags & FIELD_HIDDEN))
            put_parameter(out, STR("query"), row->name, row->flags & FIELD_REQUIRED, row);
    if (route->paging != PAGE_NONE) {
        put_parameter(out, STR("query"), STR("page"), false, &page);
        put_parameter(out, STR("query"), STR("page_size"), false, &size);
        put_parameter(out, STR("query"), STR("after"), false, &after);
        put_parameter(out, STR("query"), STR("limit"), false, &limit);
    }
    put_wishes(out, route);
    json_close_array(out);
}

static void open_content(struct json_out *out, struct str type)
{
    json_key(out, STR("content"));
    json_open_object(out);
    json_key(out, type);
    json_open_object(out);
    json_key(out, STR("schema"));
}

static void close_content(struct json_out *out)
{
    json_close_object(out);
    json_close_object(out);
}

static void put_body(struct json_out *out, const struct route *route)
{
    struct schema_style style = {.openapi = true, .use = SCHEMA_CREATE};
    if (route->body_mode == BODY_NONE || route->body_mode == BODY_RAW)
        return;
    if (route->body_mode == BODY_UPDATE)
        style.use = SCHEMA_UPDATE;
    json_key(out, STR("requestBody"));
    json_open_object(out);
    JSON_BOOL(out, "required", true);
    open_content(out, STR("application/json"));
    json_schema_object(out, route->body, style);
    close_content(out);
    json_close_object(out);
}

static void put_page_headers(struct json_out *out)
{
    json_key(out, STR("headers"));
    json_put_raw(out,
                 STR("{\"Total-Number\":{\"description\":\"Rows on all pages.\","
                     "\"schema\":{\"type\":\"integer\"}},"
                     "\"Link\":{\"description\":\"Where the first, previous, next and last page "
                     "are (RFC 8288).\",\"schema\":{\"type\":\"string\"}}}"));
}

static struct str reply_type(enum reply_kind kind)
{
    if (kind == REPLY_XML)
        return STR("text/xml");
    return kind == REPLY_TEXT ? STR("text/plain") : STR("application/json");
}

static void put_reply(struct json_out *out, const struct route *route)
{
    struct schema_style style = {.openapi = true, .use = SCHEMA_REPLY};
    if (route->reply == REPLY_EMPTY)
        return;
    open_content(out, reply_type(route->reply));
    switch (route->reply) {
    case REPLY_OBJECT:
        json_schema_object(out, route->reply_fields, style);
        break;
    case REPLY_ARRAY:
        json_schema_list(out, route->reply_fields, style);
        break;
    case REPLY_TEXT:
    case REPLY_XML:
        json_put_raw(out, STR("{\"type\":\"string\"}"));
        break;
    case REPLY_EMPTY:
    case REPLY_FREE:
        json_put_raw(out, STR("{}"));
        break;
    }
    close_content(out);
}

/* Beside the route's own status; one that only refuses has an error's. */
static void put_error(struct json_out *out, int own, int status, const char *name)
{
    if (own == status)
        return;
    char key[12];
    snprintf(key, sizeof key, "%d", status);
    json_key(out, str_of(key));
    put_reference(out, name);
}

static void put_responses(struct json_out *out, const struct route *route)
{
    bool has_id = str_find(route->path, ':') < route->path.n;
    bool changes = route->method != HTTP_M_GET;
    int status = route->status ? route->status : 200;
    json_key(out, STR("responses"));
    json_open_object(out);
    buf_printf(out->buf, "\"%d\":", status);
    json_open_object(out);
    JSON_STR(out, "description", STR("Done."));
    if (route->paging != PAGE_NONE)
        put_page_headers(out);
    put_reply(out, route);
    json_close_object(out);
    if (route->query || route->paging != PAGE_NONE || route->body_mode != BODY_NONE)
        put_error(out, status, 400, "#/components/responses/BadRequest");
    if (route->guard == GUARD_MANAGEMENT || route->guard == GUARD_USER) {
        put_error(out, status, 401, "#/components/responses/Unauthorized");
        put_error(out, status, 403, "#/components/responses/Forbidden");
    }
    if (has_id)
        put_error(out, status, 404, "#/components/responses/NotFound");
    if (route_changes(route) && route->method == HTTP_M_POST)
        put_error(out, status, 409, "#/components/responses/KeyReused");
    else if (route_changes(route))
        put_error(out, status, 412, "#/components/responses/Changed");
    if (changes)
        put_error(out, status, 422, "#/components/responses/Unprocessable");
    json_close_object(out);
}

static void put_scope(struct json_out *out, struct str scope)
{
    json_open_object(out);
    json_key(out, STR("OAuth2"));
    json_open_array(out);
    json_put_str(out, scope);
    json_close_array(out);
    json_close_object(out);
}

static void put_security(struct document *document, const struct route *route)
{
    struct json_out *out = &document->out;
    json_key(out, STR("security"));
    json_open_array(out);
    if (route->guard == GUARD_MANAGEMENT) {
        put_scope(out, STR("all"));
        if (route->area)
            put_scope(out, arena_printf(document->arena, "%s:%s", route_verb(route), route->area));
    }
    if (route->guard == GUARD_USER)
        json_put_raw(out, STR("{\"UserToken\":[]}"));
    json_close_array(out);
}

/* ---- The document ---- */

static void put_operation(struct document *document, const struct route *route)
{
    static const char *const names[] = {
        [HTTP_M_GET] = "get",         [HTTP_M_HEAD] = "head",   [HTTP_M_POST] = "post",
        [HTTP_M_PUT] = "put",         [HTTP_M_PATCH] = "patch", [HTTP_M_DELETE] = "delete",
        [HTTP_M_OPTIONS] = "options", [HTTP_M_OTHER] = "trace",
    };
    struct json_out *out = &document->out;
    json_key(out, str_of(names[route->method]));
    json_open_object(out);
    JSON_STR(out, "operationId", unique_operation(document, route));
    json_key(out, STR("tags"));
    json_open_array(out);
    json_put_str(out, tag_of(document, route));
    json_close_array(out);
    if (route->summary)
        JSON_STR(out, "summary", str_of(route->summary));
    if (route->doc)
        JSON_STR(out, "description", str_of(route->doc));
    put_parameters(out, route);
    put_body(out, route);
    put_responses(out, route);
    put_security(document, route);
    json_close_object(out);
}

/* "/api/users/:id" becomes "/api/users/{id}". */
static struct str template_of(const struct document *document, struct str path)
{
    struct buf text = buf_new(document->arena, 1024);
    struct str rest = str_from(path, 1), segment;
    while ((segment = str_split(&rest, '/')).p) {
        bool param = segment.n && segment.p[0] == ':';
        buf_byte(&text, '/');
        if (param)
            buf_byte(&text, '{');
        buf_str(&text, param ? str_from(segment, 1) : segment);
        if (param)
            buf_byte(&text, '}');
    }
    return buf_view(&text);
}

static void put_route(const struct route *route, void *arg)
{
    struct document *document = arg;
    if (!is_documented(document, route))
        return;
    if (!str_eq(document->path, route->path)) {
        if (document->path.p)
            json_close_object(&document->out);
        json_key_escaped(&document->out, template_of(document, route->path));
        json_open_object(&document->out);
        document->path = route->path;
    }
    names_add(&document->tags, tag_of(document, route));
    if (route->guard == GUARD_MANAGEMENT && route->area)
        names_add(&document->areas, str_of(route->area));
    if (route->guard == GUARD_MANAGEMENT && route->extra_scope)
        names_add(&document->extra, str_of(route->extra_scope));
    put_operation(document, route);
}

static void put_paths(struct document *document)
{
    json_key(&document->out, STR("paths"));
    json_open_object(&document->out);
    routes_each(put_route, document);
    if (document->path.p)
        json_close_object(&document->out);
    json_close_object(&document->out);
}

static void put_tags(struct document *document)
{
    struct json_out *out = &document->out;
    json_key(out, STR("tags"));
    json_open_array(out);
    for (size_t i = 0; i < document->tags.count; i++) {
        json_open_object(out);
        JSON_STR(out, "name", document->tags.list[i]);
        json_close_object(out);
    }
    json_close_array(out);
}

/* read:AREA or write:AREA */
static bool is_of_an_area(const struct document *document, struct str scope)
{
    size_t prefix = str_starts(scope, STR("read:")) ? 5 : str_starts(scope, STR("write:")) ? 6 : 0;
    return prefix && names_have(&document->areas, str_from(scope, prefix));
}

static void put_scopes(struct document *document)
{
    struct json_out *out = &document->out;
    json_key(out, STR("scopes"));
    json_open_object(out);
    JSON_STR(out, "all", STR("Everything."));
    for (size_t i = 0; i < document->areas.count; i++)
        for (int writes = 0; writes < 2; writes++) {
            struct str area = document->areas.list[i];
            json_key(out, arena_printf(document->arena, "%s:%.*s", writes ? "write" : "read",
                                       STR_ARG(area)));
            json_put_str(out, arena_printf(document->arena, "%s %.*s.", writes ? "Change" : "Read",
                                           STR_ARG(area)));
        }
    for (size_t i = 0; i < document->extra.count; i++) {
        if (is_of_an_area(document, document->extra.list[i]))
            continue;
        json_key(out, document->extra.list[i]);
        json_put_str(out, STR("Asked for by part of an operation."));
    }
    json_close_object(out);
}

static void put_error_response(struct json_out *out, struct str name, struct str description)
{
    json_key(out, name);
    json_open_object(out);
    JSON_STR(out, "description", description);
    open_content(out, STR("application/json"));
    json_put_raw(out, STR("{\"$ref\":\"#/components/schemas/Error\"}"));
    close_content(out);
    json_close_object(out);
}

static void put_wish_components(struct json_out *out)
{
    static const struct field key = {.type = FIELD_STRING,
                                     .min = 1,
                                     .max = 255,
                                     .doc = "The same key with the same request again, within 24 "
                                            "hours, gives the same answer and changes nothing."};
    static const struct field tag = {
        .type = FIELD_STRING,
        .doc = "ETag of GET at the same address: the change is made only if that is still it."};
    static const struct field wish = {
        .type = FIELD_BOOL, .doc = "1: the answer that the change would have, and no change."};
    json_key(out, STR("parameters"));
    json_open_object(out);
    json_key(out, STR("IdempotencyKey"));
    put_parameter(out, STR("header"), STR("Idempotency-Key"), false, &key);
    json_key(out, STR("IfMatch"));
    put_parameter(out, STR("header"), STR("If-Match"), false, &tag);
    json_key(out, STR("DryRun"));
    put_parameter(out, STR("query"), STR("dryRun"), false, &wish);
    json_close_object(out);
}

static void put_components(struct document *document, struct str token_url)
{
    struct json_out *out = &document->out;
    json_key(out, STR("components"));
    json_open_object(out);
    JSON_RAW(out, "schemas",
             STR("{\"Error\":{\"type\":\"object\",\"required\":[\"message\"],\"properties\":{"
                 "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
                 "\"data\":{},\"details\":{\"type\":\"string\"}}}}"));
    json_key(out, STR("responses"));
    json_open_object(out);
    put_error_response(out, STR("BadRequest"), STR("The input does not fit."));
    put_error_response(out, STR("Unauthorized"), STR("The token is missing or not valid."));
    put_error_response(out, STR("Forbidden"), STR("The token lacks the scope."));
    put_error_response(out, STR("NotFound"), STR("There is no such thing."));
    put_error_response(out, STR("Unprocessable"), STR("The change does not fit what is there."));
    put_error_response(out, STR("KeyReused"),
                       STR("The Idempotency-Key was sent with another request."));
    put_error_response(out, STR("Changed"), STR("It has changed since it was read (If-Match)."));
    json_close_object(out);
    put_wish_components(out);
    json_key(out, STR("securitySchemes"));
    json_put_raw(out, STR("{\"OAuth2\":{\"type\":\"oauth2\",\"flows\":{\"clientCredentials\":{"));
    out->comma = false;
    JSON_STR(out, "tokenUrl", token_url);
    put_scopes(document);
    buf_str(out->buf,
            STR("}}},\"UserToken\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
                "\"An access token of a user that is for no resource.\"}}"));
    json_close_object(out);
}

static void put_document(struct document *document, struct str server_url, struct str token_url)
{
    struct json_out *out = &document->out;
    json_open_object(out);
    JSON_STR(out, "openapi", STR("3.0.1"));
    JSON_RAW(out, "info",
             STR("{\"title\":\"Signet Management API\",\"version\":\"" SIGNET_VERSION "\"}"));
    json_key(out, STR("servers"));
    json_open_array(out);
    json_open_object(out);
    JSON_STR(out, "url", server_url);
    json_close_object(out);
    json_close_array(out);
    put_paths(document);
    put_tags(document);
    put_components(document, token_url);
    json_close_object(out);
}

char *openapi_render(int listener, enum openapi_part part, struct str server_url,
                     struct str token_url, size_t *length)
{
    struct buf buf = buf_new(NULL, MAX_DOCUMENT);
    struct document *document = calloc(1, sizeof(*document));
    struct arena *arena = arena_new(MAX_DOCUMENT);
    if (document && arena) {
        *document = (struct document){
            .arena = arena, .out = json_out(&buf), .listener = listener, .part = part};
        put_document(document, server_url, token_url);
    }
    bool made = document && arena && !buf.failed;
    free(document);
    arena_free(arena);
    if (!made) {
        buf_free(&buf);
        return NULL;
    }
    *length = buf.n;
    return buf.p;
}
