/* The documents made from route rows: OpenAPI for people's tools, the route list for the test
 * suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/operation_id.h"
#include "http/route.h"

static const char *const colors[] = {"red", "blue", NULL};
static const struct field text_item = {.type = FIELD_STRING, .max = 9};
static const struct field members[] = {
    {.name = STR_INIT("must"), .type = FIELD_ARRAY, .flags = FIELD_REQUIRED, .item = &text_item},
    {.name = STR_INIT("can"), .type = FIELD_INT},
    FIELDS_END,
};
static const struct field answer_only[] = {{.name = STR_INIT("at"), .type = FIELD_INT}, FIELDS_END};
static const struct field fields[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING},
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED | FIELD_WRITE | FIELD_NOT_EMPTY,
     .max = 20,
     .doc = "Shown to people."},
    {.name = STR_INIT("color"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .options = colors},
    {.name = STR_INIT("meta"), .type = FIELD_OBJECT, .flags = FIELD_WRITE, .fields = members},
    {.name = STR_INIT("state"), .type = FIELD_OBJECT, .flags = FIELD_MAYBE, .fields = answer_only},
    {.name = STR_INIT("any"), .type = FIELD_ANY, .flags = FIELD_NULLABLE},
    {.name = STR_INIT("digest"), .type = FIELD_STRING, .flags = FIELD_HIDDEN | FIELD_CREATE},
    FIELDS_END,
};
static const struct field query[] = {
    {.name = STR_INIT("colors"), .type = FIELD_ARRAY, .flags = FIELD_CREATE, .item = &text_item},
    FIELDS_END,
};

ROUTES(documented) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/openapi-tests"),
     .area = "openapi-tests",
     .query = query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = fields,
     .summary = "List \"tests\""},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/openapi-tests"),
     .area = "openapi-tests",
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Create"},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/openapi-tests/check"),
     .area = "openapi-tests",
     .safe = true,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Changes nothing"},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/openapi-tests/:testId"),
     .area = "openapi-tests",
     .body_mode = BODY_UPDATE,
     .body = fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Change"},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/openapi-tests/:testId"),
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete"},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/openapi-tests/:testId/refused"),
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 400,
     .reply = REPLY_FREE,
     .summary = "Only refuses"},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/openapi-tests/:testId/text"),
     .guard = GUARD_PUBLIC,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Text"},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/openapi-tests/:testId/only"),
     .status = 200,
     .reply = REPLY_FREE,
     .only_listener = 2,
     .summary = "Only there"},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/openapi-tests-elsewhere"),
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Not of the API"},
    ROUTES_END,
};

struct fixture {
    struct arena *arena;
    json *document, *routes;
};

static json *parse_owned(struct arena *arena, char *text, size_t length)
{
    json *value = NULL;
    assert_non_null(text);
    assert_int_equal(json_parse(arena, (struct str){text, length}, &value, NULL), JSON_OK);
    free(text);
    return value;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    size_t length = 0;
    fixture->arena = arena_new(64 << 20);
    char *text = openapi_render(1, OPENAPI_ALL, STR("http://localhost:3001"),
                                STR("http://localhost:3001/token"), &length);
    fixture->document = parse_owned(fixture->arena, text, length);
    text = routes_render(&length);
    fixture->routes = parse_owned(fixture->arena, text, length);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* A '/'-separated path of keys; '~' stands for '/' in a key. */
static json *at(json *value, const char *path)
{
    struct str rest = str_of(path), piece;
    while ((piece = str_split(&rest, '/')).p) {
        char key[128];
        assert_true(piece.n < sizeof(key));
        for (size_t i = 0; i < piece.n; i++)
            key[i] = piece.p[i] == '~' ? '/' : piece.p[i];
        value = yyjson_is_arr(value) ? yyjson_arr_get(value, (size_t)(key[0] - '0'))
                                     : json_get(value, (struct str){key, piece.n});
    }
    return value;
}

static void assert_at(void **state, const char *path, const char *expected)
{
    struct fixture *fixture = *state;
    json *value = at(fixture->document, path);
    if (!value)
        fail_msg("no %s", path);
    assert_string_equal(arena_cstr(fixture->arena, json_text(fixture->arena, value)), expected);
}

#define LIST   "paths/~api~openapi-tests/get/"
#define CREATE "paths/~api~openapi-tests/post/"
#define CHANGE "paths/~api~openapi-tests~{testId}/patch/"
#define REMOVE "paths/~api~openapi-tests~{testId}/delete/"

static void describes_operations(void **state)
{
    assert_at(state, "openapi", "\"3.0.1\"");
    assert_at(state, "servers/0/url", "\"http://localhost:3001\"");
    assert_at(state, LIST "operationId", "\"ListOpenapiTests\"");
    assert_at(state, CREATE "operationId", "\"CreateOpenapiTest\"");
    assert_at(state, CHANGE "operationId", "\"UpdateOpenapiTest\"");
    assert_at(state, REMOVE "operationId", "\"DeleteOpenapiTest\"");
    assert_at(state, LIST "summary", "\"List \\\"tests\\\"\"");
    assert_at(state, LIST "tags", "[\"Openapi tests\"]");
    assert_at(
        state, LIST "parameters/0",
        "{\"name\":\"colors\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"array\","
        "\"items\":{\"type\":\"string\",\"maxLength\":9}}}");
    assert_at(state, LIST "parameters/1/name", "\"page\"");
    assert_at(state, LIST "parameters/2/schema/maximum", "100");
    assert_at(state, CHANGE "parameters",
              "[{\"name\":\"testId\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":"
              "\"string\"}},{\"$ref\":\"#/components/parameters/IfMatch\"},"
              "{\"$ref\":\"#/components/parameters/DryRun\"}]");
}

static void describes_bodies(void **state)
{
    static const char *const create = CREATE "requestBody/content/application~json/schema";
    static const char *const change = CHANGE "requestBody/content/application~json/schema";
    assert_at(
        state, create,
        "{\"type\":\"object\",\"properties\":{"
        "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":20,"
        "\"description\":\"Shown to people.\"},"
        "\"color\":{\"type\":\"string\",\"nullable\":true,\"enum\":[\"red\",\"blue\",null]},"
        "\"meta\":{\"type\":\"object\",\"properties\":{\"must\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"string\",\"maxLength\":9}},\"can\":{\"type\":\"integer\"}},"
        "\"required\":[\"must\"]}},\"required\":[\"name\"]}");
    assert_at(
        state, change,
        "{\"type\":\"object\",\"properties\":{"
        "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":20,"
        "\"description\":\"Shown to people.\"},"
        "\"meta\":{\"type\":\"object\",\"properties\":{\"must\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"string\",\"maxLength\":9}},\"can\":{\"type\":\"integer\"}},"
        "\"required\":[\"must\"]}}}");
}

static void describes_answers(void **state)
{
    struct fixture *fixture = *state;
    assert_at(state, LIST "responses/200/content/application~json/schema/type", "\"array\"");
    assert_at(state, LIST "responses/200/headers/Total-Number/schema/type", "\"integer\"");
    assert_at(state, CREATE "responses/201/content/application~json/schema/required",
              "[\"id\",\"name\",\"color\",\"meta\",\"any\"]");
    assert_null(at(fixture->document,
                   CREATE "responses/201/content/application~json/schema/properties/digest"));
    assert_null(at(fixture->document, REMOVE "responses/204/content"));
    assert_at(state, "paths/~api~openapi-tests~{testId}~text/get/responses/200/content",
              "{\"text/plain\":{\"schema\":{\"type\":\"string\"}}}");
    static const char *const refusals[] = {
        LIST "responses/400",   LIST "responses/401",   LIST "responses/403",
        CREATE "responses/422", CHANGE "responses/404", REMOVE "responses/404",
    };
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct str target = json_str(json_get(at(fixture->document, refusals[i]), STR("$ref")));
        char path[64];
        assert_true(str_starts(target, STR("#/")) && target.n < sizeof(path));
        assert_non_null(at(fixture->document, arena_cstr(fixture->arena, str_from(target, 2))));
    }
    assert_null(at(fixture->document, LIST "responses/404"));
}

static void tells_who_may(void **state)
{
    assert_at(state, LIST "security",
              "[{\"OAuth2\":[\"all\"]},{\"OAuth2\":[\"read:openapi-tests\"]}]");
    assert_at(state, CREATE "security",
              "[{\"OAuth2\":[\"all\"]},{\"OAuth2\":[\"write:openapi-tests\"]}]");
    assert_at(state, "paths/~api~openapi-tests~check/post/security",
              "[{\"OAuth2\":[\"all\"]},{\"OAuth2\":[\"read:openapi-tests\"]}]");
    assert_at(state, REMOVE "security", "[{\"OAuth2\":[\"all\"]}]");
    assert_at(state, "paths/~api~openapi-tests~{testId}~text/get/security", "[]");
    assert_at(state, "components/securitySchemes/OAuth2/flows/clientCredentials/tokenUrl",
              "\"http://localhost:3001/token\"");
    assert_at(state,
              "components/securitySchemes/OAuth2/flows/clientCredentials/scopes/"
              "write:openapi-tests",
              "\"Change openapi-tests.\"");
}

static void leaves_out_what_is_not_of_this_listener(void **state)
{
    struct fixture *fixture = *state;
    assert_null(at(fixture->document, "paths/~api~openapi-tests~{testId}~only"));
    assert_null(at(fixture->document, "paths/~openapi-tests-elsewhere"));
    size_t length;
    char *text = openapi_render(2, OPENAPI_ALL, STR("http://x"), STR("http://x/t"), &length);
    json *document = parse_owned(fixture->arena, text, length);
    assert_non_null(at(document, "paths/~api~openapi-tests~{testId}~only/get"));
}

static void names_operations_once(void **state)
{
    struct fixture *fixture = *state;
    struct str seen[1024];
    size_t count = 0;
    json *path, *operation, *key;
    yyjson_obj_iter paths = yyjson_obj_iter_with(at(fixture->document, "paths"));
    while ((key = yyjson_obj_iter_next(&paths))) {
        path = yyjson_obj_iter_get_val(key);
        yyjson_obj_iter operations = yyjson_obj_iter_with(path);
        while ((key = yyjson_obj_iter_next(&operations))) {
            operation = yyjson_obj_iter_get_val(key);
            struct str id = json_str(json_get(operation, STR("operationId")));
            for (size_t i = 0; i < count; i++)
                assert_false(str_eq(seen[i], id));
            assert_true(count < 1024);
            seen[count++] = id;
        }
    }
    assert_true(count >= 5);
}

static void derives_operation_names(void **state)
{
    static const struct {
        enum http_method method;
        const char *path;
        enum reply_kind reply;
        const char *id;
    } examples[] = {
        {HTTP_M_GET, "/api/applications", REPLY_ARRAY, "ListApplications"},
        {HTTP_M_GET, "/api/applications/:id", REPLY_OBJECT, "GetApplication"},
        {HTTP_M_POST, "/api/applications/:id/secrets", REPLY_OBJECT, "CreateApplicationSecret"},
        {HTTP_M_DELETE, "/api/applications/:id/secrets/:name", REPLY_EMPTY,
         "DeleteApplicationSecret"},
        {HTTP_M_PUT, "/api/users/:id/roles", REPLY_EMPTY, "ReplaceUserRoles"},
        {HTTP_M_GET, "/api/organization-roles/:id/scopes", REPLY_ARRAY,
         "ListOrganizationRoleScopes"},
        {HTTP_M_POST, "/api/identities", REPLY_OBJECT, "CreateIdentity"},
        {HTTP_M_GET, "/api/status", REPLY_EMPTY, "GetStatus"},
        {HTTP_M_POST, "/api/status", REPLY_EMPTY, "CreateStatus"},
        {HTTP_M_GET, "/api/swagger.json", REPLY_FREE, "GetSwaggerJson"},
        {HTTP_M_GET, "/api/.well-known/sign-in-exp", REPLY_OBJECT, "GetWellKnownSignInExp"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct route route = {.method = examples[i].method,
                              .path = str_of(examples[i].path),
                              .reply = examples[i].reply};
        struct buf id = buf_new(fixture->arena, 256);
        operation_id_put(&id, &route);
        assert_string_equal(arena_cstr(fixture->arena, buf_view(&id)), examples[i].id);
    }
}

static json *find_route(json *routes, const char *method, const char *path)
{
    size_t index, max;
    json *route;
    yyjson_arr_foreach(routes, index, max, route)
    {
        if (str_eq(json_str(json_get(route, STR("method"))), str_of(method)) &&
            str_eq(json_str(json_get(route, STR("path"))), str_of(path)))
            return route;
    }
    fail_msg("no route %s %s", method, path);
    return NULL;
}

static void lists_routes_with_strict_reply_schemas(void **state)
{
    static const struct {
        const char *method, *path, *row;
    } examples[] = {
        {"POST", "/api/openapi-tests",
         "{\"method\":\"POST\",\"path\":\"/api/openapi-tests\",\"guard\":\"management\","
         "\"scope\":\"write:openapi-tests\",\"status\":201,\"reply\":{\"type\":\"object\","
         "\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
         "\"color\":{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"blue\",null]},"
         "\"meta\":{\"type\":\"object\",\"properties\":{\"must\":{\"type\":\"array\",\"items\":{"
         "\"type\":\"string\"}},\"can\":{\"type\":\"integer\"}},\"required\":[\"must\"],"
         "\"additionalProperties\":false},"
         "\"state\":{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"integer\"}},"
         "\"required\":[\"at\"],\"additionalProperties\":false},\"any\":{}},"
         "\"required\":[\"id\",\"name\",\"color\",\"meta\",\"any\"],\"additionalProperties\":false}"
         ","
         "\"listener\":0}"},
        {"DELETE", "/api/openapi-tests/:testId",
         "{\"method\":\"DELETE\",\"path\":\"/api/openapi-tests/:testId\",\"guard\":\"management\","
         "\"scope\":null,\"status\":204,\"reply\":null,\"listener\":0}"},
        {"GET", "/api/openapi-tests/:testId/only",
         "{\"method\":\"GET\",\"path\":\"/api/openapi-tests/:testId/"
         "only\",\"guard\":\"management\","
         "\"scope\":null,\"status\":200,\"reply\":null,\"listener\":2}"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        json *route = find_route(fixture->routes, examples[i].method, examples[i].path);
        assert_string_equal(arena_cstr(fixture->arena, json_text(fixture->arena, route)),
                            examples[i].row);
    }
    json *list = find_route(fixture->routes, "GET", "/api/openapi-tests");
    assert_true(str_eq(json_str(at(list, "reply/type")), STR("array")));
    assert_non_null(at(list, "reply/items/properties/name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_operations),
        cmocka_unit_test(describes_bodies),
        cmocka_unit_test(describes_answers),
        cmocka_unit_test(tells_who_may),
        cmocka_unit_test(leaves_out_what_is_not_of_this_listener),
        cmocka_unit_test(names_operations_once),
        cmocka_unit_test(derives_operation_names),
        cmocka_unit_test(lists_routes_with_strict_reply_schemas),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
